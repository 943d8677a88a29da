/** Calls that build the same model in several ways: one plan for what they share. */
import { isWithin } from "../../grammars/walk.ts";
import { joinTypes } from "../../src/analysis/machine.ts";
import type { LayerUse, Model, TensorType } from "../../src/analysis/model.ts";
import { isCurrent } from "../../src/analysis/symbolic.ts";
import type { KerasObject } from "../../src/analysis/values.ts";
import { joinArguments, Unsupported } from "../arguments.ts";

/** The layers of several models that the same code makes: what differs between them is unknown. */
export function mergeUses(models: readonly Model[]): LayerUse[] {
  const [first, ...rest] = models.map(onceEach) as [LayerUse[], ...LayerUse[][]];
  return first.map((use, i) => {
    let merged = use;
    for (const layers of rest) {
      const other = layers[i];
      if (layers.length !== first.length || other?.expr !== use.expr) {
        throw new Unsupported(
          (models[0] as Model).node,
          "this code makes models with different layers from call to call",
        );
      }
      merged = mergeUse(merged, other);
    }
    return merged;
  });
}

/** A loop reaches one `add` several times; it is written once. */
function onceEach(model: Model): LayerUse[] {
  const found = new Map<unknown, LayerUse>();
  for (const use of model.layers) {
    const { add, expr } = use;
    const key = add && isWithin(expr, add) ? add : use;
    const before = found.get(key);
    found.set(key, before ? mergeUse(before, use) : use);
  }
  return [...found.values()];
}

function mergeUse(a: LayerUse, b: LayerUse): LayerUse {
  const choices = mergeChoices(a, b);
  return {
    ...a,
    layer: choices?.[0] ?? mergeLayer(a.layer, b.layer),
    ...(choices && { choices }),
    time: b.time,
    input: joinedType(a, b, "input"),
    output: joinedType(a, b, "output"),
  };
}

/** What is common to both; a size that each can be written by the same names, which loops bind anew, is written so. */
function joinedType(a: LayerUse, b: LayerUse, end: "input" | "output"): TensorType | undefined {
  const [before, after] = [a[end], b[end]];
  const joined = joinTypes(before, after);
  return (
    joined && {
      ...joined,
      shape: joined.shape.map((dim, i) => {
        const [first, last] = [before?.shape[i]?.sym, after?.shape[i]?.sym];
        if (!dim?.sym || !first || !last) return dim;
        const sym = isCurrent(first, a.time) && isCurrent(last, b.time) ? last : undefined;
        return sym || dim.value !== undefined ? { ...dim, sym } : undefined;
      }),
    }
  );
}

/** One call that makes layers of several classes, over the times that it was reached. */
function mergeChoices(a: LayerUse, b: LayerUse): readonly KerasObject[] | undefined {
  const all = [a, b].flatMap(({ layer, choices }) => choices ?? (layer?.kind === "object" ? [layer] : []));
  const [first] = all;
  if (!first || all.some(({ node }) => node !== first.node)) return undefined;
  const classes = new Map<string, KerasObject[]>();
  for (const one of all) classes.set(one.construct.path, [...(classes.get(one.construct.path) ?? []), one]);
  if (classes.size === 1) return undefined;
  return [...classes.values()].map((layers) => ({
    ...(layers[0] as KerasObject),
    args: joinArguments(layers.map(({ args }) => args)),
  }));
}

function mergeLayer(a: LayerUse["layer"], b: LayerUse["layer"]): LayerUse["layer"] {
  if (a?.kind !== "object" || b?.kind !== "object") return a === b || a?.kind === b?.kind ? a : undefined;
  return a.node === b.node ? { ...a, args: joinArguments([a.args, b.args]) } : undefined;
}
