/** Where what `compile` makes is kept: in variables beside the model, or on the model. */
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { compileUses, optimizerVariable } from "./compile.ts";

const NEEDS_COMPILED = new Set(["fit", "evaluate", "train_on_batch", "test_on_batch"]);

/**
 * Variables where every model is compiled and trained in one function, and the last `compile`
 * before each training call is that of its model; attributes of the models otherwise.
 */
export function chooseNames(rewriter: Rewriter, plans: readonly ModelPlan[]): void {
  const compiled = plans.filter((plan) => plan.compile);
  const inVariables = compiled.every((plan) => oneOwner(plan)) && inSequence(compiled);
  for (const plan of compiled) {
    if (!plan.compile) continue;
    if (!inVariables) {
      plan.compile.names = { kind: "attributes" };
      continue;
    }
    const variables = new Set(compileUses(plan).map((use) => optimizerVariable(rewriter, use)));
    const [only] = variables;
    plan.compile.names = {
      kind: "variables",
      loss: rewriter.name("loss_fn"),
      optimizer: variables.size === 1 && only !== undefined ? only : rewriter.name("optimizer"),
      metrics: rewriter.name("metrics"),
    };
  }
}

function eventsOf(plan: ModelPlan) {
  return plan.models.flatMap((model) =>
    model.uses.filter((use) => use.name === "compile" || NEEDS_COMPILED.has(use.name)),
  );
}

function oneOwner(plan: ModelPlan): boolean {
  const owners = new Set(eventsOf(plan).map((use) => use.owner));
  return owners.size <= 1;
}

function inSequence(plans: readonly ModelPlan[]): boolean {
  const events = plans
    .flatMap((plan) => eventsOf(plan).map((use) => ({ plan, use })))
    .sort((a, b) => a.use.time - b.use.time);
  const last = new Map<unknown, ModelPlan>();
  for (const { plan, use } of events) {
    if (use.name === "compile") last.set(use.owner, plan);
    else if (last.get(use.owner) !== plan) return false;
  }
  return true;
}
