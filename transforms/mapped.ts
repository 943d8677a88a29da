/** `map` of a `tf.data` pipeline: a function of the script for each sample, or for each batch. */
import type { Attribute, Call } from "../grammars/nodes.ts";
import { walk } from "../grammars/walk.ts";
import type { CallContext } from "../src/analysis/constructs.ts";
import type { Machine } from "../src/analysis/machine.ts";
import {
  alternatives,
  array,
  type Batches,
  type FunctionValue,
  type KerasObject,
  tuple,
  UNKNOWN,
  type Value,
} from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import { isAugmentation } from "./augmented.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import { translateSamples } from "./passes/sample-functions.ts";
import {
  ENDLESS,
  ENDLESS_STREAM,
  FOLDER_LOADER,
  isPipeline,
  LOADER,
  owner,
  pipeline,
  put,
  ROWS,
  STREAM,
  written,
} from "./pipelines.ts";
import type { Rewriter } from "./rewriter.ts";
import { inferSamples } from "./tensors/inference.ts";
import { isAdapted, isTextLayer, isTextPart, pickedPart } from "./text-samples.ts";

/** What is given in the place of each part of a sample. */
function parts(machine: Machine, fn: FunctionValue, of: Batches): Value | undefined {
  const { element, made } = of;
  const { params } = fn.node;
  if (params.some((one) => one.kind === "*" || one.kind === "**")) return undefined;
  if (element.kind !== "tuple" || element.elements.length !== params.filter((one) => !one.default).length)
    return undefined;
  // A function of rows sees them without the axis that the array has first.
  const lead = made === ROWS ? 1 : 0;
  const seen = element.elements.map((part) =>
    part.kind === "array" ? { ...part, shape: part.shape?.slice(lead) } : part,
  );
  const result = inferSamples(machine, fn, seen, (call, callee, x) => {
    const path = callee.kind === "object" ? callee.construct.path : undefined;
    if (path === "keras.layers.Rescaling" || isAugmentation(callee)) return asFloats(x);
    return isTextLayer(callee) ? ofTextLayer(machine, call, callee, x) : undefined;
  });
  const results = result.kind === "tuple" ? result.elements : [result];
  if (results.length === 0 || results.length > 2) return undefined;
  return tuple(
    results.map((one) => {
      if (one.kind !== "array" || !one.shape) return array(undefined, undefined, "tensor");
      const isText = isTextPart(one) && element.elements.some(isTextPart);
      return { ...one, shape: lead && !isText ? [undefined, ...one.shape] : one.shape };
    }),
  );
}

const asFloats = (x: Value): Value => (x.kind === "array" ? { ...x, dtype: "float" } : x);

/** What a layer gives for texts. */
function ofTextLayer(machine: Machine, call: Call, layer: KerasObject, texts: Value): Value {
  const member = machine.registry.member(layer.construct.path, "__call__");
  const given = new Map([["inputs", { value: texts, expr: undefined, node: undefined }]]);
  const args = { version: layer.args.version, given, unbound: [], default: () => undefined };
  return member?.result?.({ machine, call, args, receiver: layer }) ?? UNKNOWN;
}

function mapped({ receiver, args, machine }: CallContext): Value {
  const fn = args.given.get("map_func")?.value;
  if (receiver?.kind !== "batches" || fn?.kind !== "function") return UNKNOWN;
  const element = parts(machine, fn, receiver);
  if (!element) return UNKNOWN;
  let drawn = receiver.drawn ?? false;
  walk(fn.node, (node) => {
    if (node.type !== "Call") return true;
    const { func } = node;
    if (func.type === "Name") drawn ||= isAugmentation(fn.scope.find(func.id)?.values.get(func.id));
    drawn ||= func.type === "Attribute" && isRandom(func);
    return true;
  });
  return { ...pipeline(receiver.made ?? ROWS, element, receiver.args), drawn };
}

/** Whether a function draws numbers: `tf.image.random_crop`, `tf.random.uniform`. */
function isRandom(func: Attribute): boolean {
  const module = func.value.type === "Attribute" ? func.value.attr : "";
  return func.attr.startsWith("random_") || module === "random";
}

/** What takes the place of `map`, by what it is called on. */
const HELPERS: Readonly<Record<string, string>> = {
  [ROWS]: "MappedRows",
  [STREAM]: "MappedStream",
  [ENDLESS_STREAM]: "MappedStream",
};

function map(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const fn = args.value("map_func");
  const value = rewriter.program.valueOf(owner(call));
  const made = rewriter.program.valueOf(call);
  const kinds = value ? alternatives(value) : [];
  const [first] = kinds;
  if (fn.kind !== "function" || made?.kind !== "batches" || first?.kind !== "batches")
    throw new Unsupported(
      args.argument("map_func") ?? call,
      "only functions that give one or two parts of a sample, such as `x, y`, are supported here yet",
    );
  // The call that it is given to takes that part of each batch by itself.
  if (pickedPart(call) && isAdapted(call)) return { kind: "done" };
  const helpers = kinds.map((one) => (isPipeline(one) && one.made && HELPERS[one.made]) || "MappedBatches");
  if (new Set(helpers).size > 1)
    throw new Unsupported(call, "whether this maps rows or batches depends on the path taken here");
  translateSamples(
    rewriter,
    fn,
    first.element.kind === "tuple" ? first.element.elements : [],
    helpers[0] !== "MappedBatches",
  );
  for (const name of ["num_parallel_calls", "deterministic", "name"]) args.value(name);
  args.finish("map", new Set());
  const passed = [rewriter.source(owner(call)), args.required("map_func")];
  return put(rewriter, call, written(rewriter, call, rewriter.helper(helpers[0] as string), passed));
}

export const MAPPED: readonly FunctionEntry[] = [
  {
    paths: [ROWS, STREAM, ENDLESS_STREAM, LOADER, FOLDER_LOADER, ENDLESS].map((made) => `${made}.map`),
    signature: "map_func, num_parallel_calls=None, deterministic=None, name=None",
    result: mapped,
    replace: map,
  },
];
