/** What the training loop of a script has to do, as all calls of all its models want it. */
import type { Call } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import type { Value } from "../../src/analysis/values.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { isBatches, setBatches } from "./batches.ts";
import { metricsOf } from "./compile.ts";
import { hasSeveralInputs } from "./several-inputs.ts";
import { setSteps } from "./steps.ts";
import { isDefault, usesOf } from "./training-calls.ts";
import { setStepWeights, setWeights } from "./weights.ts";

/** What the loop needs for all models of the script: metrics or none, and how much progress is printed. */
export function setLoop(rewriter: Rewriter, plans: readonly ModelPlan[]): void {
  for (const plan of plans) {
    for (const { metrics } of plan.compiles.values())
      rewriter.switches.set(metrics.length > 0 ? "WITH_METRICS" : "WITHOUT_METRICS", true);
  }
  rewriter.switches.set(
    "EPOCH_METRICS",
    plans.some((plan) => metricsOf(plan).some((metric) => metric.epoch)),
  );
  rewriter.switches.set(
    "SEVERAL_NUMBERS",
    plans.some((plan) => metricsOf(plan).some((metric) => metric.several)),
  );
  const own = plans.find((plan) => metricsOf(plan).some((metric) => metric.batch));
  const epochs = rewriter.switches.get("EPOCH_METRICS") === true;
  const objects = plans.some((plan) => metricsOf(plan).some((metric) => metric.running));
  const running = objects || (own !== undefined && epochs);
  rewriter.switches.set("RUNNING_METRICS", running);
  rewriter.switches.set("EPOCH_METRICS", epochs && !running);
  rewriter.switches.set("BATCH_METRICS", own !== undefined && !running);
  rewriter.switches.set(
    "TRAINING_CALLS",
    plans.flatMap(usesOf).some((use) => {
      const training = use.args?.given.get("training");
      return training !== undefined && !isDefault("training", training.value);
    }),
  );
  rewriter.switches.set("SEVERAL_INPUTS", hasSeveralInputs(rewriter));
  setWeights(rewriter, plans.flatMap(usesOf));
  for (const plan of plans) setStepWeights(rewriter, plan, usesOf(plan));
  const all = plans.flatMap((plan) => usesOf(plan));
  setBatches(rewriter, all);
  setSteps(rewriter, all);
  const direct = all.filter((use) => use.name.startsWith("fit"));
  const estimators = plans.flatMap((plan) => plan.models.flatMap((model) => model.estimators));
  const fits = [...direct, ...estimators];
  const every = (test: (use: ModelUse & { call: Call }) => boolean) =>
    direct.length > 0 && estimators.length === 0 && direct.every(test);
  const value = (use: ModelUse, name: string) => use.args?.given.get(name)?.value;
  rewriter.switches.set(
    "ALWAYS_SPLIT",
    // A function may be called with another split: only what stands at module level is one value.
    every(
      (use) => !use.owner && !value(use, "validation_data") && isPositive(value(use, "validation_split")),
    ),
  );
  rewriter.switches.set(
    "ALWAYS_VALIDATION_DATA",
    every((use) => {
      const data = value(use, "validation_data");
      return data?.kind === "tuple" || (!use.owner && isBatches(rewriter, data));
    }),
  );
  // Every `fit` silent, none, or some.
  const silent = fits.map((use) => {
    const verbose = value(use, "verbose");
    if (verbose === undefined) return false;
    return verbose.kind === "num"
      ? verbose.value === 0
      : verbose.kind === "bool"
        ? !verbose.value
        : undefined;
  });
  rewriter.switches.set(
    "FIT_PRINTS",
    silent.some((one) => one !== true),
  );
  rewriter.switches.set(
    "ALWAYS_PRINTS",
    silent.every((one) => one === false),
  );
  // Without a line of progress nothing else would read the values of an epoch.
  const printed = silent.every((one) => one === false);
  rewriter.switches.set(
    "HISTORY_UNUSED",
    printed &&
      rewriter.switches.get("MODEL_HISTORY") !== true &&
      every((use) => use.call.parent?.type === "ExprStmt"),
  );
}

function isPositive(value: Value | undefined): boolean {
  return value?.kind === "num" && value.value !== undefined && value.value > 0;
}
