/** Metrics by name: the helper that computes them, by loss and output. */
import type { LastActivation, LossEntry } from "./losses.ts";

export interface MetricContext {
  readonly loss: LossEntry;
  /** Size of the output's last axis; undefined where it is not known. */
  readonly units: number | undefined;
  /** The activation that was left out of the model: the outputs are its logits. */
  readonly dropped: LastActivation | undefined;
  /** Outputs are sequences (N, T, C): the mean over the steps counts. */
  readonly sequence: boolean;
}

export interface MetricEntry {
  /** In lower case without underscores. */
  readonly names: readonly string[];
  /** The helper function; undefined where the meaning cannot be told. */
  readonly helper: (context: MetricContext) => string | undefined;
  /** Whether it means the same on logits as on probabilities. */
  readonly onLogits: boolean;
}

const binary = ({ dropped }: MetricContext) => (dropped ? "binary_accuracy" : "threshold_accuracy");

export const METRICS: readonly MetricEntry[] = [
  {
    names: ["accuracy", "acc"],
    onLogits: true,
    // One output is compared with a threshold, several by their largest, whatever the loss.
    helper: (context) => {
      // Several classes, of a number that only the script knows, for a loss that takes no single one.
      if (context.units === undefined && (!context.loss.classes || context.dropped !== "softmax"))
        return undefined;
      if (context.units === 1) return binary(context);
      const sparse = context.loss.targets === "index";
      if (context.sequence)
        return sparse ? "sparse_categorical_accuracy_sequence" : "categorical_accuracy_sequence";
      return sparse ? "sparse_categorical_accuracy" : "categorical_accuracy";
    },
  },
  {
    names: ["binaryaccuracy"],
    onLogits: true,
    helper: (context) => (context.dropped === "softmax" ? undefined : binary(context)),
  },
  {
    names: ["categoricalaccuracy"],
    onLogits: true,
    helper: ({ loss, sequence }) =>
      loss.targets === "float" && !sequence ? "categorical_accuracy" : undefined,
  },
  {
    names: ["sparsecategoricalaccuracy"],
    onLogits: true,
    helper: ({ loss, sequence }) =>
      loss.targets === "index" && !sequence ? "sparse_categorical_accuracy" : undefined,
  },
  {
    names: ["mae", "meanabsoluteerror"],
    onLogits: false,
    helper: ({ loss }) => (loss.targets === "float" ? "mean_absolute_error" : undefined),
  },
  {
    names: ["mse", "meansquarederror"],
    onLogits: false,
    helper: ({ loss }) => (loss.targets === "float" ? "mean_squared_error" : undefined),
  },
];

const byName = new Map(METRICS.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));

export function metricNamed(name: string): MetricEntry | undefined {
  return byName.get(name.toLowerCase().replaceAll("_", ""));
}
