/** `tf.data` pipelines that are gone through: of generator functions, and of rows again and again. */
import type { Call } from "../grammars/nodes.ts";
import type { CallContext } from "../src/analysis/constructs.ts";
import {
  type ArrayValue,
  array,
  type Dtype,
  type Num,
  tuple,
  UNKNOWN,
  type Value,
} from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import { unlessLooped } from "./pipeline-parts.ts";
import {
  batch,
  becomes,
  ENDLESS,
  ENDLESS_STREAM,
  FOLDER_LOADER,
  LOADER,
  method,
  owner,
  pipeline,
  put,
  ROWS,
  requireReshuffling,
  STREAM,
  shuffledBy,
  without,
  written,
} from "./pipelines.ts";
import type { Rewriter } from "./rewriter.ts";

const shaped = (value: Value, change: (shape: readonly (Num | undefined)[]) => ArrayValue["shape"]): Value =>
  value.kind === "array"
    ? { ...value, shape: value.shape && change(value.shape), container: "tensor" }
    : UNKNOWN;

/** Batches of the samples that a stream gives. */
function batched({ receiver }: CallContext): Value {
  if (receiver?.kind !== "batches" || receiver.element.kind !== "tuple") return UNKNOWN;
  const parts = receiver.element.elements.map((part) => shaped(part, (shape) => [undefined, ...shape]));
  return pipeline(receiver.made === ENDLESS_STREAM ? ENDLESS : LOADER, tuple(parts), undefined);
}

const isEndless = (value: Value | undefined): boolean =>
  value === undefined || value.kind === "none" || (value.kind === "num" && value.value === -1);

function repeated({ receiver, args }: CallContext): Value {
  if (receiver?.kind !== "batches" || receiver.element.kind !== "tuple") return UNKNOWN;
  const endless = isEndless(args.given.get("count")?.value);
  if (receiver.made === STREAM)
    return pipeline(endless ? ENDLESS_STREAM : STREAM, receiver.element, undefined);
  if (receiver.made !== ROWS) return endless ? pipeline(ENDLESS, receiver.element, receiver.args) : receiver;
  if (!endless && !receiver.args) return { ...receiver, plain: false };
  const rows = receiver.element.elements.map((part) => shaped(part, (shape) => shape.slice(1)));
  return pipeline(endless ? ENDLESS_STREAM : STREAM, tuple(rows), undefined);
}

/** How often a data set is gone through: as an argument of the helper; undefined for ever. */
function timesOf(args: Arguments): string | undefined {
  const count = args.value("count");
  if (isEndless(count)) return undefined;
  if (count.kind !== "num" || (count.value !== undefined && count.value < 0)) throw args.unknown("count");
  return args.required("count");
}

function repeatBatches(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const times = timesOf(args);
  const helper = rewriter.helper(times === undefined ? "Repeated" : "RepeatedBatches");
  const passed = [rewriter.source(owner(call)), ...(times === undefined ? [] : [times])];
  return put(rewriter, call, written(rewriter, call, helper, passed));
}

function repeatRows(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const times = timesOf(args);
  const shuffled = shuffledBy(rewriter, call);
  const source = rewriter.source(owner(call));
  if (times !== undefined && !shuffled) {
    rewriter.imports.add("from torch.utils.data import ConcatDataset");
    return put(rewriter, call, `ConcatDataset([${source}] * ${times})`);
  }
  if ((shuffled?.given.get("seed")?.value.kind ?? "none") !== "none")
    throw new Unsupported(call, "a `seed` for the order of rows that are repeated is not supported yet");
  const keywords = [...(times === undefined ? [] : ["times"]), ...(shuffled ? ["shuffle"] : [])];
  const helper = rewriter.helper("RepeatedRows", keywords);
  const passed = [
    source,
    ...(times === undefined ? [] : [`times=${times}`]),
    ...(shuffled ? ["shuffle=True"] : []),
  ];
  return put(rewriter, call, written(rewriter, call, helper, passed));
}

function repeatStream(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const times = timesOf(args);
  const helper = rewriter.helper("RepeatedStream", times === undefined ? [] : ["times"]);
  const passed = [rewriter.source(owner(call)), ...(times === undefined ? [] : [`times=${times}`])];
  return put(rewriter, call, written(rewriter, call, helper, passed));
}

function shuffleStream(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  requireReshuffling(args, call);
  if (!args.isNone("seed"))
    throw new Unsupported(
      args.argument("seed") ?? call,
      "a `seed` for the order of what a generator gives is not supported yet",
    );
  const passed = [rewriter.source(owner(call)), args.required("buffer_size")];
  return put(rewriter, call, written(rewriter, call, rewriter.helper("ShuffledStream"), passed));
}

/** Data types that samples of a generator may be declared to have. */
const DTYPES: Readonly<Record<string, Dtype>> = {
  float32: "float",
  float64: "float",
  int32: "int",
  int64: "int",
  uint8: "uint8",
  bool: "bool",
};

interface Part {
  readonly dtype: string;
  readonly shape: ArrayValue["shape"];
}

/** A data type by its name or as `tf.float32`. */
function dtypeIn(value: Value | undefined): string | undefined {
  const name =
    value?.kind === "str"
      ? value.value
      : value?.kind === "ref" && value.path.startsWith("tensorflow.")
        ? value.path.slice(value.path.lastIndexOf(".") + 1)
        : "";
  return name in DTYPES ? name : undefined;
}

