import type { Module, ParseResult, Span } from "../nodes.ts";
import type { Reader } from "../reader.ts";
import { indentationProblems } from "./indentation.ts";
import { linkParents } from "./link.ts";
import { statements } from "./statements.ts";

/** Lowers a whole file, the cursor being on the root of a tree without errors. */
export function lowerModule(reader: Reader, comments: readonly Span[] = reader.comments): ParseResult {
  const { body } = statements(reader);
  const { identifiers, text } = reader;
  const module: Module = {
    type: "Module",
    start: 0,
    end: text.length,
    parent: null,
    body,
    comments,
    identifiers,
  };
  const problems = [...reader.problems, ...indentationProblems(module, text)];
  if (problems.length > 0) return { module: null, problems: problems.sort((a, b) => a.start - b.start) };
  linkParents(module);
  return { module, problems };
}
