import type { Argument, ClassDef, Expr, FunctionDef, Parameters, Span } from "../nodes.ts";
import type { Reader } from "../reader.ts";
import { argumentList } from "./calls.ts";
import { expression } from "./expressions.ts";
import { parameters } from "./parameters.ts";
import { suite } from "./statements.ts";

export function functionDefinition(reader: Reader): FunctionDef {
  let params: Parameters = [];
  let returns: Expr | null = null;
  reader.enter();
  const start = reader.start();
  const isAsync = reader.type === "async";
  if (isAsync) reader.next();
  reader.next();
  const [name, nameSpan] = definedName(reader);
  while (reader.next() && reader.type !== "block") {
    if (reader.type === "parameters") params = parameters(reader);
    else if (reader.type === "type_parameter") reader.skim();
    else if (reader.type === "type") returns = expression(reader);
  }
  const { body, end } = suite(reader);
  reader.leave();
  const decorators: Expr[] = [];
  return {
    type: "FunctionDef",
    start,
    end,
    parent: null,
    isAsync,
    name,
    nameSpan,
    decorators,
    params,
    returns,
    body,
  };
}

export function classDefinition(reader: Reader): ClassDef {
  let bases: Argument[] = [];
  reader.enter();
  const start = reader.start();
  reader.next();
  const [name, nameSpan] = definedName(reader);
  while (reader.next() && reader.type !== "block") {
    if (reader.type === "argument_list") [bases] = argumentList(reader);
    else if (reader.type === "type_parameter") reader.skim();
  }
  const { body, end } = suite(reader);
  reader.leave();
  return { type: "ClassDef", start, end, parent: null, name, nameSpan, decorators: [], bases, body };
}

function definedName(reader: Reader): [string, Span] {
  const { text, start, end } = reader.identifier();
  return [text, { start, end }];
}

/** A definition with decorators starts at the first of them. */
export function decorated(reader: Reader): FunctionDef | ClassDef {
  const decorators: Expr[] = [];
  reader.enter();
  const start = reader.start();
  while (reader.type === "decorator") {
    reader.enter();
    reader.next();
    decorators.push(expression(reader));
    // A comment at the end of its line belongs to the decorator.
    reader.next();
    reader.leave();
    reader.next();
  }
  const definition =
    reader.type === "class_definition" ? classDefinition(reader) : functionDefinition(reader);
  reader.leave();
  return { ...definition, start, decorators };
}
