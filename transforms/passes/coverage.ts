/** What is left of Keras when all rules have run is reported: nothing passes through in silence. */
import type { Node } from "../../grammars/nodes.ts";
import { enclosingStatement, walk } from "../../grammars/walk.ts";
import type { Value } from "../../src/analysis/values.ts";
import { indentation, lineBreak, lineStart } from "../../src/emit/lines.ts";
import { withoutTranslation } from "../layers/without-translation.ts";
import type { Rewriter } from "../rewriter.ts";

export function reportLeftovers(rewriter: Rewriter): void {
  walk(rewriter.program.module, (node: Node) => {
    if (node.type === "Import" || node.type === "ImportFrom") return false;
    if (node.type !== "Name" && node.type !== "Attribute") return true;
    if (rewriter.edits.covers(node.start, node.end)) return false;
    if (!rewriter.isKeras(node)) return true;
    // What a rule knows has been reported by it; only names that no table has are left to say.
    const value = rewriter.program.valueOf(node);
    const known =
      value?.kind === "ref" &&
      rewriter.program.registry.find(rewriter.program.registry.canonical(value.path));
    if (known && rewriter.diagnostics.some((one) => one.severity === "error")) return false;
    rewriter.report(
      node,
      "unsupported",
      `\`${rewriter.text.slice(node.start, node.end)}\` ${reasonOf(rewriter, value)}`,
    );
    return false;
  });
}

function reasonOf(rewriter: Rewriter, value: Value | undefined): string {
  const path = value?.kind === "ref" ? rewriter.program.registry.canonical(value.path) : "";
  const reason = withoutTranslation(path);
  return reason === undefined ? "is not supported yet" : `is not supported: ${reason}`;
}

/** A comment above every statement that stays Keras and was reported. */
export function markLeftovers(rewriter: Rewriter): void {
  const { text, program } = rewriter;
  const nl = lineBreak(text);
  const marked = new Set<number>();
  for (const { start, severity, message } of rewriter.diagnostics) {
    if (severity !== "error") continue;
    const statement = statementAt(program.module, start);
    const at = lineStart(text, statement?.start ?? start);
    if (marked.has(at)) continue;
    marked.add(at);
    rewriter.edits.insert(at, `${indentation(text, at)}# keras-to-torch: ${message}${nl}`, "mark");
  }
}

/** The innermost statement at a place. */
function statementAt(module: Node, offset: number): Node | null {
  let found: Node | null = null;
  walk(module, (node) => {
    if (offset < node.start || node.end <= offset) return node.type === "Module";
    found = enclosingStatement(node);
    return true;
  });
  return found;
}
