/** Statements that the output has no use for go with their lines, and `pass` takes the place of a whole block. */
import type { Stmt } from "../grammars/nodes.ts";
import { blockOf } from "../grammars/walk.ts";
import type { Edits } from "../src/emit/edits.ts";
import { lineEnd, lineStart, nextLine, standsAlone, wholeLines } from "../src/emit/lines.ts";

/** Removes statements of one or more blocks, and the empty line that would be one too many without them. */
export function removeStatements(
  edits: Edits,
  text: string,
  statements: readonly Stmt[],
  rule: string,
): void {
  let end = -1;
  let afterBlank = false;
  for (const statement of [...statements].sort((a, b) => a.start - b.start)) {
    if (edits.covers(statement.start, statement.end)) continue;
    edits.absorb(text, statement.start, statement.end);
    removeStatement(edits, text, statement, rule);
    if (!edits.removes(statement.start, statement.end) || !standsAlone(text, statement)) continue;
    const lines = wholeLines(text, statement);
    if (lines.start !== end) afterBlank = isBlankLine(text, lineStart(text, lines.start - 1));
    end = lines.end;
    if (!afterBlank || !isBlankLine(text, end)) continue;
    const after = nextLine(text, end);
    edits.remove(end, after, rule);
    end = after;
  }
}

export function removeStatement(edits: Edits, text: string, statement: Stmt, rule: string): void {
  const block = blockOf(statement);
  const isGone = (one: Stmt) => one === statement || edits.removes(one.start, one.end);
  if (statement.parent?.type !== "Module" && block.every(isGone)) {
    edits.replace(statement.start, statement.end, "pass", rule);
    return;
  }
  if (standsAlone(text, statement)) {
    const lines = wholeLines(text, statement);
    edits.remove(lines.start, lines.end, rule);
    return;
  }
  // One of several on a line: the semicolon goes with it, and the line with the last of them.
  const row = rowAround(block, statement, text);
  const at = row.indexOf(statement);
  const kept = row.map((one) => !isGone(one));
  const next = kept.indexOf(true, at);
  const before = kept.lastIndexOf(true, at);
  const [first, last] = [row[before + 1] as Stmt, row[next < 0 ? row.length - 1 : next - 1] as Stmt];
  edits.withdraw(first.start, last.end);
  if (next >= 0) edits.remove(first.start, (row[next] as Stmt).start, rule);
  else if (before >= 0) edits.remove((row[before] as Stmt).end, last.end, rule);
  else if (isLine(text, first, last))
    edits.remove(lineStart(text, first.start), nextLine(text, last.end), rule);
  else edits.remove(first.start, last.end, rule);
}

/** The statements of a block that follow each other on one line. */
function rowAround(block: readonly Stmt[], statement: Stmt, text: string): Stmt[] {
  const joined = (one: Stmt | undefined, next: Stmt | undefined) => {
    const between = one && next ? text.slice(one.end, next.start) : "";
    return between.trim() === ";" && !between.includes("\n");
  };
  let from = block.indexOf(statement);
  let to = from;
  while (joined(block[from - 1], block[from])) from--;
  while (joined(block[to], block[to + 1])) to++;
  return block.slice(from, to + 1);
}

/** Whether nothing but a semicolon or a comment stands beside these on their lines. */
function isLine(text: string, first: Stmt, last: Stmt): boolean {
  const tail = text.slice(last.end, lineEnd(text, last.end)).trim();
  const rest = tail.startsWith(";") ? tail.slice(1).trim() : tail;
  const head = text.slice(lineStart(text, first.start), first.start);
  return head.trim() === "" && (rest === "" || rest.startsWith("#"));
}

export function isBlankLine(text: string, start: number): boolean {
  return start >= 0 && start < text.length && text.slice(start, nextLine(text, start)).trim() === "";
}
