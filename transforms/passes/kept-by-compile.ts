/** What Keras 3 keeps of an earlier `compile`, and gives to copies: reported, as earlier versions start anew. */
import type { Model, ModelUse } from "../../src/analysis/model.ts";
import { Unsupported } from "../arguments.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { compileUses } from "./compile.ts";
import { objectOf } from "./names.ts";

const TRAINS = new Set(["fit", "train_on_batch"]);

export function checkKept(rewriter: Rewriter, plan: ModelPlan): void {
  if (rewriter.program.version !== "keras3") return;
  const copied = isCopied(rewriter, plan.models);
  checkMetrics(plan, copied);
  if (copied) checkCopies(plan);
}

/** `compile` without metrics goes on with those of the `compile` before, also of the model that it is a copy of. */
function checkMetrics(plan: ModelPlan, copied: boolean): void {
  const uses = compileUses(plan);
  for (const later of uses.filter((use) => !measures(use))) {
    const object = objectOf(later, true);
    const before = uses.some((use) => {
      const other = objectOf(use, true);
      const maybeSame = copied || object === undefined || other === undefined || object === other;
      return measures(use) && use.time < later.time && maybeSame;
    });
    if (before)
      throw new Unsupported(
        later.node,
        "Keras 3 keeps the metrics of the `compile` before where a later one names none, which is not supported",
        "Give `metrics=` to every `compile`, `metrics=[]` for none.",
      );
  }
}

function measures(use: ModelUse): boolean {
  return ["metrics", "weighted_metrics"].some(
    (name) => (use.args?.given.get(name)?.value.kind ?? "none") !== "none",
  );
}

function isCopied(rewriter: Rewriter, models: readonly Model[]): boolean {
  return [...rewriter.program.calls.values()]
    .flat()
    .some(
      ({ construct, value }) =>
        construct.path === "keras.models.clone_model" &&
        value.kind === "model" &&
        models.includes(value.model),
    );
}

/** A copy has an optimizer of its own from the start, which has done no step yet. */
function checkCopies(plan: ModelPlan): void {
  const compiled = new Set(compileUses(plan).map((use) => objectOf(use, true)));
  for (const use of plan.models.flatMap((model) => model.uses)) {
    if (!TRAINS.has(use.name) || compiled.has(objectOf(use, true) ?? "")) continue;
    throw new Unsupported(
      use.node,
      "training a copy of a compiled model with the optimizer that Keras 3 gives it is not supported",
      "Compile the copy.",
    );
  }
}