function shapeIn(value: Value | undefined): ArrayValue["shape"] {
  if ((value?.kind !== "tuple" && value?.kind !== "list") || value.open) return undefined;
  const sizes = value.elements.map((one) => (one.kind === "num" ? one : undefined));
  return value.elements.every((one) => one.kind === "num" || one.kind === "none") ? sizes : undefined;
}

/** What a sample of `from_generator` is declared to be; undefined where that is not known. */
function declared(given: (name: string) => Value | undefined): Part[] | undefined {
  const signature = given("output_signature");
  const types = signature && signature.kind !== "none" ? signature : given("output_types");
  if (!types) return undefined;
  const listed = types.kind === "tuple" && !types.open ? types.elements : undefined;
  const shapes = given("output_shapes");
  const parts = (listed ?? [types]).map((one, i): Part | undefined => {
    if (one.kind === "dict") {
      const dtype = dtypeIn(one.entries.get("dtype"));
      return dtype === undefined ? undefined : { dtype, shape: shapeIn(one.entries.get("shape")) };
    }
    const dtype = dtypeIn(one);
    const own = listed ? (shapes?.kind === "tuple" && !shapes.open ? shapes.elements[i] : undefined) : shapes;
    return dtype === undefined ? undefined : { dtype, shape: shapeIn(own) };
  });
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

const SPEC = "tensorflow.TensorSpec";

function fromGenerator({ args }: CallContext): Value {
  const parts = declared((name) => args.given.get(name)?.value);
  if (!parts) return UNKNOWN;
  return pipeline(
    STREAM,
    tuple(parts.map(({ dtype, shape }) => array(shape, DTYPES[dtype], "tensor"))),
    undefined,
  );
}

function generated(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const parts = declared((name) => args.value(name));
  if (!parts)
    throw new Unsupported(call, "what the samples of this generator are declared to be is not known here");
  const fn = args.value("generator");
  const gives = fn.kind === "function" ? rewriter.program.machine.results.get(fn.node) : undefined;
  if (gives?.kind !== "batches" || gives.made !== undefined)
    throw new Unsupported(
      args.argument("generator") ?? call,
      "only generator functions of the script are supported here yet",
    );
  if (!args.isNone("args"))
    throw new Unsupported(args.argument("args") ?? call, "`args` of a generator is not supported yet");
  const sample = gives.element;
  const width = sample.kind === "tuple" && !sample.open ? sample.elements.length : undefined;
  if (parts.length > 1 ? width !== parts.length : width !== undefined)
    throw new Unsupported(
      call,
      "the samples of this generator are not known to be what they are declared to be",
    );
  const types = parts.map(({ dtype }) => rewriter.use(`torch.${dtype}`));
  rewriter.switches.set(parts.length > 1 ? "SAMPLES_TOGETHER" : "SAMPLES_ALONE", true);
  const passed = [args.required("generator"), `(${types.join(", ")}${types.length === 1 ? "," : ""})`];
  for (const name of ["output_types", "output_shapes", "output_signature", "name"]) args.value(name);
  args.finish("from_generator", new Set());
  return put(rewriter, call, written(rewriter, call, rewriter.helper("GeneratedSamples"), passed));
}

const REPEAT = "count=None, name=None";

export const STREAMS: readonly FunctionEntry[] = [
  {
    paths: ["tensorflow.data.Dataset.from_generator"],
    signature:
      "generator, output_types=None, output_shapes=None, args=None, output_signature=None, name=None",
    result: fromGenerator,
    replace: generated,
  },
  {
    paths: [SPEC],
    signature: "shape=None, dtype='float32', name=None",
    // Its two arguments are all that is asked of it.
    result: ({ args }) => {
      const entries = new Map<string, Value>();
      for (const name of ["shape", "dtype"])
        entries.set(name, args.given.get(name)?.value ?? args.default(name) ?? UNKNOWN);
      return { kind: "dict", entries, open: false };
    },
    replace: () => ({ kind: "done" }),
  },
  method([LOADER, FOLDER_LOADER], "repeat", REPEAT, repeated, repeatBatches),
  method([ROWS], "repeat", REPEAT, repeated, repeatRows),
  method([STREAM], "repeat", REPEAT, repeated, repeatStream),
  method(
    [STREAM, ENDLESS_STREAM],
    "shuffle",
    "buffer_size, seed=None, reshuffle_each_iteration=None, name=None",
    becomes(undefined),
    shuffleStream,
  ),
  method(
    [STREAM, ENDLESS_STREAM],
    "batch",
    "batch_size, drop_remainder=False, num_parallel_calls=None, deterministic=None, name=None",
    batched,
    batch,
  ),
  method(
    [STREAM, ENDLESS_STREAM],
    "prefetch",
    "buffer_size, name=None",
    becomes(undefined),
    (args, rewriter, call) => {
      args.value("buffer_size");
      return without(rewriter, call);
    },
  ),
  method(
    [STREAM, ENDLESS_STREAM, ENDLESS],
    "take",
    "count, name=None",
    becomes(undefined),
    unlessLooped((_, __, call) => {
      throw new Unsupported(call, "a part of what can only be gone through is supported in loops only");
    }),
  ),
];
