/** Tensors of models that branch, as the analysis names them. */
import type { Expr, Node, Stmt } from "../../grammars/nodes.ts";
import { enclosingStatement, isWithin } from "../../grammars/walk.ts";
import { alternatives, type KerasTensor, sameTensor, type Value } from "../../src/analysis/values.ts";
import type { ModelPlan, PlannedGraph } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";

/** Whether a tensor is what another model takes, on which this one is built. */
export function isInputOfModel({ layer, from }: KerasTensor): boolean {
  return layer.kind === "model" && from.length === 0;
}

/** Whether it is what that model gives: nothing calls it. */
export function isOutputOfModel({ layer, made }: KerasTensor): boolean {
  return layer.kind === "model" && made === layer.model.node;
}

/** What a value may be, and what is in it where it is a list. */
export function valuesIn(value: Value | undefined): Value[] {
  return alternatives(value ?? { kind: "none" }).flatMap((one) =>
    one.kind === "list" || one.kind === "tuple" ? one.elements : [one],
  );
}

/** Whether an expression is a tensor of the model, or one that is made from such. */
export function tensorKind(
  rewriter: Rewriter,
  node: Expr,
  tensors: readonly KerasTensor[],
): "own" | "other" | undefined {
  for (const value of valuesIn(rewriter.program.valueOf(node))) {
    if (
      value.kind === "object" &&
      tensors.some(({ layer }) => layer === value && value.construct.givesTensor)
    )
      return "own";
    if (value.kind === "layer-tensor" && tensors.some((one) => isTensorOf(one, value))) return "own";
    if (value.kind !== "keras-tensor") continue;
    if (tensors.some((tensor) => sameTensor(tensor, value, new Map()))) return "own";
    if (madeFrom(value, tensors)) return "other";
  }
  return undefined;
}

/** Whether a tensor is the input or output that is read from a model: `base.output`. */
export function isTensorOf(tensor: KerasTensor, value: Value): boolean {
  if (value.kind !== "layer-tensor" || tensor.layer.kind !== "model") return false;
  const reads = value.end === 0 ? isInputOfModel(tensor) : isOutputOfModel(tensor) && !isInputOfModel(tensor);
  return reads && tensor.layer.model === value.model;
}

function madeFrom(value: KerasTensor, tensors: readonly KerasTensor[]): boolean {
  return value.from.some(
    (one) => tensors.some((tensor) => sameTensor(tensor, one, new Map())) || madeFrom(one, tensors),
  );
}

/** Whether a node goes with a model that is built on this one. */
export function isInGraph(rewriter: Rewriter, plan: ModelPlan, node: Node): boolean {
  return [...rewriter.plans.values()].some(({ graph, node: made }) => {
    if (!graph || !isBuiltOn(graph, plan)) return false;
    const statement = enclosingStatement(node);
    const aliases = statement?.type === "Assign" && statement.value === node;
    return isWithin(node, made) || aliases || spansOf(graph).some((span) => isWithin(node, span));
  });
}

function isBuiltOn({ inputs }: PlannedGraph, plan: ModelPlan): boolean {
  return inputs.some(({ tensor: { layer } }) => layer.kind === "model" && plan.models.includes(layer.model));
}

function spansOf({ steps }: PlannedGraph): Stmt[] {
  return steps.flatMap(({ tensor }) =>
    isOutputOfModel(tensor) ? [] : (enclosingStatement(tensor.made) ?? []),
  );
}
