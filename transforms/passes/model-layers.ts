/** The layers of a model and their weights, as scripts read them back: `model.layers[0].get_weights()`. */
import type { Attribute, Call, Expr, Node } from "../../grammars/nodes.ts";
import { enclosingStatement } from "../../grammars/walk.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { addedInPlace } from "../../src/analysis/models.ts";
import { alternatives, type Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { Module } from "../layer.ts";
import { layersOf } from "../methods.ts";
import { type ModelPlan, modulesIn, type PlannedLayer } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { hasWeights, isPlain, readWeights } from "./array-weights.ts";
import { freezes, layersAreFrozen, layersInLoop, setTrainable } from "./freezing.ts";
import { isInputOfModel } from "./graph-tensors.ts";
import { emitWeight, literalOf } from "./layer-attributes.ts";
import { pathOf } from "./placed.ts";
import { someHeldByOptimizers } from "./trained-parts.ts";
import { counting, countOf } from "./weight-counts.ts";

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
function moduleAt(plan: ModelPlan, index: number, node: Node): number {
  const { layer, start } = layerAt(plan, index, node);
  if (layer.modules.length === 0)
    throw new Unsupported(
      node,
      "this layer leaves no module in PyTorch, or one that is merged into the loss",
    );
  return start + Math.max(0, layer.modules.findIndex(hasWeights));
}

/** The one place that a layer is known to have in its model. */
function indexOf(value: Value | undefined, node: Node): number {
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
  const any = value !== undefined && alternatives(value).every((one) => one.kind === "layer");
  const loop = enclosingStatement(layer)?.parent;
  // In a loop over all layers it may be each of them.
  if (
    any &&
    alternatives(value).length === 1 &&
    value.kind === "layer" &&
    value.index === undefined &&
    loop?.type === "For"
  )
    return modulesIn(plan);
  return layerAt(plan, indexOf(value, layer), layer).layer.modules;
}

function callOf(node: Expr): Call {
  const { parent } = node;
  if (parent?.type !== "Call" || parent.func !== node)
    throw new Unsupported(node, "this method is not supported without a call");
  return parent;
}

function replace(rewriter: Rewriter, node: Node, text: string): void {
  rewriter.edits.absorb(rewriter.text, node.start, node.end);
  rewriter.edits.replace(node.start, node.end, text, RULE);
}

type Emit = (rewriter: Rewriter, plan: ModelPlan, use: ModelUse & { node: Attribute }) => void;

/** `model.layers`: one of them, or how many. */
const layers: Emit = (rewriter, plan, { node }) => {
  const { parent } = node;
  if (parent?.type === "Subscript" && parent.value === node) {
    if (parent.index.type === "Slice") {
      replace(rewriter, parent, `${rewriter.source(node.value)}[${layersInLoop(rewriter, plan, parent)}]`);
      return;
    }
    const index = indexOf(rewriter.program.valueOf(parent), parent);
    const model = rewriter.source(node.value);
    replace(rewriter, parent, pathOf(plan, model, moduleAt(plan, index, parent)));
    return;
  }
  const loop = loopOver(node);
  if (loop) {
    const frozen = layersAreFrozen(plan) && loop === node;
    const all = `${rewriter.source(node.value)}${plan.graph ? ".children()" : ""}`;
    replace(rewriter, node, frozen ? all : oneByOne(rewriter, plan, node));
    return;
  }
  const call = parent?.type === "Argument" ? parent.parent : undefined;
  if (call?.type === "Call" && call.func.type === "Name" && call.func.id === "len") {
    const [model] = plan.models;
    layerAt(plan, 0, node);
    if (model) replace(rewriter, call, String(layersOf(model).length));
    return;
  }
  throw new Unsupported(node, "`layers` of a model is supported with a known index only, so far");
};

/** What a loop over all layers goes over: the layers, or them with their numbers. */
function loopOver(node: Attribute): Expr | undefined {
  const { parent } = node;
  if (parent?.type === "For" && parent.iter === node) return node;
  const call = parent?.type === "Argument" ? parent.parent : undefined;
  const numbered = call?.type === "Call" && call.func.type === "Name" && call.func.id === "enumerate";
  return numbered && call.parent?.type === "For" && call.parent.iter === call ? call : undefined;
}

/** The modules that stand for the layers, one each. */
function oneByOne(rewriter: Rewriter, plan: ModelPlan, node: Attribute): string {
  const [model] = plan.models;
  const owner = rewriter.source(node.value);
  const places = model ? layersOf(model).map((_, i) => moduleAt(plan, i, node)) : [];
  return `[${places.map((place) => pathOf(plan, owner, place)).join(", ")}]`;
}

const get_layer: Emit = (rewriter, plan, { node }) => {
  const call = node.parent?.type === "Call" ? node.parent : callOf(node);
  const index = indexOf(rewriter.program.valueOf(call), call);
  replace(rewriter, call, pathOf(plan, rewriter.source(node.value), moduleAt(plan, index, call)));
};

/** The weights of a model or one of its layers, as arrays. */
const weights =
  (modules: (rewriter: Rewriter, plan: ModelPlan, owner: Expr) => readonly Module[]): Emit =>
  (rewriter, plan, { node, name }) => {
    const counted = ["weights", "trainable_weights"].includes(name) && counting(node);
    const held = someHeldByOptimizers(rewriter);
    const count =
      counted && !held && countOf(name, modules(rewriter, plan, node.value), rewriter.source(node.value));
    if (counted && count) {
      replace(rewriter, counted, count);
      return;
    }
    readWeights(rewriter, modules(rewriter, plan, node.value), node);
    if (name === "weights" || name === "trainable_weights") {
      if (!isShown(node))
        throw new Unsupported(node, `\`${name}\` is supported where it is printed or counted only`);
      if (name === "trainable_weights" && (rewriter.switches.get("RUNNING_STATISTICS") || freezes(plan)))
        throw new Unsupported(
          node,
          "`trainable_weights` of a model with normalization or frozen layers is not supported yet",
        );
      rewriter.note(node, RULE, "these are NumPy arrays where Keras has variables: the numbers are the same");
      replace(rewriter, node, `${rewriter.helper("get_weights")}(${rewriter.source(node.value)})`);
      return;
    }
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
    replace(rewriter, call, `${rewriter.helper("set_weights")}(${owner}, ${rewriter.source(only.value)})`);
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

/** Whether a list is only printed, or only its length asked for. */
function isShown(node: Node): boolean {
  const call = node.parent?.type === "Argument" ? node.parent.parent : undefined;
  return call?.type === "Call" && call.func.type === "Name" && ["print", "len"].includes(call.func.id);
}

/** A name that the script gives. */
const given: Emit = (rewriter, _plan, { node }) => {
  const text = literalOf(rewriter.program.valueOf(node));
  if (text === undefined) throw new Unsupported(node, `which \`${node.attr}\` this is, is not known`);
  replace(rewriter, node, text);
};

/** A shape whose sizes are all known, as it is printed. */
const shape: Emit = (rewriter, plan, { node, name, time }) => {
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
const count_params: Emit = (rewriter, plan, { node }) => {
  const call = callOf(node);
  const modules = modulesIn(plan);
  readWeights(rewriter, modules, node);
  const model = rewriter.source(node.value);
  const plain = modules.every((module) => !hasWeights(module) || isPlain(module));
  const text = plain
    ? `sum(p.numel() for p in ${model}.parameters())`
    : `sum(w.size for w in ${rewriter.helper("get_weights")}(${model}))`;
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

const EMITS: Readonly<Record<string, Emit>> = {
  layers,
  get_layer,
  input_shape: shape,
  output_shape: shape,
  name: given,
  "layer input_shape": shape,
  "layer output_shape": shape,
  "layer name": given,
  "layer kernel": weight,
  "layer bias": weight,
  "layer W": weight,
  "layer b": weight,
  "layer embeddings": weight,
  count_params,
  get_weights: weights(allModules),
  set_weights: weights(allModules),
  weights: weights(allModules),
  trainable_weights: weights(allModules),
  reset_states,
  reset_state: reset_states,
  "layer reset_states": reset_states,
  "layer reset_state": reset_states,
  "layer set trainable": setTrainable,
  "layer get_weights": weights(modulesOf),
  "layer set_weights": weights(modulesOf),
};

/** Whether the use is one of these; what it becomes is written. */
export function emitLayerUse(rewriter: Rewriter, plan: ModelPlan, use: ModelUse): boolean {
  const emit = EMITS[use.name];
  if (!emit) return false;
  const node = use.node.type === "Call" ? use.node.func : use.node;
  if (node.type !== "Attribute") throw new Unsupported(use.node, "this call is not supported");
  emit(rewriter, plan, { ...use, node });
  return true;
}
