/** Models that are called like functions: `model(x)`, `model(x, training=False)`, `model.call(x)`. */
import type { Call, Expr } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives, type Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { augmentCall, augmented } from "../augmented.ts";
import { type ModelPlan, modulesIn, someModule } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";

/** The call, and the method behind it. */
export const CALLS: readonly string[] = ["__call__", "call"];

/** The expression of the model in `model.fit(...)` or `model(...)`. */
export function modelOf(rewriter: Rewriter, { func }: Call): Expr {
  const value = rewriter.program.valueOf(func);
  if (value && alternatives(value).every((one) => one.kind === "model")) return func;
  if (func.type !== "Attribute") throw new Unsupported(func, "this call is not supported");
  return func.value;
}

/** Reported where a call is of symbols, or where it matters that all samples are one batch. */
export function checkCall(
  rewriter: Rewriter,
  plan: ModelPlan,
  use: ModelUse & { call: Call },
  args: Arguments,
): void {
  const x = args.value("x");
  const listed = plan.part?.isFunction && x.kind === "list" && !x.open ? x.elements : undefined;
  if (plan.part?.isFunction && (listed?.length !== 1 || args.expr("x")?.type !== "List"))
    throw new Unsupported(
      use.call,
      "a function of the backend is called on a list of one array only, so far",
    );
  for (const one of alternatives(listed?.[0] ?? x))
    if (!isData(one) || plan.models.some((model) => model.escapes.some(({ node }) => node === use.call)))
      throw new Unsupported(
        use.call,
        "a model is called on data only, so far: what this one is given is not known to be an array",
      );
  const modules = modulesIn(plan.part?.of ?? plan);
  if (modules.some((module) => module.stateful))
    throw new Unsupported(use.call, "calling a model that keeps a state is not supported yet");
  const training = args.value("training");
  if (
    someModule(modules, ({ augments }) => augments === true) &&
    (training.kind !== "bool" || training.value)
  )
    throw new Unsupported(
      use.call,
      "layers that change images at random do so in a call without `training=False`, which has no translation yet",
    );
  if (isOff(training)) return;
  const frozen = ["FROZEN_NORMS", "HELD_NORMS"].some((name) => rewriter.switches.get(name));
  const statistics = modules.some((module) => module.statistics);
  if (modules.some((module) => module.nested) || (statistics && (frozen || !isPure(args.expr("x")))))
    throw new Unsupported(
      use.call,
      "calling a model with models inside, or with frozen normalizations, in training mode is not supported yet",
    );
}

/** Normalizations in training mode take the samples of a call as one batch: how many `predict` is to take at once. */
export function wholeBatch(
  rewriter: Rewriter,
  plan: ModelPlan,
  use: ModelUse & { call: Call },
  args: Arguments,
): string | undefined {
  if (!CALLS.includes(use.name) || isOff(args.value("training"))) return undefined;
  const x = args.expr("x");
  if (!x || !modulesIn(plan.part?.of ?? plan).some((module) => module.statistics)) return undefined;
  return `batch_size=len(${rewriter.source(x)})`;
}

function isOff(training: Value): boolean {
  return training.kind === "none" || (training.kind === "bool" && !training.value);
}

/** Whether an expression may be written twice. */
function isPure(expr: Expr | undefined): boolean {
  if (expr?.type !== "Subscript") return expr?.type === "Name";
  const parts =
    expr.index.type === "Slice" ? [expr.index.lower, expr.index.upper, expr.index.step] : [expr.index];
  return expr.value.type === "Name" && parts.every((part) => !part || ["Name", "Number"].includes(part.type));
}

/** A call of a model that changes images at random, in training: whether it was one. */
export function emitAugmentation(rewriter: Rewriter, { call }: { readonly call: Call }): boolean {
  const x = augmented(rewriter, call);
  if (!x) return false;
  // A function that a data set goes through has been translated.
  if (rewriter.edits.covers(call.start, call.end)) return true;
  const value = rewriter.program.valueOf(x);
  if (!value || !alternatives(value).every(isData)) return false;
  const ranks = new Set(
    alternatives(value).map((one) => (one.kind === "array" ? one.shape?.length : undefined)),
  );
  const [rank] = ranks;
  const text = `${augmentCall(rewriter, call, x, ranks.size === 1 ? rank : undefined)}.numpy()`;
  rewriter.edits.absorb(rewriter.text, call.start, call.end);
  rewriter.edits.replace(call.start, call.end, text, "training");
  return true;
}

/** Whether a value is an array, or may be one. */
export function isData(value: Value | undefined): boolean {
  return value?.kind === "array" || (value?.kind === "unknown" && value.library !== undefined);
}
