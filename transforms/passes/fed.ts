/** The data that models are given: what is known of their arrays, wherever they come from. */

import type { ModelUse } from "../../src/analysis/model.ts";
import type { Value } from "../../src/analysis/values.ts";
import { alternatives, UNKNOWN } from "../../src/analysis/values.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { batchesIn, isBatches } from "./batches.ts";

/** Data, and where a model is given them. */
export interface Fed {
  readonly value: Value;
  readonly use: ModelUse;
}

/** The data that a model is given as inputs (`x`) or as targets (`y`), wherever it is used. */
export function fed(rewriter: Rewriter, plan: ModelPlan, which: "x" | "y"): Fed[] {
  const found: Fed[] = [];
  for (const model of plan.models) {
    for (const use of model.uses) {
      if (
        !use.args ||
        ![
          "fit",
          "evaluate",
          "predict",
          "train_on_batch",
          "test_on_batch",
          "predict_classes",
          "__call__",
          "call",
          "predict_proba",
          "fit_generator",
          "evaluate_generator",
          "predict_generator",
          "predict_on_batch",
        ].includes(use.name)
      )
        continue;
      const direct = use.args.given.get(which)?.value;
      const x = use.args.given.get("x")?.value;
      const validation = use.args.given.get("validation_data")?.value;
      if (isBatches(rewriter, x)) found.push(...inBatches(rewriter, x as Value, which, use));
      else if (direct) found.push({ value: direct, use });
      if (isBatches(rewriter, validation))
        found.push(...inBatches(rewriter, validation as Value, which, use));
      if (validation?.kind === "tuple" || validation?.kind === "list") {
        const part = validation.elements[which === "x" ? 0 : 1];
        if (part && !validation.open) found.push({ value: part, use });
      }
    }
    // What scikit-learn passes on is not followed.
    for (const use of model.estimators) found.push({ value: UNKNOWN, use });
  }
  return found;
}

/** The inputs or targets in batches. */
function inBatches(rewriter: Rewriter, batches: Value, which: "x" | "y", use: ModelUse): Fed[] {
  return batchesIn(rewriter, batches).flatMap((batch) => {
    if (batch?.kind !== "tuple" && batch?.kind !== "list")
      return which === "x" ? [{ value: batch ?? UNKNOWN, use }] : [];
    const part = batch.elements[which === "x" ? 0 : 1];
    return part ? [{ value: part, use }] : [];
  });
}

/** The rank that the data are known to have, each once; undefined for data of unknown rank. */
export function ranks(data: readonly Fed[]): Set<number | undefined> {
  return new Set(
    data.flatMap(({ value }) =>
      alternatives(value).map((one) => (one.kind === "array" ? one.shape?.length : undefined)),
    ),
  );
}

/** The name of data as what `torch.as_tensor` takes. */
export function arrayText(data: readonly Fed[], x: string): string {
  const backwards = data.some(({ value }) =>
    alternatives(value).some((one) => one.kind === "array" && one.backwards),
  );
  if (backwards) return `np.ascontiguousarray(${x})`;
  return allArrays(data) ? x : `np.asarray(${x})`;
}

/** Whether all data are NumPy arrays, which `torch.as_tensor` takes as they are. */
function allArrays(data: readonly Fed[]): boolean {
  return data.every(({ value }) =>
    alternatives(value).every(
      (one) => one.kind === "array" && (one.container === "ndarray" || one.container === "tensor"),
    ),
  );
}
