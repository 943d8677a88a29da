/** Texts in `tf.data` pipelines: samples are plain tuples there, which a `DataLoader` takes as they are. */
import type { Call, Expr } from "../grammars/nodes.ts";
import type { Machine } from "../src/analysis/machine.ts";
import { alternatives, isTexts, type KerasObject, type Value } from "../src/analysis/values.ts";
import type { Rewriter } from "./rewriter.ts";

/** Layers that take texts and give arrays. */
const LAYERS: ReadonlySet<string> = new Set(["keras.layers.TextVectorization", "keras.layers.StringLookup"]);

export function isTextLayer(value: Value | undefined): value is KerasObject {
  return value?.kind === "object" && LAYERS.has(value.construct.path);
}

/**
 * Whether data may be texts, in a script with layers for those: what turns out to be something else is
 * a sample all the same, and models without such a layer are not given it.
 */
export function mayBeTexts(machine: Machine, value: Value): boolean {
  if (isTexts(value)) return true;
  if (![...LAYERS].some((path) => machine.text.includes(path.slice(path.lastIndexOf(".") + 1)))) return false;
  switch (value.kind) {
    case "array":
      return value.dtype === undefined && (value.shape === undefined || value.shape.length === 1);
    case "unknown":
      return value.library !== undefined && value.library !== "builtins";
    case "list":
      return value.elements.length > 0 && value.elements.every(isReadText);
    default:
      return false;
  }
}

/** What Python has read from a file, or made of texts. */
function isReadText(value: Value): boolean {
  return value.kind === "str" || (value.kind === "unknown" && value.library === "builtins");
}

/** Whether a part of samples is texts. */
export function isTextPart(value: Value | undefined): boolean {
  return value?.kind === "array" && value.dtype === "str";
}

/** Texts and arrays side by side, as a list of samples. */
export function textRows(rewriter: Rewriter, tensors: readonly string[], parts: readonly Value[]): string {
  rewriter.switches.set("TEXT_SAMPLES", true);
  const rows = tensors.map((tensor, i) => (isIterable(parts[i]) ? tensor : `np.asarray(${tensor})`));
  return `list(zip(${rewriter.use(rows.join(", "))}))`;
}

/** Whether going through something gives one sample after the other. */
function isIterable(part: Value | undefined): boolean {
  if (!part) return false;
  if (part.kind === "array") return part.container === "ndarray" || part.container === "tensor";
  return part.kind === "list" || isNumbers(part);
}

/** A list of numbers, which are labels. */
export function isNumbers(value: Value): boolean {
  const isListed = value.kind === "list" || value.kind === "tuple";
  return isListed && value.elements.length > 0 && value.elements.every((one) => one.kind === "num");
}

/** One part of each batch, in `data.map(lambda x, y: x)`. */
export function pickedPart(
  call: Expr,
): { readonly data: Expr; readonly names: readonly string[]; readonly part: string } | undefined {
  if (call.type !== "Call" || call.func.type !== "Attribute" || call.func.attr !== "map") return undefined;
  const [fn, ...rest] = call.args;
  if (fn?.value.type !== "Lambda" || fn.name !== null || rest.length > 0) return undefined;
  const { params, body } = fn.value;
  const names = params.map(({ name }) => name);
  if (body.type !== "Name" || !names.includes(body.id) || names.length < 2) return undefined;
  return { data: call.func.value, names, part: body.id };
}

/** Whether a layer takes its vocabulary from what a call gives. */
export function isAdapted(call: Call): boolean {
  const outer = call.parent?.type === "Argument" ? call.parent.parent : undefined;
  return outer?.type === "Call" && outer.func.type === "Attribute" && outer.func.attr === "adapt";
}

/** The texts of a data set of nothing else, in a list; undefined where it is something else. */
export function textsIn(
  rewriter: Rewriter,
  data: Expr,
  isRow: (value: Value) => boolean,
): string | undefined {
  const value = rewriter.program.valueOf(data);
  const kinds = value ? alternatives(value) : [];
  const isText = (one: Value) =>
    one.kind === "batches" &&
    one.element.kind === "tuple" &&
    one.element.elements.length === 1 &&
    isTextPart(one.element.elements[0]);
  if (kinds.length === 0 || !kinds.every(isText)) return undefined;
  const picked = pickedPart(data);
  const names = picked ? picked.names.join(", ") : "(batch,)";
  const [source, part] = [rewriter.source(picked?.data ?? data), picked?.part ?? "batch"];
  if (kinds.every(isRow)) return `[${part} for ${names} in ${source}]`;
  const one = picked?.names.includes("text") ? "one" : "text";
  return kinds.some(isRow) ? undefined : `[${one} for ${names} in ${source} for ${one} in ${part}]`;
}
