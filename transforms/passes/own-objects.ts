/** What stands for functions and objects of the script where they are called: text that means the same there. */
import type { Argument, Expr, FunctionDef, Lambda, Name, Node, Stmt } from "../../grammars/nodes.ts";
import { isBaseInit, isTarget, isWithin, walk } from "../../grammars/walk.ts";
import type { ClassValue } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";
import { methodOf } from "./own-classes.ts";

/** Where a text is written again. */
export interface Standing {
  /** The functions around it, whose names it may read. */
  readonly scopes: readonly Node[];
  /** A place beside it: loops around both bind a name once for each time that it is read. */
  readonly beside: Node | undefined;
}

/** In a function at the top of the script, whenever that is called. */
export const AT_TOP: Standing = { scopes: [], beside: undefined };

/** Beside a place of the script. */
export function besides(place: Node): Standing {
  return { scopes: scopesOf(place), beside: place };
}

/** Stands for what a lambda is given, in its text. */
const GIVEN = "\0";
const texts = new WeakMap<Rewriter, Map<Node, string>>();

/** A lambda's body takes its place, over what it is given first; what is said of it besides has no meaning in it. */
export function lambdaBody<Result>(
  rewriter: Rewriter,
  node: FunctionDef | Lambda,
  standing: Standing,
  translate: () => Result,
): { readonly on: (given: string) => string; readonly result: Result } {
  if (node.type !== "Lambda") throw new Error("not a lambda");
  const [parameter, ...others] = node.params.map(({ name }) => name);
  const known = texts.get(rewriter) ?? new Map<Node, string>();
  texts.set(rewriter, known);
  const isNew = !known.has(node);
  if (isNew) {
    requireNames(rewriter, node.body, new Set(node.params.map(({ name }) => name)), standing);
    walk(node.body, (one) => {
      if (one.type === "Lambda" || one.type === "Comprehension" || one.type === "NamedExpr")
        throw new Unsupported(one, "this is not supported in a lambda about weights");
      if (one.type === "Name" && one.id === parameter)
        rewriter.edits.replace(one.start, one.end, GIVEN, "tensors");
    });
  }
  const result = translate();
  if (isNew)
    walk(node.body, (one) => {
      if (one.type === "Name" && others.includes(one.id) && !rewriter.edits.covers(one.start, one.end))
        throw new Unsupported(one, "a lambda with several parameters is not supported here");
    });
  const text = known.get(node) ?? rewriter.source(node.body);
  known.set(node, text);
  const isTerm = ["BinOp", "Call"].includes(node.body.type) && !text.includes("\n");
  return { result, on: (given) => (isTerm ? text : `(${text})`).replaceAll(GIVEN, given) };
}

/** An object of a class of the script, made where it is told or held by a name. */
export function objectText(rewriter: Rewriter, cls: ClassValue, at: Node, standing: Standing): string {
  requireUnchanged(rewriter, cls);
  const expr = at as Expr;
  requireNames(rewriter, expr, new Set(), standing);
  if (expr.type === "Call") {
    if (expr.func.type !== "Name" || rewriter.program.valueOf(expr.func) !== cls)
      throw new Unsupported(at, "an object that is made in this way is not supported here");
    requirePlainArguments(expr.args);
    requirePlainInit(cls);
  } else if (expr.type !== "Name")
    throw new Unsupported(at, "an object that is given in this way is not supported here");
  return rewriter.source(expr);
}

export function requirePlainArguments(args: readonly Argument[]): void {
  for (const { value, star } of args) requirePlain(value, star !== "");
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
export function requirePlainInit(cls: ClassValue): void {
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

/** Names in an expression mean the same where its text stands. */
export function requireNames(
  rewriter: Rewriter,
  expr: Node,
  bound: ReadonlySet<string>,
  standing: Standing,
): void {
  walk(expr, (one) => {
    if (one.type === "Name" && !bound.has(one.id) && !rewriter.isKeras(one))
      requireName(rewriter, one, standing);
  });
}

function requireName(rewriter: Rewriter, name: Name, { scopes, beside }: Standing): void {
  const around = scopesOf(name);
  let bindings = 0;
  walk(rewriter.program.module, (one) => {
    if ((one.type === "Global" || one.type === "Nonlocal") && one.names.includes(name.id)) bindings = 2;
    const parameter = one.type === "Parameter" && one.name === name.id;
    const target = one.type === "Name" && one.id === name.id && isTarget(one);
    const defined = (one.type === "FunctionDef" || one.type === "ClassDef") && one.name === name.id;
    if (!parameter && !target && !defined) return;
    const [owner] = scopesOf(one);
    if (owner === undefined || (around.includes(owner) && scopes.includes(owner)))
      bindings += isPlainBinding(one, beside) ? 1 : 2;
    else if (around.includes(owner)) bindings = 2;
  });
  if (bindings > 1)
    throw new Unsupported(
      name,
      `\`${name.id}\` may mean something else where the weights are ${beside ? "initialized" : "regularized or constrained"}`,
    );
}

function isPlainBinding(target: Node, beside: Node | undefined): boolean {
  for (let at = target.parent; at; at = at.parent)
    if ((at.type === "For" || at.type === "While") && !(beside && isWithin(beside, at))) return false;
  return true;
}

/** The functions around a place, from the inside. */
export function scopesOf(node: Node): Node[] {
  const found: Node[] = [];
  for (let at = node.parent; at; at = at.parent)
    if (["FunctionDef", "Lambda", "Comprehension", "ClassDef"].includes(at.type)) found.push(at);
  return found;
}
