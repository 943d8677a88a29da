/** Regularizers and constraints of the script's own: functions, lambdas, and objects that are called. */
import type { Expr, Node } from "../../grammars/nodes.ts";
import { enclosingStatement } from "../../grammars/walk.ts";
import type { FunctionValue, Instance, Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { WeightFunction } from "../own-terms.ts";
import type { Rewriter } from "../rewriter.ts";
import { methodOf } from "./own-classes.ts";
import { AT_TOP, lambdaBody, objectText, requireNames } from "./own-objects.ts";
import { translateWeightFunction } from "./tensor-functions.ts";

/** What is called with a weight, where it is of the script; undefined for what is Keras's. */
export function weightFunction(
  rewriter: Rewriter,
  value: Value,
  expr: Expr | undefined,
  node: Node,
): WeightFunction | undefined {
  if (value.kind === "instance") return ownObject(rewriter, value, expr ?? node);
  if (value.kind !== "function") return undefined;
  if (value.node.type === "Lambda" && value.node === expr) return ownLambda(rewriter, value);
  const name = topName(rewriter, value, expr, node);
  return called(name, value, translateWeightFunction(rewriter, value));
}

function called(name: string, rule: FunctionValue, scalar: boolean): WeightFunction {
  return { rule, scalar, name, on: (weight) => `${name}(${weight})` };
}

/** The name of a function that is called from another one, at the top of the script. */
function topName(
  rewriter: Rewriter,
  { node: own }: FunctionValue,
  expr: Expr | undefined,
  node: Node,
): string {
  const isTop =
    own.type === "Lambda"
      ? enclosingStatement(own)?.parent?.type === "Module" && own.parent?.type === "Assign"
      : own.parent?.type === "Module";
  if (expr?.type !== "Name" || !isTop)
    throw new Unsupported(
      expr ?? node,
      "a regularizer or constraint of the script's own is supported as a function at its top, by its name",
    );
  if (own.type === "Lambda") {
    requireNames(rewriter, expr, new Set(), AT_TOP);
    requireNames(rewriter, own.body, new Set(own.params.map(({ name }) => name)), AT_TOP);
  }
  return rewriter.source(expr);
}

/** A lambda's body takes its place, over the weight. */
function ownLambda(rewriter: Rewriter, rule: FunctionValue): WeightFunction {
  const { on, result: scalar } = lambdaBody(rewriter, rule.node, AT_TOP, () =>
    translateWeightFunction(rewriter, rule),
  );
  return { rule, scalar, on };
}

/** An object of a class of the script, made where the weight is told or held by a name at the top. */
function ownObject(rewriter: Rewriter, { cls }: Instance, at: Node): WeightFunction {
  const rule = methodOf(cls, "__call__");
  if (!rule || cls.node.parent?.type !== "Module")
    throw new Unsupported(at, "what this does to weights is not known here");
  return called(objectText(rewriter, cls, at, AT_TOP), rule, translateWeightFunction(rewriter, rule));
}
