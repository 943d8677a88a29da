/** Metrics that are numbers of all samples of an epoch, not means over samples. */
import { Unsupported } from "./arguments.ts";
import {
  isFloat,
  type MetricContext,
  type MetricEntry,
  type MetricForm,
  NAMED,
  numberOf,
  unusual,
} from "./metric.ts";

const CLASSES = `top_k=None, class_id=None, ${NAMED}`;

/** What counts true and false ones. */
const counting = (name: string, signature: string): MetricEntry => ({
  names: [name.replaceAll("_", "")],
  signature,
  numbered: true,
  form: (context) => {
    const threshold = numberOf(context, "thresholds", 0.5);
    const part = oneClass(context);
    if (!isFloat(context) || (part && context.rank !== 1)) return undefined;
    return {
      helper: name,
      epoch: true,
      ...part,
      ...(threshold !== undefined && { keywords: { threshold } }),
    };
  },
});

/** `class_id`: one column of outputs and targets. */
function oneClass(context: MetricContext): Pick<MetricForm, "part"> | undefined {
  const { options } = context;
  const one = options?.has("class_id") ? numberOf(context, "class_id", Number.NaN) : undefined;
  return one === undefined ? undefined : { part: `[:, ${one}]` };
}

/** The best of one rate at thresholds where another is as high as asked for. */
const bestAt = (name: string, asked: string): MetricEntry => ({
  names: [name.replaceAll("_", "")],
  signature: `${asked}, num_thresholds=200, class_id=None, ${NAMED}`,
  numbered: true,
  form: (context) => {
    const limit = context.options?.text(asked);
    const part = oneClass(context);
    if (!isFloat(context) || limit === undefined || (part && context.rank !== 1)) return undefined;
    const count = numberOf(context, "num_thresholds", 200);
    return {
      helper: name,
      epoch: true,
      ...part,
      keywords: { at_least: limit, ...(count !== undefined && { num_thresholds: count }) },
    };
  },
});

function isText({ options }: MetricContext, name: string, wanted: string): boolean {
  const value = options?.value(name);
  return value?.kind === "str" && value.value.toLowerCase() === wanted;
}

const auc = (context: MetricContext): MetricForm | undefined => {
  const { options, rank } = context;
  const count = numberOf(context, "num_thresholds", 200);
  const pr = isText(context, "curve", "pr");
  if (options && !pr && !isText(context, "curve", "roc")) throw unusual(context, "curve");
  if (options && !isText(context, "summation_method", "interpolation"))
    throw unusual(context, "summation_method");
  const columns = options?.flag("multi_label") === true;
  if (columns) options?.value("num_labels");
  const logits = options?.flag("from_logits") === true;
  if (!isFloat(context) || (columns && rank !== 1)) return undefined;
  return {
    helper: pr ? "pr_auc" : "auc",
    epoch: true,
    columns,
    ...(logits && { outputs: ".sigmoid()" }),
    ...(count !== undefined && { keywords: { num_thresholds: count } }),
  };
};

const fScore = (names: string, signature: string): MetricEntry => ({
  names: names.split(" "),
  signature: `average=None, ${signature}threshold=None, ${NAMED}`,
  form: (context) => {
    const { options, at, rank } = context;
    const average = options?.value("average");
    if (!options || average?.kind === "none")
      throw new Unsupported(
        at,
        "this metric gives one number for each class, which is not supported yet",
        "Say how they become one: `average='macro'`.",
      );
    if (average?.kind !== "str") throw unusual(context, "average");
    const threshold = options.isNone("threshold") ? undefined : options.required("threshold");
    const beta = signature === "" ? undefined : numberOf(context, "beta", 1);
    if (!isFloat(context) || rank !== 1) return undefined;
    return {
      helper: "f_score",
      epoch: true,
      keywords: {
        average: options.required("average"),
        ...(beta !== undefined && { beta }),
        ...(threshold !== undefined && { threshold }),
      },
    };
  },
});

