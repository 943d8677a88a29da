/** Python constants as the specialization of the helpers folds them. */
import type { Argument, Expr, Node } from "../../grammars/nodes.ts";

/** Python constants that fold; the string `()` stands for the empty tuple. */
export type Known = true | false | null | number | string;

export function isExpr(node: Node): node is Expr {
  return (
    node.type !== "Argument" &&
    node.type !== "Parameter" &&
    node.type !== "Alias" &&
    !("body" in node && Array.isArray(node.body))
  );
}

export function defaultOf(expr: Argument["value"] | null): Known | undefined {
  if (!expr) return undefined;
  if (expr.type === "Constant" && expr.value !== "...") return expr.value;
  return knownDefault(expr) ?? undefined;
}

/** Defaults that fold; a number that is not 0 stays a parameter, for the reader to change. */
export function knownDefault(expr: Expr): Known | undefined {
  if (expr.type === "Constant" && (expr.value === true || expr.value === false)) return expr.value;
  if (expr.type === "Number" && expr.value === 0) return 0;
  if (expr.type === "Tuple" && expr.elements.length === 0) return "()";
  if (expr.type === "String" && expr.value === "") return "";
  return undefined;
}

/** A constructor's default: any constant. */
export function anyDefault(expr: Expr | null): Known | undefined {
  if (expr?.type === "Number" && typeof expr.value === "number") return expr.value;
  if (expr?.type === "String") return expr.value;
  return defaultOf(expr);
}

export function isSelf(node: Expr): boolean {
  return node.type === "Name" && node.id === "self";
}

export function isTrue(value: Known): boolean {
  return value !== false && value !== null && value !== 0 && value !== "" && value !== "()";
}

export function spell(value: Known): string {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null) return "None";
  if (typeof value === "string" && value !== "()") return JSON.stringify(value);
  return String(value);
}
