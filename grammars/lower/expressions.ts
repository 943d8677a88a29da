import type {
  Attribute,
  BoolOp,
  Compare,
  ConstantLiteral,
  Expr,
  IfExp,
  Lambda,
  Name,
  NamedExpr,
  Parameters,
  Slice,
  Starred,
  Subscript,
  UnaryOp,
  Yield,
} from "../nodes.ts";
import type { Identifier, Reader } from "../reader.ts";
import { endOf, parenthesize, startOf } from "./build.ts";
import { call } from "./calls.ts";
import {
  dictionary,
  dictionaryComprehension,
  list,
  listComprehension,
  parenthesizedGenerator,
  set,
  setComprehension,
  tuple,
  tuplePattern,
} from "./displays.ts";
import { number } from "./numbers.ts";
import { parameters } from "./parameters.ts";
import { awaitNode, binOp, regroupAnd, withLeft } from "./precedence.ts";
import { concatenatedString, string } from "./strings.ts";
import { annotation } from "./types.ts";

/** Lowers the expression, or the assignment target, under the cursor. */
export function expression(reader: Reader): Expr {
  const lower = EXPRESSIONS[reader.type];
  if (lower) return lower(reader);
  const span = { start: reader.start(), end: reader.end() };
  reader.report("syntax-error", span, `unexpected ${describe(reader.type)}`);
  return { type: "Name", ...span, parent: null, id: "" };
}

/** Lowers one expression, or a tuple without parentheses: `a, b`. */
export function expressions(reader: Reader): Expr {
  const isList = reader.type === "expression_list" || reader.type === "pattern_list";
  return isList ? bareTuple(reader) : expression(reader);
}

/** Reads siblings separated by commas, up to the `close` token or the last one. */
export function commaSeparated(reader: Reader, lower: (reader: Reader) => Expr, close?: string): Expr {
  const elements: Expr[] = [];
  const first = lower(reader);
  elements.push(first);
  let isTuple = false;
  let end = endOf(first);
  while (reader.comma()) {
    isTuple = true;
    end = reader.end();
    if (!reader.next() || reader.type === close) break;
    const element = lower(reader);
    elements.push(element);
    end = endOf(element);
  }
  if (!isTuple) return first;
  return { type: "Tuple", start: startOf(first), end, parent: null, elements };
}

function bareTuple(reader: Reader): Expr {
  reader.enter();
  const tuple = commaSeparated(reader, expression);
  reader.leave();
  return tuple;
}

/** What a reader of messages calls a node type of the grammar. */
export function describe(type: string): string {
  return type.replaceAll("_", " ");
}

const EXPRESSIONS: Readonly<Record<string, ((reader: Reader) => Expr) | undefined>> = {
  identifier: name,
  call,
  attribute,
  string,
  integer: number,
  float: number,
  subscript,
  binary_operator: binaryOperator,
  comparison_operator: comparison,
  boolean_operator: booleanOperator,
  unary_operator: unaryOperator,
  not_operator: unaryOperator,
  parenthesized_expression: parenthesized,
  tuple,
  list,
  dictionary,
  set,
  list_comprehension: listComprehension,
  set_comprehension: setComprehension,
  dictionary_comprehension: dictionaryComprehension,
  generator_expression: parenthesizedGenerator,
  true: (reader) => constant(reader, true),
  false: (reader) => constant(reader, false),
  none: (reader) => constant(reader, null),
  ellipsis: (reader) => constant(reader, "..."),
  slice,
  concatenated_string: concatenatedString,
  conditional_expression: conditional,
  lambda,
  named_expression: namedExpression,
  list_splat: starred,
  list_splat_pattern: starred,
  parenthesized_list_splat: parenthesized,
  tuple_pattern: tuplePattern,
  list_pattern: list,
  await: awaitExpression,
  yield: yieldExpression,
  type: annotation,
  as_pattern_target: inner,
};

export function name(reader: Reader): Name {
  const { text: id, start, end } = reader.identifier();
  return { type: "Name", start, end, parent: null, id };
}

function constant(reader: Reader, value: ConstantLiteral["value"]): ConstantLiteral {
  return { type: "Constant", start: reader.start(), end: reader.end(), parent: null, value };
}

/** A node that only wraps one expression. */
function inner(reader: Reader): Expr {
  reader.enter();
  const expr = expression(reader);
  reader.leave();
  return expr;
}

function attribute(reader: Reader): Expr {
  reader.enter();
  const value = expression(reader);
  reader.pass(".".length);
  const attr = reader.nextIdentifier();
  reader.leave();
  return withLeft(value, (value) => attributeNode(value, attr));
}

export function attributeNode(value: Expr, { text: attr, start, end }: Identifier): Attribute {
  const attrSpan = { start, end };
  return { type: "Attribute", start: startOf(value), end, parent: null, value, attr, attrSpan };
}

