/** Regularizers and constraints of the script's own: functions, lambdas, and objects that are called. */
import type { Expr, Name, Node, Stmt } from "../../grammars/nodes.ts";
import { enclosingStatement, isBaseInit, isTarget, walk } from "../../grammars/walk.ts";
import type { ClassValue, FunctionValue, Instance, Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { WeightFunction } from "../layer.ts";
import type { Rewriter } from "../rewriter.ts";
import { methodOf } from "./own-classes.ts";
import { translateWeightFunction } from "./tensor-functions.ts";

/** Stands for the weight in the text of a lambda. */
const WEIGHT = "\0";
const texts = new WeakMap<Rewriter, Map<Node, string>>();

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
  return { rule, scalar, on: (weight) => `${name}(${weight})` };
}

/** The name of a function that is called from another one, at the top of the script. */
export function topName(
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
      "an initializer, regularizer or constraint of the script's own is supported as a function at its top, by its name",
    );
  if (own.type === "Lambda") {
    requireGlobal(rewriter, expr, new Set());
    requireGlobal(rewriter, own.body, new Set(own.params.map(({ name }) => name)));
  }
  return rewriter.source(expr);
}

/** A lambda's body takes its place, over the weight. */
function ownLambda(rewriter: Rewriter, value: FunctionValue): WeightFunction {
  const { node } = value;
  if (node.type !== "Lambda") throw new Error("not a lambda");
  const [parameter] = node.params;
  const known = texts.get(rewriter) ?? new Map<Node, string>();
  texts.set(rewriter, known);
  if (!known.has(node)) {
    requireGlobal(rewriter, node.body, new Set(node.params.map(({ name }) => name)));
    if (node.params.length > 1)
      throw new Unsupported(node, "a lambda with several parameters is not supported here");
    walk(node.body, (one) => {
      if (one.type === "Lambda" || one.type === "Comprehension" || one.type === "NamedExpr")
        throw new Unsupported(one, "this is not supported in a regularizer or constraint");
      if (one.type === "Name" && one.id === parameter?.name)
        rewriter.edits.replace(one.start, one.end, WEIGHT, "tensors");
    });
  }
  const scalar = translateWeightFunction(rewriter, value);
  const text = known.get(node) ?? rewriter.source(node.body);
  known.set(node, text);
  const isTerm = ["BinOp", "Call"].includes(node.body.type) && !text.includes("\n");
  return {
    rule: value,
    scalar,
    on: (weight) => (isTerm ? text : `(${text})`).replaceAll(WEIGHT, weight),
    inlined: true,
  };
}

/** An object of a class of the script, made where the weight is told or held by a name at the top. */
function ownObject(rewriter: Rewriter, { cls }: Instance, at: Node): WeightFunction {
  const rule = methodOf(cls, "__call__");
  if (!rule || cls.node.parent?.type !== "Module")
    throw new Unsupported(at, "what this does to weights is not known here");
  requireUnchanged(rewriter, cls);
  const expr = at as Expr;
  requireGlobal(rewriter, expr, new Set());
  if (expr.type === "Call") {
    if (expr.func.type !== "Name" || rewriter.program.valueOf(expr.func) !== cls)
      throw new Unsupported(at, "an object that is made in this way is not supported here");
    for (const { value, star } of expr.args) requirePlain(value, star !== "");
    requirePlainInit(cls);
  } else if (expr.type !== "Name")
    throw new Unsupported(at, "an object that is given in this way is not supported here");
  return called(rewriter.source(expr), rule, translateWeightFunction(rewriter, rule));
}

/** Text that is written again: it costs nothing and gives the same each time. */
function requirePlain(expr: Expr, star: boolean): void {
  walk(expr, (one) => {
    const plain = ["Number", "Constant", "Name", "UnaryOp", "BinOp"].includes(one.type);
    if (star || !plain)
      throw new Unsupported(expr, "what this object is made with is not plain numbers and names");
  });
}

/** What is made again at each step only keeps what it is given. */
function requirePlainInit(cls: ClassValue): void {
  const init = methodOf(cls, "__init__");
  const body = init?.node.type === "FunctionDef" ? init.node.body : [];
  for (const statement of body) {
    if (statement.type === "Pass" || isDocOrSuper(statement)) continue;
    if (statement.type === "Assign") {
      requireCheap(statement.value);
      continue;
    }
    throw new Unsupported(statement, "an object that does this when it is made is not supported here");
  }
}

function requireCheap(expr: Expr): void {
  walk(expr, (one) => {
    if (one.type !== "Call") return;
    if (one.func.type === "Name" && ["float", "int", "bool"].includes(one.func.id)) return;
    throw new Unsupported(one, "an object that calls this when it is made is not supported here");
  });
}

function isDocOrSuper(statement: Stmt): boolean {
  if (statement.type !== "ExprStmt") return false;
  return statement.value.type === "String" || isBaseInit(statement.value);
}

/** What an object holds when Keras traces its call is what it holds at each step. */
function requireUnchanged(rewriter: Rewriter, cls: ClassValue): void {
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Attribute" || !isTarget(node)) return;
    const owner = rewriter.program.valueOf(node.value);
    if (owner?.kind !== "instance" || owner.cls.node !== cls.node) return;
    for (let at = node.parent; at; at = at.parent)
      if (at.type === "FunctionDef" && at.name === "__init__") return;
    throw new Unsupported(node, "an object of the script's own that changes is not supported here");
  });
}

/** Names in an expression mean the same in a function at the top of the script, whenever that is called. */
function requireGlobal(rewriter: Rewriter, expr: Expr, bound: ReadonlySet<string>): void {
  walk(expr, (one) => {
    if (one.type === "Name" && !bound.has(one.id) && !rewriter.isKeras(one)) requireGlobalName(rewriter, one);
  });
}

function requireGlobalName(rewriter: Rewriter, name: Name): void {
  const around = scopesOf(name);
  let bindings = 0;
  walk(rewriter.program.module, (one) => {
    if ((one.type === "Global" || one.type === "Nonlocal") && one.names.includes(name.id)) bindings = 2;
    const parameter = one.type === "Parameter" && one.name === name.id;
    const target = one.type === "Name" && one.id === name.id && isTarget(one);
    const defined = (one.type === "FunctionDef" || one.type === "ClassDef") && one.name === name.id;
    if (!parameter && !target && !defined) return;
    const [owner] = scopesOf(one);
    if (owner === undefined) bindings += isPlainBinding(one) ? 1 : 2;
    else if (around.includes(owner)) bindings = 2;
  });
  if (bindings > 1)
    throw new Unsupported(
      name,
      `\`${name.id}\` may mean something else where the weights are regularized or constrained`,
    );
}

function isPlainBinding(target: Node): boolean {
  for (let at = target.parent; at; at = at.parent) if (at.type === "For" || at.type === "While") return false;
  return true;
}

function scopesOf(node: Node): Node[] {
  const found: Node[] = [];
  for (let at = node.parent; at; at = at.parent)
    if (["FunctionDef", "Lambda", "Comprehension", "ClassDef"].includes(at.type)) found.push(at);
  return found;
}
