/** Metrics by name: the helper that computes them, by loss and output. */
import { EPOCH_METRICS } from "./epoch-metrics.ts";
import {
  isFloat,
  type MetricContext,
  type MetricEntry,
  type MetricForm,
  NAMED,
  numberOf,
  unusual,
} from "./metric.ts";

const binary = ({ dropped }: MetricContext): MetricForm => ({
  helper: dropped ? "binary_accuracy" : "threshold_accuracy",
  onLogits: true,
});

/** Of outputs as many as only the script knows: the output itself tells which it is. */
const either = (context: MetricContext): MetricForm | undefined => {
  if (!isFloat(context) || context.rank !== 1) return undefined;
  const keywords = context.dropped === "sigmoid" ? { keywords: { threshold: "0" } } : {};
  return { helper: "any_accuracy", onLogits: context.dropped === "sigmoid", ...keywords };
};

/** The same of classes that stand last, in sequences, or second, in maps. */
function ofClasses(helper: string, { rank, classesSecond }: MetricContext): MetricForm | undefined {
  if (rank < 2) return { helper, onLogits: true };
  if (classesSecond) return { helper: `${helper}_maps`, onLogits: true };
  return rank === 2
    ? { helper: `${helper}_sequence`, onLogits: true }
    : { helper, onLogits: true, rows: true };
}

/** A mean over all that a sample has. */
const mean = (names: string, helper: string): MetricEntry => ({
  names: names.split(" "),
  signature: NAMED,
  form: (context) => {
    if (isFloat(context)) return { helper };
    // The number of a class is compared with each output.
    return context.rank === 1 ? { helper, targets: ".unsqueeze(-1)" } : undefined;
  },
});

/** Something of the whole last axis. */
const ofRows = (helper: string): MetricEntry => ({
  names: [helper.replaceAll("_", "")],
  signature: `${NAMED}, axis=-1`,
  form: (context) => {
    if (context.options?.has("axis") && context.options.number("axis") !== -1) throw unusual(context, "axis");
    return isFloat(context) ? { helper, rows: true } : undefined;
  },
});

const topK =
  (helper: string, targets: "index" | "float") =>
  (context: MetricContext): MetricForm | undefined => {
    const k = numberOf(context, "k", 5);
    if (context.loss.targets !== targets) return undefined;
    return { helper, onLogits: true, rows: true, ...(k !== undefined && { keywords: { k } }) };
  };

const EQUAL =
  "an object of the class Accuracy asks whether outputs and targets are the same numbers, which probabilities rarely are: most likely 'accuracy' was meant";

export const METRICS: readonly MetricEntry[] = [
  {
    names: ["accuracy", "acc"],
    signature: NAMED,
    // One output is compared with a threshold, several by their largest, whatever the loss.
    form: (context) => {
      // An object of that class compares numbers.
      if (context.options) {
        if (!isFloat(context) && (context.rank !== 1 || context.units === undefined)) return undefined;
        return { helper: isFloat(context) ? "equal_values" : "equal_classes", note: EQUAL };
      }
      // Several classes, of a number that only the script knows, for a loss that takes no single one.
      const several = context.loss.classes && (context.dropped === "softmax" || !isFloat(context));
      if (context.units === undefined && !several) return either(context);
      if (context.units === 1) return binary(context);
      return ofClasses(isFloat(context) ? "categorical_accuracy" : "sparse_categorical_accuracy", context);
    },
  },
  {
    names: ["binaryaccuracy"],
    signature: `name=None, dtype=None, threshold=0.5`,
    form: (context) => {
      const threshold = numberOf(context, "threshold", 0.5);
      if (threshold !== undefined) return { helper: "accuracy_above", keywords: { threshold } };
      return context.dropped === "softmax" ? { helper: "threshold_accuracy" } : binary(context);
    },
  },
  {
    names: ["categoricalaccuracy"],
    signature: NAMED,
    form: (context) => (isFloat(context) ? ofClasses("categorical_accuracy", context) : undefined),
  },
  {
    names: ["sparsecategoricalaccuracy"],
    signature: NAMED,
    form: (context) => (isFloat(context) ? undefined : ofClasses("sparse_categorical_accuracy", context)),
  },
  {
    names: ["topkcategoricalaccuracy"],
    signature: `k=5, ${NAMED}`,
    form: topK("top_k_categorical_accuracy", "float"),
  },
  {
    names: ["sparsetopkcategoricalaccuracy"],
    signature: `k=5, ${NAMED}`,
    form: topK("sparse_top_k_categorical_accuracy", "index"),
  },
  mean("mae meanabsoluteerror", "mean_absolute_error"),
  mean("mse meansquarederror", "mean_squared_error"),
  mean("mape meanabsolutepercentageerror", "mean_absolute_percentage_error"),
  mean("msle meansquaredlogarithmicerror", "mean_squared_logarithmic_error"),
  ...["cosine_similarity", "pearson_correlation", "concordance_correlation"].map(ofRows),
  ...EPOCH_METRICS,
];

const byName = new Map(METRICS.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));

export function metricNamed(name: string): MetricEntry | undefined {
  return byName.get(name.toLowerCase().replaceAll("_", ""));
}
