/**
 * Parts of a model: what some of its first layers give for its input, as feature extractors take it,
 * `Model(model.input, model.layers[3].output)`.
 */
import type { Call, Expr } from "../../grammars/nodes.ts";
import type { CallContext } from "./constructs.ts";
import type { Machine } from "./machine.ts";
import { addedInPlace } from "./models.ts";
import type { LayerTensor, Value } from "./values.ts";

/** A tensor of a model: what its first `end` layers give. */
export function tensorAfter(model: LayerTensor["model"], end: number | undefined): LayerTensor {
  return { kind: "layer-tensor", model, end };
}

/** The model of the layers from the input of a model up to outputs of its layers; undefined where it is something else. */
export function partOf({ machine: m, call, args }: CallContext): Value | undefined {
  const [inputs, outputs] = [args.given.get("inputs"), args.given.get("outputs")];
  const [start] = tensorsIn(inputs?.value) ?? [];
  const ends = tensorsIn(outputs?.value);
  if (start?.end !== 0 || !ends) return undefined;
  const listed = outputs?.value.kind !== "layer-tensor";
  return newPart(m, call, ends, listed && ends.length > 1, start.model, outputs?.expr);
}

/** `K.function([input], [outputs])`, which is called on a list and gives one. */
export function functionOf({ machine: m, call, args }: CallContext): Value | undefined {
  const [inputs, outputs] = [args.given.get("inputs"), args.given.get("outputs")];
  const first = inputs?.value.kind === "list" ? inputs.value.elements[0] : inputs?.value;
  const ends = tensorsIn(outputs?.value);
  if (first?.kind !== "layer-tensor" || first.end !== 0 || !ends) return undefined;
  const part = newPart(m, call, ends, true, first.model, outputs?.expr);
  if (part?.kind === "model" && part.model.part) part.model.part.isFunction = true;
  return part;
}

/** `Sequential(model.layers[:3])`: the first layers of a model, one after the other. */
export function firstLayers(
  m: Machine,
  call: Call,
  elements: readonly Value[],
  expr: Expr,
): Value | undefined {
  const [first] = elements;
  if (first?.kind !== "layer") return undefined;
  const { model } = first;
  const inOrder = elements.every((one, i) => one.kind === "layer" && one.model === model && one.index === i);
  if (!inOrder) return undefined;
  const last = elements.at(-1) as Value;
  const end = m.registry
    .member("layer", "output")
    ?.result?.({ machine: m, call, args: undefined as never, receiver: last });
  if (end?.kind !== "layer-tensor") return undefined;
  return newPart(m, call, [end], false, model, expr);
}

/** A model of the first layers of another, with these outputs; undefined where they are not known one by one. */
export function newPart(
  m: Machine,
  call: Call,
  ends: readonly LayerTensor[],
  listed: boolean,
  of: LayerTensor["model"],
  outputs: Expr | undefined,
): Value | undefined {
  const places = ends.map(({ end }) => end);
  const known = places.every((end): end is number => end !== undefined && end > 0);
  const one = ends.every(({ model }) => model === of);
  if (!known || !one || of.part || of.graph || of.layers.some((use) => !addedInPlace(of, use)))
    return undefined;
  const model = m.newModel(call);
  model.part = { of, ends: places, listed, outputs, isFunction: false };
  model.input = of.input;
  model.current = of.layers[(places.at(-1) ?? 0) - 1]?.output;
  return { kind: "model", model };
}

/** The tensors in a tensor or in a list of them. */
function tensorsIn(value: Value | undefined): LayerTensor[] | undefined {
  if (value?.kind === "layer-tensor") return [value];
  const listed = value?.kind === "list" || value?.kind === "tuple" ? value : undefined;
  if (!listed || listed.open || listed.elements.length === 0) return undefined;
  const tensors = listed.elements.filter((one) => one.kind === "layer-tensor");
  return tensors.length === listed.elements.length ? tensors : undefined;
}
