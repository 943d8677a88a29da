/** Layers that turn what a model is given into its inputs, before anything is a tensor. */
import type { LayerUse } from "../../src/analysis/model.ts";
import { same } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";
import { argumentsOf, entryOf } from "./channel-order.ts";

/** The layer that texts go through before the first module, where there is one. */
export function preparing(uses: readonly LayerUse[]): LayerUse | undefined {
  const at = uses.findIndex((use) => entryOf(use)?.prepares);
  const use = uses[at];
  if (!use) return undefined;
  const others = uses.slice(0, at).some((one) => !entryOf(one)?.names.includes("Input"));
  if (others || uses.slice(at + 1).some((one) => entryOf(one)?.prepares))
    throw new Unsupported(use.expr, "only the first layer of a model can take texts");
  return use;
}

/** The name of such a layer, by which the functions around the model reach it. */
export function preparedBy(rewriter: Rewriter, uses: readonly LayerUse[]): string | undefined {
  const use = preparing(uses);
  if (!use) return undefined;
  const { expr, layer } = use;
  if (layer?.kind === "object") entryOf(use)?.prepares?.(argumentsOf(rewriter, layer));
  const global = expr.type === "Name" ? rewriter.program.machine.scope.values.get(expr.id) : undefined;
  if (!global || !layer || !same(global, layer))
    throw new Unsupported(
      expr,
      "texts are no tensors: a layer that takes them has to have a name at module level",
      "Call it on the texts before they go into the model.",
    );
  return rewriter.source(expr);
}
