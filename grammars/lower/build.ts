import type { Expr, Span } from "../nodes.ts";

/** Lowering may still write what readers of the finished tree may not. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Where an expression starts, with its parentheses. */
export function startOf(expr: Expr): number {
  return expr.parenthesized ? expr.parenthesized.start : expr.start;
}

/** Where an expression ends, with its parentheses. */
export function endOf(expr: Expr): number {
  return expr.parenthesized ? expr.parenthesized.end : expr.end;
}

/** Notes a pair of parentheses; pairs come from the inside out, and the last one stays. */
export function parenthesize<T extends Expr>(expr: T, span: Span): T {
  (expr as Mutable<Expr>).parenthesized = span;
  return expr;
}
