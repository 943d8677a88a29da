/** Axes as Keras counts them, on tensors in either channel order. */
import type { Value } from "../../src/analysis/values.ts";
import type { LayerContext, Layout, Module } from "../layer.ts";
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
  if (layout === "frames" && axis > 1) return axis === rank ? 2 : axis + 1;
  return layout === "frames" ? axis : axis === rank ? 1 : axis + 1;
}

/** A permute that swaps two axes. */
export function swap(rank: number, a: number, b: number): { code: string; helper: string } {
  const dims = Array.from({ length: rank + 1 }, (_, i) => String(i === a ? b : i === b ? a : i));
  return { code: call("Permute", dims), helper: "Permute" };
}

/** Where each axis of a sample stands in the tensor, the batch first: 0 for the batch, 1 for the first axis. */
function order(rank: number, layout: Layout): number[] {
  const axes = Array.from({ length: rank }, (_, i) => i + 1);
  if (layout === "last") return [0, ...axes];
  const channels = axes.pop() as number;
  return layout === "first" ? [0, channels, ...axes] : [0, ...axes.slice(0, 1), channels, ...axes.slice(1)];
}

/** A permute from one channel order to another. */
export function turn(rank: number, from: Layout, to: Layout, note?: string): Module {
  const now = order(rank, from);
  const dims = order(rank, to).map((axis) => String(now.indexOf(axis)));
  return { code: call("Permute", dims), helper: "Permute", ...(note !== undefined && { note }) };
}
