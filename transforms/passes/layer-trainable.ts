/** `layer.trainable` as it is read: by the parameters, which layers without weights have not. */
import type { Attribute, Expr, Node } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import type { LayerUse, ModelUse } from "../../src/analysis/model.ts";
import { Unsupported } from "../arguments.ts";
import { layersOf } from "../methods.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { hasWeights } from "./array-weights.ts";
import { rangeOf } from "./freezing.ts";
import { classTests, isOfClass } from "./layer-classes.ts";
import { type Loop, loopOver } from "./layer-loops.ts";
import { layerAt, modulesOf, replace } from "./model-layers.ts";
import { SET, settingOf, someHeldByOptimizers } from "./trained-parts.ts";
import { hasParameters } from "./weight-counts.ts";

/** Writes whether a layer is trained, or reports where its parameters cannot tell. */
export function emitTrained(rewriter: Rewriter, plan: ModelPlan, use: ModelUse & { node: Attribute }): void {
  const { node } = use;
  if (someHeldByOptimizers(rewriter) || !hasParameters(true, modulesOf(rewriter, plan, node.value)))
    throw new Unsupported(node, "`trainable` of this layer is not supported yet");
  const [model] = plan.models;
  const all = model ? layersOf(model) : [];
  const weightless = layersMeant(rewriter, plan, node).filter(
    (layer) => !layerAt(plan, all.indexOf(layer), node).layer.modules.some(hasWeights),
  );
  const set = plan.models
    .flatMap(({ uses }) => uses)
    .filter((one) => one.name.endsWith(SET) && mayPrecede(one, use) && !settingOf(rewriter, one))
    .flatMap((one) => (one.name === SET ? all : layersMeant(rewriter, plan, one.node)));
  if (weightless.some((layer) => set.includes(layer) || isGiven(layer)))
    throw new Unsupported(
      node,
      "`trainable` of a layer without weights that was set before is not supported: PyTorch keeps it by the parameters",
    );
  replace(rewriter, node, `all(p.requires_grad for p in ${rewriter.source(node.value)}.parameters())`);
}

/** Whether the layer is made with `trainable`. */
function isGiven({ layer }: LayerUse): boolean {
  return layer?.kind === "object" && layer.args.given.has("trainable");
}

/** Whether one use may run before the other: functions and loops may run again. */
function mayPrecede(one: ModelUse, other: ModelUse): boolean {
  if (one.time < other.time || one.owner !== other.owner || one.owner) return true;
  const around = new Set<Node>();
  for (let at: Node | null = one.node; at; at = at.parent) around.add(at);
  for (let at: Node | null = other.node; at; at = at.parent)
    if (around.has(at) && (at.type === "For" || at.type === "While")) return true;
  return false;
}

/** The layers that the owner of an attribute may be: one by its place, or those that a loop goes over. */
function layersMeant(rewriter: Rewriter, plan: ModelPlan, node: Expr): readonly LayerUse[] {
  const [model] = plan.models;
  const all = model ? layersOf(model) : [];
  const owner = node.type === "Attribute" ? node.value : undefined;
  const value = owner && rewriter.program.valueOf(owner);
  if (value?.kind === "layer" && value.index !== undefined) return all.slice(value.index, value.index + 1);
  const loop = owner?.type === "Name" ? loopAround(owner, owner.id) : undefined;
  if (!loop) return all;
  const slice = loop.iter.type === "Subscript" ? loop.iter.index : undefined;
  const range = slice?.type === "Slice" ? rangeOf(rewriter, slice, all.length) : [];
  const tests = classTests(rewriter, loop.node, loop.variable.id).filter(({ node: test }) =>
    requires(loop, test, node),
  );
  return all.slice(...range).filter((layer) => tests.every((test) => isOfClass(rewriter, test, layer)));
}

/** The innermost loop that binds a name to the layers of a model. */
function loopAround(node: Node, name: string): Loop | undefined {
  for (let at: Node | null = node.parent; at; at = at.parent) {
    if (at.type !== "For" && at.type !== "Comprehension") continue;
    for (const clause of at.type === "For" ? [at] : at.clauses) {
      let found: Loop | undefined;
      walk(clause.iter, (one) => {
        if (one.type === "Attribute" && one.attr === "layers") found ??= loopOver(one);
      });
      if (found?.variable.id === name) return found;
    }
  }
  return undefined;
}

/** Whether a place of a loop is come by only where a condition holds. */
function requires({ node: loop }: Loop, test: Expr, place: Node): boolean {
  const { parent } = test;
  if (loop.type === "Comprehension")
    return loop.clauses.some(({ ifs }) => ifs.includes(test)) && loop.clauses.length === 1;
  if (parent?.type !== "If" || parent.test !== test) return false;
  return parent.body.some(({ start, end }) => start <= place.start && place.end <= end);
}
