/** `trainable` of a model and of its layers: parameters that get no gradient, from the next `compile` on. */
import type { Assign, Attribute, Expr, Node, Slice } from "../../grammars/nodes.ts";
import { enclosingStatement } from "../../grammars/walk.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives, type Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { Module } from "../layer.ts";
import { layersOf } from "../methods.ts";
import { type ModelPlan, modulesIn, someModule } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { mayPredate } from "../version.ts";
import { layerAt, modulesOf } from "./model-layers.ts";
import {
  compiledBefore,
  isHeldByOptimizers,
  modelsAround,
  SET,
  settingOf,
  someHeldByOptimizers,
} from "./trained-parts.ts";

const RULE = "trainable";
const FIXES = ".requires_grad_(False)";

/** Whether a module normalizes batches: Keras's frozen layer does so by its running statistics. */
const normalizes = ({ statistics }: Module) => statistics === "followed";

/**
 * Whether a module has parameters that Keras's layer has not: they stay as they are, whatever the
 * script says of the layer. A layer made with `trainable=False` is one that is frozen as a whole.
 */
export function holdsFixed({ statistics, init, inits, initialize, weights, nested }: Module): boolean {
  if (nested) return modulesIn(nested.plan).some(holdsFixed);
  if (statistics === "held") return true;
  const lines = [init, ...(inits ?? [])].flatMap((rule) => rule?.lines ?? []);
  const trained = (weights ?? []).some(({ torch }) => torch.some((one) => !one.startsWith("running_")));
  const own = (initialize ?? []).filter((line) => line !== `{}${FIXES}` || !trained);
  return [...lines, ...own].some((line) => line.includes(FIXES));
}

/** Whether a module normalizes batches without parameters of its own: it cannot be told from a frozen one. */
function isBare({ statistics, weights }: Module): boolean {
  const own = (weights ?? []).flatMap(({ torch }) => torch).filter((name) => !name.includes("running_"));
  return statistics === "followed" && weights !== undefined && own.length === 0;
}

/** Freezing as Keras does it, or a report where PyTorch would not do the same. */
function freeze(rewriter: Rewriter, modules: readonly Module[], trainable: boolean, node: Node): void {
  if (!trainable && someModule(modules, normalizes)) {
    if (someModule([...rewriter.plans.values()].flatMap(modulesIn), isBare))
      throw new Unsupported(
        node,
        "freezing a `BatchNormalization` beside one without scale and offset is not supported yet",
      );
    noteBatchStatistics(rewriter, node);
    rewriter.switches.set("FROZEN_NORMS", true);
  }
  // Keras 1 and 2 keep the penalty of a frozen layer in the loss, as PyTorch does.
  const penalized = modules.some(({ penalties }) => (penalties?.length ?? 0) > 0);
  if (!trainable && penalized && rewriter.program.version === "keras3")
    throw new Unsupported(
      node,
      "Keras 3 leaves out the penalty of a frozen layer, which is not supported yet",
    );
  if (trainable) checkThawing(modules, node);
}

/** Before Keras 2.4, which is TensorFlow's, a frozen normalization went on with the statistics of each batch. */
function noteBatchStatistics(rewriter: Rewriter, node: Node): void {
  const { machine, version } = rewriter.program;
  if (!mayPredate(machine, version, { keras: [2, 4], tensorflow: [2, 0] })) return;
  if (machine.release)
    throw new Unsupported(
      node,
      "in this release of Keras a frozen `BatchNormalization` normalizes each batch by its own statistics",
    );
  rewriter.note(
    node,
    "version",
    "a frozen `BatchNormalization` keeps to its running statistics; before Keras 2.4 it took those of each batch (a pinned release or --keras-version tells which)",
  );
}

/** Reported where training these modules again would train what Keras has no weights for. */
export function checkThawing(modules: readonly Module[], node: Node): void {
  if (modules.some(holdsFixed))
    throw new Unsupported(
      node,
      "training a layer again that has fewer weights in Keras than in PyTorch is not supported yet",
    );
}

/** Whether some layers of a model are not trained, always or for a time. */
export function freezes(plan: ModelPlan): boolean {
  return (
    plan.models.some((model) => model.uses.some((use) => use.name.endsWith("set trainable"))) ||
    plan.layers.some((layer) =>
      layer.modules.some((module) =>
        module.initialize?.some((line) => line.includes("requires_grad_(False)")),
      ),
    )
  );
}

