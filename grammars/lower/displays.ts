import type {
  Comprehension,
  ComprehensionClause,
  Dict,
  DictItem,
  Expr,
  List,
  SetDisplay,
  Span,
  Tuple,
} from "../nodes.ts";
import type { Reader } from "../reader.ts";
import { endOf, parenthesize, startOf } from "./build.ts";
import { expression, expressions } from "./expressions.ts";

interface Bracketed extends Span {
  readonly elements: Expr[];
  /** A comma after the last element, or between two. */
  readonly comma: boolean;
}

function bracketed(reader: Reader, close: string): Bracketed {
  const elements: Expr[] = [];
  let comma = false;
  reader.open();
  const start = reader.start();
  reader.next();
  while (reader.type !== close) {
    elements.push(expression(reader));
    if (!reader.comma()) break;
    comma = true;
    reader.next();
  }
  const end = reader.start() + 1;
  reader.leave();
  return { start, end, elements, comma };
}

export function list(reader: Reader): List {
  const { start, end, elements } = bracketed(reader, "]");
  return { type: "List", start, end, parent: null, elements };
}

export function set(reader: Reader): SetDisplay {
  const { start, end, elements } = bracketed(reader, "}");
  return { type: "Set", start, end, parent: null, elements };
}

export function tuple(reader: Reader): Tuple {
  const { start, end, elements } = bracketed(reader, ")");
  return { type: "Tuple", start, end, parent: null, elements };
}

/** `(a, b) = ...`, but also `(a) = ...`, where the parentheses make no tuple. */
export function tuplePattern(reader: Reader): Expr {
  const { start, end, elements, comma } = bracketed(reader, ")");
  const [only] = elements;
  if (only && !comma) return parenthesize(only, { start, end });
  return { type: "Tuple", start, end, parent: null, elements };
}

export function dictionary(reader: Reader): Dict {
  const items: DictItem[] = [];
  reader.open();
  const start = reader.start();
  reader.next();
  while (reader.type !== "}") {
    items.push(reader.type === "pair" ? pair(reader) : { key: null, value: splatted(reader) });
    if (!reader.comma()) break;
    reader.next();
  }
  const end = reader.start() + 1;
  reader.leave();
  return { type: "Dict", start, end, parent: null, items };
}

function pair(reader: Reader): { key: Expr; value: Expr } {
  reader.enter();
  const key = expression(reader);
  reader.pass(":".length);
  reader.next();
  const value = expression(reader);
  reader.leave();
  return { key, value };
}

function splatted(reader: Reader): Expr {
  reader.enter();
  reader.next();
  const value = expression(reader);
  reader.leave();
  return value;
}

export function listComprehension(reader: Reader): Comprehension {
  return comprehension(reader, "list");
}

export function setComprehension(reader: Reader): Comprehension {
  return comprehension(reader, "set");
}

export function dictionaryComprehension(reader: Reader): Comprehension {
  return comprehension(reader, "dict");
}

export function parenthesizedGenerator(reader: Reader): Comprehension {
  return comprehension(reader, "generator");
}

/** A generator that shares a call's parentheses: its own span leaves them out. */
export function generator(reader: Reader): [Comprehension, Span] {
  const whole = comprehension(reader, "generator");
  const last = whole.clauses.at(-1);
  const end = endOf(last?.ifs.at(-1) ?? last?.iter ?? whole.element);
  return [
    { ...whole, start: startOf(whole.element), end },
    { start: whole.start, end: whole.end },
  ];
}

interface OpenClause extends ComprehensionClause {
  readonly ifs: Expr[];
}

function comprehension(reader: Reader, kind: Comprehension["kind"]): Comprehension {
  const clauses: OpenClause[] = [];
  reader.open();
  const start = reader.start();
  reader.next();
  const { key, value } =
    reader.type === "pair" ? pair(reader) : { key: expression(reader), value: null as Expr | null };
  while (reader.next()) {
    if (reader.type === "for_in_clause") clauses.push(forClause(reader));
    else if (reader.type === "if_clause") clauses.at(-1)?.ifs.push(splatted(reader));
    else break;
  }
  const end = reader.start() + 1;
  reader.leave();
  return { type: "Comprehension", start, end, parent: null, kind, element: key, value, clauses };
}

function forClause(reader: Reader): OpenClause {
  reader.enter();
  const isAsync = reader.type === "async";
  if (isAsync) reader.next();
  reader.next();
  const target = expressions(reader);
  reader.pass("in".length);
  reader.next();
  const iter = expression(reader);
  if (reader.next()) {
    reader.report(
      "python2",
      { start: startOf(iter), end: reader.end() },
      "tuple without parentheses after `in`",
    );
  }
  reader.leave();
  return { target, iter, ifs: [], isAsync };
}
