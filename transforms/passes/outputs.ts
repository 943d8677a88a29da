/**
 * The last softmax or sigmoid of a model: whether it leaves the model and merges into the loss, and
 * what `predict` then does to the outputs. It is looked for through models that are layers of others.
 */
import { Unsupported } from "../arguments.ts";
import type { Module } from "../layer.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { showsLast } from "./model-parts.ts";
import { lossUses, predictUses } from "./training-calls.ts";

/** Decides for all models of a script together; gives those of which something is not supported. */
export function settleOutputs(rewriter: Rewriter, plans: readonly ModelPlan[]): ModelPlan[] {
  const failed: ModelPlan[] = [];
  const attempt = (plan: ModelPlan, run: () => void) => {
    if (!rewriter.attempt("model", run)) failed.push(plan);
  };
  const leaving: ModelPlan[] = [];
  for (const [end, sharing] of byEnd(plans)) {
    const losing = sharing.filter((plan) => plan.dropped !== undefined);
    if (losing.length === 0) continue;
    if (sharing.every((plan) => isKnown(rewriter, plan, sharing))) {
      leaving.push(end);
      for (const plan of sharing) plan.dropped = end.last;
      continue;
    }
    for (const plan of losing) attempt(plan, () => beforeLast(plan, end));
  }
  const trained = plans.filter((plan) => isTrained(plan));
  const mixed = trained.some((plan) => plan.logitsBeforeLast);
  for (const end of leaving) {
    // All losses of a script are computed from the same place: before the activation or after it.
    const alone = trained.includes(end) && plans.every((plan) => plan === end || endOf(plan) !== end);
    if (mixed && alone) attempt(end, () => requireRow(end));
    if (mixed && alone) end.logitsBeforeLast = true;
    else end.layers.findLast((layer) => layer.modules.length > 0)?.modules.pop();
  }
  for (const plan of trained)
    if (mixed && !plan.logitsBeforeLast)
      attempt(plan, () => {
        throw new Unsupported(
          plan.node,
          "models whose losses look behind their last activation beside others are not supported yet",
        );
      });
  rewriter.switches.set("LOGITS_BEFORE_LAST", mixed);
  setPredictions(rewriter, plans);
  return failed;
}

/** The models that end in the activation of one of them, by that one. */
function byEnd(plans: readonly ModelPlan[]): Map<ModelPlan, ModelPlan[]> {
  const groups = new Map<ModelPlan, ModelPlan[]>();
  for (const plan of plans) {
    const end = endOf(plan);
    if (end.last !== "other") groups.set(end, [...(groups.get(end) ?? []), plan]);
  }
  return groups;
}

/** The model whose own module gives the outputs: itself, or one that is its last layer. */
export function endOf(plan: ModelPlan): ModelPlan {
  const inner = nestedLast(plan);
  return inner ? endOf(inner) : plan;
}

function nestedLast(plan: ModelPlan): ModelPlan | undefined {
  const last = lastModule(plan);
  return last?.helper === undefined ? last?.nested?.plan : undefined;
}

function lastModule(plan: ModelPlan): Module | undefined {
  return plan.layers.findLast((layer) => layer.modules.length > 0)?.modules.at(-1);
}

/** Whether all that is done with the outputs of a model is known, also where it is a layer. */
function isKnown(rewriter: Rewriter, plan: ModelPlan, sharing: readonly ModelPlan[]): boolean {
  if (plan.compile && plan.dropped === undefined) return false;
  if (showsLast(rewriter, plan)) return false;
  if (plan.models.some((model) => model.escapes.some((one) => !one.how.startsWith("history ")))) return false;
  const holders = rewriter.program.models.filter((outer) =>
    outer.layers.some(({ layer }) => layer?.kind === "model" && plan.models.includes(layer.model)),
  );
  if (plan.models.some((model) => model.nested) && holders.length === 0) return false;
  return holders.every((outer) => {
    const holder = sharing.find((one) => one.models.includes(outer));
    const own = holder?.layers.flatMap((layer) => layer.modules) ?? [];
    return own.filter((module) => module.nested?.plan === plan).length === 1;
  });
}

function beforeLast(plan: ModelPlan, end: ModelPlan): void {
  if (plan !== end)
    throw new Unsupported(
      plan.node,
      "a crossentropy that looks behind the last activation of a model inside this one is not supported where that is used otherwise, too",
    );
  requireRow(plan);
  plan.logitsBeforeLast = true;
}

/** What comes before the last module is a slice of models that are rows of modules. */
function requireRow({ graph, node }: ModelPlan): void {
  if (graph)
    throw new Unsupported(
      node,
      "a crossentropy that looks behind the last activation of a model that branches is not supported where that is used otherwise, too",
    );
}

function isTrained(plan: ModelPlan): boolean {
  return plan.models.some((model) => model.estimators.length > 0) || lossUses(plan).length > 0;
}

function isPredicted(plan: ModelPlan): boolean {
  return plan.models.some((model) => model.estimators.length > 0) || predictUses(plan).length > 0;
}

/** What `predict` does to outputs: the same for all models, or a function that each carries. */
function setPredictions(rewriter: Rewriter, plans: readonly ModelPlan[]): void {
  const predicted = plans.filter(isPredicted);
  const kinds = predicted.map((plan) => ({
    activation: plan.logitsBeforeLast ? undefined : plan.dropped,
    turned: plan.outputLayout === "first" && (plan.output?.shape.length ?? 0) > 1,
  }));
  const [first] = kinds;
  if (!first) return;
  if (kinds.every((kind) => kind.activation === first.activation && kind.turned === first.turned)) {
    rewriter.switches.set("SOFTMAX", first.activation === "softmax");
    rewriter.switches.set("SIGMOID", first.activation === "sigmoid");
    rewriter.switches.set("CHANNELS_LAST_OUTPUT", first.turned);
    return;
  }
  rewriter.switches.set("OUTPUTS_DIFFER", true);
  predicted.forEach((plan, i) => {
    const { activation, turned } = kinds[i] as (typeof kinds)[number];
    const given = turned ? "outputs.movedim(1, -1)" : "outputs";
    const text = { softmax: ".softmax(-1)", sigmoid: ".sigmoid()", other: "" }[activation ?? "other"];
    const doc = text
      ? `Probabilities${turned ? " (N, ..., C)" : ""} of logits${turned ? " (N, C, ...)" : ""}.`
      : turned
        ? "Maps (N, C, ...) as (N, ..., C)."
        : "Outputs as they are.";
    plan.boundary.set(
      "to_outputs",
      rewriter.addBody("to_outputs", { doc, lines: [`return ${given}${text}`] }),
    );
  });
}
