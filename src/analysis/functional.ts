/** Functional models: layers that are called on tensors, one after the other or in branches. */
import type { Call, Expr } from "../../grammars/nodes.ts";
import type { CallContext } from "./constructs.ts";
import { keptInOrder } from "./graph.ts";
import type { Machine } from "./machine.ts";
import { type Chain, isLayer, type Model, type TensorType } from "./model.ts";
import { addValue, inputOf, outputOf, typeNested } from "./models.ts";
import { newPart, partOf, tensorAfter } from "./parts.ts";
import {
  type KerasObject,
  type KerasTensor,
  type LayerTensor,
  type ModelValue,
  REPORTED,
  UNKNOWN,
  type Value,
} from "./values.ts";

/** What a layer or model gives for symbolic tensors; undefined where it is called on something else. */
export function callOnTensor(m: Machine, callee: Value, given: Value, call: Call): KerasTensor | undefined {
  if (!isLayer(callee) || call.args.length !== 1) return undefined;
  const from = tensorsIn(m, given);
  if (!from) return undefined;
  return stepOf(m, callee, call.func, call, from, given.kind === "list" || given.kind === "tuple");
}

/** The tensor that a layer gives for others. */
export function stepOf(
  m: Machine,
  layer: KerasObject | ModelValue,
  expr: Expr,
  made: Expr,
  from: readonly KerasTensor[],
  listed: boolean,
): KerasTensor | undefined {
  const merges = layer.kind === "object" ? layer.construct.merges : undefined;
  const several = layer.kind === "model" && layer.model.graph && layer.model.graph.inputs.length > 1;
  if (merges ? !listed : listed && from.length !== 1 && !several) return undefined;
  const [first] = from;
  typeNested(m, layer, first?.type);
  const type = merges
    ? mergedType(m, layer as KerasObject, from)
    : first?.type && outputOf(m, layer, first.type);
  return { kind: "keras-tensor", layer, expr, made, from, type, time: m.tick() };
}

function mergedType(m: Machine, layer: KerasObject, from: readonly KerasTensor[]): TensorType | undefined {
  const types = from.flatMap(({ type }) => type ?? []);
  return types.length === from.length ? layer.construct.merges?.(layer.args, types, m) : undefined;
}

/** The tensors in a tensor or in a list of them. */
export function tensorsIn(m: Machine, value: Value): KerasTensor[] | undefined {
  const listed = value.kind === "list" || value.kind === "tuple" ? value : undefined;
  if (listed?.open || listed?.elements.length === 0) return undefined;
  const tensors = (listed?.elements ?? [value]).map((one) => tensorOf(m, one));
  return tensors.every((one) => one !== undefined) ? tensors : undefined;
}

/** The tensor of an input is the input itself. */
export function tensorOf(m: Machine, value: Value): KerasTensor | undefined {
  if (value.kind === "keras-tensor") return value;
  if (value.kind === "layer-tensor") return tensorOfModel(m, value);
  if (value.kind !== "object" || !value.construct.givesTensor) return undefined;
  const known = m.inputTensors.get(value.node);
  if (known?.layer === value) return known;
  const type = inputOf(m, value);
  const made: KerasTensor = {
    kind: "keras-tensor",
    layer: value,
    expr: value.node,
    made: value.node,
    from: [],
    type,
    time: m.tick(),
  };
  m.inputTensors.set(value.node, made);
  return made;
}

/** The input of a model, or what the whole of it gives: a model is built on from there. */
function tensorOfModel(m: Machine, { model, end }: LayerTensor): KerasTensor | undefined {
  if (model.part || (model.graph?.inputs.length ?? 1) > 1) return undefined;
  const count = model.layers.length;
  if (end !== 0 && end !== count) return undefined;
  const known = m.modelTensors.get(model);
  const input = known?.input ?? ofModel(m, model, [], model.input);
  const output = known?.count === count ? known.output : ofModel(m, model, [input], model.output);
  m.modelTensors.set(model, { input, output, count });
  return end === 0 ? input : output;
}

function ofModel(m: Machine, model: Model, from: KerasTensor[], type: TensorType | undefined): KerasTensor {
  const [layer, expr] = [{ kind: "model", model } as const, model.node];
  return { kind: "keras-tensor", layer, expr, made: expr, from, type, time: m.tick() };
}

