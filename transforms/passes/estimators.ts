/** `KerasClassifier(build_fn=...)` becomes an estimator over the script's own `fit` and `predict`. */
import type { Argument, Call, Node } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import type { CallFact } from "../../src/analysis/machine.ts";
import { alternatives } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import { ESTIMATORS, FIT_OPTIONS, laterOptions, optionsOf } from "../estimators.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { metricsOf } from "./compile.ts";
import { removeArguments } from "./edit-call.ts";
import { mixedVerbose } from "./training-arguments.ts";

const RULE = "estimator";

/** The crossentropy as a score, and what it was called before scikit-learn 0.18. */
const LOG_LOSS = new Set(["neg_log_loss", "log_loss"]);

export function emitEstimators(rewriter: Rewriter): void {
  for (const [call, facts] of rewriter.program.calls) {
    const helper = ESTIMATORS[facts[0]?.construct.path ?? ""];
    if (helper) rewriter.attempt(RULE, () => emitEstimator(rewriter, call, facts, helper));
  }
}

function emitEstimator(rewriter: Rewriter, call: Call, facts: readonly CallFact[], helper: string): void {
  const builders = facts.flatMap(({ args }) =>
    alternatives(args.given.get("build_fn")?.value ?? { kind: "none" }),
  );
  const [builder] = builders;
  const plans = [...rewriter.plans.values()].filter((plan) =>
    plan.models.some((model) => model.estimators.some((use) => use.call === call)),
  );
  const [plan] = plans;
  if (builder?.kind !== "function" || builders.some((one) => one !== builder && !sameFunction(one, builder)))
    throw new Unsupported(call, "the function that builds this estimator's model is not known here");
  if (!plan || plans.length > 1)
    throw new Unsupported(call, "the model that this estimator builds is not known here");
  if (call.args.some((argument) => argument.star))
    throw new Unsupported(call, "the options of this estimator are not known here");
  const parameters = new Set(builder.node.params.map((parameter) => parameter.name));
  const removed = new Set<Argument>();
  for (const argument of call.args) {
    const { name } = argument;
    if (name === null || name === "build_fn") continue;
    const option = name === "nb_epoch" && rewriter.program.version === "keras1" ? "epochs" : name;
    if (!parameters.has(option) && !FIT_OPTIONS.includes(option))
      throw new Unsupported(argument, `the option \`${name}\` of an estimator is not supported yet`);
    if (option !== name) rewriter.edits.replace(argument.start, argument.start + name.length, option, RULE);
    if (option === "verbose" && !mixedVerbose(rewriter)) removed.add(argument);
  }
  setSwitches(rewriter, plan, call, helper);
  const later = laterOptions(rewriter.program.module);
  const given = optionsOf(call).map((name) => (name === "nb_epoch" ? "epochs" : name));
  const passed = FIT_OPTIONS.filter(
    (name) => (given.includes(name) || later.has(name)) && (name !== "verbose" || mixedVerbose(rewriter)),
  );
  rewriter.helper("fit", metricsOf(plan).length > 0 ? ["metrics", ...passed] : passed);
  rewriter.edits.replace(call.func.start, call.func.end, rewriter.helper(helper), RULE);
  removeArguments(rewriter, call, removed);
}

function sameFunction(a: { kind: string; node?: unknown }, b: { node: unknown }): boolean {
  return a.kind === "function" && a.node === b.node;
}

/** What the class needs to know of the model, and of what the script asks of its estimators. */
function setSwitches(rewriter: Rewriter, plan: ModelPlan, call: Call, helper: string): void {
  const { compile, output } = plan;
  if (!compile) throw new Unsupported(call, "the model of this estimator is not known to be compiled");
  if (new Set([...plan.compiles.values()].map(({ loss }) => loss)).size > 1)
    throw new Unsupported(call, "an estimator of a model with several losses is not supported yet");
  const names = new Set(rewriter.program.module.identifiers);
  const searches = [...names].some((name) => name.includes("score") || name.endsWith("SearchCV"));
  const scoring = scoringOf(rewriter.program.module);
  if (helper === "Classifier") {
    const units = output?.shape.length === 1 ? output.shape[0]?.value : undefined;
    if (units === undefined) throw new Unsupported(call, "the number of classes is not known");
    set(rewriter, call, "ONE_OUTPUT", units === 1);
    set(rewriter, call, "ONE_HOT_LABELS", compile.loss.names.includes("categoricalcrossentropy"));
    // Keras's wrappers are no classifiers to scikit-learn: it splits their data in order.
    const proba = scoring.find(
      ({ value }) => /log_loss|roc_auc|precision|brier/.test(value) && !LOG_LOSS.has(value),
    );
    for (const node of scoring.filter(({ value }) => LOG_LOSS.has(value))) {
      rewriter.switches.set("CLASSIFIER_PROBABILITIES", true);
      rewriter.edits.replace(node.start, node.end, rewriter.helper("neg_log_loss"), RULE);
    }
    if (proba)
      throw new Unsupported(
        proba,
        "scoring by probabilities asks for a classifier, for which scikit-learn chooses other folds",
      );
  } else set(rewriter, call, "POSITIVE_SCORE", rewriter.program.version === "keras1");
  if (searches) rewriter.switches.set("ESTIMATOR_SCORES", true);
  if (names.has("predict") || names.has("cross_val_predict") || scoring.length > 0)
    rewriter.switches.set("ESTIMATOR_PREDICTIONS", true);
  if (names.has("predict_proba")) rewriter.switches.set("CLASSIFIER_PROBABILITIES", true);
}

function set(rewriter: Rewriter, call: Call, name: string, value: boolean): void {
  const before = rewriter.switches.get(name);
  if (before !== undefined && before !== value)
    throw new Unsupported(call, "estimators of different kinds in one script are not supported yet");
  rewriter.switches.set(name, value);
}

/** The strings given as `scoring`. */
function scoringOf(module: Node): Extract<Node, { type: "String" }>[] {
  const found: Extract<Node, { type: "String" }>[] = [];
  walk(module, (node) => {
    if (node.type === "Argument" && node.name === "scoring" && node.value.type === "String")
      found.push(node.value);
  });
  return found;
}
