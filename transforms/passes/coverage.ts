/** What is left of Keras when all rules have run is reported: nothing passes through in silence. */
import type { Node } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
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
      `\`${rewriter.text.slice(node.start, node.end)}\` is not supported yet`,
    );
    return false;
  });
}
