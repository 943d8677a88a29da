/**
 * Models that one compiled model trains and another holds still, as in adversarial training: Keras
 * decides what is trained when a model is compiled, and so here its optimizer gets those parameters.
 */
import type { Node } from "../../grammars/nodes.ts";
import { isTarget, walk } from "../../grammars/walk.ts";
import type { Model, ModelUse } from "../../src/analysis/model.ts";
import { addedInPlace } from "../../src/analysis/models.ts";
import { Unsupported } from "../arguments.ts";
import type { Module } from "../layer.ts";
import { type ModelPlan, modulesIn, modulesInside } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";

export const SET = "set trainable";

/**
 * Whether what is trained of this model differs between the models that are compiled with it. Keras 3
 * looks at `trainable` when a model is first trained.
 */
export function isHeldByOptimizers(rewriter: Rewriter, plan: ModelPlan): boolean {
  if (rewriter.program.version === "keras3" || plan.models.every((model) => !model.nested)) return false;
  return plan.models.some((model) =>
    model.uses.some((use) => use.name === SET && compiledBefore(rewriter, plan, use)),
  );
}

/** Whether optimizers say of some model of the script what is trained of it. */
export function someHeldByOptimizers(rewriter: Rewriter): boolean {
  return [...rewriter.plans.values()].some((plan) => isHeldByOptimizers(rewriter, plan));
}

/** Whether some model is trained after `trainable` is set, as it was compiled before. */
export function compiledBefore(rewriter: Rewriter, plan: ModelPlan, use: ModelUse): boolean {
  return modelsAround(rewriter, plan).some((model) =>
    model.uses.some((step) => {
      if (!trains(step) || step.time < use.time) return false;
      const compile = model.uses.findLast((one) => one.name === "compile" && one.time < step.time);
      return compile !== undefined && compile.time < use.time;
    }),
  );
}

/** The models of a plan, and those that hold them. */
export function modelsAround(rewriter: Rewriter, plan: ModelPlan): Model[] {
  return rewriter.program.models.filter((model) =>
    plan.models.some((one) => one === model || holds(model, one)),
  );
}

const isSet = (model: Model) => model.uses.some((use) => use.name === SET);

function trains({ name }: ModelUse): boolean {
  return name.startsWith("fit") || name === "train_on_batch";
}

function holds(outer: Model, inner: Model): boolean {
  return outer.layers.some(
    ({ layer }) => layer?.kind === "model" && (layer.model === inner || holds(layer.model, inner)),
  );
}

/** The expression whose parameters a `compile` trains: the model, or the part of it that is not held still. */
export function trainedPart(rewriter: Rewriter, plan: ModelPlan, use: ModelUse, name: string): string {
  const held = plan.layers.map((layer) => heldLayer(rewriter, plan, layer.modules, use));
  if (compiledBy(plan, use).some(([model, own]) => stateOf(rewriter, plan, model, own) === false))
    throw new Unsupported(
      use.node,
      "a model that is compiled while it is not trainable is not supported yet",
    );
  const [first, last] = [held.indexOf(true), held.lastIndexOf(true)];
  if (first < 0) return name;
  if (plan.graph)
    throw new Unsupported(
      use.node,
      "a model that branches with a part that is not trained is not supported yet",
    );
  if (plan.models.some((model) => model.layers.some((one) => !addedInPlace(model, one))))
    throw new Unsupported(use.node, "which part of this model is trained is not known");
  const free = plan.layers.filter((layer, i) => !held[i] && layer.modules.length > 0);
  const [only] = free;
  if (!only)
    throw new Unsupported(
      use.node,
      "a model that is compiled while it is not trainable is not supported yet",
    );
  const count = (to: number) =>
    plan.layers.slice(0, to).reduce((sum, layer) => sum + layer.modules.length, 0);
  const inner = only.modules.find((module) => module.nested);
  if (free.length === 1 && inner?.nested)
    return (
      nameOf(rewriter, plan, inner, use) ??
      `${name}[${count(plan.layers.indexOf(only)) + only.modules.indexOf(inner)}]`
    );
  if (held.slice(first, last + 1).includes(false) || (first > 0 && last < held.length - 1))
    throw new Unsupported(
      use.node,
      "a model with a part in the middle that is not trained is not supported yet",
    );
  return first === 0 ? `${name}[${count(last + 1)}:]` : `${name}[:${count(first)}]`;
}

/** The models that a call compiles, each with its own use of it. */
function compiledBy(plan: ModelPlan, { call }: ModelUse): (readonly [Model, ModelUse])[] {
  return plan.models.flatMap((model) => {
    const own = model.uses.find((one) => one.name === "compile" && one.call === call);
    return own ? [[model, own] as const] : [];
  });
}

/** Whether a layer is a model that is held still when the model around it is compiled. */
function heldLayer(rewriter: Rewriter, outer: ModelPlan, modules: readonly Module[], use: ModelUse): boolean {
  const inner = modules.find((module) => module.nested)?.nested?.plan;
  if (!inner) return false;
  const wrapped = modules.some((module) => module.nested && module.helper !== undefined);
  if (wrapped && inner.models.some(isSet))
    throw new Unsupported(use.node, "`trainable` of a model inside a layer is not supported yet");
  const states = new Set(
    compiledBy(outer, use).flatMap(([model, own]) =>
      model.layers.flatMap(({ layer }) =>
        layer?.kind === "model" && inner.models.includes(layer.model)
          ? [stateOf(rewriter, inner, layer.model, own)]
          : [],
      ),
    ),
  );
  if (states.size > 1)
    throw new Unsupported(use.node, "what is trained of this model depends on the path taken here");
  const [trained] = states;
  if (trained !== false) return false;
  check(inner, use);
  return true;
}

