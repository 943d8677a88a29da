/** Initializers of the script's own, which make weights of a shape: functions, lambdas, objects that are called. */
import type { Expr, FunctionDef, Node } from "../../grammars/nodes.ts";
import { isTarget, walk } from "../../grammars/walk.ts";
import type { ClassValue, FunctionValue, Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { MakingFunction } from "../own-terms.ts";
import type { Rewriter } from "../rewriter.ts";
import { methodOf } from "./own-classes.ts";
import {
  besides,
  lambdaBody,
  objectText,
  requireNames,
  requirePlainArguments,
  requirePlainInit,
  type Standing,
  scopesOf,
} from "./own-objects.ts";
import { translateShapeFunction } from "./tensor-functions.ts";

/**
 * What the script itself makes initial weights with, as it is called after the model; undefined where it
 * is Keras's.
 *
 * @param place where the model is made
 */
export function makingFunction(
  rewriter: Rewriter,
  value: Value,
  expr: Expr | undefined,
  place: Node,
): MakingFunction | undefined {
  const standing = besides(place);
  if (value.kind === "instance") return ofClass(rewriter, value.cls, expr, standing);
  if (value.kind === "class") return ofClass(rewriter, value, expr, standing);
  if (value.kind !== "function") return undefined;
  if (value.node.type === "Lambda" && value.node === expr) return ofLambda(rewriter, value, standing);
  return called(rewriter, value, nameOf(rewriter, value, expr, standing));
}

/** A lambda in its place: its body. */
function ofLambda(rewriter: Rewriter, rule: FunctionValue, standing: Standing): MakingFunction {
  const { on, result: tensor } = lambdaBody(rewriter, rule.node, standing, () =>
    translateMaker(rewriter, rule),
  );
  return { rule, tensor, on };
}

/** An object of a class of the script, or the class, of which Keras makes one. */
function ofClass(
  rewriter: Rewriter,
  cls: ClassValue,
  expr: Expr | undefined,
  standing: Standing,
): MakingFunction {
  const rule = methodOf(cls, "__call__");
  const isTop = cls.node.parent?.type === "Module";
  if (!rule || !isTop || !expr)
    throw new Unsupported(expr ?? cls.node, "what this initializer makes is not known here");
  if (rewriter.program.valueOf(expr) !== cls)
    return called(rewriter, rule, objectText(rewriter, cls, expr, standing));
  if (expr.type !== "Name") throw new Unsupported(expr, "a class that is given in this way is not supported");
  requirePlainInit(cls);
  return called(rewriter, rule, `${rewriter.source(expr)}()`);
}

/** What is called with a shape, and how it is told the type of the numbers where it asks for it. */
function called(rewriter: Rewriter, rule: FunctionValue, name: string): MakingFunction {
  const needed = rule.node.params.slice(rule.self ? 2 : 1).filter((one) => !one.default && one.kind !== "**");
  if (needed.some((one) => one.name !== "dtype" || one.kind.startsWith("*")))
    throw new Unsupported(rule.node, "an initializer with these parameters is not supported");
  const more = needed.length > 0 ? `, dtype=${rewriter.use("torch.float32")}` : "";
  return { rule, tensor: translateMaker(rewriter, rule), on: (shape) => `${name}(${shape}${more})` };
}

/** The name of a function, or the call that makes it, as they stand after the model. */
function nameOf(
  rewriter: Rewriter,
  { node: own }: FunctionValue,
  expr: Expr | undefined,
  standing: Standing,
): string {
  const maker = expr?.type === "Call" ? madeBy(rewriter, expr, own) : undefined;
  if (!expr || (expr.type !== "Name" && !maker))
    throw new Unsupported(expr ?? own, "which function makes these initial weights is not known here");
  const { scopes } = standing;
  const [around] = scopesOf(maker ?? own);
  if (around && !scopes.includes(around))
    throw new Unsupported(expr, "this function cannot be called where the model is made");
  requireNames(rewriter, expr, new Set(), standing);
  requireNames(rewriter, own, boundIn(own), maker ? { ...standing, scopes: [maker, ...scopes] } : standing);
  return rewriter.source(expr);
}

/** The function of the script that only makes another one, of plain numbers and names. */
function madeBy(
  rewriter: Rewriter,
  { func, args }: Expr & { type: "Call" },
  made: Node,
): FunctionDef | undefined {
  const maker = rewriter.program.valueOf(func);
  if (func.type !== "Name" || maker?.kind !== "function" || maker.node.type !== "FunctionDef")
    return undefined;
  requirePlainArguments(args);
  const body = maker.node.body.filter(
    (one) => one !== made && !(one.type === "ExprStmt" && one.value.type === "String"),
  );
  const [end] = body;
  return body.length === 1 && end?.type === "Return" ? maker.node : undefined;
}

/** Names that a function binds itself. */
function boundIn(node: Node): Set<string> {
  const names = new Set<string>();
  walk(node, (one) => {
    if (one.type === "Parameter") names.add(one.name);
    if (one.type === "Name" && isTarget(one)) names.add(one.id);
  });
  return names;
}

/** Rewrites what a function of a shape calls, which makes initial weights; whether it gives a tensor. */
function translateMaker(rewriter: Rewriter, value: FunctionValue): boolean {
  if (!usesKeras(rewriter, value.node)) return false; // a shape is a tuple here as there
  for (const { default: given } of value.node.params) {
    if (!given || !rewriter.isKeras(given)) continue;
    const known = rewriter.program.valueOf(given);
    if (known?.kind !== "ref" || !known.path.endsWith(".float32"))
      throw new Unsupported(given, "weights of another data type are not supported");
    if (!rewriter.edits.covers(given.start, given.end))
      rewriter.edits.replace(given.start, given.end, rewriter.use("torch.float32"), "tensors");
  }
  return translateShapeFunction(rewriter, value);
}

function usesKeras(rewriter: Rewriter, node: Node): boolean {
  let found = false;
  walk(node, (one) => {
    found ||= (one.type === "Name" || one.type === "Attribute") && rewriter.isKeras(one);
    return !found;
  });
  return found;
}
