/** Parts of `tf.data` pipelines: the first rows or batches, windows, batches again and again, arrays. */
import type { Call, Expr } from "../grammars/nodes.ts";
import { sourceOf } from "../grammars/walk.ts";
import { generated } from "../src/analysis/calls.ts";
import type { CallContext } from "../src/analysis/constructs.ts";
import { ANY_INT, array, type Batches, tuple, UNKNOWN, type Value } from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import { asArrays, isLooped } from "./passes/pipelines.ts";
import {
  becomes,
  FOLDER_LOADER,
  LOADER,
  method,
  owner,
  pipeline,
  put,
  ROWS,
  shuffledBy,
  WINDOWS,
  without,
  written,
} from "./pipelines.ts";
import type { Rewriter } from "./rewriter.ts";

/** The first rows, or those after them. */
const part =
  (bounds: (count: string) => string) =>
  (args: Arguments, rewriter: Rewriter, call: Call): Replacement => {
    const before = owner(call);
    if (shuffledBy(rewriter, call))
      throw new Unsupported(
        call,
        "a part of a data set that is shuffled anew every epoch is another part every time",
        "Take the part before `shuffle`.",
      );
    if (before.type !== "Name")
      throw new Unsupported(call, "a part of a data set without a name is not supported yet");
    const count = args.value("count");
    if (count.kind === "num" && count.value !== undefined && count.value < 0) throw args.unknown("count");
    const source = rewriter.source(before);
    rewriter.imports.add("from torch.utils.data import Subset");
    const range = `range(len(${source}))[${bounds(args.required("count"))}]`;
    return put(rewriter, call, written(rewriter, call, "Subset", [source, range]));
  };

/** The first batches, or those after them. */
const batchPart =
  (name: "start" | "stop") =>
  (args: Arguments, rewriter: Rewriter, call: Call): Replacement => {
    const count = args.value("count");
    if (count.kind === "num" && count.value !== undefined && count.value < 0) throw args.unknown("count");
    const helper = rewriter.helper("SomeBatches", [name]);
    const passed = [rewriter.source(owner(call)), `${name}=${args.required("count")}`];
    return put(rewriter, call, written(rewriter, call, helper, passed));
  };

/** Of a loop over the first rows or batches, the loop's own rule takes the number. */
export const unlessLooped =
  (replace: FunctionEntry["replace"]): FunctionEntry["replace"] =>
  (args, rewriter, call) => {
    if (!isLooped(call)) return replace(args, rewriter, call);
    args.value("count");
    return { kind: "done" };
  };

/** Rows of a part of a data set are not had at once any more. */
const partOf = ({ receiver }: CallContext): Value =>
  receiver?.kind === "batches" ? { ...receiver, plain: false } : UNKNOWN;

function windows({ receiver, args, machine }: CallContext): Value {
  const size = args.given.get("size");
  if (receiver?.kind !== "batches" || receiver.element.kind !== "tuple" || !size) return UNKNOWN;
  const length = machine.sizeOf(size.value, size.expr);
  const parts = receiver.element.elements.map((part) =>
    part.kind === "array" && part.shape
      ? { ...part, shape: [undefined, length, ...part.shape.slice(1)] }
      : array(undefined, undefined, "tensor"),
  );
  return pipeline(WINDOWS, tuple(parts), args);
}

function window(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const value = rewriter.program.valueOf(owner(call));
  if (value?.kind !== "batches" || !value.plain || shuffledBy(rewriter, call))
    throw new Unsupported(call, "windows over anything else than arrays as they are, are not supported yet");
  const rest = args.value("drop_remainder");
  if (rest.kind !== "bool" || !rest.value)
    throw new Unsupported(
      call,
      "shorter windows at the end, without `drop_remainder=True`, are not supported yet",
    );
  const stride = args.value("stride");
  if (stride.kind !== "num" || stride.value !== 1)
    throw new Unsupported(
      args.argument("stride") ?? call,
      "windows that leave rows out are not supported yet",
    );
  const passed = [rewriter.source(owner(call)), args.required("size")];
  const shifted = !args.isNone("shift");
  const shift = args.value("shift");
  if (!shifted) passed.push(`shift=${args.required("size")}`);
  else if (shift.kind !== "num" || shift.value !== 1) passed.push(`shift=${args.required("shift")}`);
  const helper = rewriter.helper("Windows", passed.length > 2 ? ["shift"] : []);
  return put(rewriter, call, written(rewriter, call, helper, passed));
}

