/**
 * What Keras's layers do with a mask: steps of a sequence that later layers skip. `Embedding` with
 * `mask_zero` and `Masking` make one.
 */
import { Unsupported } from "./arguments.ts";
import type { Emission, LayerContext, LayerEntry } from "./layer.ts";

export type MaskRule =
  /** Works step by step: the mask goes on. */
  | "passes"
  /** Does not know of it: the mask ends here. */
  | "stops"
  /** Skips the steps; its emission says whether the mask goes on. */
  | "takes";

/** Layers that are not here are reported where a mask reaches them. */
const RULES: Readonly<Record<string, MaskRule>> = {
  Activation: "passes",
  ActivityRegularization: "passes",
  AlphaDropout: "passes",
  Dense: "passes",
  Dropout: "passes",
  ELU: "passes",
  GaussianDropout: "passes",
  GaussianNoise: "passes",
  LayerNormalization: "passes",
  LeakyReLU: "passes",
  ReLU: "passes",
  SpatialDropout1D: "passes",
  Conv1D: "stops",
  Flatten: "stops",
  GlobalMaxPooling1D: "stops",
  Bidirectional: "takes",
  GRU: "takes",
  GlobalAveragePooling1D: "takes",
  LSTM: "takes",
  Masking: "takes",
  SimpleRNN: "takes",
  TimeDistributed: "takes",
};

/** Whether what a layer gives has a mask; reported where that is not known. */
export function masksOutput(entry: LayerEntry, context: LayerContext, emission: Emission): boolean {
  if (emission.masked !== undefined) return emission.masked;
  if (!context.masked) return false;
  const rule = RULES[entry.names[0] ?? ""];
  if (rule === "passes" || rule === "stops") return rule === "passes";
  throw new Unsupported(
    context.node,
    `what \`${entry.names[0]}\` does with masked steps is not supported yet`,
    "An `Embedding` with `mask_zero=True` or a `Masking` layer before it makes the mask.",
  );
}

/** A mask at the end of a model: Keras leaves the masked steps out of the loss and the metrics. */
export function reportMaskedOutput(node: LayerContext["node"]): never {
  throw new Unsupported(
    node,
    "outputs for every step of masked sequences are not supported yet: Keras leaves the masked steps out of the loss",
  );
}
