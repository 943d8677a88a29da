import type {
  Argument,
  ClassDef,
  ExceptHandler,
  Expr,
  For,
  FunctionDef,
  If,
  Parameters,
  Span,
  Stmt,
  Try,
  While,
  With,
  WithItem,
} from "../nodes.ts";
import type { Reader } from "../reader.ts";
import { endOf, parenthesize } from "./build.ts";
import { argumentList } from "./calls.ts";
import { expression, expressions } from "./expressions.ts";
import { parameters } from "./parameters.ts";
import { suite } from "./statements.ts";

/** Where a block ends: a compound statement ends with its last block. */
function blockEnd(body: readonly Stmt[], fallback: number): number {
  return body.at(-1)?.end ?? fallback;
}

/** Goes from a keyword, over the colon, into the block of a clause and lowers it. */
function clauseBody(reader: Reader): Stmt[] {
  reader.next();
  reader.next();
  return suite(reader);
}

interface Branch {
  readonly start: number;
  readonly test: Expr;
  readonly body: Stmt[];
}

export function ifStatement(reader: Reader): If {
  const elifs: Branch[] = [];
  let orelse: Stmt[] = [];
  let elseSpan: Span | null = null;
  reader.enter();
  const first = branch(reader);
  while (reader.next()) {
    const start = reader.start();
    reader.enter();
    if (reader.type === "elif") elifs.push(branch(reader));
    else {
      orelse = clauseBody(reader);
      elseSpan = { start, end: blockEnd(orelse, start) };
    }
    reader.leave();
  }
  reader.leave();
  for (let branch = elifs.pop(); branch; branch = elifs.pop()) {
    orelse = [ifNode(branch, true, orelse, elseSpan)];
    elseSpan = null;
  }
  return ifNode(first, false, orelse, elseSpan);
}

/** The test and block of an `if` or `elif`, from the keyword on. */
function branch(reader: Reader): Branch {
  const start = reader.start();
  reader.next();
  const test = expression(reader);
  return { start, test, body: clauseBody(reader) };
}

function ifNode({ start, test, body }: Branch, elif: boolean, orelse: Stmt[], elseSpan: Span | null): If {
  const end = blockEnd(orelse, blockEnd(body, endOf(test)));
  return { type: "If", start, end, parent: null, elif, test, body, orelse, elseSpan };
}

export function forStatement(reader: Reader): For {
  reader.enter();
  const start = reader.start();
  const isAsync = reader.type === "async";
  if (isAsync) reader.next();
  reader.next();
  const target = expressions(reader);
  reader.next();
  reader.next();
  const iter = expressions(reader);
  const body = clauseBody(reader);
  const orelse = elseClause(reader);
  reader.leave();
  const end = blockEnd(orelse, blockEnd(body, endOf(iter)));
  return { type: "For", start, end, parent: null, isAsync, target, iter, body, orelse };
}

export function whileStatement(reader: Reader): While {
  reader.enter();
  const { start, test, body } = branch(reader);
  const orelse = elseClause(reader);
  reader.leave();
  const end = blockEnd(orelse, blockEnd(body, endOf(test)));
  return { type: "While", start, end, parent: null, test, body, orelse };
}

function elseClause(reader: Reader): Stmt[] {
  if (!reader.next()) return [];
  reader.enter();
  const body = clauseBody(reader);
  reader.leave();
  return body;
}

export function withStatement(reader: Reader): With {
  const items: WithItem[] = [];
  reader.enter();
  const start = reader.start();
  const isAsync = reader.type === "async";
  if (isAsync) reader.next();
  reader.next();
  reader.enter();
  do {
    if (reader.type !== "with_item") continue;
    reader.enter();
    items.push(withItem(reader));
    reader.leave();
  } while (reader.next());
  reader.leave();
  const body = clauseBody(reader);
  reader.leave();
  return { type: "With", start, end: blockEnd(body, start), parent: null, isAsync, items, body };
}

