/**
 * What Keras's layers do with a mask: steps of a sequence that later layers skip. `Embedding` with
 * `mask_zero` and `Masking` make one.
 */

import type { Node } from "../grammars/nodes.ts";
import { Unsupported } from "./arguments.ts";
import type { Emission, LayerContext, LayerEntry } from "./layer.ts";
import { lossUses } from "./passes/training-calls.ts";
import type { ModelPlan } from "./plan.ts";
import type { Rewriter } from "./rewriter.ts";

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
  ParametricSoftplus: "passes",
  ReLU: "passes",
  SReLU: "passes",
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

/**
 * Axes of one of a model's outputs, as its loss sees them: Keras leaves masked steps out of losses
 * and metrics, and those that are left are vectors.
 */
export function lossRank({ output, keeps }: ModelPlan): number {
  const rank = output?.shape.length ?? 0;
  return keeps === undefined ? rank : rank - 1;
}

/** The function that tells which steps count, where all models that are trained leave some out. */
export function setKeptSteps(rewriter: Rewriter, plans: readonly ModelPlan[]): void {
  const trained = plans.filter((plan) => lossUses(plan).length > 0);
  const masked = trained.filter((plan) => plan.keeps !== undefined);
  rewriter.switches.set("MASKED_OUTPUTS", masked.length > 0);
  if (masked.length === 0) return;
  const keeps = new Set(masked.map((plan) => plan.keeps));
  const report = (reason: string): never => {
    throw new Unsupported(masked[0]?.node as Node, reason);
  };
  if (keeps.has(""))
    report("which steps of its outputs are masked is not known here, which its loss leaves out");
  if (keeps.size > 1 || masked.length < trained.length)
    report("models with other masked steps, or none, beside this one are not supported yet");
  const [kept] = keeps as Set<string>;
  const measures = masked.some(({ compiles }) =>
    [...compiles.values()].some(({ lossForm }) => lossForm.measure !== undefined),
  );
  if (measures || rewriter.switches.get("BATCH_METRICS") || rewriter.switches.get("RUNNING_METRICS"))
    report("a loss or metric of the script's own over masked steps is not supported yet");
  if (rewriter.switches.get("WEIGHTS")) report("weights of samples with masked steps are not supported yet");
  rewriter.addBody("kept_steps", {
    doc: "The steps that count: the others are masked.",
    lines: [`return ${kept}`],
  });
}
