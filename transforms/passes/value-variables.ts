/**
 * `decay = l2(0.01)`, and `sgd = SGD(0.1)` before `compile(optimizer="sgd")`: what Keras makes goes when nothing
 * reads it, or all that reads it has been written anew.
 */
import { isTarget, walk } from "../../grammars/walk.ts";
import type { Rewriter } from "../rewriter.ts";

const KINDS = new Set(["initializer", "regularizer", "constraint", "layer", "optimizer"]);

export function removeValueVariables(rewriter: Rewriter): void {
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Assign" && node.type !== "ExprStmt") return true;
    const { value } = node;
    const [target, ...others] = node.type === "Assign" ? node.targets : [];
    if (value.type !== "Call" || (target && target.type !== "Name") || others.length > 0) return true;
    const made = rewriter.program.valueOf(value);
    if (made?.kind !== "object" || !KINDS.has(made.construct.kind)) return true;
    // A layer that is called by itself has become a module.
    if (rewriter.edits.covers(value.func.start, value.func.end)) return true;
    if (rewriter.edits.covers(node.start, node.end) || (target && isRead(rewriter, target.id))) return true;
    rewriter.removeStatement(node, "model");
    return false;
  });
}

/** Whether something that stays reads the name. */
function isRead(rewriter: Rewriter, name: string): boolean {
  let found = false;
  walk(rewriter.program.module, (node) => {
    if (node.type === "Name" && node.id === name && !isTarget(node))
      found ||= !rewriter.edits.covers(node.start, node.end);
    return !found;
  });
  return found;
}