/** Writes `requires_grad_` in the place of an assignment to `trainable` of a whole model. */
export function emitTrainable(rewriter: Rewriter, plan: ModelPlan, use: ModelUse): void {
  if (isHeldByOptimizers(rewriter, plan)) {
    removeSetting(rewriter, use);
    return;
  }
  const known = settingOf(rewriter, use);
  const statement = enclosingStatement(use.node) as Assign;
  const [target] = statement.targets;
  if (target?.type !== "Attribute")
    throw new Unsupported(use.node, "what `trainable` is set to here is not known");
  requireCompiledAfter(rewriter, plan, use);
  const modules = modulesIn(plan);
  freeze(rewriter, modules, known, use.node);
  const model = rewriter.source(target.value);
  rewriter.edits.replace(
    statement.start,
    statement.end,
    `${model}.requires_grad_(${known ? "True" : "False"})`,
    RULE,
  );
}

/** Keras looks at `trainable` when a model is compiled, PyTorch in every step: the order must not matter. */
function requireCompiledAfter(rewriter: Rewriter, plan: ModelPlan, use: ModelUse): void {
  if (compiledBefore(rewriter, plan, use))
    throw new Unsupported(
      use.node,
      "`trainable` is set after `compile`: Keras then trains as before, PyTorch would not",
    );
}

/** Keras trains no layer of a model that is not trainable itself, whatever is said of the layer. */
function requireTrainableAround(rewriter: Rewriter, plan: ModelPlan, use: ModelUse): void {
  for (const model of modelsAround(rewriter, plan)) {
    const last = model.uses.findLast((one) => one.name === SET && one.time < use.time);
    if (last && !settingOf(rewriter, last))
      throw new Unsupported(
        use.node,
        "the model around this layer is not trainable: Keras trains none of it",
      );
  }
}

/** What is trained is said by the parameters that each optimizer gets. */
function removeSetting(rewriter: Rewriter, use: ModelUse): void {
  settingOf(rewriter, use);
  rewriter.note(
    use.node,
    RULE,
    "Keras decides what is trained when a model is compiled: each optimizer gets the parameters that it trains",
  );
  rewriter.removeStatements([enclosingStatement(use.node) as Assign], RULE);
}

/** Writes an assignment to `trainable` of a layer, or of each in a loop. */
export function setTrainable(rewriter: Rewriter, plan: ModelPlan, use: ModelUse & { node: Attribute }): void {
  const { node } = use;
  const owner = alternatives(rewriter.program.valueOf(node.value) ?? { kind: "none" });
  const one = owner.every((layer) => layer.kind === "layer" && layer.index !== undefined);
  if (someHeldByOptimizers(rewriter))
    throw new Unsupported(
      node,
      "`trainable` of layers beside that of models inside models is not supported yet",
    );
  const modules = one ? modulesOf(rewriter, plan, node.value) : modulesIn(plan);
  const statement = node.parent;
  if (statement?.type !== "Assign" || statement.targets.length !== 1)
    throw new Unsupported(node, "this assignment to `trainable` is not supported");
  const value = settingOf(rewriter, use);
  if (value) requireTrainableAround(rewriter, plan, use);
  freeze(rewriter, modules, value, node);
  requireCompiledAfter(rewriter, plan, use);
  const text = `${rewriter.source(node.value)}.requires_grad_(${value ? "True" : "False"})`;
  rewriter.edits.absorb(rewriter.text, statement.start, statement.end);
  rewriter.edits.replace(statement.start, statement.end, text, RULE);
}

/** The places of the first layer in `model.layers[:-2]`, and of that after the last. */
export function rangeOf(rewriter: Rewriter, index: Slice, count: number): readonly [number, number] {
  const place = (expr: Expr | null, otherwise: number): number => {
    if (!expr) return otherwise;
    const value = rewriter.program.valueOf(expr) ?? literal(expr);
    if (value?.kind !== "num" || value.value === undefined)
      throw new Unsupported(expr, "which layers these are, is not known");
    return Math.min(Math.max(value.value < 0 ? count + value.value : value.value, 0), count);
  };
  if (index.step) throw new Unsupported(index, "every so many layers of a model are not supported yet");
  return [place(index.lower, 0), place(index.upper, count)];
}

/** The modules of `model.layers[:-2]`, as a slice of the model. */
export function modulesInSlice(rewriter: Rewriter, plan: ModelPlan, index: Slice): string {
  if (plan.graph)
    throw new Unsupported(index, "a part of the layers of a model that branches is not supported yet");
  const [model] = plan.models;
  const count = model ? layersOf(model).length : 0;
  const [from, to] = rangeOf(rewriter, index, count);
  const start = (at: number, given: Expr | null) =>
    given && at < count ? String(layerAt(plan, at, given).start) : "";
  return `${start(from, index.lower)}:${start(to, index.upper)}`;
}

function literal(expr: Expr): Value | undefined {
  return expr.type === "Number" && typeof expr.value === "number"
    ? { kind: "num", value: expr.value, isFloat: expr.isFloat, sym: undefined }
    : undefined;
}
