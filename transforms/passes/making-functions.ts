/** Initializers that are functions of the script: they make weights of a shape. */
import type { Node } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import type { FunctionValue } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";
import { translateShapeFunction } from "./tensor-functions.ts";

/** Rewrites what a function of a shape calls, which makes initial weights; whether it gives a tensor. */
export function translateMaker(rewriter: Rewriter, value: FunctionValue): boolean {
  if (!usesKeras(rewriter, value.node)) return false; // a shape is a tuple here as there
  for (const { default: given } of value.node.params) {
    if (!given || !rewriter.isKeras(given)) continue;
    const known = rewriter.program.valueOf(given);
    if (known?.kind !== "ref" || !known.path.endsWith(".float32"))
      throw new Unsupported(given, "weights of another data type are not supported");
    if (!rewriter.edits.covers(given.start, given.end))
      rewriter.edits.replace(given.start, given.end, rewriter.use("torch.float32"), "tensors");
  }
  return translateShapeFunction(rewriter, value);
}

function usesKeras(rewriter: Rewriter, node: Node): boolean {
  let found = false;
  walk(node, (one) => {
    found ||= (one.type === "Name" || one.type === "Attribute") && rewriter.isKeras(one);
    return !found;
  });
  return found;
}
