import type { Expr, Starred } from "../nodes.ts";
import type { Reader } from "../reader.ts";
import { endOf, startOf } from "./build.ts";
import { attributeNode, commaSeparated, expression, name, subscriptNode } from "./expressions.ts";
import { binOp } from "./precedence.ts";

/**
 * Annotations are plain expressions for Python, whereas the grammar has node types of its own
 * for some of their forms: `list[int]`, `int | None`, `*Ts`, `a.B`.
 */
export function annotation(reader: Reader): Expr {
  reader.enter();
  const lower = FORMS[reader.type] ?? expression;
  const expr = lower(reader);
  reader.leave();
  return expr;
}

const FORMS: Readonly<Record<string, ((reader: Reader) => Expr) | undefined>> = {
  generic_type: generic,
  union_type: union,
  member_type: member,
  constrained_type: constrained,
  splat_type: splat,
};

/** `list[int]` */
function generic(reader: Reader): Expr {
  reader.enter();
  const value = name(reader);
  reader.next();
  reader.enter();
  reader.next();
  const index = commaSeparated(reader, annotation, "]");
  const end = reader.start() + 1;
  reader.leave();
  reader.leave();
  return subscriptNode(value, index, end);
}

/** `list[int] | str | None`: left to right, though what follows may be one expression for the grammar. */
function union(reader: Reader): Expr {
  const [left, right] = pair(reader);
  return prependOperand(left, right);
}

function prependOperand(left: Expr, right: Expr): Expr {
  if (right.type !== "BinOp" || right.op !== "|" || right.parenthesized) return binOp(left, "|", right);
  return binOp(prependOperand(left, right.left), "|", right.right);
}

/** `a[0:1]`, which the grammar takes for the bound of a type variable. */
function constrained(reader: Reader): Expr {
  const [lower, upper] = pair(reader);
  return { type: "Slice", start: startOf(lower), end: endOf(upper), parent: null, lower, upper, step: null };
}

function pair(reader: Reader): [Expr, Expr] {
  reader.enter();
  const left = annotation(reader);
  reader.next();
  reader.next();
  const right = annotation(reader);
  reader.leave();
  return [left, right];
}

/** `list[int].append` */
function member(reader: Reader): Expr {
  reader.enter();
  const value = annotation(reader);
  reader.next();
  reader.next();
  const attr = reader.identifier();
  reader.leave();
  return attributeNode(value, attr);
}

/** `*Ts` */
function splat(reader: Reader): Starred {
  reader.enter();
  const start = reader.start();
  reader.next();
  const value = name(reader);
  reader.leave();
  return { type: "Starred", start, end: value.end, parent: null, value };
}
