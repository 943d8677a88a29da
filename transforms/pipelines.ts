/** `tf.data` pipelines over arrays: `TensorDataset`, and a `DataLoader` where they are batched. */
import type { Call, Expr, Stmt } from "../grammars/nodes.ts";
import { enclosingStatement, outerSpan } from "../grammars/walk.ts";
import type { BoundArgs, CallContext } from "../src/analysis/constructs.ts";
import type { Machine } from "../src/analysis/machine.ts";
import {
  type ArrayValue,
  alternatives,
  array,
  type Batches,
  joinElements,
  tuple,
  UNKNOWN,
  type Value,
} from "../src/analysis/values.ts";
import { indentation, lineStart } from "../src/emit/lines.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import type { Rewriter } from "./rewriter.ts";
import { isNumbers, mayBeTexts, textRows } from "./text-samples.ts";

/** A data set of samples, and one of batches; `args` are those of the call of `shuffle` before. */
export const ROWS = "tensorflow.data.Dataset.rows";
/** Runs of rows, each a data set of its own until they are put together. */
export const WINDOWS = "tensorflow.data.Dataset.windows";
/** Batches without an end. */
export const ENDLESS = "tensorflow.data.Dataset.endless";
/** Samples that can only be gone through, one by one, and such without an end. */
export const STREAM = "tensorflow.data.Dataset.stream";
export const ENDLESS_STREAM = "tensorflow.data.Dataset.endless_stream";
export const LOADER = "tensorflow.data.Dataset.batches";
/** Batches of images in folders. */
export const FOLDER_LOADER = "tensorflow.data.Dataset.images";

const KINDS: ReadonlySet<string | undefined> = new Set([ROWS, WINDOWS, ENDLESS, STREAM, ENDLESS_STREAM]);

const RULE = "pipeline";
const WIDTH = 110;

export function isPipeline(value: Value): value is Batches {
  return value.kind === "batches" && (KINDS.has(value.made) || isLoader(value));
}

/** A data set of batches. */
export function isLoader(value: Value): value is Batches {
  return value.kind === "batches" && (value.made === LOADER || value.made === FOLDER_LOADER);
}

export const pipeline = (made: string, element: Value, shuffled: BoundArgs | undefined): Batches => ({
  kind: "batches",
  made,
  indexed: false,
  element,
  seen: seenIn(made, element),
  attributes: new Map(),
  args: shuffled,
});

/** What a loop gives: single rows or batches, by themselves where the data set is of one array. */
function seenIn(made: string, element: Value): Value {
  if (element.kind !== "tuple") return element;
  const parts = element.elements.map((part): Value => {
    if (part.kind !== "array") return part;
    return { ...part, shape: made === ROWS ? part.shape?.slice(1) : part.shape, container: "tensor" };
  });
  return parts.length === 1 ? (parts[0] as Value) : tuple(parts);
}

/** Rows of an array, in batches. */
function rows(machine: Machine, value: Value, i: number): ArrayValue {
  if (i === 0 && mayBeTexts(machine, value)) return array([undefined], "str", "tensor");
  if (value.kind !== "array") return array(undefined, undefined, "tensor");
  return { ...value, shape: value.shape && [undefined, ...value.shape.slice(1)], container: "tensor" };
}

/** What NumPy has made, of which nothing else is known: no tuple and no dict. */
const isNumPy = (value: Value): boolean => value.kind === "unknown" && value.library === "numpy";

function sliced({ args, machine }: CallContext): Value {
  const data = args.given.get("tensors")?.value;
  if (!data || data.kind === "union" || data.kind === "dict") return UNKNOWN;
  if (data.kind === "array" || isNumPy(data) || mayBeTexts(machine, data))
    return { ...pipeline(ROWS, tuple([rows(machine, data, 0)]), undefined), plain: true };
  if (data.kind !== "tuple" || data.open || data.elements.length < 2) return UNKNOWN;
  return {
    ...pipeline(ROWS, tuple(data.elements.map((one, i) => rows(machine, one, i))), undefined),
    plain: true,
  };
}

export const becomes =
  (made: string | undefined, shuffles = false) =>
  ({ receiver, args }: CallContext): Value =>
    receiver?.kind === "batches"
      ? made === undefined
        ? receiver
        : {
            ...pipeline(made, receiver.element, shuffles ? args : receiver.args),
            ...(receiver.drawn && { drawn: true }),
          }
      : UNKNOWN;

