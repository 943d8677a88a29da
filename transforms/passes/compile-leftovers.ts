/** Losses and metrics that a script makes before it compiles: where `compile` has taken them over, they go. */
import type { Assign, Expr } from "../../grammars/nodes.ts";
import { isTarget, walk } from "../../grammars/walk.ts";
import type { Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";

/** `METRICS = [...]` and `loss = keras.losses.Huber()`, which nothing reads any more. */
export function removeCompileValues(rewriter: Rewriter): void {
  const found: Assign[] = [];
  walk(rewriter.program.module, (node) => {
    if (node.type === "Assign" && isCompileValue(rewriter, node)) found.push(node);
    return true;
  });
  if (found.length === 0) return;
  const read = new Set<string>();
  walk(rewriter.program.module, (node) => {
    if (node.type === "Name" && !isTarget(node) && !rewriter.edits.covers(node.start, node.end))
      read.add(node.id);
    return true;
  });
  for (const node of found) {
    const [target] = node.targets;
    if (target?.type === "Name" && !read.has(target.id)) rewriter.removeStatement(node, "compile");
  }
}

function isCompileValue(rewriter: Rewriter, node: Assign): boolean {
  const [target, ...others] = node.targets;
  if (target?.type !== "Name" || others.length > 0 || rewriter.edits.covers(node.start, node.end))
    return false;
  const value = rewriter.program.valueOf(node.value);
  return value !== undefined && holdsObjects(value, node.value);
}

function holdsObjects(value: Value, expr: Expr): boolean {
  if (value.kind === "object") return value.construct.kind === "loss" || value.construct.kind === "metric";
  if ((value.kind !== "list" && value.kind !== "tuple") || (expr.type !== "List" && expr.type !== "Tuple"))
    return false;
  const objects = value.elements.filter((one) => one.kind === "object" || one.kind === "ref");
  return (
    objects.length > 0 &&
    value.elements.every(
      (one) => one.kind === "str" || one.kind === "ref" || (one.kind === "object" && holdsObjects(one, expr)),
    )
  );
}

/** What an object was made with is written where it is used: it must mean the same there. */
export function requireLiterals(value: Value, use: Expr): void {
  if (value.kind !== "object" || (use.start <= value.node.start && value.node.end <= use.end)) return;
  for (const { value: given } of value.node.args) {
    const inner = given.type === "UnaryOp" ? given.operand : given;
    if (["Number", "String", "Constant"].includes(inner.type)) continue;
    if (inner.type === "Attribute" || isConstant(inner)) continue;
    throw new Unsupported(
      given,
      "a loss or metric made elsewhere with anything but plain numbers and strings is not supported yet",
    );
  }
}

function isConstant(expr: Expr): boolean {
  return expr.type === "Name" && ["True", "False", "None"].includes(expr.id);
}
