/** The calls that train, measure and predict, and what of their arguments stays. */
import type { Call } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import type { ModelPlan } from "../plan.ts";
import { CALLS } from "./called-models.ts";
import { distinctCalls } from "./compile.ts";

export interface Target {
  readonly helper: string;
  /** What goes in front of the call's own arguments. */
  readonly leading: readonly ("model" | "loss" | "optimizer")[];
  readonly metrics: boolean;
  /** Arguments that stay, in the order of the helper's parameters. */
  readonly keeps: readonly string[];
  /** Arguments that change no number. */
  readonly drops: readonly string[];
}

/** How batches are made ready beside the training. */
const QUEUE = ["max_q_size", "nb_worker", "pickle_safe"];

/** The calls by name. */
export const TARGETS: Record<string, Target> = {
  fit: {
    helper: "fit",
    leading: ["model", "loss", "optimizer"],
    metrics: true,
    keeps: [
      "x",
      "y",
      "batch_size",
      "epochs",
      "verbose",
      "callbacks",
      "validation_split",
      "validation_data",
      "shuffle",
      "class_weight",
      "sample_weight",
      "initial_epoch",
      "steps_per_epoch",
      "validation_steps",
      "validation_freq",
      "validation_batch_size",
      "samples_per_epoch",
      "nb_val_samples",
    ],
    drops: ["max_queue_size", "workers", "use_multiprocessing", "show_accuracy", ...QUEUE],
  },
  evaluate: {
    helper: "evaluate",
    leading: ["model", "loss"],
    metrics: true,
    keeps: ["x", "y", "batch_size", "sample_weight", "steps", "val_samples", "callbacks"],
    drops: [
      "verbose",
      "max_queue_size",
      "workers",
      "use_multiprocessing",
      "show_accuracy",
      "return_dict",
      ...QUEUE,
    ],
  },
  predict: {
    helper: "predict",
    leading: ["model"],
    metrics: false,
    keeps: ["x", "batch_size", "steps", "val_samples", "callbacks"],
    drops: ["verbose", "max_queue_size", "workers", "use_multiprocessing", ...QUEUE],
  },
  train_on_batch: {
    helper: "train_on_batch",
    leading: ["model", "loss", "optimizer"],
    metrics: true,
    keeps: ["x", "y", "class_weight", "sample_weight"],
    drops: ["reset_metrics"],
  },
  test_on_batch: {
    helper: "test_on_batch",
    leading: ["model", "loss"],
    metrics: true,
    keeps: ["x", "y", "sample_weight"],
    drops: ["reset_metrics"],
  },
};
/** A model that is called gives what `predict` does, but all samples are one batch. */
for (const name of CALLS)
  TARGETS[name] = {
    helper: "predict",
    leading: ["model"],
    metrics: false,
    keeps: ["x", "training"],
    drops: [],
  };
TARGETS.predict_proba = TARGETS.predict as Target;
TARGETS.predict_on_batch = TARGETS.predict as Target;
TARGETS.predict_classes = TARGETS.predict as Target;
for (const name of ["fit", "evaluate", "predict"]) TARGETS[`${name}_generator`] = TARGETS[name] as Target;

export const TRAINING_METHODS = new Set(Object.keys(TARGETS));

/** All such calls of a model. */
export function usesOf(plan: ModelPlan): (ModelUse & { call: Call })[] {
  return distinctCalls(
    plan.models.flatMap((model) => model.uses.filter((use) => TRAINING_METHODS.has(use.name))),
  );
}

/** The calls that compute a loss. */
export function lossUses(plan: ModelPlan): ModelUse[] {
  return usesOf(plan).filter((use) => TARGETS[use.name]?.leading.includes("loss"));
}

export function predictUses(plan: ModelPlan): ModelUse[] {
  return usesOf(plan).filter((use) => TARGETS[use.name]?.helper === "predict");
}

/** Arguments that say what is so anyway. */
export function isDefault(name: string, value: { kind: string; value?: unknown }): boolean {
  if (value.kind === "none") return true;
  if (name === "training") return value.kind === "bool" && value.value === false;
  if (name === "shuffle") return value.kind === "bool" && value.value === true;
  const plain = { validation_split: 0, validation_freq: 1 }[name];
  return plain !== undefined && value.kind === "num" && value.value === plain;
}
