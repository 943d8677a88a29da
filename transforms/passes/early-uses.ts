/** What is done with a model before its last layer is added: PyTorch's gets its weights, and a device, only then. */
import type { Model, ModelUse } from "../../src/analysis/model.ts";
import { Unsupported } from "../arguments.ts";

/** Uses that a model of some of its layers takes. */
const ANY_TIME = new Set([
  "add",
  "pop",
  "summary",
  "name",
  "input_shape",
  "output_shape",
  "layers",
  "get_layer",
  "layer name",
  "layer input_shape",
  "layer output_shape",
  "layer trainable",
  "layer set trainable",
]);

/** Whether a layer is added after a use. */
export function isEarly({ layers }: Model, { time }: ModelUse): boolean {
  return layers.some((layer) => layer.add !== undefined && layer.time > time);
}

/** Reports models that are used, and then get another layer. */
export function requireWhole(models: readonly Model[]): void {
  for (const model of models) {
    const early = model.uses.find((use) => !ANY_TIME.has(use.name) && isEarly(model, use));
    const name = early?.name.slice(early.name.lastIndexOf(" ") + 1);
    if (early)
      throw new Unsupported(
        early.node,
        `\`${name}\` of a model that another layer is added to later is not supported: its weights are there when the last one is`,
      );
  }
}
