/** Metrics as a `compile` gives them: strings, functions and objects, and their names in the logs. */
import type { Call, Expr, Node } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import type { FunctionValue, KerasObject, Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { LossEntry, LossForm } from "../loss.ts";
import { lossNamed } from "../losses.ts";
import { lossRank } from "../masks.ts";
import type { MetricEntry, MetricForm } from "../metric.ts";
import { metricNamed } from "../metrics.ts";
import type { CompilePlan, ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { requireLiterals } from "./compile-leftovers.ts";
import { nameOf } from "./compile-values.ts";
import { functionName, isMeasure } from "./measures.ts";

type Metric = CompilePlan["metrics"][number];

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
  const metrics = elements.map((element, i) =>
    isMeasure(element) ? ownMetric(element, i) : readMetric(compiled, element, at, use.call),
  );
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
  if (metrics.some((one) => one.epoch) && metrics.some((one) => one.measure !== undefined))
    throw new Unsupported(
      at,
      "a function of the script beside a metric of whole epochs is not supported yet",
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
  const entry = asLoss === undefined ? undefined : metricNamed(asLoss);
  const lossEntry = asLoss === undefined ? undefined : lossNamed(asLoss);
  // As a loss it is the smaller the better.
  const isCosine = name === undefined && entry?.names.includes("cosinesimilarity");
  if (asLoss === undefined || (!entry && !lossEntry) || isCosine) {
    throw new Unsupported(
      at,
      asLoss === undefined
        ? "what metric this is, is not known here"
        : `the metric '${asLoss}' is not supported yet`,
    );
  }
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
    const metric = lossAsMetric(compiled, lossEntry, options, at);
    options?.finish(asLoss, new Set(["name", "dtype"]));
    return { name: label, ...metric };
  }
  if (form === undefined)
    throw new Unsupported(at, `what '${asLoss}' means for this loss and output is not supported yet`);
  options?.finish(asLoss, new Set(["name", "dtype"]));
  if (form.note) rewriter.note(at, "compile", form.note);
  return {
    name: label,
    helper: form.helper,
    keywords: Object.keys(form.keywords ?? {}),
    epoch: form.epoch === true,
    code: metricCode(form, form.onLogits ? "" : activationOf(plan)),
  };
}

/** A helper as it stands, with arguments of its own, or of something made of outputs and targets. */
function metricCode(form: MetricForm, activation: string): string {
  const part = form.part ?? "";
  const outputs = `outputs${activation}${form.outputs ?? ""}${part}`;
  const targets = `targets${form.targets ?? ""}${part}`;
  const keywords = Object.entries(form.keywords ?? {}).map(([key, text]) => `, ${key}=${text}`);
  if (form.columns)
    return `lambda outputs, targets: torch.stack([{}(*pair${keywords.join("")}) for pair in zip(${outputs}.mT, ${targets}.mT)]).mean()`;
  if (outputs === "outputs" && targets === "targets" && keywords.length === 0) return "{}";
  return `lambda outputs, targets: {}(${outputs}, ${targets}${keywords.join("")})`;
}

/** The activation that was left out of the model, as a method of its outputs. */
function activationOf(plan: ModelPlan): string {
  if (plan.dropped === "sigmoid") return ".sigmoid()";
  if (plan.dropped !== "softmax") return "";
  const second = (plan.output?.shape.length ?? 0) > 1 && plan.outputLayout === "first";
  return second ? ".softmax(1)" : ".softmax(-1)";
}

/** What Keras computes as a loss too: the mean of each sample. */
function lossAsMetric(
  compiled: Compiled,
  entry: LossEntry,
  options: Arguments | undefined,
  at: Node,
): Omit<Metric, "name"> {
  const { rewriter, plan, loss } = compiled;
  const rank = lossRank(plan);
  // A crossentropy looks through the last activation, wherever that stays.
  const hidden = entry.logits && plan.dropped === undefined && (plan.last !== "other" || !plan.lastIsKnown);
  if (entry.targets !== loss.targets || rank !== 1 || hidden)
    throw new Unsupported(at, `the metric '${entry.names[0]}' for this loss and output is not supported yet`);
  const logits = entry.logits && plan.dropped !== undefined;
  const fromLogits = options?.has("from_logits") === true && options.flag("from_logits");
  const form: LossForm = entry.form({
    at,
    version: rewriter.program.version,
    options,
    logits: logits || fromLogits,
    rank,
    units: plan.output?.shape.at(-1)?.value,
    classesSecond: false,
    loose: false,
  });
  const outputs = `outputs${logits ? "" : activationOf(plan)}`;
  const keywords = Object.entries(form.keywords ?? {}).map(([key, text]) => `${key}=${text}`);
  const each = entry.classes ? "" : ".flatten(1).mean(1)";
  const call = [outputs, (form.targets ?? "{}").replace("{}", "targets"), ...keywords];
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

/** The name in the logs: strings and functions as they are written, objects by their class. */
function logName(
  rewriter: Rewriter,
  element: Value,
  name: string,
  entry: MetricEntry | undefined,
  at: Node,
): string {
  if (element.kind === "object") {
    const given = element.args.given.get("name")?.value;
    if (given?.kind === "str") return given.value;
    if (given && given.kind !== "none")
      throw new Unsupported(element.node, "the name of this metric is not known here");
    const label = labelOf(rewriter, name);
    return entry?.numbered ? numbered(rewriter, element, label) : label;
  }
  const isClass = /^[A-Z]/.test(name) && entry !== undefined && name !== name.toUpperCase();
  if (element.kind === "str") {
    if ((isClass || name === "AUC") && rewriter.program.version !== "keras3") return snakeCase(name);
    return asRead(rewriter, name);
  }
  if (isClass) throw new Unsupported(at, "a metric's class without a call is not supported yet");
  return asRead(rewriter, name);
}

/** What objects of a class are called in logs. */
function labelOf(rewriter: Rewriter, name: string): string {
  if (name === "LogCoshError") return "logcosh";
  if (name === "FBetaScore") return "fbeta_score";
  if (name === "KLDivergence" && rewriter.program.version !== "keras3") return "kullback_leibler_divergence";
  return snakeCase(name);
}

/** The second object of a class that is made is its first with `_1` after it. */
function numbered(rewriter: Rewriter, metric: KerasObject, label: string): string {
  const made = [...rewriter.program.calls.values()]
    .flat()
    .filter((fact) => fact.construct.path === metric.construct.path && !fact.args.given.has("name"))
    .sort((a, b) => a.time - b.time);
  const before = made.findIndex((fact) => fact.call === metric.node);
  if (made.filter((fact) => fact.call === metric.node).length > 1 && made.length > 1) {
    throw new Unsupported(
      metric.node,
      "what Keras calls this metric depends on how often it was made before",
      "Give it a name: `name='...'`.",
    );
  }
  return before > 0 ? `${label}_${before}` : label;
}

/** `TopKCategoricalAccuracy` is `top_k_categorical_accuracy`, `AUC` is `auc`. */
function snakeCase(name: string): string {
  const isUpper = (c: string | undefined) => c !== undefined && c !== c.toLowerCase();
  const isLower = (c: string | undefined) => c !== undefined && c !== c.toUpperCase();
  return [...name]
    .map((c, i, all) => {
      const starts = isUpper(c) && i > 0 && (!isUpper(all[i - 1]) || isLower(all[i + 1]));
      return (starts ? "_" : "") + c.toLowerCase();
    })
    .join("");
}

/**
 * Keras before 2.3 logs `acc` where the script says `accuracy`, later ones the name as it is
 * written. A script that reads one of them from its history means that one.
 */
function asRead(rewriter: Rewriter, name: string): string {
  if (name !== "acc" && name !== "accuracy") return name;
  if (rewriter.program.version === "keras1" && !rewriter.historyReads.has("accuracy")) return "acc";
  const reads = rewriter.historyReads;
  const other = name === "acc" ? "accuracy" : "acc";
  const isRead = (one: string) => reads.has(one) || reads.has(`val_${one}`);
  return !isRead(name) && isRead(other) ? other : name;
}
