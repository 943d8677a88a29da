/** Losses and metrics as a `compile` gives them: strings, functions, classes and objects. */
import type { Call, Node } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import type { KerasObject, Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type LossEntry, lossNamed } from "../losses.ts";
import { metricNamed } from "../metrics.ts";
import type { CompilePlan, ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";

export interface Loss {
  readonly entry: LossEntry;
  readonly fromLogits: boolean;
  /** What a loss object was made with. */
  readonly options: Arguments | undefined;
  readonly reduction: "mean" | "sum";
}

export function readLoss(rewriter: Rewriter, args: Arguments, at: Node): Loss {
  const value = single(args.value("loss"));
  const name = ["keras.losses.", "keras.metrics.", "keras.backend."]
    .map((module) => nameOf(rewriter, value, module))
    .find((one) => one !== undefined);
  const entry = name === undefined ? undefined : lossNamed(name);
  if (!entry) {
    throw new Unsupported(
      at,
      name === undefined ? "what loss this is, is not known here" : `the loss '${name}' is not supported yet`,
    );
  }
  if (value.kind !== "object") return { entry, fromLogits: false, options: undefined, reduction: "mean" };
  const options = args.of(value.args, value.node);
  const fromLogits = options.has("from_logits") && options.flag("from_logits");
  return { entry, fromLogits, options, reduction: readReduction(rewriter, options) };
}

/** How the losses of a batch become one: their mean, unless the script wants their sum. */
function readReduction(rewriter: Rewriter, options: Arguments): Loss["reduction"] {
  const value = options.value("reduction");
  const path = value.kind === "ref" ? rewriter.program.registry.canonical(value.path) : undefined;
  const name = value.kind === "str" ? value.value : path?.slice(path.lastIndexOf(".") + 1);
  switch (name?.toLowerCase()) {
    case "auto":
    case "sum_over_batch_size":
      return "mean";
    case "sum":
      return "sum";
    case "none":
      throw new Unsupported(
        options.argument("reduction") ?? options.node,
        "a loss that is not reduced to one number is not supported yet",
      );
    default:
      throw options.unknown("reduction");
  }
}

/** A list of one stands for its element. */
function single(value: Value): Value {
  return (value.kind === "list" || value.kind === "tuple") && !value.open && value.elements.length === 1
    ? (value.elements[0] as Value)
    : value;
}

/** The name of a string, a class, a function or an object of a module of Keras. */
export function nameOf(rewriter: Rewriter, value: Value, module: string): string | undefined {
  if (value.kind === "str") return value.value;
  if (value.kind === "ref") {
    const path = rewriter.program.registry.canonical(value.path);
    return path.startsWith(module) ? path.slice(module.length) : undefined;
  }
  if (value.kind === "object")
    return value.construct.path.startsWith(module) ? value.construct.path.slice(module.length) : undefined;
  return undefined;
}

export function readMetrics(
  rewriter: Rewriter,
  args: Arguments,
  use: ModelUse & { call: Call },
  loss: LossEntry,
  plan: ModelPlan,
  units: number | undefined,
): CompilePlan["metrics"] {
  const value = args.value("metrics");
  if (value.kind === "none") return [];
  const at = args.argument("metrics") ?? use.call;
  const elements = value.kind === "list" || value.kind === "tuple" ? value.elements : [value];
  if ((value.kind === "list" || value.kind === "tuple") && value.open)
    throw new Unsupported(at, "the metrics are not known one by one");
  return elements.map((element) => {
    const name = nameOf(rewriter, element, "keras.metrics.") ?? nameOf(rewriter, element, "keras.losses.");
    const entry = name === undefined ? undefined : metricNamed(name);
    if (!entry || name === undefined) {
      throw new Unsupported(
        at,
        name === undefined
          ? "what metric this is, is not known here"
          : `the metric '${name}' is not supported yet`,
      );
    }
    const label = element.kind === "object" ? metricLabel(element) : undefined;
    const helper = entry.helper({
      loss,
      units,
      dropped: plan.dropped,
      sequence: plan.output?.shape.length === 2,
    });
    if (helper === undefined)
      throw new Unsupported(at, `what '${name}' means for this loss and output is not supported yet`);
    const code =
      plan.dropped && !entry.onLogits
        ? `lambda outputs, targets: {}(outputs.${plan.dropped === "softmax" ? "softmax(-1)" : "sigmoid()"}, targets)`
        : "{}";
    return { name: label ?? asRead(rewriter, logName(element, name)), code, helper };
  });
}

/** The name that a metric object is given. */
function metricLabel(metric: KerasObject): string | undefined {
  for (const [argument, { node, value }] of metric.args.given) {
    if (argument === "name" && value.kind === "str") return value.value;
    if (argument !== "dtype")
      throw new Unsupported(
        node ?? metric.node,
        `the argument \`${argument}\` of this metric is not supported yet`,
      );
  }
  return undefined;
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

/** The name in the logs: strings as they are written, objects and functions in snake case. */
function logName(value: Value, name: string): string {
  if (value.kind === "str") return value.value;
  return [...name]
    .map((c, i) => (c !== c.toLowerCase() && i > 0 ? `_${c.toLowerCase()}` : c.toLowerCase()))
    .join("");
}
