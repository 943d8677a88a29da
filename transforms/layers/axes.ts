/** Axes as Keras counts them, on tensors in either channel order. */
import type { Value } from "../../src/analysis/values.ts";
import type { LayerContext, Layout } from "../layer.ts";
import { call } from "../python.ts";

/** Axes given as a number, list or tuple: from 1, the first after the batch; reported where not known. */
export function axesOf(context: LayerContext, name = "axis"): number[] {
  const { args, input } = context;
  const value = args.value(name);
  const elements: readonly Value[] =
    value.kind === "list" || value.kind === "tuple" ? value.elements : [value];
  return elements.map((element) => {
    if (element.kind !== "num" || element.value === undefined) throw args.unknown(name);
    const axis = element.value < 0 ? element.value + input.shape.length + 1 : element.value;
    if (axis < 1 || axis > input.shape.length) throw args.unknown(name);
    return axis;
  });
}

/** Where an axis of a sample stands in the tensor. */
export function torchAxis(axis: number, rank: number, layout: Layout): number {
  if (rank === 1 || layout === "last") return axis;
  return axis === rank ? 1 : axis + 1;
}

/** A permute that swaps two axes. */
export function swap(rank: number, a: number, b: number): { code: string; helper: string } {
  const dims = Array.from({ length: rank + 1 }, (_, i) => String(i === a ? b : i === b ? a : i));
  return { code: call("Permute", dims), helper: "Permute" };
}