function subscript(reader: Reader): Expr {
  reader.enter();
  const value = expression(reader);
  reader.pass("[".length);
  reader.next();
  const index = commaSeparated(reader, expression, "]");
  const end = reader.start() + 1;
  reader.leave();
  return withLeft(value, (value) => subscriptNode(value, index, end));
}

/** `a[*b]` is `a[(*b,)]` for Python. */
export function subscriptNode(value: Expr, key: Expr, end: number): Subscript {
  const index: Expr =
    key.type === "Starred"
      ? { type: "Tuple", start: key.start, end: key.end, parent: null, elements: [key] }
      : key;
  return { type: "Subscript", start: startOf(value), end, parent: null, value, index };
}

function slice(reader: Reader): Slice {
  const bounds: [Expr | null, Expr | null, Expr | null] = [null, null, null];
  reader.enter();
  const start = reader.start();
  let end = start;
  let colons = 0;
  do {
    if (reader.type === ":") {
      colons++;
      end = reader.start() + 1;
    } else {
      const bound = expression(reader);
      bounds[colons] = bound;
      end = endOf(bound);
    }
  } while (reader.next());
  reader.leave();
  return { type: "Slice", start, end, parent: null, lower: bounds[0], upper: bounds[1], step: bounds[2] };
}

function binaryOperator(reader: Reader): Expr {
  reader.enter();
  const left = expression(reader);
  reader.next();
  const op = reader.type;
  reader.next();
  const right = expression(reader);
  reader.leave();
  return withLeft(left, (left) => regroupAnd(binOp(left, op, right)));
}

function booleanOperator(reader: Reader): Expr {
  reader.enter();
  const left = expression(reader);
  reader.next();
  const op = reader.type === "and" ? "and" : "or";
  reader.next();
  const right = expression(reader);
  reader.leave();
  return withLeft(left, (left): BoolOp => {
    return { type: "BoolOp", start: startOf(left), end: endOf(right), parent: null, op, left, right };
  });
}

/** `-a`, `not a`. */
function unaryOperator(reader: Reader): UnaryOp {
  reader.enter();
  const start = reader.start();
  const op = reader.type;
  reader.next();
  const operand = expression(reader);
  reader.leave();
  return { type: "UnaryOp", start, end: endOf(operand), parent: null, op, operand };
}

function comparison(reader: Reader): Expr {
  const ops: string[] = [];
  const comparators: Expr[] = [];
  reader.enter();
  const left = expression(reader);
  let last = left;
  while (reader.next()) {
    ops.push(reader.type);
    if (reader.type === "<>") {
      const start = reader.start();
      reader.report("python2", { start, end: start + 2 }, "operator `<>`");
    }
    reader.next();
    last = expression(reader);
    comparators.push(last);
  }
  reader.leave();
  return withLeft(left, (left): Compare => {
    return { type: "Compare", start: startOf(left), end: endOf(last), parent: null, left, ops, comparators };
  });
}

function parenthesized(reader: Reader): Expr {
  reader.open();
  const start = reader.start();
  reader.next();
  const expr = expression(reader);
  reader.pass(")".length);
  const end = reader.end();
  reader.leave();
  return parenthesize(expr, { start, end });
}

function conditional(reader: Reader): Expr {
  reader.enter();
  const body = expression(reader);
  reader.pass("if".length);
  reader.next();
  const test = expression(reader);
  reader.pass("else".length);
  reader.next();
  const orelse = expression(reader);
  reader.leave();
  return withLeft(body, (body): IfExp => {
    return { type: "IfExp", start: startOf(body), end: endOf(orelse), parent: null, test, body, orelse };
  });
}

function lambda(reader: Reader): Lambda {
  reader.enter();
  const start = reader.start();
  reader.next();
  let params: Parameters = [];
  if (reader.type === "lambda_parameters") {
    params = parameters(reader);
    reader.next();
  }
  reader.next();
  const body = expression(reader);
  reader.leave();
  return { type: "Lambda", start, end: endOf(body), parent: null, params, body };
}

function namedExpression(reader: Reader): NamedExpr {
  reader.enter();
  const target = name(reader);
  reader.next();
  reader.next();
  const value = expression(reader);
  reader.leave();
  return { type: "NamedExpr", start: target.start, end: endOf(value), parent: null, target, value };
}

function starred(reader: Reader): Starred {
  reader.enter();
  const start = reader.start();
  reader.next();
  const value = expression(reader);
  reader.leave();
  return { type: "Starred", start, end: endOf(value), parent: null, value };
}

function awaitExpression(reader: Reader): Expr {
  reader.enter();
  const start = reader.start();
  reader.next();
  const value = expression(reader);
  reader.leave();
  return awaitNode(start, value);
}

function yieldExpression(reader: Reader): Yield {
  reader.enter();
  const start = reader.start();
  let end = start + "yield".length;
  let from = false;
  let value: Expr | null = null;
  while (reader.next()) {
    if (reader.type === "from") from = true;
    else {
      value = expressions(reader);
      end = endOf(value);
    }
  }
  reader.leave();
  return { type: "Yield", start, end, parent: null, from, value };
}
