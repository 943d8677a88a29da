/** Annotations of models and layers: PyTorch's classes take their places. */
import type { Node } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import type { Rewriter } from "../rewriter.ts";

/** What an object of these classes is after the conversion. */
const CLASSES: Readonly<Record<string, string>> = {
  "keras.models.Sequential": "nn.Sequential",
  "keras.models.Model": "nn.Module",
};

export function rewriteAnnotations(rewriter: Rewriter): void {
  if (rewriter.left.size > 0) return;
  const { program } = rewriter;
  walk(program.module, (node) => {
    for (const annotation of annotationsOf(node)) {
      walk(annotation, (one) => {
        if (one.type !== "Name" && one.type !== "Attribute") return true;
        const value = program.valueOf(one);
        const name = value?.kind === "ref" ? CLASSES[program.registry.canonical(value.path)] : undefined;
        if (!name) return true;
        rewriter.edits.replace(one.start, one.end, rewriter.use(name), "model-use");
        return false;
      });
    }
    return true;
  });
}

function annotationsOf(node: Node): Node[] {
  if (node.type === "AnnAssign") return [node.annotation];
  if (node.type === "Parameter") return node.annotation ? [node.annotation] : [];
  return node.type === "FunctionDef" && node.returns ? [node.returns] : [];
}
