/** The layers of a model and their weights, as scripts read them back: `model.layers[0].get_weights()`. */
import type { Attribute, Call, Expr, Node } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { addedInPlace } from "../../src/analysis/models.ts";
import { alternatives, type Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import { layerName, modelName } from "../auto-names.ts";
import type { Module } from "../layer.ts";
import { LISTS, layersOf } from "../methods.ts";
import { type ModelPlan, modulesIn, type PlannedLayer } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { hasWeights, readWeights } from "./array-weights.ts";
import { setTrainable } from "./freezing.ts";
import { isInputOfModel } from "./graph-tensors.ts";
import { emitWeight, literalOf } from "./layer-attributes.ts";
import { isListed } from "./layer-loops.ts";
import { emitTrained } from "./layer-trainable.ts";
import { emitLayers } from "./listed-layers.ts";
import { pathOf } from "./placed.ts";
import { hasParameters } from "./weight-counts.ts";
import { emitWeightList } from "./weight-lists.ts";

const RULE = "model-use";

/** The layer of the plan that stands at a place of `model.layers`, and the index of its first module. */
export function layerAt(plan: ModelPlan, index: number, node: Node): { layer: PlannedLayer; start: number } {
  const [model] = plan.models;
  // Keras counts the layers of that one too.
  if (plan.graph?.inputs.some(({ tensor }) => isInputOfModel(tensor)))
    throw new Unsupported(node, "the layers of a model that is built on another one are not known by number");
  if (!model || plan.models.some((one) => one.layers.some((use) => !addedInPlace(one, use))))
    throw new Unsupported(node, "the layers of a model that is built in a loop or conditional are not known");
  const use = layersOf(model)[index];
  const at = plan.layers.findIndex((layer) => layer.use.expr === use?.expr && layer.use.add === use.add);
  const layer = plan.layers[at];
  if (!layer) throw new Unsupported(node, "which layer this is, is not known");
  const before = plan.layers.slice(0, at).reduce((sum, one) => sum + one.modules.length, 0);
  return { layer, start: before };
}

/** The place among the modules of what stands for a layer: the module with its weights, else the first. */
export function moduleAt(plan: ModelPlan, index: number, node: Node): number {
  const { layer, start } = layerAt(plan, index, node);
  if (layer.modules.length === 0)
    throw new Unsupported(
      node,
      "this layer leaves no module in PyTorch, or one that is merged into the loss",
    );
  if (layer.modules.filter(hasWeights).length > 1)
    throw new Unsupported(node, "a layer that becomes several modules with weights is not supported here");
  return start + Math.max(0, layer.modules.findIndex(hasWeights));
}

/** The one place that a layer is known to have in its model. */
export function indexOf(value: Value | undefined, node: Node): number {
  const found = new Set(
    alternatives(value ?? { kind: "none" }).map((one) => (one.kind === "layer" ? one.index : undefined)),
  );
  const [index] = found;
  if (found.size !== 1 || index === undefined)
    throw new Unsupported(node, "which layer this is, is not known");
  return index;
}

/** The modules that a layer expression may mean. */
export function modulesOf(rewriter: Rewriter, plan: ModelPlan, layer: Expr): readonly Module[] {
  const value = rewriter.program.valueOf(layer);
  if (value?.kind === "object") {
    const kept = [...plan.kept.values()].find(
      ({ use }) => use.layer?.kind === "object" && use.layer.node === value.node,
    );
    if (!kept) throw new Unsupported(layer, "which layer this is, is not known");
    return kept.modules;
  }
  // In a loop over all layers it may be each of them.
  if (value?.kind === "layer" && value.index === undefined) return modulesIn(plan);
  return layerAt(plan, indexOf(value, layer), layer).layer.modules;
}

function callOf(node: Expr): Call {
  const { parent } = node;
  if (parent?.type !== "Call" || parent.func !== node)
    throw new Unsupported(node, "this method is not supported without a call");
  return parent;
}

/** Writes a text in the place of a node. */
export function replace(rewriter: Rewriter, node: Node, text: string): void {
  rewriter.edits.absorb(rewriter.text, node.start, node.end);
  rewriter.edits.replace(node.start, node.end, text, RULE);
}

type Emit = (rewriter: Rewriter, plan: ModelPlan, use: ModelUse & { node: Attribute }) => void;

const get_layer: Emit = (rewriter, plan, { node }) => {
  const call = node.parent?.type === "Call" ? node.parent : callOf(node);
  const index = indexOf(rewriter.program.valueOf(call), call);
  replace(rewriter, call, pathOf(plan, rewriter.source(node.value), moduleAt(plan, index, call)));
};

type Modules = (rewriter: Rewriter, plan: ModelPlan, owner: Expr) => readonly Module[];

/** The weights of a model or one of its layers, as arrays. */
const weights =
  (modules: Modules): Emit =>
  (rewriter, plan, { node, name }) => {
    readWeights(rewriter, modules(rewriter, plan, node.value), node);
    const call = callOf(node);
    const [only] = call.args;
    if (!name.endsWith("set_weights")) {
      if (isCopied(rewriter, plan, call)) return;
      replace(rewriter, call, `${rewriter.helper("get_weights")}(${rewriter.source(node.value)})`);
      return;
    }
    if (!only || call.args.length !== 1 || only.star)
      throw new Unsupported(call, "this call is not supported");
    const owner = rewriter.source(node.value);
    const copied = sameModel(rewriter, plan, only.value);
    if (copied && !name.startsWith("layer ")) {
      replace(rewriter, call, `${owner}.load_state_dict(${rewriter.source(copied)}.state_dict())`);
      return;
    }
    // The list stays where it is: it may read weights itself.
    const head = { start: call.start, end: only.value.start };
    rewriter.edits.absorb(rewriter.text, head.start, head.end);
    rewriter.edits.replace(head.start, head.end, `${rewriter.helper("set_weights")}(${owner}, `, RULE);
  };

/** The model in `model.get_weights()`, where it is one that the same code makes. */
function sameModel(rewriter: Rewriter, plan: ModelPlan, expr: Expr): Expr | undefined {
  if (expr.type !== "Call" || expr.func.type !== "Attribute" || expr.func.attr !== "get_weights")
    return undefined;
  const owner = rewriter.program.valueOf(expr.func.value);
  const same =
    owner && alternatives(owner).every((one) => one.kind === "model" && plan.models.includes(one.model));
  return same ? expr.func.value : undefined;
}

/** Whether the weights that a call gives go to a model that the same code makes. */
function isCopied(rewriter: Rewriter, plan: ModelPlan, call: Call): boolean {
  const outer = call.parent?.type === "Argument" ? call.parent.parent : undefined;
  if (outer?.type !== "Call" || outer.func.type !== "Attribute" || outer.func.attr !== "set_weights")
    return false;
  const owner = rewriter.program.valueOf(outer.func.value);
  return (
    owner !== undefined &&
    alternatives(owner).every((one) => one.kind === "model" && plan.models.includes(one.model)) &&
    sameModel(rewriter, plan, call) !== undefined
  );
}

/** A name that the script gives, or that Keras does. */
const name: Emit = (rewriter, plan, { node, name: what }) => {
  if (isListed(node)) return;
  const value = rewriter.program.valueOf(node.value);
  const [model] = plan.models;
  const own =
    what === "name"
      ? model && modelName(rewriter, model, node)
      : layerName(rewriter, layerAt(plan, indexOf(value, node), node).layer.use, node);
  const text =
    literalOf(rewriter.program.valueOf(node)) ?? (own === undefined ? undefined : JSON.stringify(own));
  if (text === undefined) throw new Unsupported(node, `which \`${node.attr}\` this is, is not known`);
  replace(rewriter, node, text);
};

/** A shape whose sizes are all known, as it is printed. */
const shape: Emit = (rewriter, plan, { node, name, time }) => {
  if (isListed(node)) return;
  const index = name.startsWith("layer ") ? indexOf(rewriter.program.valueOf(node.value), node) : undefined;
  // A model that more is added to later has another shape then.
  const whole = plan.models.every((model) => model.layers.every((use) => use.time < time));
  const { input, output } = index === undefined ? plan : layerAt(plan, index, node).layer.use;
  const sizes = (node.attr === "input_shape" ? input : output)?.shape.map((dim) => dim?.value);
  const all =
    sizes && !sizes.includes(undefined) && (whole || index !== undefined)
      ? `(${["None", ...sizes].join(", ")})`
      : undefined;
  const text = literalOf(rewriter.program.valueOf(node)) ?? all;
  if (text === undefined)
    throw new Unsupported(
      node,
      `the \`${node.attr}\` of this ${index === undefined ? "model" : "layer"} is not known`,
    );
  replace(rewriter, node, text);
};

/** A weight of a layer by its name. */
const weight: Emit = (rewriter, plan, { node }) => {
  const made = emitWeight(rewriter, modulesOf(rewriter, plan, node.value), node);
  replace(rewriter, made.node, made.text);
};

/** What `count_params()` counts: running statistics of normalizations too. */
const countParams =
  (modulesAt: Modules): Emit =>
  (rewriter, plan, { node }) => {
    const call = callOf(node);
    const modules = modulesAt(rewriter, plan, node.value);
    const owner = rewriter.source(node.value);
    const plain = hasParameters(undefined, modules);
    if (!plain) readWeights(rewriter, modules, node);
    const text = plain
      ? `sum(p.numel() for p in ${owner}.parameters())`
      : `sum(w.size for w in ${rewriter.helper("get_weights")}(${owner}))`;
    replace(rewriter, call, text);
  };

/** States of recurrent layers start from zeros again: of all, or of one layer. */
const reset_states: Emit = (rewriter, plan, { node }) => {
  const call = callOf(node);
  const stateful = plan.layers.some((layer) => layer.modules.some((module) => module.stateful));
  if (!stateful && call.parent?.type === "ExprStmt") {
    rewriter.note(call, RULE, "no layer of this model has a state that could be reset");
    rewriter.removeStatement(call.parent, RULE);
    return;
  }
  replace(rewriter, call, `${rewriter.helper("reset_states")}(${rewriter.source(node.value)})`);
};

const allModules = (_rewriter: Rewriter, plan: ModelPlan) => modulesIn(plan);

const EMITS: Record<string, Emit> = {
  layers: emitLayers,
  get_layer,
  input_shape: shape,
  output_shape: shape,
  name,
  "layer input_shape": shape,
  "layer output_shape": shape,
  "layer name": name,
  "layer kernel": weight,
  "layer bias": weight,
  "layer W": weight,
  "layer b": weight,
  "layer embeddings": weight,
  "layer __class__": (_rewriter, _plan, { node }) => {
    if (!isListed(node)) throw new Unsupported(node, "`__class__` of a layer is not supported here");
  },
  count_params: countParams(allModules),
  "layer count_params": countParams(modulesOf),
  "layer trainable": (rewriter, plan, use) => emitTrained(rewriter, plan, use),
  get_weights: weights(allModules),
  set_weights: weights(allModules),
  reset_states,
  reset_state: reset_states,
  "layer reset_states": reset_states,
  "layer reset_state": reset_states,
  "layer set trainable": setTrainable,
  "layer get_weights": weights(modulesOf),
  "layer set_weights": weights(modulesOf),
};

for (const name of Object.keys(LISTS)) {
  EMITS[name] = (rewriter, plan, use) => emitWeightList(rewriter, plan, use, modulesIn(plan));
  EMITS[`layer ${name}`] = (rewriter, plan, use) =>
    emitWeightList(rewriter, plan, use, modulesOf(rewriter, plan, use.node.value));
}

/** Whether the use is one of these; what it becomes is written. */
export function emitLayerUse(rewriter: Rewriter, plan: ModelPlan, use: ModelUse): boolean {
  const emit = EMITS[use.name];
  if (!emit) return false;
  const node = use.node.type === "Call" ? use.node.func : use.node;
  if (node.type !== "Attribute") throw new Unsupported(use.node, "this call is not supported");
  emit(rewriter, plan, { ...use, node });
  return true;
}
