/** The order that Keras keeps the layers of a functional model in. */
import type { KerasTensor } from "./values.ts";

/**
 * One tensor for each layer, what its first call gives: by how far they are from the output at most, and those as
 * far in the order in which a walk from the output meets them.
 */
export function keptInOrder(output: KerasTensor): KerasTensor[] {
  const met = new Map<unknown, number>();
  const finished: KerasTensor[] = [];
  const visit = (tensor: KerasTensor): void => {
    if (finished.includes(tensor)) return;
    if (!met.has(keyOf(tensor))) met.set(keyOf(tensor), met.size);
    tensor.from.forEach(visit);
    finished.push(tensor);
  };
  visit(output);
  const depths = new Map<KerasTensor, number>();
  const ofLayers = new Map<unknown, number>();
  for (const tensor of [...finished].reverse()) {
    const key = keyOf(tensor);
    const depth = Math.max(depths.get(tensor) ?? 0, ofLayers.get(key) ?? 0);
    ofLayers.set(key, depth);
    depths.set(tensor, depth);
    for (const one of tensor.from) depths.set(one, Math.max(depth + 1, depths.get(one) ?? 0));
  }
  const first = new Map<unknown, KerasTensor>();
  for (const tensor of [...finished].sort((a, b) => a.time - b.time))
    if (!first.has(keyOf(tensor))) first.set(keyOf(tensor), tensor);
  return [...first.values()].sort((a, b) => {
    const [x, y] = [keyOf(a), keyOf(b)];
    return (ofLayers.get(y) ?? 0) - (ofLayers.get(x) ?? 0) || (met.get(x) ?? 0) - (met.get(y) ?? 0);
  });
}

/** What is one layer, however often it is called. */
export function keyOf({ layer, from }: KerasTensor): unknown {
  if (layer.kind === "object") return layer;
  return from.length > 0 ? layer.model : layer;
}
