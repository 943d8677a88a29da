/** Where the modules of a model stand in it. */
import { blockOf, enclosingStatement } from "../../grammars/walk.ts";
import type { Module } from "../layer.ts";
import type { ModelPlan, PlannedLayer } from "../plan.ts";

/** Whether the layer is added once, by a statement of the block that makes the model, or is in its list. */
function isInBlock(plan: ModelPlan, layer: PlannedLayer): boolean {
  if (!layer.use.add) return true;
  const assignment = enclosingStatement(plan.node);
  const add = enclosingStatement(layer.use.add);
  return assignment !== null && add !== null && blockOf(assignment).includes(add);
}

export interface Placed {
  readonly module: Module;
  /** An expression for it; undefined for what a loop or conditional adds, which has no one place. */
  readonly path: string | undefined;
  /** Whether it is made with this model, not with one that is a layer of it. */
  readonly own: boolean;
}

/** Every module that the model holds, also inside models that are its layers. */
export function placed(plan: ModelPlan, target: string): Placed[] {
  const modules = plan.layers.flatMap((layer) => layer.modules.map((module) => ({ module, layer })));
  const loose = modules.map(({ layer }) => !isInBlock(plan, layer));
  const [first, last] = [loose.indexOf(true), loose.lastIndexOf(true)];
  return modules.flatMap(({ module }, i): Placed[] => {
    // What stands after a loop is counted from the end.
    const index = first < 0 || i < first ? i : i > last ? i - modules.length : undefined;
    const path = index === undefined ? undefined : pathOf(plan, target, index);
    if (!module.nested) return [{ module, path, own: true }];
    const { plan: inner } = module.nested;
    return placed(inner, module.helper ? `${path}.module` : (path ?? "")).map((one) => ({
      ...one,
      path: path === undefined ? undefined : one.path,
      own: one.own && inner.inline,
    }));
  });
}

/** An expression for a module of the model, by its place among all of them. */
export function pathOf(plan: ModelPlan, target: string, index: number): string {
  if (!plan.graph) return `${target}[${index}]`;
  let before = 0;
  for (const layer of plan.layers) {
    const { length } = layer.modules;
    if (index < before + length) {
      const member = `${target}.${plan.graph.members.get(layer)}`;
      return length === 1 ? member : `${member}[${index - before}]`;
    }
    before += length;
  }
  return target;
}
