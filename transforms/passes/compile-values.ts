/** Losses as a `compile` gives them: strings, functions, classes and objects. */
import type { Call, Expr, Node } from "../../grammars/nodes.ts";
import type { Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { LossEntry } from "../loss.ts";
import { lossNamed, ownLoss } from "../losses.ts";
import type { Rewriter } from "../rewriter.ts";
import { requireLiterals } from "./compile-leftovers.ts";
import { functionName, isMeasure } from "./measures.ts";
import { lossMethod, requireMean } from "./own-classes.ts";

export interface Loss {
  readonly entry: LossEntry;
  readonly fromLogits: boolean;
  /** What a loss object was made with. */
  readonly options: Arguments | undefined;
  readonly reduction: "mean" | "weighted" | "sum";
}

export function readLoss(rewriter: Rewriter, args: Arguments, at: Node, use: Call): Loss {
  const value = single(args.value("loss"));
  if (value.kind === "instance" && lossMethod(rewriter, value)) {
    requireMean(rewriter, value, singleExpr(args.expr("loss")));
    const entry = ownLoss(value.cls.node.name, value.cls.node.start);
    return { entry, fromLogits: false, options: undefined, reduction: "mean" };
  }
  if (isMeasure(value)) {
    const entry = ownLoss(functionName(value), value.node.start);
    return { entry, fromLogits: false, options: undefined, reduction: "mean" };
  }
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
  requireLiterals(value, use);
  const options = args.of(value.args, value.node);
  const fromLogits = options.has("from_logits") && options.flag("from_logits");
  return { entry, fromLogits, options, reduction: readReduction(rewriter, options) };
}

/** How the losses of a batch become one: their mean, unless the script wants their sum. */
export function readReduction(rewriter: Rewriter, options: Arguments): Loss["reduction"] {
  const value = options.value("reduction");
  const path = value.kind === "ref" ? rewriter.program.registry.canonical(value.path) : undefined;
  const name = value.kind === "str" ? value.value : path?.slice(path.lastIndexOf(".") + 1);
  switch (name?.toLowerCase()) {
    case "auto":
    case "sum_over_batch_size":
    case "mean":
      return "mean";
    case "mean_with_sample_weight":
      return "weighted";
    case "sum":
      return "sum";
    case "none":
      throw new Unsupported(
        options.argument("reduction") ?? options.node,
        "a loss that is not reduced to one number trains by its sum in Keras, but is shown as a mean: not supported yet",
      );
    default:
      throw options.unknown("reduction");
  }
}

/** What is given for the only output: a list of one, or a dict of one, stands for its element. */
export function single(value: Value): Value {
  if (value.kind === "dict" && !value.open && value.entries.size === 1) {
    const [only] = value.entries.values();
    return only ? single(only) : value;
  }
  return (value.kind === "list" || value.kind === "tuple") && !value.open && value.elements.length === 1
    ? (value.elements[0] as Value)
    : value;
}

/** How that element is written, where the list or dict stands there. */
export function singleExpr(expr: Expr | undefined): Expr | undefined {
  if ((expr?.type === "List" || expr?.type === "Tuple") && expr.elements.length === 1)
    return expr.elements[0];
  if (expr?.type === "Dict" && expr.items.length === 1) return expr.items[0]?.value;
  return expr;
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