/** Whether a model is trainable when that `compile` is reached; undefined where optimizers don't say so. */
function stateOf(rewriter: Rewriter, plan: ModelPlan, model: Model, compile: ModelUse): boolean | undefined {
  if (!isHeldByOptimizers(rewriter, plan)) return undefined;
  // Setting it on a model sets it on all that it holds.
  const outer = rewriter.program.models.find((one) => holds(one, model) && isSet(one));
  if (outer)
    throw new Unsupported(outer.node, "`trainable` of a model and of one inside it is not supported yet");
  const sets = model.uses.filter((use) => use.name === SET);
  for (const use of sets) requireOneWay(rewriter, use, compile);
  const last = sets.findLast((use) => use.time < compile.time);
  return last === undefined ? true : settingOf(rewriter, last);
}

/** The value that `trainable` is set to. */
export function settingOf(rewriter: Rewriter, use: ModelUse): boolean {
  const statement = use.node.parent;
  if (statement?.type === "Assign" && statement.targets.length === 1) {
    const { value } = statement;
    const known = rewriter.program.valueOf(value);
    if (value.type === "Constant" && typeof value.value === "boolean") return value.value;
    if (known?.kind === "bool" && known.value !== undefined) return known.value;
  }
  throw new Unsupported(use.node, "what `trainable` is set to here is not known");
}

/** An assignment counts where every path to the `compile` after it comes by, once. */
function requireOneWay(rewriter: Rewriter, use: ModelUse, compile: ModelUse): void {
  const around = (node: Node) => {
    const found: Node[] = [];
    for (let at = node.parent; at && at.type !== "FunctionDef"; at = at.parent)
      if (["If", "For", "While", "Try", "With"].includes(at.type)) found.push(at);
    return found;
  };
  const [own, others] = [around(use.node), around(compile.node)];
  const loops = others.some((one) => one.type === "For" || one.type === "While");
  const before = use.time < compile.time;
  const straight = own.every((one) => others.includes(one));
  const makes = rewriter.program.models.some((model) => model.owner === use.owner);
  if (loops || (before && !straight) || (before && use.owner !== compile.owner && !makes))
    throw new Unsupported(use.node, "whether `trainable` is set when a model is compiled is not known");
}

/** Reported where holding parameters still is not all that Keras does. */
function check(inner: ModelPlan, use: ModelUse): void {
  for (const module of modulesIn(inner).flatMap(withAllInside)) {
    if (module.nested?.plan.models.some(isSet))
      throw new Unsupported(use.node, "`trainable` of models inside models is not supported yet");
    if (module.statistics && !isNorm(module))
      throw new Unsupported(
        use.node,
        "a model with BatchNormalization inside a layer that another holds still is not supported yet",
      );
    if ((module.penalties?.length ?? 0) + (module.constraints?.length ?? 0) > 0 || module.pretrained)
      throw new Unsupported(
        use.node,
        "a model with regularizers or constraints that another holds still is not supported yet",
      );
  }
}

/** A module, and all that are in it where it is a model, in models inside of that too. */
function withAllInside(module: Module): Module[] {
  return [module, ...modulesInside(module).flatMap(withAllInside)];
}

/** Whether a module is a normalization itself, not one around it. */
function isNorm({ statistics, weights = [] }: Module): boolean {
  return statistics === "followed" && weights.some(({ torch }) => torch.includes("running_mean"));
}

/** Normalizations that are held still use their running statistics, while the model around them trains. */
export function heldNorms(rewriter: Rewriter, plan: ModelPlan, use: ModelUse, name: string): string[] {
  const norms = plan.layers.flatMap((layer) =>
    heldLayer(rewriter, plan, layer.modules, use) ? layer.modules : [],
  );
  const types = new Set<string>();
  const held = norms.flatMap((module) => {
    const found = withAllInside(module).filter(isNorm);
    for (const one of found) types.add(one.code.slice(0, one.code.indexOf("(")));
    return found.length > 0 ? [module] : [];
  });
  const [only] = held;
  if (!only) return [];
  const compiles = plan.models.flatMap((model) => model.uses.filter((one) => one.name === "compile"));
  if (held.length > 1 || compiles.some((one) => one.call !== use.call))
    throw new Unsupported(
      use.node,
      "this model with BatchNormalization that another holds still is not supported yet",
    );
  rewriter.switches.set("HELD_NORMS", true);
  const all = modulesIn(plan);
  const owner = nameOf(rewriter, plan, only, use) ?? `${name}[${all.indexOf(only)}]`;
  const test = types.size === 1 ? [...types].join() : `(${[...types].join(", ")})`;
  return [
    `${name}.held_norms = [module for module in ${owner}.modules() if isinstance(module, ${rewriter.use(test)})]`,
  ];
}

/** The variable of a model inside, where it is the same one at the `compile`. */
function nameOf(rewriter: Rewriter, plan: ModelPlan, { nested }: Module, use: ModelUse): string | undefined {
  const expr = nested?.expr;
  const [model] = plan.models;
  if (expr?.type !== "Name" || plan.models.length > 1 || model?.owner !== use.owner) return undefined;
  let bound = 0;
  walk(model?.owner ?? rewriter.program.module, (node) => {
    if (node.type === "Name" && node.id === expr.id && isTarget(node)) bound++;
    return node.type !== "FunctionDef" || node === model?.owner;
  });
  return bound === 1 ? rewriter.source(expr) : undefined;
}
