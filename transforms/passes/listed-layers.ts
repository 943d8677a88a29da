/** `model.layers`: a loop over them, one of them, or how many. */
import type { Attribute } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { Unsupported } from "../arguments.ts";
import type { Module } from "../layer.ts";
import { layersOf } from "../methods.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { hasWeights } from "./array-weights.ts";
import { isEarly } from "./early-uses.ts";
import { modulesInSlice, rangeOf } from "./freezing.ts";
import { classTests, onlyFreezes, type Standing, torchTest } from "./layer-classes.ts";
import { emitLoop, type Loop, loopOver } from "./layer-loops.ts";
import { indexOf, layerAt, moduleAt, replace } from "./model-layers.ts";
import { pathOf } from "./placed.ts";

/** `model.layers`: one of them, or how many. */
export function emitLayers(rewriter: Rewriter, plan: ModelPlan, use: ModelUse & { node: Attribute }): void {
  const { node } = use;
  const { parent } = node;
  // `model.layers[len(model.layers) - 1]`: the index is gone with what it counted.
  if (rewriter.edits.covers(node.start, node.end)) return;
  const loop = loopOver(node);
  const known = parent?.type === "Subscript" && parent.value === node && parent.index.type !== "Slice";
  if (!known && loop?.iter !== node && plan.models.some((model) => isEarly(model, use)))
    throw new Unsupported(node, "the layers of a model that more are added to later are not counted");
  if (loop) {
    if (!freezeAll(rewriter, plan, node, loop)) {
      const modules = () => oneByOne(rewriter, plan, node);
      emitLoop(rewriter, plan, loop, modules, () => standingIn(plan, node, (modules) => [moduleOf(modules)]));
    }
    return;
  }
  if (parent?.type === "Subscript" && parent.value === node) {
    if (parent.index.type === "Slice")
      throw new Unsupported(node, "these layers of a model are supported in a loop over them only");
    const model = rewriter.source(node.value);
    const value = rewriter.program.valueOf(parent);
    if (value?.kind === "layer" && value.index === undefined) {
      replace(rewriter, node, `[${oneByOne(rewriter, plan, node).join(", ")}]`);
      return;
    }
    const index = indexOf(value, parent);
    replace(rewriter, parent, pathOf(plan, model, moduleAt(plan, index, parent)));
    return;
  }
  const call = parent?.type === "Argument" ? parent.parent : undefined;
  if (call?.type === "Call" && call.func.type === "Name" && call.func.id === "len") {
    const [model] = plan.models;
    layerAt(plan, 0, node);
    if (model) replace(rewriter, call, String(layersOf(model).length));
    return;
  }
  if (call?.type === "Call" && call.func.type === "Name" && call.func.id === "print") {
    const owner = rewriter.source(node.value);
    replace(rewriter, node, `list(${plan.graph ? `${owner}.children()` : owner})`);
    return;
  }
  throw new Unsupported(node, "`layers` of a model is supported with a known index only, so far");
}

/**
 * Goes over all modules, which may be more than the layers, where nothing is done but to freeze them, maybe
 * by their class. Gives whether that is so.
 */
function freezeAll(rewriter: Rewriter, plan: ModelPlan, node: Attribute, loop: Loop): boolean {
  const { iter, variable } = loop;
  const slice = iter.type === "Subscript" ? iter.index : undefined;
  if (loop.node.type !== "For" || loop.numbered) return false;
  const tests = classTests(rewriter, loop.node, variable.id);
  if (!onlyFreezes([...loop.node.body, ...loop.node.orelse], variable.id, tests)) return false;
  const layers = tests.length > 0 ? standingIn(plan, node, (modules) => modules.filter(hasWeights)) : [];
  const range = slice?.type === "Slice" ? rangeOf(rewriter, slice, layers.length) : [];
  const texts = tests.map((test) => torchTest(rewriter, test, layers.slice(...range)));
  if (texts.includes(undefined)) return false;
  tests.forEach((test, i) => {
    replace(rewriter, test.node, texts[i] ?? "");
  });
  const owner = rewriter.source(node.value);
  if (slice?.type === "Slice") replace(rewriter, iter, `${owner}[${modulesInSlice(rewriter, plan, slice)}]`);
  else replace(rewriter, iter, plan.graph ? `${owner}.children()` : owner);
  return true;
}

/** The modules that stand for the layers, one each. */
function oneByOne(rewriter: Rewriter, plan: ModelPlan, node: Attribute): string[] {
  const [model] = plan.models;
  const owner = rewriter.source(node.value);
  return (model ? layersOf(model) : []).map((_, i) =>
    layerAt(plan, i, node).layer.modules.length > 0
      ? pathOf(plan, owner, moduleAt(plan, i, node))
      : rewriter.use("nn.Identity()"),
  );
}

/** The layers of the model, with those of their modules that the loop goes over. */
function standingIn(
  plan: ModelPlan,
  node: Attribute,
  seen: (modules: readonly Module[]) => readonly Module[],
): Standing[] {
  const [model] = plan.models;
  return (model ? layersOf(model) : []).map((use, i) => ({
    use,
    modules: seen(layerAt(plan, i, node).layer.modules),
  }));
}

function moduleOf(modules: readonly Module[]): Module {
  return modules[Math.max(0, modules.findIndex(hasWeights))] ?? { code: "nn.Identity()" };
}
