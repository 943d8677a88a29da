/** Calls that print the source of their arguments: where an argument is rewritten, so is what they print. */
import { walk } from "../../grammars/walk.ts";
import type { Rewriter } from "../rewriter.ts";

const PRINTS_SOURCE = new Set(["icecream.ic"]);

export function noteSourcePrints(rewriter: Rewriter): void {
  if (!rewriter.text.includes("icecream")) return;
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Call") return;
    const callee = rewriter.program.valueOf(node.func);
    if (callee?.kind !== "ref" || !PRINTS_SOURCE.has(callee.path)) return;
    const { start, end } = node.argsSpan;
    const rewritten = rewriter.edits.all.some(
      (edit) => edit.start >= start && edit.end <= end && edit.start < end && edit.end > start,
    );
    if (rewritten)
      rewriter.note(
        node,
        "source-print",
        `\`${rewriter.text.slice(node.func.start, node.func.end)}\` prints the source of its argument, which is PyTorch's now: the value is the same`,
      );
  });
}
