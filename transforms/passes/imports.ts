/** Removes what is imported from Keras and TensorFlow. */
import type { Alias, Import, ImportFrom, Stmt, Try } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import { nextLine, lineStart, standsAlone } from "../../src/emit/lines.ts";
import type { Rewriter } from "../rewriter.ts";

/** `K = keras.backend`: names that stand for a part of Keras go like imports. */
export function removeAliases(rewriter: Rewriter): void {
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Assign" || node.targets.some((target) => target.type !== "Name")) return true;
    const { value } = node;
    if ((value.type !== "Name" && value.type !== "Attribute") || !rewriter.isKeras(value)) return true;
    if (rewriter.edits.covers(node.start, node.end)) return true;
    rewriter.removeStatement(node, "imports");
    return false;
  });
}

/** The statement at module level whose place the new imports take, if there is one. */
export function rewriteImports(rewriter: Rewriter): Stmt | undefined {
  let place: Stmt | undefined;
  walk(rewriter.program.module, (node) => {
    if (node.type === "Try" && onlyKerasImports(rewriter, node)) {
      if (node.parent?.type === "Module") place ??= node;
      rewriter.removeStatement(node, "imports");
      return false;
    }
    if (node.type !== "Import" && node.type !== "ImportFrom") return true;
    const kept = keptNames(rewriter, node);
    if (
      kept.length === node.names.length &&
      !(node.type === "ImportFrom" && node.star && isKerasModule(rewriter, node.module))
    )
      return false;
    if (kept.length > 0) {
      const names = kept.map((alias) => rewriter.text.slice(alias.start, alias.end)).join(", ");
      rewriter.edits.replace(node.start, node.end, `import ${names}`, "imports");
      return false;
    }
    if (node.parent?.type === "Module") place ??= node;
    if (node === place && standsAlone(rewriter.text, node))
      rewriter.edits.remove(
        lineStart(rewriter.text, node.start),
        nextLine(rewriter.text, node.end),
        "imports",
      );
    else rewriter.removeStatement(node, "imports");
    return false;
  });
  return place;
}

function isKerasModule(rewriter: Rewriter, name: string): boolean {
  return rewriter.program.registry.isKeras(rewriter.program.registry.canonical(name));
}

function keptNames(rewriter: Rewriter, node: Import | ImportFrom): Alias[] {
  if (node.type === "ImportFrom")
    return node.level === 0 && isKerasModule(rewriter, node.module) ? [] : [...node.names];
  return node.names.filter((alias) => !isKerasModule(rewriter, alias.name));
}

/** `try: from tensorflow.keras ... except ImportError: from keras ...` */
function onlyKerasImports(rewriter: Rewriter, node: Try): boolean {
  const blocks = [node.body, ...node.handlers.map((handler) => handler.body), node.orelse, node.finalbody];
  return blocks.every((block) =>
    block.every((statement) => {
      if (statement.type !== "Import" && statement.type !== "ImportFrom") return false;
      return keptNames(rewriter, statement).length === 0;
    }),
  );
}