/** `flat_map(lambda window: window.batch(size))`: each window is one sample, as it is already. */
function flatMap(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const fn = args.expr("map_func");
  const value = rewriter.program.valueOf(owner(call));
  const unclear = new Unsupported(
    args.argument("map_func") ?? call,
    "only `flat_map(lambda window: window.batch(size))` with the size of the windows is supported yet",
  );
  const body = fn?.type === "Lambda" ? fn.body : undefined;
  const size = body?.type === "Call" ? body.args[0] : undefined;
  if (fn?.type !== "Lambda" || body?.type !== "Call" || !size || value?.kind !== "batches") throw unclear;
  const { func } = body;
  const [param, ...others] = fn.params;
  const isBatch =
    func.type === "Attribute" &&
    func.attr === "batch" &&
    func.value.type === "Name" &&
    func.value.id === param?.name &&
    others.length === 0;
  if (!isBatch || !sameSize(rewriter, size.value, value)) throw unclear;
  args.value("map_func");
  return without(rewriter, call);
}

/** Whether an expression is the size of windows, as it was written for them. */
function sameSize(rewriter: Rewriter, expr: Expr, { args }: Batches): boolean {
  const size = args?.given.get("size");
  const [own, known] = [rewriter.program.valueOf(expr), size?.value];
  if (own?.kind === "num" && known?.kind === "num" && own.value !== undefined)
    return own.value === known.value;
  return size?.expr !== undefined && sourceOf(rewriter.text, expr) === sourceOf(rewriter.text, size.expr);
}

export const PIPELINE_PARTS: readonly FunctionEntry[] = [
  method([ROWS], "take", "count, name=None", partOf, unlessLooped(part((count) => `:${count}`))),
  method(
    [ROWS],
    "skip",
    "count, name=None",
    partOf,
    part((count) => `${count}:`),
  ),
  method(
    [LOADER, FOLDER_LOADER],
    "take",
    "count, name=None",
    becomes(undefined),
    unlessLooped(batchPart("stop")),
  ),
  method([LOADER, FOLDER_LOADER], "skip", "count, name=None", becomes(undefined), batchPart("start")),
  method([ROWS], "window", "size, shift=None, stride=1, drop_remainder=False, name=None", windows, window),
  method(
    [WINDOWS],
    "flat_map",
    "map_func, name=None",
    ({ receiver }) => (receiver?.kind === "batches" ? pipeline(ROWS, receiver.element, undefined) : UNKNOWN),
    flatMap,
  ),
  method(
    [ROWS, LOADER, FOLDER_LOADER],
    "as_numpy_iterator",
    "",
    ({ receiver }) => (receiver?.kind === "batches" && receiver.seen ? generated(receiver.seen) : UNKNOWN),
    (_, rewriter, call) => put(rewriter, call, asArrays(rewriter, owner(call))),
  ),
  method(
    [LOADER, FOLDER_LOADER],
    "enumerate",
    "start=0, name=None",
    ({ receiver }) =>
      receiver?.kind === "batches" && receiver.seen ? generated(tuple([ANY_INT, receiver.seen])) : UNKNOWN,
    (args, rewriter, call) => {
      const start = args.isGiven("start") ? `, ${args.required("start")}` : "";
      return put(rewriter, call, `enumerate(${asArrays(rewriter, owner(call))}${start})`);
    },
  ),
];
