/**
 * Layers that have a name before they are added: `out = Dense(1)`, `model.add(out)`. The module is
 * written where the layer is added, and the name goes.
 */
import type { Node } from "../../grammars/nodes.ts";
import { blockOf, enclosingStatement, isTarget, walk } from "../../grammars/walk.ts";
import { alternatives, type KerasObject } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { ModelPlan, PlannedLayer } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";

/** Reported where one layer object stands in two places: they would share their weights. */
export function checkShared(rewriter: Rewriter, plan: ModelPlan): void {
  const places = new Map<KerasObject, Node>();
  for (const model of rewriter.program.models) {
    for (const { layer, expr } of model.layers) {
      // The input of functional models is data, no layer with weights.
      if (layer?.kind !== "object" || layer.construct.givesTensor || layer.construct.stands) continue;
      for (const one of withInner(layer)) {
        if (places.has(one) && plan.models.includes(model))
          throw new Unsupported(
            expr,
            "a layer that is used twice shares its weights, which is not supported yet",
          );
        places.set(one, expr);
      }
    }
  }
}

/** A layer and those in its arguments; a `Bidirectional` makes its own of what it is given. */
function withInner(layer: KerasObject): KerasObject[] {
  // The tensors that a function merges are no layers of it.
  if (layer.construct.path === "keras.layers.Bidirectional" || layer.construct.merges) return [layer];
  const inner = [...layer.args.given.values()].flatMap(({ value }) =>
    value.kind === "list" || value.kind === "tuple" ? value.elements : [value],
  );
  return [
    layer,
    ...inner.flatMap((one) =>
      one.kind === "object" && one.construct.kind === "layer" ? withInner(one) : [],
    ),
  ];
}

/** Removes the names of layers that are only added, or only asked for their weights later. */
export function removeLayerVariables(rewriter: Rewriter, plan: ModelPlan): void {
  for (const planned of plan.layers) {
    const { layer } = planned.use;
    if (layer?.kind !== "object" || layer.construct.stands) continue;
    const statement = enclosingStatement(layer.node);
    if (statement?.type !== "Assign" || statement.value !== layer.node || statement.targets.length !== 1)
      continue;
    const [target] = statement.targets;
    if (target?.type !== "Name") continue;
    const others = otherUses(rewriter, plan, layer, target);
    if (!others.every((node) => isRead(plan, node))) continue;
    const added = enclosingStatement(planned.use.add ?? plan.node);
    const block = blockOf(statement);
    if (!added || !block.includes(added) || rebound(rewriter, planned, layer, plan.node)) continue;
    if (others.length > 0) plan.kept.set(target.id, planned);
    rewriter.removeStatement(statement, "model");
  }
}

/** Where the layer is meant by its name, but for where it is added. */
function otherUses(
  rewriter: Rewriter,
  plan: ModelPlan,
  layer: KerasObject,
  target: Extract<Node, { type: "Name" }>,
): Node[] {
  const found: Node[] = [];
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Name" || node.id !== target.id || node === target) return;
    const value = rewriter.program.valueOf(node);
    const means =
      value && alternatives(value).some((one) => one.kind === "object" && one.node === layer.node);
    if (means && !plan.layers.some(({ use }) => use.expr === node || isElement(plan, node))) found.push(node);
  });
  return found;
}

/** Whether its weights are read or set, after the whole model stands. */
function isRead(plan: ModelPlan, node: Node): boolean {
  const { parent } = node;
  const last = plan.layers.at(-1)?.use.add ?? plan.node;
  return (
    node.start > last.end &&
    parent?.type === "Attribute" &&
    (parent.attr === "get_weights" || parent.attr === "set_weights")
  );
}

/** Whether it is an element of the list that the model is made from. */
function isElement(plan: ModelPlan, node: Node): boolean {
  const display = node.parent;
  return (
    (display?.type === "List" || display?.type === "Tuple") &&
    plan.node.args.some((argument) => argument.value === display)
  );
}

/** Whether a name in the layer's arguments is bound again before the layer is added. */
export function rebound(rewriter: Rewriter, planned: PlannedLayer, layer: KerasObject, from: Node): boolean {
  const names = new Set<string>();
  for (const { value } of layer.node.args)
    walk(value, (node) => {
      if (node.type === "Name") names.add(node.id);
    });
  const until = (planned.use.add ?? from).start;
  let found = false;
  walk(rewriter.program.module, (node) => {
    const between = node.start >= layer.node.end && node.end <= until;
    if (between && node.type === "Name" && names.has(node.id) && isTarget(node)) found = true;
  });
  return found;
}
