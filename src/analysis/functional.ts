/** Functional models that are a chain: each layer is called on what the one before it gives. */
import type { Call } from "../../grammars/nodes.ts";
import type { CallContext } from "./constructs.ts";
import type { Machine } from "./machine.ts";
import { isLayer } from "./model.ts";
import { addValue } from "./models.ts";
import { newPart, partOf, tensorAfter } from "./parts.ts";
import { type KerasTensor, UNKNOWN, type Value } from "./values.ts";

/** What a layer or model gives for a symbolic tensor; undefined where it is called on something else. */
export function callOnTensor(callee: Value, given: Value, call: Call): KerasTensor | undefined {
  if (!isLayer(callee) || call.args.length !== 1) return undefined;
  const before = tensorOf(given);
  return before && { ...before, steps: [...before.steps, { layer: callee, expr: call.func, call }] };
}

/** The tensor of an input is the input itself. */
function tensorOf(value: Value): KerasTensor | undefined {
  if (value.kind === "keras-tensor") return value;
  const input = value.kind === "object" && value.construct.givesTensor;
  return input ? { kind: "keras-tensor", input: value, steps: [] } : undefined;
}

/** The value of `Model(inputs, outputs)`; unknown where it is no chain of layers from one input to one output. */
export function newFunctional(context: CallContext): Value {
  const { machine: m, call, args } = context;
  const part = partOf(context);
  if (part) return part;
  const [inputs, outputs] = [args.given.get("inputs")?.value, args.given.get("outputs")?.value].map(only);
  if (inputs?.kind !== "object" || outputs?.kind !== "keras-tensor" || outputs.input.node !== inputs.node) {
    escapeTensors(m, call, outputs);
    return UNKNOWN;
  }
  const whole = m.models.findLast((one) => one.chain && startsWith(one.chain, outputs));
  if (whole) {
    // Behind the input and the layers that are called up to this output.
    const part = newPart(m, call, [tensorAfter(whole, 1 + outputs.steps.length)], false, whole, undefined);
    if (part) return part;
  }
  const model = m.newModel(call);
  model.chain = outputs;
  addValue(m, model, inputs, inputs.node, undefined);
  for (const { layer, expr } of outputs.steps) addValue(m, model, layer, expr, undefined);
  return { kind: "model", model };
}

/** Whether the same calls give a tensor on the way to another. */
function startsWith(whole: KerasTensor, part: KerasTensor): boolean {
  return whole.input === part.input && part.steps.every(({ call }, i) => call === whole.steps[i]?.call);
}

/** A list of one tensor is as good as the tensor. */
function only(value: Value | undefined): Value | undefined {
  const listed = value?.kind === "list" || value?.kind === "tuple" ? value : undefined;
  return listed && !listed.open && listed.elements.length === 1 ? listed.elements[0] : value;
}

/** Models that stand in something that is not followed. */
function escapeTensors(m: Machine, call: Call, value: Value | undefined): void {
  if (value?.kind !== "keras-tensor") return;
  for (const { layer } of value.steps) m.escape(layer, call, `part of ${m.source(call.func)}`);
}
