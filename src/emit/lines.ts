/** Lines, indentation and statements in the source text. */
import type { Span, Stmt } from "../../grammars/nodes.ts";

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** The end of the line that the offset is in, before its line end. */
export function lineEnd(text: string, offset: number): number {
  const at = text.indexOf("\n", offset);
  if (at < 0) return text.length;
  return text[at - 1] === "\r" ? at - 1 : at;
}

/** The start of the next line. */
export function nextLine(text: string, offset: number): number {
  const at = text.indexOf("\n", offset);
  return at < 0 ? text.length : at + 1;
}

/** The white space that the line of the offset starts with. */
export function indentation(text: string, offset: number): string {
  const start = lineStart(text, offset);
  let at = start;
  while (text[at] === " " || text[at] === "\t") at++;
  return text.slice(start, at);
}

/** The indentation of what stands inside: a tab where the script indents by tabs. */
export function deeper(indent: string): string {
  return indent + (indent.includes("\t") ? "\t" : "    ");
}

/** Whether a statement has its lines to itself, but for a comment after it. */
export function standsAlone(text: string, statement: Span): boolean {
  const before = text.slice(lineStart(text, statement.start), statement.start);
  const after = text.slice(statement.end, lineEnd(text, statement.end)).trimStart();
  return before.trim() === "" && (after === "" || after.startsWith("#"));
}

/** The lines of a statement with its line end, for removal: a comment after it goes too. */
export function wholeLines(text: string, statement: Stmt | Span): Span {
  return { start: lineStart(text, statement.start), end: nextLine(text, statement.end) };
}

/** `\r\n` where the file uses it. */
export function lineBreak(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
