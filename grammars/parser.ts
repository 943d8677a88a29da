import { joinBracketedLines } from "./brackets.ts";
import { lowerModule } from "./lower/module.ts";
import type { ParseResult, PythonParser, Span } from "./nodes.ts";
import { syntaxProblems } from "./problems.ts";
import { type Cursor, type NodeTypes, Reader } from "./reader.ts";

/** A tree of either binding; WebAssembly's lies in memory that no garbage collector frees. */
export interface Tree {
  readonly hasError: boolean;
  readonly cursor: Cursor;
  free(): void;
}

/** What a binding of tree-sitter does. */
export type Parse = (text: string) => Tree;

export function pythonParser(backend: PythonParser["backend"], parse: Parse): PythonParser {
  const types: NodeTypes = [];

  /** Lowers the tree of `parsed`, which is `text` but for white space; null where it has errors. */
  function attempt(text: string, parsed: string, tree: Tree, comments?: readonly Span[]): ParseResult | null {
    if (tree.hasError) return null;
    try {
      return lowerModule(new Reader(text, parsed, tree.cursor, types), comments);
    } catch (error) {
      // The stack overflows where expressions nest thousands deep; Python gives up long before.
      if (!(error instanceof RangeError)) throw error;
      return {
        module: null,
        problems: [{ kind: "syntax-error", start: 0, end: 0, detail: "nested too deeply" }],
      };
    }
  }

  function attemptJoined(text: string, lines: string): ParseResult | null {
    const joined = joinBracketedLines(lines);
    if (!joined) return null;
    const tree = parse(joined.text);
    try {
      return attempt(text, joined.text, tree, joined.comments);
    } finally {
      tree.free();
    }
  }

  return {
    backend,
    parse(text) {
      const lines = withLineFeeds(text);
      const tree = parse(lines);
      try {
        return (
          attempt(text, lines, tree) ??
          attemptJoined(text, lines) ?? { module: null, problems: syntaxProblems(lines, tree.cursor) }
        );
      } finally {
        tree.free();
      }
    },
  };
}

/** For Python a carriage return alone ends a line, for the grammar it does not; all offsets stay. */
function withLineFeeds(text: string): string {
  return text.includes("\r") ? text.replace(/\r(?!\n)/g, "\n") : text;
}
