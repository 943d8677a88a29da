/** Sequential models that start where several others meet, as Keras 1 has them: `model.add(Merge([left, right]))`. */
import type { Call, Expr } from "../../grammars/nodes.ts";
import type { BoundArgs } from "./constructs.ts";
import { stepOf, tensorOf } from "./functional.ts";
import type { Machine } from "./machine.ts";
import { isLayer, type Model } from "./model.ts";
import type { KerasObject, KerasTensor, Value } from "./values.ts";

/** Adds a layer to such a model; false where the model is a row of layers. */
export function addToMerged(m: Machine, model: Model, args: BoundArgs, call: Call): boolean {
  const given = args.given.get("layer");
  const [layer, expr] = [given?.value, given?.expr ?? call];
  if (layer?.kind === "object" && layer.construct.merges && model.layers.length === 0)
    return startMerged(m, model, layer, expr, call);
  if (!model.graph || !layer || !isLayer(layer)) return false;
  const { graph } = model;
  const step = stepOf(m, layer, expr, call, [graph.output], false);
  if (!step) return false;
  model.graph = { ...graph, steps: [...graph.steps, step], output: step };
  addStep(m, model, step, call);
  return true;
}

function startMerged(m: Machine, model: Model, layer: KerasObject, expr: Expr, call: Call): boolean {
  const given = layer.args.given.get("layers");
  const branches = given?.value.kind === "list" && !given.value.open ? given.value.elements : [];
  const written = given?.expr?.type === "List" ? given.expr.elements : [];
  const ends = branches.map((branch) => endsOf(m, branch));
  if (ends.length < 2 || ends.some((one) => one === undefined) || written.length !== ends.length)
    return false;
  const outputs = ends.flatMap((one) => one?.output ?? []);
  const inputs = ends.flatMap((one) => one?.input ?? []);
  const step = stepOf(m, layer, expr, call, outputs, true);
  if (!step || new Set(inputs).size < inputs.length) return false;
  model.graph = { inputs, steps: [...outputs, step], output: step };
  model.input = inputs[0]?.type;
  outputs.forEach((output, i) => {
    addStep(m, model, { ...output, expr: written[i] as Expr }, undefined);
    if (output.layer.kind === "model") output.layer.model.nested = true;
  });
  addStep(m, model, step, call);
  return true;
}

/** What a branch takes and gives. */
function endsOf(m: Machine, branch: Value): { input: KerasTensor; output: KerasTensor } | undefined {
  if (branch.kind !== "model") return undefined;
  const { model } = branch;
  const [input, output] = [0, model.layers.length].map((end) =>
    tensorOf(m, { kind: "layer-tensor", model, end }),
  );
  return input && output && model.layers.length > 0 ? { input, output } : undefined;
}

function addStep(
  m: Machine,
  model: Model,
  { layer, expr, from, type }: KerasTensor,
  add: Call | undefined,
): void {
  model.layers.push({ layer, expr, add, input: from[0]?.type, output: type, time: m.tick() });
  model.current = type;
}
