/** What the metrics of a `compile` become. */
import type { Arguments } from "../arguments.ts";
import type { ModelPlan, PlannedMetric } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { metricAt } from "./compile-metrics.ts";
import { given, isMeasure, measureText } from "./measures.ts";

/** What computes a metric of outputs and targets, and a line that must come before. */
export function metricCodeOf(
  rewriter: Rewriter,
  plan: ModelPlan,
  args: Arguments,
  metric: PlannedMetric,
): { readonly text: string; readonly line?: string | undefined } {
  if (metric.measure === undefined) return { text: running(rewriter, metric, metricText(rewriter, metric)) };
  if (metric.running) return { text: ownObject(rewriter, plan, args, metric.measure) };
  const { value, expr } = metricAt(args, metric.measure);
  if (!isMeasure(value)) throw args.unknown("metrics");
  const { line, call } = measureText(rewriter, plan, value, expr, "measure");
  return { text: running(rewriter, metric, `lambda outputs, targets: ${call}`), line };
}

/** Beside objects of the script all metrics are objects. */
function running(rewriter: Rewriter, { epoch }: PlannedMetric, text: string): string {
  if (!rewriter.switches.get("RUNNING_METRICS")) return text;
  return `${rewriter.helper(epoch ? "OverEpoch" : "MeanOf")}(${text})`;
}

/** A metric that is an object of a class of the script. */
function ownObject(rewriter: Rewriter, plan: ModelPlan, args: Arguments, index: number): string {
  const { expr } = metricAt(args, index);
  if (!expr) throw args.unknown("metrics");
  const { targets, outputs } = given(rewriter, plan, expr);
  const text = rewriter.source(expr);
  if (targets === "targets" && outputs === "outputs") return text;
  return `${rewriter.helper("Given")}(${text}, lambda targets, outputs: (${targets}, ${outputs}))`;
}

/** A metric of the table. */
function metricText(rewriter: Rewriter, metric: PlannedMetric): string {
  for (const name of metric.switches ?? []) rewriter.switches.set(name, true);
  const callee = metric.helper
    ? rewriter.helper(metric.helper, metric.keywords)
    : rewriter.use(metric.functional ?? "");
  const weighted = metric.helper && rewriter.switches.get("WEIGHTS") ? metric.weighted : undefined;
  const through = metric.through === undefined ? "" : rewriter.helper(metric.through);
  return (weighted ?? metric.code).replace("{}", callee).replace("{through}", through);
}
