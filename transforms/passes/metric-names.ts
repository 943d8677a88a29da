/** What metrics are called in logs. */
import type { Assign, Expr, FunctionDef, Node } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import type { ClassValue, KerasObject, Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { MetricEntry } from "../metric.ts";
import type { Rewriter } from "../rewriter.ts";
import { superCalls } from "./own-classes.ts";

/** The name in the logs: strings and functions as they are written, objects by their class. */
export function logName(
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
    const isLoss = element.construct.kind === "loss";
    const label = isLoss ? lossLabel(name) : labelOf(rewriter, name);
    return entry?.numbered ? numbered(rewriter, element, label) : label;
  }
  const isClass = /^[A-Z]/.test(name) && entry !== undefined && name !== name.toUpperCase();
  if (element.kind === "str") {
    if ((isClass || name === "AUC") && rewriter.program.version !== "keras3") return snakeCase(name);
    return asRead(rewriter, name);
  }
  if (isClass) throw new Unsupported(at, "a metric's class without a call is not supported yet");
  return element.kind === "ref"
    ? (FUNCTIONS[name.toLowerCase()] ?? asRead(rewriter, name))
    : asRead(rewriter, name);
}

/** What functions are called that Keras also has under shorter names. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  kld: "kl_divergence",
  kullback_leibler_divergence: "kl_divergence",
  logcosh: "log_cosh",
  mae: "mean_absolute_error",
  mape: "mean_absolute_percentage_error",
  mse: "mean_squared_error",
  msle: "mean_squared_logarithmic_error",
};

/** What objects of a class are called in logs. */
function labelOf(rewriter: Rewriter, name: string): string {
  if (name === "LogCoshError") return "logcosh";
  if (name === "FBetaScore") return "fbeta_score";
  if (name === "KLDivergence" && rewriter.program.version !== "keras3") return "kullback_leibler_divergence";
  return snakeCase(name);
}

/** What objects of losses are called. */
function lossLabel(name: string): string {
  if (name === "Huber") return "huber_loss";
  return name === "KLDivergence" ? "kl_divergence" : snakeCase(name);
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
  if (isRead(name) || isRead(other)) return isRead(name) ? name : other;
  // What reads the history may stand elsewhere: `show(history, "acc", "val_acc")`.
  const isNamed = (one: string) => names(rewriter.program.module).has(`val_${one}`);
  return !isNamed(name) && isNamed(other) ? other : name;
}

/** The texts that stand alone in a script. */
function names(module: Node): ReadonlySet<string> {
  const found = new Set<string>();
  walk(module, (node) => {
    if (node.type === "String") found.add(node.value);
    return true;
  });
  return found;
}

/** What Keras calls an object of a class of the script in its logs. */
export function ownMetricName(rewriter: Rewriter, cls: ClassValue, expr: Expr | undefined): string {
  const made = expr?.type === "Name" ? assigned(rewriter, expr.id) : expr;
  if (made?.type !== "Call")
    throw new Unsupported(expr ?? cls.node, "what this metric is called is not known here");
  const init = cls.node.body.find(
    (one): one is FunctionDef => one.type === "FunctionDef" && one.name === "__init__",
  );
  const passed = init && superCalls(init)[0]?.args;
  const given = init
    ? passed?.find((arg) => arg.name === "name" || (arg.name === null && !arg.star))?.value
    : made.args.find((arg) => arg.name === "name")?.value;
  const place = given?.type === "Name" ? init?.params.findIndex(({ name }) => name === given.id) : -1;
  const parameter = place === undefined || place < 0 ? undefined : init?.params[place];
  const keywords = passed?.some((arg) => arg.star === "**") === true;
  const own =
    parameter === undefined
      ? undefined
      : (made.args.find((arg) => arg.name === parameter.name)?.value ??
        made.args.filter((arg) => arg.name === null)[(place ?? 0) - 1]?.value ??
        parameter.default);
  const hidden = keywords ? made.args.find((arg) => arg.name === "name")?.value : undefined;
  const written = own ?? (parameter ? undefined : (given ?? hidden));
  if (written === undefined || written === null || (written.type === "Constant" && written.value === null))
    return snakeCase(cls.node.name);
  if (written.type === "String") return written.value;
  throw new Unsupported(written, "what this metric is called is not known here");
}

/** The one value that a name of the module is given. */
function assigned(rewriter: Rewriter, name: string): Expr | undefined {
  const found: Assign[] = [];
  walk(rewriter.program.module, (node) => {
    if (node.type === "Assign" && node.targets.some((one) => one.type === "Name" && one.id === name))
      found.push(node);
  });
  return found.length === 1 ? found[0]?.value : undefined;
}