/** The value of `Model(inputs, outputs)`; unknown where it is no model of layers from its inputs to one output. */
export function newFunctional(context: CallContext): Value {
  const { machine: m, call, args } = context;
  const part = partOf(context);
  if (part) return part;
  const inputs = tensorsIn(m, args.given.get("inputs")?.value ?? UNKNOWN);
  const given = args.given.get("outputs")?.value ?? UNKNOWN;
  const outputs = tensorsIn(m, given);
  const [output] = outputs ?? [];
  if (!inputs || !output || outputs?.length !== 1 || output.from.length === 0) {
    escapeTensors(m, call, given);
    return REPORTED;
  }
  const chain = chainOf(output);
  if (chain && inputs.length === 1 && chain.input.made === inputs[0]?.made) return ofChain(m, call, chain);
  const model = ofGraph(m, call, inputs, output);
  if (model) return model;
  escapeTensors(m, call, given);
  return REPORTED;
}

function ofChain(m: Machine, call: Call, chain: Chain): Value {
  const whole = m.models.findLast((one) => one.chain && startsWith(one.chain, chain));
  if (whole) {
    // Behind the input and the layers that are called up to this output.
    const part = newPart(m, call, [tensorAfter(whole, 1 + chain.steps.length)], false, whole, undefined);
    if (part) return part;
  }
  const model = m.newModel(call);
  model.chain = chain;
  for (const { layer, expr } of [chain.input, ...chain.steps]) addValue(m, model, layer, expr, undefined);
  return { kind: "model", model };
}

/** A model that branches, or calls a layer more than once; undefined where it has other inputs than these. */
function ofGraph(
  m: Machine,
  call: Call,
  inputs: readonly KerasTensor[],
  output: KerasTensor,
): Value | undefined {
  const all = allBefore(output);
  const roots = all.filter(({ from }) => from.length === 0);
  const declared = new Set(inputs);
  if (declared.size !== roots.length || roots.some((one) => !declared.has(one))) return undefined;
  const model = m.newModel(call);
  const steps = all.filter(({ from }) => from.length > 0).sort((a, b) => a.time - b.time);
  model.graph = { inputs, steps, output };
  model.input = inputs[0]?.type;
  model.current = output.type;
  for (const { layer, expr, from, type } of keptInOrder(output)) {
    // The input of a model is no layer of this one.
    if (layer.kind === "model" && from.length === 0) continue;
    if (layer.kind === "model") layer.model.nested = true;
    const input = (from[0] ?? { type }).type;
    model.layers.push({ layer, expr, add: undefined, input, output: type, time: m.tick() });
  }
  return { kind: "model", model };
}

/** The tensors that one is made from, and it. */
function allBefore(tensor: KerasTensor, found = new Set<KerasTensor>()): KerasTensor[] {
  if (!found.has(tensor)) {
    found.add(tensor);
    for (const one of tensor.from) allBefore(one, found);
  }
  return [...found];
}

/** The inputs that a tensor is made from, by what makes them. */
export function rootsOf(tensor: KerasTensor): Expr[] {
  return allBefore(tensor).flatMap(({ from, made }) => (from.length === 0 ? [made] : []));
}

/** Layers one after the other, each once; undefined where they are called otherwise. */
function chainOf(output: KerasTensor): Chain | undefined {
  const steps: KerasTensor[] = [];
  let at = output;
  for (; at.from.length === 1 && at.from[0]; at = at.from[0]) {
    const { layer } = at;
    if (layer.kind === "object" && (layer.construct.merges || steps.some((one) => one.layer === layer)))
      return undefined;
    steps.unshift(at);
  }
  return at.from.length === 0 && at.layer.kind === "object" ? { input: at, steps } : undefined;
}

/** Whether the same calls give a tensor on the way to another. */
function startsWith(whole: Chain, part: Chain): boolean {
  return (
    whole.input.layer === part.input.layer && part.steps.every(({ made }, i) => made === whole.steps[i]?.made)
  );
}

/** Models that stand in something that is not followed. */
function escapeTensors(m: Machine, call: Call, value: Value): void {
  const listed = value.kind === "list" || value.kind === "tuple" ? value.elements : [value];
  const models = new Set<Model>();
  for (const one of listed)
    for (const { layer, from } of one.kind === "keras-tensor" ? allBefore(one) : [])
      if (layer.kind === "model" && from.length > 0) models.add(layer.model);
  for (const model of models) m.escape({ kind: "model", model }, call, `part of ${m.source(call.func)}`);
}
