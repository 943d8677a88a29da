/** Metrics by name: the helper that computes them, by loss and output. */
import type { Node } from "../grammars/nodes.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import type { LastActivation, LossEntry } from "./losses.ts";

export interface MetricContext {
  readonly at: Node;
  readonly loss: LossEntry;
  /** Options of a metric object; undefined for a name or function. */
  readonly options: Arguments | undefined;
  /** Size of the output's last axis; undefined where it is not known. */
  readonly units: number | undefined;
  /** The activation that was left out of the model: the outputs are its logits. */
  readonly dropped: LastActivation | undefined;
  /** Number of axes besides the batch. */
  readonly rank: number;
  /** Classes stand second: maps in PyTorch's order. */
  readonly classesSecond: boolean;
}

export interface MetricForm {
  readonly helper: string;
  readonly keywords?: Readonly<Record<string, string>>;
  /** Whether it means the same on logits as on probabilities. */
  readonly onLogits?: boolean;
  /** A number of all samples of an epoch, not a mean over samples. */
  readonly epoch?: boolean;
  /** What of outputs and targets it is computed from, such as `[:, 1]`. */
  readonly part?: string;
}

export interface MetricEntry {
  /** In lower case without underscores. */
  readonly names: readonly string[];
  readonly signature: string;
  /** Objects are numbered: `auc`, `auc_1`. */
  readonly numbered?: boolean;
  /** Undefined where the meaning cannot be told. */
  readonly form: (context: MetricContext) => MetricForm | undefined;
}

const NAMED = "name=None, dtype=None";

const binary = ({ dropped }: MetricContext): MetricForm => ({
  helper: dropped ? "binary_accuracy" : "threshold_accuracy",
  onLogits: true,
});

/** The same of classes that stand last, in sequences, or second, in maps. */
function ofClasses(helper: string, { rank, classesSecond }: MetricContext): MetricForm | undefined {
  if (rank < 2) return { helper, onLogits: true };
  if (classesSecond) return { helper: `${helper}_maps`, onLogits: true };
  return rank === 2 ? { helper: `${helper}_sequence`, onLogits: true } : undefined;
}

const isFloat = ({ loss }: MetricContext) => loss.targets === "float";

/** A mean over all that a sample has. */
const mean = (names: string, helper: string): MetricEntry => ({
  names: names.split(" "),
  signature: NAMED,
  form: (context) => (isFloat(context) ? { helper } : undefined),
});

function numberOf({ options, at }: MetricContext, name: string, fallback: number): string | undefined {
  const value = options?.value(name);
  if (!options || value?.kind === "none" || (value?.kind === "num" && value.value === fallback))
    return undefined;
  if (value?.kind === "num") return options.text(name);
  throw new Unsupported(options.argument(name) ?? at, `this \`${name}\` of a metric is not supported yet`);
}

const topK =
  (helper: string, targets: "index" | "float") =>
  (context: MetricContext): MetricForm | undefined => {
    const k = numberOf(context, "k", 5);
    if (context.loss.targets !== targets || context.rank !== 1) return undefined;
    return { helper, onLogits: true, ...(k !== undefined && { keywords: { k } }) };
  };

const THRESHOLDS = `thresholds=None, top_k=None, class_id=None, ${NAMED}`;

/** What counts true and false ones over an epoch. */
const counting = (name: string, signature: string): MetricEntry => ({
  names: [name.replaceAll("_", "")],
  signature,
  numbered: true,
  form: (context) => {
    const threshold = numberOf(context, "thresholds", 0.5);
    const one = context.options?.has("class_id") ? numberOf(context, "class_id", Number.NaN) : undefined;
    if (!isFloat(context) || (one !== undefined && context.rank !== 1)) return undefined;
    return {
      helper: name,
      epoch: true,
      ...(threshold !== undefined && { keywords: { threshold } }),
      ...(one !== undefined && { part: `[:, ${one}]` }),
    };
  },
});

export const METRICS: readonly MetricEntry[] = [
  {
    names: ["accuracy", "acc"],
    signature: NAMED,
    // One output is compared with a threshold, several by their largest, whatever the loss.
    form: (context) => {
      // An object of that class compares numbers.
      if (context.options) return undefined;
      // Several classes, of a number that only the script knows, for a loss that takes no single one.
      const several = context.loss.classes && (context.dropped === "softmax" || !isFloat(context));
      if (context.units === undefined && !several) return undefined;
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
  {
    ...mean("cosinesimilarity", "cosine_similarity"),
    signature: `${NAMED}, axis=-1`,
    form: (context) => (isFloat(context) && context.rank === 1 ? { helper: "cosine_similarity" } : undefined),
  },
  {
    names: ["rootmeansquarederror"],
    signature: NAMED,
    form: (context) => (isFloat(context) ? { helper: "root_mean_squared_error", epoch: true } : undefined),
  },
  {
    names: ["r2score"],
    signature: `class_aggregation='uniform_average', num_regressors=0, ${NAMED}`,
    form: (context) =>
      isFloat(context) && context.rank === 1 ? { helper: "r2_score", epoch: true } : undefined,
  },
  {
    names: ["auc"],
    signature: `num_thresholds=200, curve='ROC', summation_method='interpolation', ${NAMED}, thresholds=None, multi_label=False, num_labels=None, label_weights=None, from_logits=False`,
    numbered: true,
    form: (context) => {
      const thresholds = numberOf(context, "num_thresholds", 200);
      if (!isFloat(context)) return undefined;
      return {
        helper: "auc",
        epoch: true,
        ...(thresholds !== undefined && { keywords: { num_thresholds: thresholds } }),
      };
    },
  },
  counting("precision", THRESHOLDS),
  counting("recall", THRESHOLDS),
  counting("true_positives", `thresholds=None, ${NAMED}`),
  counting("true_negatives", `thresholds=None, ${NAMED}`),
  counting("false_positives", `thresholds=None, ${NAMED}`),
  counting("false_negatives", `thresholds=None, ${NAMED}`),
];

const byName = new Map(METRICS.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));

export function metricNamed(name: string): MetricEntry | undefined {
  return byName.get(name.toLowerCase().replaceAll("_", ""));
}
