/** Accuracies that tf.keras takes for others, because it does not know the shapes of what generators give. */
import { alternatives, type Value } from "../../src/analysis/values.ts";
import { isLoader } from "../pipelines.ts";
import type { ModelPlan } from "../plan.ts";
import { isBefore } from "../releases.ts";
import type { Rewriter } from "../rewriter.ts";
import { batchesIn, isBatches } from "./batches.ts";

/** From here on 'accuracy' is chosen by the shapes of targets and outputs, where the loss told it before. */
const BY_SHAPES = { keras: [2, 4], tensorflow: [2, 2] } as const;

const NOTE =
  "from TensorFlow 2.2 to 2.15, Keras takes labels (N, 1) that a generator gives for one-hot rows of one class, and shows how often class 0 is predicted; here, as before and in Keras 3, 'accuracy' is how often the class is right";

/**
 * What is to be said of 'accuracy' among integer labels; undefined where the numbers are Keras's. Measured in
 * tf_keras 2.21: a generator or `Sequence` whose labels are (N, 1) is affected, labels (N,) and `tf.data` are not.
 */
export function openLabels(rewriter: Rewriter, plan: ModelPlan): string | undefined {
  const { version, machine } = rewriter.program;
  if (version !== "keras2" || (machine.release && isBefore(machine.release, BY_SHAPES))) return undefined;
  const fed = plan.models.flatMap(({ uses }) => uses.map(({ args }) => args?.given.get("x")?.value));
  return fed.some((value) => value !== undefined && givesColumns(rewriter, value)) ? NOTE : undefined;
}

/** Whether some of its batches have labels that are columns, as far as is known. */
function givesColumns(rewriter: Rewriter, value: Value): boolean {
  if (!isBatches(rewriter, value) || alternatives(value).every(isLoader)) return false;
  return batchesIn(rewriter, value).some((batch) => {
    const labels = batch?.kind === "tuple" || batch?.kind === "list" ? batch.elements[1] : undefined;
    return (labels ? alternatives(labels) : []).some(
      (one) => one.kind === "unknown" || (one.kind === "array" && (one.shape?.length ?? 2) === 2),
    );
  });
}
