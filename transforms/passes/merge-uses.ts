/** Calls that build the same model in several ways: one plan for what they share. */
import { isWithin } from "../../grammars/walk.ts";
import { joinTypes } from "../../src/analysis/machine.ts";
import type { LayerUse, Model, TensorType } from "../../src/analysis/model.ts";
import { isCurrent } from "../../src/analysis/symbolic.ts";
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
  return {
    ...a,
    layer: mergeLayer(a.layer, b.layer),
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

function mergeLayer(a: LayerUse["layer"], b: LayerUse["layer"]): LayerUse["layer"] {
  if (a?.kind !== "object" || b?.kind !== "object") return a === b || a?.kind === b?.kind ? a : undefined;
  return a.node === b.node ? { ...a, args: joinArguments([a.args, b.args]) } : undefined;
}
