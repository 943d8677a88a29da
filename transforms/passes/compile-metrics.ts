/** Metrics as a `compile` gives them: strings, functions and objects, and their names in the logs. */
import type { Call, Expr, Node } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import type { FunctionValue, Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { LossEntry, LossForm } from "../loss.ts";
import { lossNamed } from "../losses.ts";
import { lossRank } from "../masks.ts";
import type { MetricContext, MetricForm } from "../metric.ts";
import { metricNamed } from "../metrics.ts";
import type { CompilePlan, ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { requireLiterals } from "./compile-leftovers.ts";
import { nameOf, readReduction } from "./compile-values.ts";
import { functionName, isMeasure } from "./measures.ts";
import { logName, ownMetricName } from "./metric-names.ts";
import { openLabels } from "./open-labels.ts";
import { isOwnMetric } from "./own-metrics.ts";

type Metric = CompilePlan["metrics"][number];

/** Metrics that later versions compute over the epoch. */
const EACH_BATCH: ReadonlySet<string> = new Set(["precision", "recall", "fbeta_score"]);

interface Compiled {
  readonly rewriter: Rewriter;
  readonly args: Arguments;
  readonly loss: LossEntry;
  readonly plan: ModelPlan;
}

export function readMetrics(compiled: Compiled, use: ModelUse & { call: Call }): CompilePlan["metrics"] {
  const { args } = compiled;
  const at = args.argument("metrics") ?? use.call;
  const elements = args.isNone("metrics") ? [] : elementsOf(args.value("metrics"), at);
  const metrics = elements.map((element, i): Metric => {
    if (isOwnMetric(compiled.rewriter, element)) {
      const name = ownMetricName(compiled.rewriter, element.cls, metricAt(args, i).expr);
      return { name, helper: undefined, keywords: [], code: "", epoch: false, running: true, measure: i };
    }
    return isMeasure(element) ? ownMetric(element, i) : readMetric(compiled, element, at, use.call);
  });
  const names = new Set(metrics.map((metric) => metric.name));
  // Without weights they are metrics like others: `emitCompile` reports them beside any.
  const weighted = args.isNone("weighted_metrics")
    ? []
    : elementsOf(args.value("weighted_metrics"), args.argument("weighted_metrics") ?? use.call);
  for (const element of weighted) {
    const metric = readMetric(compiled, element, args.argument("weighted_metrics") ?? use.call, use.call);
    const name = names.has(metric.name) ? `weighted_${metric.name}` : metric.name;
    names.add(name);
    metrics.push({ ...metric, name });
  }
  if (names.has("loss"))
    throw new Unsupported(
      at,
      "a metric named `loss` is not supported: what is kept by name has one of the two",
    );
  if (names.size < metrics.length)
    throw new Unsupported(at, "two metrics of one name in one model are not supported");
  return metrics;
}

/** The element of that place, and how it is written there. */
export function metricAt(
  args: Arguments,
  index: number,
): { readonly value: Value | undefined; readonly expr: Expr | undefined } {
  let expr = args.expr("metrics");
  const nested = (one: Expr | undefined): one is Extract<Expr, { type: "List" }> => one?.type === "List";
  if (nested(expr) && expr.elements.length === 1 && nested(expr.elements[0])) expr = expr.elements[0];
  const value = args.value("metrics");
  const own = expr?.type === "List" || expr?.type === "Tuple" ? expr.elements[index] : undefined;
  const elements = elementsOf(value, args.node);
  return { value: elements[index], expr: elements.length === 1 && elements[0] === value ? expr : own };
}

const ownMetric = (value: FunctionValue, index: number): Metric => ({
  name: functionName(value),
  helper: undefined,
  keywords: [],
  code: "",
  epoch: false,
  batch: true,
  measure: index,
});

/** The metrics of the only output, which may stand in a list of their own. */
function elementsOf(value: Value, at: Node): readonly Value[] {
  if (value.kind === "dict") {
    const [named, ...others] = [...value.entries.values()];
    if (value.open || named === undefined || others.length > 0)
      throw new Unsupported(at, "the metrics are not known one by one");
    return elementsOf(named, at);
  }
  if (value.kind !== "list" && value.kind !== "tuple") return [value];
  if (value.open) throw new Unsupported(at, "the metrics are not known one by one");
  const [only] = value.elements;
  return value.elements.length === 1 && only?.kind === "list" ? elementsOf(only, at) : value.elements;
}

function readMetric(compiled: Compiled, element: Value, at: Node, use: Call): Metric {
  const { rewriter, args, plan, loss } = compiled;
  const name = nameOf(rewriter, element, "keras.metrics.");
  const asLoss = name ?? nameOf(rewriter, element, "keras.losses.");
  const isLoss = name === undefined && (element.kind === "object" || asLoss?.startsWith("cosine") === true);
  const entry = asLoss === undefined || isLoss ? undefined : metricNamed(asLoss);
  const lossEntry = asLoss === undefined ? undefined : lossNamed(asLoss);
  if (asLoss === undefined || (!entry && !lossEntry)) {
    throw new Unsupported(
      at,
      asLoss === undefined
        ? "what metric this is, is not known here"
        : `the metric '${asLoss}' is not supported yet`,
    );
  }
  if (rewriter.program.version === "keras1" && EACH_BATCH.has(asLoss))
    throw new Unsupported(
      at,
      `'${asLoss}' is the mean over batches in Keras 1, of rounded outputs: not supported yet`,
    );
  const options = element.kind === "object" ? args.of(element.args, element.node) : undefined;
  requireLiterals(element, use);
  const rank = lossRank(plan);
  const classesSecond = rank > 1 && plan.outputLayout === "first";
  const form = entry?.form({
    at,
    loss,
    options,
    units: plan.output?.shape.at(-1)?.value,
    dropped: plan.dropped,
    rank,
    classesSecond,
  });
  const label = logName(rewriter, element, asLoss, entry, at);
  if (!entry && lossEntry) {
    const metric = lossAsMetric(compiled, lossEntry, options, at, isLoss && element.kind === "object");
    options?.finish(asLoss, new Set(["name", "dtype"]));
    return { name: label, ...metric };
  }
  if (form === undefined)
    throw new Unsupported(at, `what '${asLoss}' means for this loss and output is not supported yet`);
  options?.finish(asLoss, new Set(["name", "dtype"]));
  if (form.note) rewriter.note(at, "compile", form.note);
  const byShapes = !options && (asLoss === "accuracy" || asLoss === "acc");
  const open = byShapes && form.helper === "sparse_categorical_accuracy" && openLabels(rewriter, plan);
  if (open) rewriter.note(at, "compile", open);
  return {
    name: label,
    helper: form.helper,
    keywords: Object.keys(form.keywords ?? {}),
    epoch: form.epoch === true,
    several: form.several === true || form.each !== undefined,
    through: form.through?.helper,
    code: metricCode(form, form.onLogits ? "" : activationOf(plan), { rank, classesSecond, loss }),
  };
}

/** A helper as it stands, with arguments of its own, or of something made of outputs and targets. */
export function metricCode(
  form: MetricForm,
  activation: string,
  { rank, classesSecond, loss }: Pick<MetricContext, "rank" | "classesSecond" | "loss">,
): string {
  const { part = "", through, each, keywords = {} } = form;
  const turned = form.rows && classesSecond ? ".movedim(1, -1)" : "";
  const made = `outputs${activation}${turned}${form.outputs ?? ""}`;
  const outputs = `${through ? `{through}(${made}, ${through.given})` : made}${part}`;
  const targets = `targets${loss.targets === "float" ? turned : ""}${form.targets ?? ""}${part}`;
  const given = Object.entries(keywords).map(([key, text]) => `, ${key}=${text}`);
  if (form.columns)
    return `lambda outputs, targets: torch.stack([{}(*pair${given.join("")}) for pair in zip(${outputs}.mT, ${targets}.mT)]).mean()`;
  if (each) {
    const call = `{}(${outputs}, ${targets}${given.join("")}, ${each.name}=${each.name})`;
    return `lambda outputs, targets: torch.stack([${call} for ${each.name} in ${each.values}])[None]`;
  }
  const end = form.several
    ? "[None]"
    : form.rows && !form.epoch && rank > 1
      ? ".flatten(1).float().mean(1)"
      : "";
  if (outputs === "outputs" && targets === "targets" && given.length === 0 && end === "") return "{}";
  return `lambda outputs, targets: {}(${outputs}, ${targets}${given.join("")})${end}`;
}

/** The activation that was left out of the model, as a method of its outputs. */
function activationOf(plan: ModelPlan): string {
  if (plan.dropped === "sigmoid") return ".sigmoid()";
  if (plan.dropped !== "softmax") return "";
  const second = (plan.output?.shape.length ?? 0) > 1 && plan.outputLayout === "first";
  return second ? ".softmax(1)" : ".softmax(-1)";
}

/**
 * What Keras computes as a loss too: the mean of each sample.
 *
 * @param whole it is an object of a loss, which gives one number a batch
 */
function lossAsMetric(
  compiled: Compiled,
  entry: LossEntry,
  options: Arguments | undefined,
  at: Node,
  whole: boolean,
): Omit<Metric, "name"> {
  const { rewriter, plan, loss } = compiled;
  const rank = lossRank(plan);
  // A crossentropy looks through the last activation, wherever that stays.
  const hidden = entry.logits && plan.dropped === undefined && (plan.last !== "other" || !plan.lastIsKnown);
  // The number of a class is compared with each output.
  const column = loss.targets === "index" && entry.targets === "float" && !entry.logits && rank === 1;
  if ((entry.targets !== loss.targets && !column) || hidden)
    throw new Unsupported(at, `the metric '${entry.names[0]}' for this loss and output is not supported yet`);
  const logits = entry.logits && plan.dropped !== undefined;
  const fromLogits = options?.has("from_logits") === true && options.flag("from_logits");
  const form: LossForm = entry.form({
    at,
    version: rewriter.program.version,
    options,
    logits: logits || fromLogits,
    last: plan.last,
    rank,
    units: plan.output?.shape.at(-1)?.value,
    classesSecond: rank > 1 && plan.outputLayout === "first",
    loose: false,
  });
  if (form.partial) throw new Unsupported(at, "a metric that leaves out a class is not supported yet");
  const outputs = (form.outputs ?? "{}").replace("{}", `outputs${logits ? "" : activationOf(plan)}`);
  const targets = (form.targets ?? "{}").replace("{}", `targets${column ? ".unsqueeze(-1).float()" : ""}`);
  const keywords = Object.entries(form.keywords ?? {}).map(([key, text]) => `${key}=${text}`);
  const each = entry.classes && rank === 1 ? "" : ".flatten(1).mean(1)";
  const call = [outputs, targets, ...keywords];
  if (whole) {
    if (options && readReduction(rewriter, options) !== "mean")
      throw new Unsupported(at, "a loss that is no mean is not supported as a metric yet");
    const code = `lambda outputs, targets: {}(${call.join(", ")})`;
    const keys = form.helper ? Object.keys(form.keywords ?? {}) : [];
    const { helper, functional, switches } = form;
    return {
      helper,
      functional,
      switches,
      keywords: keys,
      epoch: false,
      batch: true,
      code,
      weighted: `${code}.mean()`,
    };
  }
  return {
    helper: form.helper,
    functional: form.functional,
    keywords: form.helper ? Object.keys(form.keywords ?? {}) : [],
    epoch: false,
    switches: form.switches,
    code: form.helper
      ? `lambda outputs, targets: {}(${call.join(", ")}).expand(len(outputs))`
      : `lambda outputs, targets: {}(${[...call, 'reduction="none"'].join(", ")})${each}`,
    weighted: `lambda outputs, targets: {}(${call.join(", ")})${each}`,
  };
}