/** A call on one line, or where that is too long with an argument a line. */
export function written(rewriter: Rewriter, call: Call, callee: string, args: readonly string[]): string {
  const { text } = rewriter;
  const one = `${callee}(${args.join(", ")})`;
  const { start } = outerSpan(call);
  const before = lineStart(text, start);
  if (!one.includes("\n") && start - before + one.length <= WIDTH) return one;
  // Another call that goes over lines already has the indentation of this one.
  const [first = "", ...others] = args;
  if (first.includes("\n") && !others.some((arg) => arg.includes("\n"))) return one;
  const indent = indentation(text, before);
  const lines = args.map((arg) => `${indent}    ${arg},\n`).join("");
  return `${callee}(\n${lines}${indent})`;
}

/** Writes the text in the place of a call, and of the parentheses that only let it go over lines. */
export function put(rewriter: Rewriter, call: Call, text: string): Replacement {
  const span = call.parenthesized ? outerSpan(call) : call;
  rewriter.edits.absorb(rewriter.text, span.start, span.end);
  rewriter.edits.replace(span.start, span.end, text, RULE);
  return { kind: "done" };
}

export function owner(call: Call): Expr {
  if (call.func.type !== "Attribute") throw new Unsupported(call, "this call is not supported");
  return call.func.value;
}

/** The data set without the call; `ds = ds.prefetch(1)` goes as a whole. */
export function without(rewriter: Rewriter, call: Call): Replacement {
  const before = owner(call);
  const statement: Stmt | null = enclosingStatement(call);
  const targets = statement?.type === "Assign" && statement.value === call ? statement.targets : [];
  const [target] = targets;
  const text = rewriter.source(before);
  if (statement && targets.length === 1 && target?.type === "Name" && target.id === text) {
    rewriter.removeStatements([statement], RULE);
    return { kind: "done" };
  }
  return put(rewriter, call, text);
}

/** How the data set that a method is called on was shuffled. */
export function shuffledBy(rewriter: Rewriter, call: Call): BoundArgs | undefined {
  const value = rewriter.program.valueOf(owner(call));
  const [first, ...rest] = value ? alternatives(value).map((one) => isPipeline(one) && one.args) : [];
  if (rest.some((one) => one !== first) || first === false)
    throw new Unsupported(call, "whether this data set is shuffled depends on the path taken here");
  return first;
}

function fromArrays(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const data = alternatives(args.value("tensors")).reduce(joinElements);
  const expr = args.expr("tensors");
  const isText = (part: Value, i = 0) => i === 0 && mayBeTexts(args.machine, part);
  const isAlone = data.kind === "array" || isNumPy(data) || isText(data);
  if (!isAlone && (data.kind !== "tuple" || data.open))
    throw new Unsupported(
      args.argument("tensors") ?? call,
      "what this data set is made of is not known to be arrays",
    );
  const parts = data.kind === "tuple" && !isAlone ? data.elements : [data];
  const hasTexts = parts.some(isText);
  for (const [i, part] of parts.entries()) {
    if (isText(part, i) || (hasTexts && isNumbers(part))) continue;
    const nested = part.kind !== "array" && part.kind !== "unknown";
    if (nested || (part.kind === "array" && (part.dtype === "str" || part.dtype === "object")))
      throw new Unsupported(
        args.argument("tensors") ?? call,
        "a data set of anything else than arrays of numbers is not supported yet",
      );
  }
  const plain = (part: Value | undefined) =>
    part?.kind === "array" && (part.container === "ndarray" || part.container === "tensor");
  let tensors: string[];
  if (isAlone) tensors = [args.required("tensors")];
  else if (expr?.type === "Tuple") tensors = expr.elements.map((element) => rewriter.source(element));
  else
    throw new Unsupported(args.argument("tensors") ?? call, "the arrays are not written here, as `(x, y)`");
  if (hasTexts) return put(rewriter, call, textRows(rewriter, tensors, parts));
  rewriter.imports.add("import torch");
  rewriter.imports.add("from torch.utils.data import TensorDataset");
  const converted = tensors.map((tensor, i) =>
    rewriter.use(`torch.as_tensor(${plain(parts[i]) ? tensor : `np.asarray(${tensor})`})`),
  );
  return put(rewriter, call, written(rewriter, call, "TensorDataset", converted));
}

/** Reports one order for all epochs. */
export function requireReshuffling(args: Arguments, call: Call): void {
  const again = args.value("reshuffle_each_iteration");
  if (again.kind !== "none" && !(again.kind === "bool" && again.value))
    throw new Unsupported(
      args.argument("reshuffle_each_iteration") ?? call,
      "one order for all epochs is not supported yet",
    );
}

