/**
 * One target for several outputs of a sample: targets (N,) or (N, 1) for a model that gives (N, T, 1) or
 * (N, C). Most often that is a mistake, but Keras computes something, and so does the conversion.
 */
import type { Node } from "../../grammars/nodes.ts";
import { alternatives } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { LossForm } from "../loss.ts";
import type { CompilePlan, ModelPlan, PlannedMetric } from "../plan.ts";
import { isBefore } from "../releases.ts";
import type { Rewriter } from "../rewriter.ts";
import { type Fed, fed } from "./fed.ts";

/** Losses and metrics that look at each output by itself, whatever the others are. */
const EACH = new Set([
  ...["F.mse_loss", "F.l1_loss", "F.huber_loss", "F.poisson_nll_loss"],
  ...["percentage_loss", "squared_logarithmic_loss", "hinge_loss", "squared_hinge_loss", "log_cosh_loss"],
  ...["mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error"],
  ...["mean_squared_logarithmic_error", "threshold_accuracy", "binary_accuracy", "accuracy_above"],
]);
const BINARY = new Set(["F.binary_cross_entropy_with_logits", "clipped_binary_cross_entropy"]);

/** From here on Keras leaves targets (N,) as they are, which it made (N, 1) before. */
const KEEPS_RANK = { keras: [2, 7], tensorflow: [2, 7] } as const;

/** How a single target meets several outputs; undefined where it does not, or not in a way that is known. */
export function loneTargets(
  rewriter: Rewriter,
  plan: ModelPlan,
  form: LossForm,
  metrics: readonly PlannedMetric[],
  at: Node,
): CompilePlan["lone"] {
  const shape = plan.output?.shape ?? [];
  const last = shape.at(-1)?.value;
  const loss = form.functional ?? form.helper ?? "";
  const binary = BINARY.has(loss);
  const keras3 = rewriter.program.version === "keras3";
  if (shape.length === 1 && last === 1 && hasColumns(fed(rewriter, plan, "y"))) {
    const known =
      (EACH.has(loss) || (loss === "clipped_binary_cross_entropy" && !keras3)) &&
      metrics.every(({ helper = "" }) => EACH.has(helper));
    if (!known)
      throw new Unsupported(
        at,
        "several targets for the one output of a sample are not supported for this loss and these metrics",
      );
    note(rewriter, at, COLUMNS);
    return "columns";
  }
  const sizes = targetSizes(fed(rewriter, plan, "y"));
  if (sizes === undefined || last === undefined) return undefined;
  const steps = shape.length === 2 && last === 1;
  if (!steps && (shape.length !== 1 || last === 1)) return undefined;
  const each = (one: PlannedMetric) => EACH.has(one.helper ?? "") && (steps || !ofClasses(one));
  if ((!EACH.has(loss) && !binary) || !metrics.every(each)) return undefined;
  const { release } = rewriter.program.machine;
  const keeps = sizes === "flat" && !(release && isBefore(release, KEEPS_RANK));
  // What is left is refused by Keras 3, or by any.
  if ((keras3 && (binary || (keeps && !steps))) || (binary && !steps)) return undefined;
  const size = steps ? shape[0]?.value : last;
  if (!steps || !keeps || binary) {
    if (steps && keeps)
      note(
        rewriter,
        at,
        "Keras refuses them since 2.7, and compared each target with all outputs of its sample before, as here",
      );
    else
      note(rewriter, at, `${SEVERAL}: as Keras does, each target is compared with all outputs of its sample`);
    return size === undefined ? "broadcast" : "own";
  }
  if (plan.outputLayout === "first") return undefined;
  note(
    rewriter,
    at,
    `${SEVERAL}: as in Keras since 2.7, each output is compared with the targets of the whole batch, where it was only with that of its sample before`,
  );
  return "batch";
}

const SEVERAL = "these targets have one value for several outputs of a sample, most likely by mistake";
const COLUMNS =
  "these targets have several values for the one output of a sample, most likely by mistake: as Keras does, the output is compared with each of them";

function note(rewriter: Rewriter, at: Node, text: string): void {
  if (!rewriter.diagnostics.some((one) => one.start === at.start && one.message === text))
    rewriter.note(at, "compile", text);
}

/** Accuracies, which Keras chooses by the shapes of both. */
function ofClasses({ helper = "" }: PlannedMetric): boolean {
  return helper.includes("accuracy");
}

/** Whether some targets are (N, C), of several columns. */
function hasColumns(data: readonly Fed[]): boolean {
  return data.some(({ value }) =>
    alternatives(value).some(
      (one) => one.kind === "array" && one.shape?.length === 2 && (one.shape[1]?.value ?? 1) > 1,
    ),
  );
}

/** Whether all targets are (N,), or all (N, 1); undefined for anything else. */
function targetSizes(data: readonly Fed[]): "flat" | "column" | undefined {
  const found = new Set(
    data.flatMap(({ value }) =>
      alternatives(value).map((one) => {
        if (one.kind !== "array" || !one.shape) return undefined;
        if (one.shape.length === 1) return "flat";
        return one.shape.length === 2 && one.shape[1]?.value === 1 ? "column" : undefined;
      }),
    ),
  );
  const [only] = found;
  return found.size === 1 ? only : undefined;
}
