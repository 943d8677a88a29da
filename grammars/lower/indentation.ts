import type { Module, Stmt, SyntaxProblem } from "../nodes.ts";
import { blocksOf } from "../walk.ts";

/** How far a line is indented, in the two ways that Python compares. */
interface Indentation {
  /** With tab stops every eight columns: what decides about blocks. */
  readonly column: number;
  /** With tabs one column wide: where that orders lines otherwise, tabs and spaces are mixed. */
  readonly narrow: number;
}

/**
 * Finds statements that are not indented as their block is.
 *
 * The grammar forgives an unexpected indent and a dedent to a column where no block is, and counts
 * tabs in its own way. Its tree is then a guess at what Python refuses.
 */
export function indentationProblems(module: Module, text: string): SyntaxProblem[] {
  const problems: SyntaxProblem[] = [];
  checkBlock(module.body, null);
  return problems;

  function checkBlock(body: readonly Stmt[], outer: Indentation | null): void {
    let expected = outer ? null : MARGIN;
    for (const statement of body) {
      const indentation = indentationAt(text, statement.start);
      const detail = indentation && compare(indentation, expected, isElif(statement) ? null : outer);
      if (detail) {
        const { start } = statement;
        problems.push({ kind: detail === MIXED ? "python2" : "syntax-error", start, end: start, detail });
        return;
      }
      expected ??= indentation;
      // A block on the line of its statement has no indentation; nor does it hold compound statements.
      for (const block of blocksOf(statement)) checkBlock(block, indentation ?? expected ?? MARGIN);
    }
  }
}

const MARGIN: Indentation = { column: 0, narrow: 0 };
const MIXED = "tabs and spaces mixed in the indentation";

/** Compares a statement with the first of its block or, being the first, with the statement around the block. */
function compare(actual: Indentation, first: Indentation | null, outer: Indentation | null): string | null {
  if (first) {
    if (actual.column > first.column) return "unexpected indent";
    if (actual.column < first.column) return "unindent does not match any outer indentation";
    return actual.narrow === first.narrow ? null : MIXED;
  }
  if (!outer) return null;
  if (actual.column <= outer.column) return "expected an indented block";
  return actual.narrow > outer.narrow ? null : MIXED;
}

/** An `elif` stands in the block of the `if` before it, but at that one's column. */
function isElif(statement: Stmt): boolean {
  return statement.type === "If" && statement.elif;
}

/** The indentation of the statement at `start`; null where it does not begin its line. */
function indentationAt(text: string, start: number): Indentation | null {
  let from = start;
  let plain = true;
  for (; from > 0; from--) {
    const code = text.charCodeAt(from - 1);
    if (code === 0x0a || code === 0x0d) break;
    if (code === 0x20) continue;
    if (code !== 0x09 && code !== 0x0c && code !== 0xfeff) return null;
    plain = false;
  }
  if (isContinued(text, from)) return null;
  const width = start - from;
  return plain ? { column: width, narrow: width } : measure(text.slice(from, start));
}

/** Whether the line that begins at `from` continues the one before it by a backslash. */
function isContinued(text: string, from: number): boolean {
  const end = text.charCodeAt(from - 2) === 0x0d ? from - 2 : from - 1;
  return text.charCodeAt(end - 1) === 0x5c;
}

function measure(spaces: string): Indentation {
  let column = 0;
  let narrow = 0;
  for (const character of spaces) {
    if (character === "\f") {
      column = 0;
      narrow = 0;
    } else if (character === "\t") {
      column = (Math.floor(column / 8) + 1) * 8;
      narrow++;
    } else if (character === " ") {
      column++;
      narrow++;
    }
  }
  return { column, narrow };
}