/** Lowers one item of a `with`, from inside its `with_item` node. */
function withItem(reader: Reader): WithItem {
  if (reader.type === "as_pattern") return asPattern(reader);
  if (reader.type !== "parenthesized_expression") return { context: expression(reader), target: null };
  // `with (a as b):` has its parentheses around the item, not around an expression.
  reader.enter();
  const start = reader.start();
  reader.next();
  const item = withItem(reader);
  reader.next();
  const end = reader.start() + 1;
  reader.leave();
  if (!item.target) parenthesize(item.context, { start, end });
  return item;
}

/** `value as target` */
function asPattern(reader: Reader): WithItem {
  reader.enter();
  const context = expression(reader);
  reader.next();
  reader.next();
  const target = expression(reader);
  reader.leave();
  return { context, target };
}

export function tryStatement(reader: Reader): Try {
  const handlers: ExceptHandler[] = [];
  let orelse: Stmt[] = [];
  let finalbody: Stmt[] = [];
  reader.enter();
  const start = reader.start();
  const body = clauseBody(reader);
  let end = blockEnd(body, start);
  while (reader.next()) {
    if (reader.type === "except_clause") {
      const handler = exceptHandler(reader);
      handlers.push(handler);
      end = handler.end;
      continue;
    }
    const isElse = reader.type === "else_clause";
    reader.enter();
    const block = clauseBody(reader);
    reader.leave();
    end = blockEnd(block, end);
    if (isElse) orelse = block;
    else finalbody = block;
  }
  reader.leave();
  return { type: "Try", start, end, parent: null, body, handlers, orelse, finalbody };
}

function exceptHandler(reader: Reader): ExceptHandler {
  let exception: Expr | null = null;
  let target: Expr | null = null;
  let isStar = false;
  let body: Stmt[] = [];
  reader.enter();
  const start = reader.start();
  while (reader.next()) {
    switch (reader.type) {
      case "*":
        isStar = true;
        break;
      case ",":
        reader.report("python2", { start, end: reader.end() }, "except with a comma");
        break;
      case "as":
      case ":":
        break;
      case "block":
        body = suite(reader);
        break;
      case "as_pattern":
        ({ context: exception, target } = asPattern(reader));
        break;
      default:
        if (exception) target = expression(reader);
        else exception = expression(reader);
    }
  }
  reader.leave();
  const name = target?.type === "Name" ? target.id : null;
  return {
    type: "ExceptHandler",
    start,
    end: blockEnd(body, start),
    parent: null,
    exception,
    name,
    isStar,
    body,
  };
}

export function functionDefinition(reader: Reader): FunctionDef {
  let params: Parameters = [];
  let returns: Expr | null = null;
  let body: Stmt[] = [];
  reader.enter();
  const start = reader.start();
  const isAsync = reader.type === "async";
  if (isAsync) reader.next();
  reader.next();
  const [name, nameSpan] = definedName(reader);
  while (reader.next()) {
    if (reader.type === "parameters") params = parameters(reader);
    else if (reader.type === "type_parameter") reader.skim();
    else if (reader.type === "type") returns = expression(reader);
    else if (reader.type === "block") body = suite(reader);
  }
  reader.leave();
  const end = blockEnd(body, nameSpan.end);
  return {
    type: "FunctionDef",
    start,
    end,
    parent: null,
    isAsync,
    name,
    nameSpan,
    decorators: [],
    params,
    returns,
    body,
  };
}

export function classDefinition(reader: Reader): ClassDef {
  let bases: Argument[] = [];
  let body: Stmt[] = [];
  reader.enter();
  const start = reader.start();
  reader.next();
  const [name, nameSpan] = definedName(reader);
  while (reader.next()) {
    if (reader.type === "argument_list") [bases] = argumentList(reader);
    else if (reader.type === "type_parameter") reader.skim();
    else if (reader.type === "block") body = suite(reader);
  }
  reader.leave();
  const end = blockEnd(body, nameSpan.end);
  return { type: "ClassDef", start, end, parent: null, name, nameSpan, decorators: [], bases, body };
}

function definedName(reader: Reader): [string, Span] {
  const start = reader.start();
  const end = reader.identifierEnd(start);
  return [reader.identifier(start, end), { start, end }];
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
    reader.leave();
    reader.next();
  }
  const definition =
    reader.type === "class_definition" ? classDefinition(reader) : functionDefinition(reader);
  reader.leave();
  return { ...definition, start, decorators };
}
