/** Models as layers of other models. */
import type { Expr } from "../../grammars/nodes.ts";
import type { LayerUse, TensorType } from "../../src/analysis/model.ts";
import type { Value } from "../../src/analysis/values.ts";
import { FollowsOn, Unsupported } from "../arguments.ts";
import type { Layout, Module, NestedModel } from "../layer.ts";
import { turn } from "../layers/axes.ts";
import type { Rewriter } from "../rewriter.ts";

/** A model as a layer of another. */
export function nested(
  rewriter: Rewriter,
  use: LayerUse & { input: TensorType; masked: boolean },
  layout: Layout,
): { modules: Module[]; layout: Layout; masked: boolean } {
  const inner = use.layer?.kind === "model" ? rewriter.plans.get(use.layer.model.node) : undefined;
  if (inner?.keeps !== undefined)
    throw new Unsupported(use.expr, "a model that gives masked steps inside another is not supported yet");
  if (use.masked) throw new Unsupported(use.expr, "a model that gets masked steps is not supported yet");
  const rank = use.input.shape.length;
  const made = nestedModel(rewriter, use.layer, use.expr, use.input);
  const before = rank > 1 && made.inputLayout !== layout ? [turn(rank, layout, made.inputLayout)] : [];
  return { modules: [...before, made.module], layout: made.outputLayout, masked: false };
}

/** A model inside another: it stands there as it is, by its name or where it is made. */
export function nestedModel(
  rewriter: Rewriter,
  layer: Value | undefined,
  expr: Expr,
  input: TensorType,
): NestedModel {
  const model = layer?.kind === "model" ? layer.model : undefined;
  const plan = model && rewriter.plans.get(model.node);
  if (model && !plan) throw new FollowsOn(expr, "this model inside a model is not known here");
  if (!model || !plan) throw new Unsupported(expr, "this model inside a model is not known here");
  if (expr === model.node) plan.inline = true;
  if (
    !sameShape(
      plan.input.shape.map((dim, i) => dim ?? input.shape[i]),
      input.shape,
    )
  )
    throw new Unsupported(expr, "this model is made for an input of another shape");
  const module: Module = { code: "", nested: { plan, expr } };
  return { module, inputLayout: plan.inputLayout, outputLayout: plan.outputLayout };
}

export function sameShape(a: TensorType["shape"], b: TensorType["shape"]): boolean {
  return a.length === b.length && a.every((dim, i) => dim?.value === b[i]?.value);
}
