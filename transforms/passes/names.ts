/** Where what `compile` makes is kept: in variables beside the model, or on the model. */
import { isInLoop } from "../../grammars/walk.ts";
import type { Model, ModelUse } from "../../src/analysis/model.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { compileUses, distinctCalls } from "./compile.ts";
import { variableOf } from "./optimizer-factories.ts";
import { OUTSIDE } from "./uses.ts";

/** They need the loss and the metrics, and leave the optimizer alone. */
const ONLY_MEASURES = new Set(["evaluate", "evaluate_generator", "test_on_batch"]);
const NEEDS_COMPILED = new Set([...ONLY_MEASURES, "fit", "fit_generator", "train_on_batch", "optimizer"]);

/**
 * Variables where every model is compiled and trained in one function, and the last `compile`
 * before each training call is that of its model; attributes of the models otherwise, which files hold too.
 */
export function chooseNames(rewriter: Rewriter, plans: readonly ModelPlan[]): void {
  const compiled = plans.filter((plan) => plan.compile);
  const outside = compiled.filter(isReturnedOutside);
  const loaded = compiled.some((plan) => plan.models.some((model) => model.loaded));
  const inVariables =
    outside.length === 0 &&
    !loaded &&
    compiled.every((plan) => oneOwner(plan) && namesItsObjects(plan)) &&
    inSequence(compiled);
  for (const plan of outside) noteOutside(rewriter, plan);
  for (const plan of compiled) {
    if (!plan.compile) continue;
    if (!inVariables) {
      plan.compile.names = { kind: "attributes" };
      continue;
    }
    const variables = new Set(compileUses(plan).map((use) => variableOf(rewriter, use)));
    const named = [...variables].find((name) => name !== undefined);
    plan.compile.names = {
      kind: "variables",
      loss: rewriter.name("loss_fn"),
      optimizer: named ?? rewriter.name("optimizer"),
      metrics: rewriter.name("metrics"),
    };
  }
}

/** Whether a function gives the model to code of another file, which trains it with what it is compiled with. */
function isReturnedOutside(plan: ModelPlan): boolean {
  return plan.models.some((model) => model.escapes.some(({ how }) => how === OUTSIDE));
}

function noteOutside(rewriter: Rewriter, plan: ModelPlan): void {
  const [use] = compileUses(plan);
  const logits = plan.logitsBeforeLast ? "; its loss is that of what comes before its last activation" : "";
  rewriter.note(
    use?.node ?? plan.node,
    "compile",
    `code of another file trains this model: loss, optimizer and metrics are attributes of it${logits}`,
  );
}

function eventsOf(plan: ModelPlan) {
  return plan.models.flatMap((model) => model.uses.filter(isEvent));
}

/** A callback gets the optimizer of its model from `fit`. */
function isEvent({ name, node }: ModelUse): boolean {
  const own = name === "optimizer" && node.type === "Attribute" && node.value.type === "Attribute";
  return name === "compile" || (NEEDS_COMPILED.has(name) && !own);
}

function oneOwner(plan: ModelPlan): boolean {
  if (plan.models.some((model) => model.estimators.length > 0)) return false;
  const owners = new Set(eventsOf(plan).map((use) => use.owner));
  return owners.size <= 1;
}

/**
 * Whether each training call is on the very object that was compiled last: an optimizer in a variable goes on
 * with the parameters of another one. There are several objects where a model was copied or read back from a
 * file, and where one call compiles more than one, in a loop or in a function.
 */
function namesItsObjects(plan: ModelPlan): boolean {
  const twins = plan.models.some((model) => model.hasTwins);
  const compiles = compileUses(plan);
  if (!twins && !compiles.some((use) => isInLoop(use.node))) return true;
  const compiledOnce = distinctCalls(compiles).length === 1;
  let compiled: string | undefined;
  for (const use of eventsOf(plan).sort((a, b) => a.time - b.time)) {
    if (use.name === "compile") compiled = objectOf(use, twins);
    else if (ONLY_MEASURES.has(use.name) && compiledOnce) continue;
    else if (compiled === undefined || objectOf(use, twins) !== compiled) return false;
  }
  return true;
}

/**
 * The name that a model is used by, with the time at which it got it; the same object if both are the same.
 * An attribute is believed to stay where nothing makes another object of the model.
 */
export function objectOf({ node, call, scope, time }: ModelUse, twins: boolean): string | undefined {
  const access = call?.func ?? node;
  if (access.type !== "Attribute") return undefined;
  const names: string[] = [];
  let owner = access.value;
  for (; owner.type === "Attribute" && !twins; owner = owner.value) names.push(owner.attr);
  if (owner.type !== "Name") return undefined;
  const bound = scope?.find(owner.id)?.lastBinding(owner.id, time);
  return bound === undefined ? undefined : [owner.id, bound, ...names].join(" ");
}

function inSequence(plans: readonly ModelPlan[]): boolean {
  const events = plans
    .flatMap((plan) => plan.models)
    .flatMap((model) => model.uses.filter(isEvent).map((use) => ({ model, use, time: use.time })))
    .sort((a, b) => a.time - b.time);
  const last = new Map<unknown, { call: unknown; time: number; models: Set<Model> }>();
  for (const { model, use, time } of events) {
    const current = last.get(use.owner);
    if (use.name !== "compile") {
      if (!current?.models.has(model)) return false;
      // One call on what may be any of several models is one event.
    } else if (current && current.call === use.call && model.time < current.time) current.models.add(model);
    else last.set(use.owner, { call: use.call, time, models: new Set([model]) });
  }
  return true;
}
