import { bracketProblem } from "./brackets.ts";
import type { SyntaxProblem } from "./nodes.ts";
import type { Cursor } from "./reader.ts";

/** After this many problems, more of them tell nobody anything new. */
const LIMIT = 20;

/**
 * Describes what is wrong with a text that tree-sitter could not parse as a whole, in order of place.
 *
 * tree-sitter goes on after an error, so that one mistake may show in several places, or in another
 * one than where it was made. An unclosed bracket or string explains the rest and is named alone.
 */
export function syntaxProblems(text: string, cursor: Cursor): SyntaxProblem[] {
  const problems: SyntaxProblem[] = [];
  collect(text, cursor, problems);
  if (problems.some(({ kind }) => kind === "python2")) return problems;
  const bracket = bracketProblem(text);
  if (bracket) return [bracket];
  if (problems.length > 0) return problems;
  return [{ kind: "syntax-error", start: 0, end: 0, detail: "invalid syntax" }];
}

function collect(text: string, cursor: Cursor, problems: SyntaxProblem[]): void {
  const problem = problemAt(text, cursor);
  if (problem && problems.length < LIMIT) problems.push(problem);
  if (problem || !cursor.gotoFirstChild()) return;
  do collect(text, cursor, problems);
  while (cursor.gotoNextSibling());
  cursor.gotoParent();
}

function problemAt(text: string, cursor: Cursor): SyntaxProblem | null {
  const type = cursor.nodeType;
  const { startIndex: start, endIndex: end } = cursor;
  if (cursor.nodeIsMissing)
    return { kind: "syntax-error", start, end, detail: `missing ${type.replaceAll("_", " ")}` };
  switch (type) {
    case "print_statement":
      return { kind: "python2", start, end, detail: "print statement" };
    case "exec_statement":
      return { kind: "python2", start, end, detail: "exec statement" };
    case "ERROR":
      return describeError(text, start, end);
    default:
      return null;
  }
}

/** A statement of Python 2 that the grammar does not know in this form, such as `exec a.b in c`. */
const PYTHON2_STATEMENT = /^[ \t]*(print|exec)[ \t]+[^\s=(.,:)]/;

/** The first line of a compound statement, without anything that may hold a colon of its own. */
const COMPOUND_LINE = /^[ \t]*(?:if|elif|else|for|while|with|try|except|finally|def|class)\b[^#'"[{:]*$/;

function describeError(text: string, start: number, end: number): SyntaxProblem {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", start);
  const line = text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd).trimEnd();
  if (COMPOUND_LINE.test(line)) {
    const place = lineStart + line.length;
    return { kind: "syntax-error", start: place, end: place, detail: "missing `:`" };
  }
  const keyword = PYTHON2_STATEMENT.exec(line)?.[1];
  if (keyword) return { kind: "python2", start, end, detail: `${keyword} statement` };
  const token = /^\s*(\w+|\S)/.exec(text.slice(start, Math.min(end, start + 80)))?.[1];
  return { kind: "syntax-error", start, end, detail: token ? `unexpected \`${token}\`` : "invalid syntax" };
}
