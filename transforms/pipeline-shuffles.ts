/** `shuffle` of `tf.data` pipelines: rows anew every epoch or once, and batches. */
import type { Call } from "../grammars/nodes.ts";
import { UNKNOWN, type Value } from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import {
  becomes,
  LOADER,
  method,
  owner,
  pipeline,
  put,
  ROWS,
  requireReshuffling,
  shuffledBy,
  without,
  written,
} from "./pipelines.ts";
import type { Rewriter } from "./rewriter.ts";

/** Whether rows get one order for all epochs. */
const keepsOrder = (value: Value | undefined): boolean => value?.kind === "bool" && !value.value;

/** Rows that are shuffled anew every epoch are so by what batches them; others lie in another order. */
const reordered: NonNullable<FunctionEntry["result"]> = (context) => {
  const { receiver, args } = context;
  if (!keepsOrder(args.given.get("reshuffle_each_iteration")?.value)) return becomes(ROWS, true)(context);
  return receiver?.kind === "batches" ? pipeline(ROWS, receiver.element, receiver.args) : UNKNOWN;
};

function shuffleOnce(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  args.value("buffer_size");
  const seeded = !args.isNone("seed");
  const seed = args.value("seed");
  if (seeded && (seed.kind !== "num" || seed.value === undefined)) throw args.unknown("seed");
  const helper = rewriter.helper("shuffled_once", seeded ? ["seed"] : []);
  const passed = [rewriter.source(owner(call)), ...(seeded ? [`seed=${args.required("seed")}`] : [])];
  return put(rewriter, call, written(rewriter, call, helper, passed));
}

/** Batches change their places, not the rows in them. */
function shuffleBatches(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const size = args.value("buffer_size");
  if (size.kind === "num" && size.value !== undefined && size.value < 2)
    throw new Unsupported(call, "a buffer of one batch shuffles nothing");
  requireReshuffling(args, call);
  if (!args.isNone("seed"))
    throw new Unsupported(
      args.argument("seed") ?? call,
      "a `seed` for the order of batches is not supported yet",
    );
  const helper = rewriter.helper("ShuffledBatches");
  return put(rewriter, call, written(rewriter, call, helper, [rewriter.source(owner(call))]));
}

function shuffle(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const size = args.value("buffer_size");
  if (shuffledBy(rewriter, call))
    throw new Unsupported(call, "a data set that is shuffled twice is not supported");
  if (size.kind === "num" && size.value !== undefined && size.value < 2)
    throw new Unsupported(call, "a buffer of one row shuffles nothing");
  if (keepsOrder(args.value("reshuffle_each_iteration"))) return shuffleOnce(args, rewriter, call);
  requireReshuffling(args, call);
  const seed = args.value("seed");
  if (seed.kind !== "none" && (seed.kind !== "num" || seed.value === undefined)) throw args.unknown("seed");
  return without(rewriter, call);
}

export const SHUFFLES: readonly FunctionEntry[] = [
  method(
    [ROWS],
    "shuffle",
    "buffer_size, seed=None, reshuffle_each_iteration=None, name=None",
    reordered,
    shuffle,
  ),
  method(
    [LOADER],
    "shuffle",
    "buffer_size, seed=None, reshuffle_each_iteration=None, name=None",
    becomes(undefined),
    shuffleBatches,
  ),
];
