import type {
  AnnAssign,
  Assert,
  Assign,
  AugAssign,
  Delete,
  Expr,
  ExprStmt,
  Global,
  Nonlocal,
  Raise,
  Return,
} from "../nodes.ts";
import type { Reader } from "../reader.ts";
import { endOf, startOf } from "./build.ts";
import { commaSeparated, expression, expressions } from "./expressions.ts";

/** An expression on its own, or one of the three assignments. */
export function expressionStatement(reader: Reader): ExprStmt | Assign | AugAssign | AnnAssign {
  reader.enter();
  const statement = lowerExpressionStatement(reader);
  reader.leave();
  return statement;
}

function lowerExpressionStatement(reader: Reader): ExprStmt | Assign | AugAssign | AnnAssign {
  if (reader.type === "assignment") return assignment(reader);
  if (reader.type === "augmented_assignment") return augmentedAssignment(reader);
  const value = commaSeparated(reader, expression);
  return { type: "ExprStmt", start: startOf(value), end: endOf(value), parent: null, value };
}

/** `a = b`, `a = b = c`, `a: int`, `a: int = b`. */
function assignment(reader: Reader): Assign | AnnAssign {
  reader.enter();
  const target = expressions(reader);
  reader.next();
  const statement = reader.type === ":" ? annotated(reader, target) : chained(reader, target);
  reader.leave();
  return statement;
}

function annotated(reader: Reader, target: Expr): AnnAssign {
  reader.next();
  const annotation = expression(reader);
  let value: Expr | null = null;
  if (reader.next()) {
    reader.next();
    value = rightHandSide(reader);
  }
  const end = endOf(value ?? annotation);
  return { type: "AnnAssign", start: startOf(target), end, parent: null, target, annotation, value };
}

/** The grammar nests `a = (b = c)` to the right; here they are two targets of one value. */
function chained(reader: Reader, first: Expr): Assign {
  const targets = [first];
  let depth = 0;
  reader.next();
  while (reader.type === "assignment") {
    depth++;
    reader.enter();
    targets.push(expressions(reader));
    reader.next();
    if (reader.is(":")) reportUnexpected(reader, "annotation");
    reader.next();
  }
  const value = rightHandSide(reader);
  for (; depth > 0; depth--) reader.leave();
  return { type: "Assign", start: startOf(first), end: endOf(value), parent: null, targets, value };
}

function augmentedAssignment(reader: Reader): AugAssign {
  reader.enter();
  const target = expressions(reader);
  reader.next();
  const op = reader.type.slice(0, -1);
  reader.next();
  const value = rightHandSide(reader);
  reader.leave();
  return { type: "AugAssign", start: startOf(target), end: endOf(value), parent: null, target, op, value };
}

/** The grammar lets any assignment follow any other. */
function rightHandSide(reader: Reader): Expr {
  if (reader.type === "assignment" || reader.type === "augmented_assignment") {
    reportUnexpected(reader, "assignment");
    reader.enter();
    const value = expressions(reader);
    reader.leave();
    return value;
  }
  return expressions(reader);
}

function reportUnexpected(reader: Reader, what: string): void {
  reader.report("syntax-error", { start: reader.start(), end: reader.end() }, `unexpected ${what}`);
}

export function returnStatement(reader: Reader): Return {
  reader.enter();
  const start = reader.start();
  const value = reader.next() ? expressions(reader) : null;
  reader.leave();
  const end = value ? endOf(value) : start + "return".length;
  return { type: "Return", start, end, parent: null, value };
}

export function raiseStatement(reader: Reader): Raise {
  reader.enter();
  const start = reader.start();
  let end = start + "raise".length;
  let exc: Expr | null = null;
  let cause: Expr | null = null;
  while (reader.next()) {
    if (reader.type === "from") {
      reader.next();
      cause = expression(reader);
      end = endOf(cause);
    } else {
      const isList = reader.type === "expression_list";
      exc = expressions(reader);
      end = endOf(exc);
      if (isList) reader.report("python2", { start, end }, "raise with a comma");
    }
  }
  reader.leave();
  return { type: "Raise", start, end, parent: null, exc, cause };
}

export function assertStatement(reader: Reader): Assert {
  reader.enter();
  const start = reader.start();
  reader.next();
  const test = expression(reader);
  let msg: Expr | null = null;
  while (reader.next()) {
    if (reader.type === ",") continue;
    if (msg) reportUnexpected(reader, "third operand of assert");
    msg = expression(reader);
  }
  reader.leave();
  return { type: "Assert", start, end: endOf(msg ?? test), parent: null, test, msg };
}

export function deleteStatement(reader: Reader): Delete {
  reader.enter();
  const start = reader.start();
  reader.next();
  const isList = reader.type === "expression_list";
  const value = expressions(reader);
  reader.leave();
  const targets = isList && value.type === "Tuple" ? value.elements : [value];
  return { type: "Delete", start, end: endOf(value), parent: null, targets };
}

export function global(reader: Reader): Global {
  return { type: "Global", ...names(reader) };
}

export function nonlocal(reader: Reader): Nonlocal {
  return { type: "Nonlocal", ...names(reader) };
}

function names(reader: Reader): Omit<Global, "type"> {
  const identifiers: string[] = [];
  reader.enter();
  const start = reader.start();
  let end = start;
  while (reader.next()) {
    if (reader.type !== "identifier") continue;
    const name = reader.identifier();
    identifiers.push(name.text);
    end = name.end;
  }
  reader.leave();
  return { start, end, parent: null, names: identifiers };
}

/** `pass`, `break` or `continue`. */
export function keywordStatement<T extends "Pass" | "Break" | "Continue">(reader: Reader, type: T) {
  return { type, start: reader.start(), end: reader.end(), parent: null };
}
