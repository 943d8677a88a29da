import type { ExceptHandler, Expr, For, If, Span, Stmt, Try, While, With, WithItem } from "../nodes.ts";
import type { Reader } from "../reader.ts";
import { parenthesize } from "./build.ts";
import { expression, expressions } from "./expressions.ts";
import { type Block, suite } from "./statements.ts";

/** Goes from the last token before a colon into the block after it and lowers it. */
function clauseBody(reader: Reader): Block {
  reader.pass(":".length);
  reader.next();
  return suite(reader);
}

interface Branch {
  readonly start: number;
  readonly test: Expr;
  readonly block: Block;
}

export function ifStatement(reader: Reader): If {
  const elifs: Branch[] = [];
  let elseSpan: Span | null = null;
  reader.enter();
  const first = branch(reader);
  let orelse: Block = { body: [], end: first.block.end };
  while (reader.next()) {
    const start = reader.start();
    reader.enter();
    if (reader.type === "elif") {
      const elif = branch(reader);
      elifs.push(elif);
      orelse = { body: [], end: elif.block.end };
    } else {
      orelse = clauseBody(reader);
      elseSpan = { start, end: orelse.end };
    }
    reader.leave();
  }
  reader.leave();
  // The grammar lists the branches, which nest: the last `elif` is the innermost statement.
  for (const elif of elifs.reverse()) {
    orelse = { body: [ifNode(elif, true, orelse, elseSpan)], end: orelse.end };
    elseSpan = null;
  }
  return ifNode(first, false, orelse, elseSpan);
}

/** The test and block of an `if`, `elif` or `while`, from the keyword on. */
function branch(reader: Reader): Branch {
  const start = reader.start();
  reader.next();
  const test = expression(reader);
  return { start, test, block: clauseBody(reader) };
}

function ifNode({ start, test, block }: Branch, elif: boolean, orelse: Block, elseSpan: Span | null): If {
  const { body } = block;
  return {
    type: "If",
    start,
    end: orelse.end,
    parent: null,
    elif,
    test,
    body,
    orelse: orelse.body,
    elseSpan,
  };
}

export function forStatement(reader: Reader): For {
  reader.enter();
  const start = reader.start();
  const isAsync = reader.type === "async";
  if (isAsync) reader.next();
  reader.next();
  const target = expressions(reader);
  reader.pass("in".length);
  reader.next();
  const iter = expressions(reader);
  const block = clauseBody(reader);
  const { body: orelse, end } = elseClause(reader, block);
  reader.leave();
  return { type: "For", start, end, parent: null, isAsync, target, iter, body: block.body, orelse };
}

export function whileStatement(reader: Reader): While {
  reader.enter();
  const { start, test, block } = branch(reader);
  const { body: orelse, end } = elseClause(reader, block);
  reader.leave();
  return { type: "While", start, end, parent: null, test, body: block.body, orelse };
}

function elseClause(reader: Reader, before: Block): Block {
  if (!reader.next()) return { body: [], end: before.end };
  reader.enter();
  const block = clauseBody(reader);
  reader.leave();
  return block;
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
  const { body, end } = clauseBody(reader);
  reader.leave();
  return { type: "With", start, end, parent: null, isAsync, items, body };
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
  let orelse: readonly Stmt[] = [];
  let finalbody: readonly Stmt[] = [];
  reader.enter();
  const start = reader.start();
  let { body, end } = clauseBody(reader);
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
    end = block.end;
    if (isElse) orelse = block.body;
    else finalbody = block.body;
  }
  reader.leave();
  return { type: "Try", start, end, parent: null, body, handlers, orelse, finalbody };
}

function exceptHandler(reader: Reader): ExceptHandler {
  let exception: Expr | null = null;
  let target: Expr | null = null;
  let isStar = false;
  reader.enter();
  const start = reader.start();
  while (reader.next() && reader.type !== "block") {
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
      case "as_pattern":
        ({ context: exception, target } = asPattern(reader));
        break;
      default:
        if (exception) target = expression(reader);
        else exception = expression(reader);
    }
  }
  const { body, end } = suite(reader);
  reader.leave();
  const name = target?.type === "Name" ? target.id : null;
  return { type: "ExceptHandler", start, end, parent: null, exception, name, isStar, body };
}
