/** Attributes of models and layers that are values: names, shapes, and weights by their own names. */
import type { Attribute, Call, Expr, Node } from "../../grammars/nodes.ts";
import type { Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { Module } from "../layer.ts";
import type { Rewriter } from "../rewriter.ts";
import { hasWeights, readWeights } from "./array-weights.ts";

/** The place of a weight in `get_weights()` of the layers that have it. */
const PLACES: Readonly<Record<string, number>> = { kernel: 0, W: 0, embeddings: 0, bias: 1, b: 1 };

/** What a name or a shape is, as Python writes it; undefined where it is not known. */
export function literalOf(value: Value | undefined): string | undefined {
  switch (value?.kind) {
    case "str":
      return JSON.stringify(value.value);
    case "none":
      return "None";
    case "num":
      return value.value === undefined ? undefined : String(value.value);
    case "tuple": {
      const parts = value.elements.map(literalOf);
      if (parts.includes(undefined) || value.open) return undefined;
      return parts.length === 1 ? `(${parts[0]},)` : `(${parts.join(", ")})`;
    }
    default:
      return undefined;
  }
}

/** One weight of a layer as an array: `model.layers[0].kernel`, also with Theano's `get_value()`. */
export function emitWeight(
  rewriter: Rewriter,
  modules: readonly Module[],
  node: Attribute,
): { readonly node: Node; readonly text: string } {
  const at = PLACES[node.attr];
  const own = modules.filter(hasWeights);
  const [module] = own;
  const plain = module && (module.weights ?? []).every(({ form }) => form !== undefined);
  const several = (module?.weights?.length ?? 0) > 2;
  if (at === undefined || own.length !== 1 || !plain || several || (module.weights?.length ?? 0) <= at)
    throw new Unsupported(node, `\`${node.attr}\` of this layer is not supported yet`);
  readWeights(rewriter, modules, node);
  const text = `${rewriter.helper("get_weights")}(${rewriter.source(node.value)})[${at}]`;
  return { node: valueCall(node) ?? node, text };
}

/** `get_value()` of a Theano variable. */
function valueCall({ parent }: Expr): Call | undefined {
  const call = parent?.type === "Attribute" && parent.attr === "get_value" ? parent.parent : undefined;
  return call?.type === "Call" && call.args.length === 0 ? call : undefined;
}
