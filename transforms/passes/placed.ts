/** Where the modules of a model stand in it. */
import { blockOf, enclosingStatement } from "../../grammars/walk.ts";
import type { Module } from "../layer.ts";
import { type ModelPlan, modulesIn, type PlannedLayer } from "../plan.ts";

/** Whether the layer is added once, by a statement of the block that makes the model, or is in its list. */
function isInBlock(plan: ModelPlan, layer: PlannedLayer): boolean {
  if (!layer.use.add) return true;
  const assignment = enclosingStatement(plan.node);
  const add = enclosingStatement(layer.use.add);
  return assignment !== null && add !== null && blockOf(assignment).includes(add);
}

/** The first and the last module that have no one place, and how many modules there are. */
function looseEnds(plan: ModelPlan): { first: number; last: number; count: number } {
  const loose = plan.layers.flatMap((layer) => layer.modules.map(() => !isInBlock(plan, layer)));
  return { first: loose.indexOf(true), last: loose.lastIndexOf(true), count: loose.length };
}

/** What loops and conditionals add, with all between it, as a slice of the model. */
export function looseSlice(plan: ModelPlan): string {
  const { first, last, count } = looseEnds(plan);
  return `${first || ""}:${last + 1 - count || ""}`;
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
  const { first, last, count } = looseEnds(plan);
  return modulesIn(plan).flatMap((module, i): Placed[] => {
    // What stands after a loop is counted from the end.
    const index = first < 0 || i < first ? i : i > last ? i - count : undefined;
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
