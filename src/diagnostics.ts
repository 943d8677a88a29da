/** What the program has to say about a place in the source. */
import type { Span } from "../grammars/nodes.ts";
import type { RuleName } from "./report/rules.ts";

export interface Diagnostic extends Span {
  /** Its name in `report/rules.ts`, which says what it means. */
  readonly rule: RuleName;
  /** `error` keeps the file from being written; a `note` tells a known, small difference. */
  readonly severity: "error" | "note";
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/** 1-based line and column (in UTF-16 code units) of an offset. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export function positionOf(text: string, offset: number): Position {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}
