import type { Await, BinOp, Expr } from "../nodes.ts";
import { endOf, startOf } from "./build.ts";

/**
 * Where the grammar binds operators in another order than Python, the nodes are put right here.
 * Parentheses, which say what binds, are never looked into.
 */

/**
 * Makes a node with `left` as its leftmost operand.
 *
 * The grammar reads `*a.b()` in a display as `(*a).b()`, and `a := b if c else d` as
 * `(a := b) if c else d`; for Python, star and `:=` bind weaker than whatever follows.
 */
export function withLeft(left: Expr, make: (left: Expr) => Expr): Expr {
  if ((left.type !== "Starred" && left.type !== "NamedExpr") || left.parenthesized) return make(left);
  const value = make(left.value);
  return { ...left, end: value.end, value };
}

/** The grammar reads `await a ** b` as `await (a ** b)`; for Python `await` binds stronger. */
export function awaitNode(start: number, value: Expr): Await | BinOp {
  if (value.type === "BinOp" && !value.parenthesized) {
    const left: Await = { type: "Await", start, end: endOf(value.left), parent: null, value: value.left };
    return { ...value, start, left };
  }
  return { type: "Await", start, end: endOf(value), parent: null, value };
}

/** For the grammar `^` binds stronger than `&`; for Python it is the other way round. */
export function regroupAnd(expr: BinOp): Expr {
  if (expr.op !== "&" || !(isXor(expr.left) || isXor(expr.right))) return expr;
  const terms: Expr[] = [];
  collectTerms(expr, "&", terms);
  return terms.reduce((left, right) => binOp(left, "^", right));
}

function isXor(expr: Expr): boolean {
  return expr.type === "BinOp" && expr.op === "^" && !expr.parenthesized;
}

/** Splits a chain of `&` and `^` into what stands between its `^`; `before` is the operator before `expr`. */
function collectTerms(expr: Expr, before: string, terms: Expr[]): void {
  if (expr.type === "BinOp" && !expr.parenthesized && (expr.op === "&" || expr.op === "^")) {
    collectTerms(expr.left, before, terms);
    collectTerms(expr.right, expr.op, terms);
    return;
  }
  const last = before === "&" ? terms.pop() : undefined;
  terms.push(last ? binOp(last, "&", expr) : expr);
}

export function binOp(left: Expr, op: string, right: Expr): BinOp {
  return { type: "BinOp", start: startOf(left), end: endOf(right), parent: null, op, left, right };
}
