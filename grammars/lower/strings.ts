import type { Expr, FString, Span, StringLiteral } from "../nodes.ts";
import type { Reader } from "../reader.ts";
import { decodeEscapes } from "./escapes.ts";
import { expressions } from "./expressions.ts";

/** The pieces of one literal, or of several adjacent ones that Python joins. */
interface Pieces {
  /** Text and replacement fields; neighbouring texts are one. */
  readonly parts: (string | Expr)[];
  quote: string;
  bytes: boolean;
  interpolated: boolean;
  formatted: boolean;
}

/** `'a'`, `rb"b"`, `f"{c}"`. */
export function string(reader: Reader): StringLiteral | FString {
  const pieces = emptyPieces();
  const start = reader.start();
  const end = reader.end();
  literal(reader, start, end, pieces);
  return finish(pieces, start, end);
}

/** `"a" 'b'`: adjacent literals are one value, whatever their prefixes. */
export function concatenatedString(reader: Reader): StringLiteral | FString {
  const pieces = emptyPieces();
  const start = reader.start();
  let end = start;
  reader.enter();
  do {
    const partStart = reader.start();
    end = reader.end();
    literal(reader, partStart, end, pieces);
  } while (reader.next());
  reader.leave();
  return finish(pieces, start, end);
}

function emptyPieces(): Pieces {
  return { parts: [], quote: "", bytes: false, interpolated: false, formatted: false };
}

function finish(pieces: Pieces, start: number, end: number): StringLiteral | FString {
  const { parts, quote, bytes, interpolated, formatted } = pieces;
  if (interpolated) return { type: "FString", start, end, parent: null, parts, formatted };
  const value = typeof parts[0] === "string" ? parts[0] : "";
  return { type: "String", start, end, parent: null, value, bytes, quote };
}

const PREFIXES = new Set(["", "r", "u", "b", "br", "rb", "f", "fr", "rf", "t", "tr", "rt"]);

/** Adds one literal. Without replacement fields its text says everything, and the cursor stays. */
function literal(reader: Reader, start: number, end: number, pieces: Pieces): void {
  const { text } = reader;
  let open = start;
  while (!isQuote(text.charCodeAt(open))) open++;
  const prefix = open === start ? "" : text.slice(start, open).toLowerCase();
  const mark = text.charAt(open);
  const triple = end - open >= 6 && text.startsWith(mark.repeat(3), open);
  const quotes = triple ? 3 : 1;
  const body = { start: open + quotes, end: end - quotes };
  if (mark === "`") reader.report("python2", { start, end }, "backticks");
  else if (!PREFIXES.has(prefix)) {
    reader.report(
      /^u?r?u?$/.test(prefix) ? "python2" : "syntax-error",
      { start, end },
      `string prefix \`${prefix}\``,
    );
  }

  const raw = prefix.includes("r");
  const bytes = prefix.includes("b");
  if (!pieces.quote) pieces.quote = text.slice(start, body.start);
  if (bytes) pieces.bytes = true;
  if (prefix.includes("f") || prefix.includes("t")) {
    pieces.interpolated = true;
    fields(reader, body, { raw, oneLine: !triple }, pieces);
    reader.resume(end);
  } else {
    addText(pieces, decoded(reader, body, text.slice(body.start, body.end), { raw, bytes }));
  }
}

function decoded(reader: Reader, body: Span, text: string, kind: { raw: boolean; bytes: boolean }): string {
  const value = decodeEscapes(text, kind);
  if (value === null) reader.report("syntax-error", body, "malformed escape in a string");
  return value ?? text;
}

function isQuote(code: number): boolean {
  return code === 0x22 || code === 0x27 || code === 0x60;
}

function addText(pieces: Pieces, text: string): void {
  const { parts } = pieces;
  const last = parts.length - 1;
  const previous = parts[last];
  if (typeof previous === "string") parts[last] = previous + text;
  else if (text) parts.push(text);
}

/** The texts of an f-string are what its fields leave: the grammar's own nodes for them miss some backslashes. */
function fields(
  reader: Reader,
  body: Span,
  { raw, oneLine }: { raw: boolean; oneLine: boolean },
  pieces: Pieces,
): void {
  let textStart = body.start;
  const addTextUpTo = (end: number) => {
    // The grammar takes a text that starts with `#` for closed, whatever follows.
    if (oneLine && breaksLine(reader.text, textStart, end))
      reader.report("syntax-error", body, "unterminated string");
    const text = reader.text.slice(textStart, end).replace(/\{\{|\}\}/g, (braces) => braces.charAt(0));
    addText(pieces, decoded(reader, body, text, { raw, bytes: false }));
  };
  reader.enter();
  do {
    if (reader.type !== "interpolation") continue;
    addTextUpTo(reader.seek());
    field(reader, pieces);
    textStart = reader.end();
  } while (reader.next());
  reader.leave();
  addTextUpTo(body.end);
}

/** Whether a line ends there without a backslash before it. */
function breaksLine(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const c = text[at];
    if (c === "\n" || c === "\r") return true;
    // With the two of a Windows line end, if it is one.
    if (c === "\\") at += text.startsWith("\r\n", at + 1) ? 2 : 1;
  }
  return false;
}

/** `{value}`, `{value!r:>{width}}`, `{value=}`; fields inside the format follow their value. */
function field(reader: Reader, pieces: Pieces): void {
  reader.enter();
  const open = reader.start() + 1;
  reader.next();
  const values = fieldValues(expressions(reader), pieces);
  while (reader.next() && reader.type !== "}") {
    pieces.formatted = true;
    if (reader.type === "=") {
      // `{value=}` shows its own source, up to what follows the equals sign.
      const equals = reader.start() + 1;
      const spaces = /^\s*/.exec(reader.text.slice(equals))?.[0].length ?? 0;
      addText(pieces, reader.text.slice(open, equals + spaces));
    } else if (reader.type === "format_specifier" && reader.enter()) {
      do {
        if (reader.is("format_expression")) values.push(...nestedFields(reader));
      } while (reader.next());
      reader.leave();
    }
  }
  reader.leave();
  pieces.parts.push(...values);
}

/** `{a:=10}` is no assignment: without parentheses, the colon begins the format `=10`. */
function fieldValues(value: Expr, pieces: Pieces): Expr[] {
  if (value.type !== "NamedExpr" || value.parenthesized) return [value];
  pieces.formatted = true;
  return value.value.type === "Number" ? [value.target] : [value.target, value.value];
}

function nestedFields(reader: Reader): Expr[] {
  const pieces = emptyPieces();
  reader.seek();
  field(reader, pieces);
  return pieces.parts.filter((part) => typeof part !== "string");
}