export function batch(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  for (const name of ["num_parallel_calls", "deterministic", "name"]) args.value(name);
  const by = shuffledBy(rewriter, call);
  const seed = by?.given.get("seed")?.value;
  if (seed && seed.kind !== "none" && (seed.kind !== "num" || seed.value === undefined))
    throw new Unsupported(call, "the `seed` that this data set is shuffled with is not known");
  const passed = [rewriter.source(owner(call)), `batch_size=${args.required("batch_size")}`];
  if (by) {
    passed.push("shuffle=True");
    if (seed?.kind === "num")
      passed.push(rewriter.use(`generator=torch.Generator().manual_seed(${seed.value})`));
  }
  if (args.isGiven("drop_remainder")) {
    const last = args.value("drop_remainder");
    if (last.kind !== "bool" || last.value) passed.push(`drop_last=${args.required("drop_remainder")}`);
  }
  rewriter.imports.add("from torch.utils.data import DataLoader");
  return put(rewriter, call, written(rewriter, call, "DataLoader", passed));
}

/** Reported where `cache` would keep what was drawn in the first epoch. */
function requireSame(rewriter: Rewriter, call: Call): void {
  const value = rewriter.program.valueOf(owner(call));
  if (value && alternatives(value).some((one) => one.kind === "batches" && one.drawn))
    throw new Unsupported(
      call,
      "`cache` after random changes keeps those of the first epoch for all others, which is not supported yet",
      "Call `cache` before `map`.",
    );
}

function cache(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  requireSame(rewriter, call);
  const file = args.value("filename");
  if (file.kind !== "none" && !(file.kind === "str" && file.value === ""))
    throw new Unsupported(args.argument("filename") ?? call, "a cache in a file is not supported yet");
  if (shuffledBy(rewriter, call))
    throw new Unsupported(
      call,
      "`cache` after `shuffle` keeps the order of the first epoch for all others, which is not supported yet",
      "Call `cache` before `shuffle`.",
    );
  return without(rewriter, call);
}

function isShuffled(rewriter: Rewriter, call: Call): boolean {
  const shuffled = shuffledBy(rewriter, call)?.given.get("shuffle")?.value;
  return shuffled === undefined || (shuffled.kind === "bool" && shuffled.value);
}

function cacheImages(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  requireSame(rewriter, call);
  const file = args.value("filename");
  if (file.kind !== "none" && !(file.kind === "str" && file.value === ""))
    throw new Unsupported(args.argument("filename") ?? call, "a cache in a file is not supported yet");
  if (isShuffled(rewriter, call))
    rewriter.note(
      call,
      RULE,
      "every epoch has an order of its own here, where `cache` keeps the batches of the first",
    );
  return without(rewriter, call);
}

/** Batches are in another order anyway where images are. */
function shuffleImages(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  if (!isShuffled(rewriter, call))
    throw new Unsupported(call, "batches in another order, of images in one, are not supported yet");
  requireReshuffling(args, call);
  for (const name of ["buffer_size", "seed"]) args.value(name);
  return without(rewriter, call);
}

/** A method of data sets, whose names say nothing. */
export const method = (
  made: readonly string[],
  name: string,
  signature: string,
  result: NonNullable<FunctionEntry["result"]>,
  replace: FunctionEntry["replace"],
): FunctionEntry => ({
  paths: made.map((one) => `${one}.${name}`),
  signature,
  result,
  replace: (args, rewriter, call) => {
    const done = replace(args, rewriter, call);
    args.finish(name, new Set(["name"]));
    return done;
  },
});

export const PIPELINES: readonly FunctionEntry[] = [
  {
    paths: ["tensorflow.data.Dataset.from_tensor_slices"],
    signature: "tensors, name=None",
    result: sliced,
    replace: fromArrays,
  },
  method(
    [ROWS],
    "batch",
    "batch_size, drop_remainder=False, num_parallel_calls=None, deterministic=None, name=None",
    becomes(LOADER),
    batch,
  ),
  method([ROWS, LOADER], "cache", "filename='', name=None", becomes(undefined), cache),
  method([FOLDER_LOADER], "cache", "filename='', name=None", becomes(undefined), cacheImages),
  method(
    [FOLDER_LOADER],
    "shuffle",
    "buffer_size, seed=None, reshuffle_each_iteration=None, name=None",
    becomes(undefined),
    shuffleImages,
  ),
  method(
    [ROWS, LOADER, FOLDER_LOADER, ENDLESS],
    "prefetch",
    "buffer_size, name=None",
    becomes(undefined),
    (args, rewriter, call) => {
      args.value("buffer_size");
      return without(rewriter, call);
    },
  ),
];
