/** Layers that stand in tests for those that no Keras of today runs, or not on a CPU. */
import type { LayerCases } from "../layer.ts";
import { call } from "../python.ts";

/** Calls of a stand-in for a layer: `keras1` and `cudnn` are modules of `test/layers`. */
export function standIn(name: string): NonNullable<LayerCases["stand"]> {
  return (args) => {
    const given = Object.entries(args).filter(([, value]) => value !== "");
    return call(name, [], Object.fromEntries(given));
  };
}