/** Shares of what two sets of places have in common. */
const overlap = (name: string, signature: string, sparseTargets: boolean): MetricEntry => ({
  names: [name],
  signature,
  numbered: true,
  form: (context) => {
    const { options, rank, classesSecond } = context;
    if (!options?.isNone("ignore_class")) throw unusual(context, "ignore_class");
    const flag = (of: string, fallback: boolean) => (options.has(of) ? options.flag(of) : fallback);
    const sparse = sparseTargets && flag("sparse_y_true", true);
    const labels = flag("sparse_y_pred", sparseTargets);
    if (options.has("axis") && options.number("axis") !== -1) throw unusual(context, "axis");
    const classes = options.has("target_class_ids") ? options.required("target_class_ids") : undefined;
    // Indices are compared with what the largest output says, one-hot rows with that too.
    if (sparse === isFloat(context) && !(sparse && context.units === 1)) return undefined;
    if (labels && context.units !== 1) return undefined;
    const axis = classesSecond && rank > 1 ? 1 : -1;
    return {
      helper: "mean_iou",
      epoch: true,
      onLogits: !labels,
      outputs: labels ? "" : `.argmax(${axis})`,
      ...(!sparse && { targets: `.argmax(${axis})` }),
      keywords: {
        num_classes: options.required("num_classes"),
        ...(classes !== undefined && { classes }),
      },
    };
  },
});

const IOU = `ignore_class=None, `;

/** Of one output for each sample, or of several: the mean over the columns. */
const ofNumbers = (name: string, helper: string, signature: string, wide = true): MetricEntry => ({
  names: [name],
  signature,
  form: (context) => (isFloat(context) && (wide || context.rank === 1) ? { helper, epoch: true } : undefined),
});

export const EPOCH_METRICS: readonly MetricEntry[] = [
  ofNumbers("rootmeansquarederror", "root_mean_squared_error", NAMED),
  ofNumbers("r2score", "r2_score", `class_aggregation='uniform_average', num_regressors=0, ${NAMED}`, false),
  {
    names: ["auc"],
    signature: `num_thresholds=200, curve='ROC', summation_method='interpolation', ${NAMED}, thresholds=None, multi_label=False, num_labels=None, label_weights=None, from_logits=False`,
    numbered: true,
    form: auc,
  },
  counting("precision", `thresholds=None, ${CLASSES}`),
  counting("recall", `thresholds=None, ${CLASSES}`),
  counting("true_positives", `thresholds=None, ${NAMED}`),
  counting("true_negatives", `thresholds=None, ${NAMED}`),
  counting("false_positives", `thresholds=None, ${NAMED}`),
  counting("false_negatives", `thresholds=None, ${NAMED}`),
  bestAt("precision_at_recall", "recall"),
  bestAt("recall_at_precision", "precision"),
  bestAt("sensitivity_at_specificity", "specificity"),
  bestAt("specificity_at_sensitivity", "sensitivity"),
  fScore("f1score", ""),
  fScore("fbetascore", "beta=1.0, "),
  overlap("meaniou", `num_classes, ${NAMED}, ${IOU}sparse_y_true=True, sparse_y_pred=True, axis=-1`, true),
  overlap(
    "iou",
    `num_classes, target_class_ids, ${NAMED}, ${IOU}sparse_y_true=True, sparse_y_pred=True, axis=-1`,
    true,
  ),
  overlap("onehotiou", `num_classes, target_class_ids, ${NAMED}, ${IOU}sparse_y_pred=False, axis=-1`, false),
  overlap("onehotmeaniou", `num_classes, ${NAMED}, ${IOU}sparse_y_pred=False, axis=-1`, false),
  {
    names: ["binaryiou"],
    signature: `target_class_ids=(0, 1), threshold=0.5, ${NAMED}`,
    numbered: true,
    form: (context) => {
      const { options } = context;
      if (!isFloat(context)) return undefined;
      const threshold = options?.text("threshold") ?? "0.5";
      const classes = options?.has("target_class_ids") ? options.required("target_class_ids") : undefined;
      return {
        helper: "mean_iou",
        epoch: true,
        outputs: ` >= ${threshold}`,
        keywords: { num_classes: "2", ...(classes !== undefined && { classes }) },
      };
    },
  },
];
