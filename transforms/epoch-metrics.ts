/** Metrics that are numbers of all samples of an epoch, not means over samples. */
import { NONE } from "../src/analysis/values.ts";
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
    if (!isFloat(context)) return undefined;
    const largest = largestOnly(context);
    const each = listed(context, "thresholds");
    // The largest ones count, however small they are.
    const threshold = largest && !isSet(context, "thresholds") ? "-torch.inf" : undefined;
    const given = each ? undefined : (threshold ?? numberOf(context, "thresholds", 0.5));
    return {
      helper: name,
      epoch: true,
      ...(largest && context.classesSecond && { rows: true }),
      ...oneClass(context, largest !== undefined),
      ...(largest && { through: { helper: "largest_only", given: largest } }),
      ...(given !== undefined && { keywords: { threshold: given } }),
      ...(each && { each: { name: "threshold", values: each } }),
    };
  },
});

function isSet({ options }: MetricContext, name: string): boolean {
  return options?.isGiven(name) === true;
}

/** `top_k`: how many outputs of a row count. */
function largestOnly(context: MetricContext): string | undefined {
  return isSet(context, "top_k") ? numberOf(context, "top_k", Number.NaN) : undefined;
}

/** Several numbers as they are written; undefined for one or none. */
function listed({ options }: MetricContext, name: string): string | undefined {
  const value = options?.value(name);
  if ((value?.kind !== "list" && value?.kind !== "tuple") || value.open) return undefined;
  const known = value.elements.every((one) => one.kind === "num" && one.value !== undefined);
  if (!known || value.elements.length < 2) throw unusual({ options } as MetricContext, name);
  return options?.required(name);
}

/** `class_id`: one column of outputs and targets. */
function oneClass(context: MetricContext, turned = false): Pick<MetricForm, "part"> | undefined {
  const one = isSet(context, "class_id") ? numberOf(context, "class_id", Number.NaN) : undefined;
  if (one === undefined) return undefined;
  const second = context.rank === 1 || (context.classesSecond && !turned);
  return { part: second ? `[:, ${one}]` : `[..., ${one}]` };
}

/** The best of one rate at thresholds where another is as high as asked for. */
const bestAt = (name: string, asked: string): MetricEntry => ({
  names: [name.replaceAll("_", "")],
  signature: `${asked}, num_thresholds=200, class_id=None, ${NAMED}`,
  numbered: true,
  form: (context) => {
    const limit = context.options?.text(asked);
    const part = oneClass(context);
    if (!isFloat(context) || limit === undefined) return undefined;
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

const SUMMATIONS = new Set(["interpolation", "minoring", "majoring"]);

const auc = (context: MetricContext): MetricForm | undefined => {
  const { options, rank } = context;
  const count = numberOf(context, "num_thresholds", 200);
  const pr = isText(context, "curve", "pr");
  if (options && !pr && !isText(context, "curve", "roc")) throw unusual(context, "curve");
  const summation = options?.option("summation_method") ?? "interpolation";
  if (!SUMMATIONS.has(summation)) throw unusual(context, "summation_method");
  const columns = options?.flag("multi_label") === true;
  if (columns) options?.value("num_labels");
  const logits = options?.flag("from_logits") === true;
  if (!isFloat(context) || (columns && rank !== 1)) return undefined;
  const stepped = summation !== "interpolation";
  const thresholds = isSet(context, "thresholds") ? listed(context, "thresholds") : undefined;
  if (isSet(context, "thresholds") && !thresholds) throw unusual(context, "thresholds");
  const plain = !stepped && !thresholds;
  return {
    helper: plain ? (pr ? "pr_auc" : "auc") : pr && !stepped ? "pr_auc" : "stepped_auc",
    epoch: true,
    columns,
    ...(logits && { outputs: ".sigmoid()" }),
    keywords: {
      ...(thresholds === undefined ? count !== undefined && { num_thresholds: count } : { thresholds }),
      ...(!plain && pr && stepped && { pr: "True" }),
      ...(stepped && { summation: JSON.stringify(summation) }),
    },
  };
};

const fScore = (names: string, signature: string): MetricEntry => ({
  names: names.split(" "),
  signature: `average=None, ${signature}threshold=None, ${NAMED}`,
  form: (context) => {
    const { options, rank } = context;
    const average = options?.value("average") ?? NONE;
    if (average.kind !== "str" && average.kind !== "none") throw unusual(context, "average");
    const threshold = isSet(context, "threshold") ? options?.required("threshold") : undefined;
    const beta = signature === "" ? undefined : numberOf(context, "beta", 1);
    if (!isFloat(context) || rank !== 1) return undefined;
    return {
      helper: "f_score",
      epoch: true,
      several: average.kind === "none",
      keywords: {
        ...(average.kind === "none" ? { each: "True" } : { average: options?.required("average") ?? "" }),
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
    if (!options) return undefined;
    const ignored = options.isNone("ignore_class") ? undefined : options.required("ignore_class");
    const flag = (of: string, fallback: boolean) => (options.has(of) ? options.flag(of) : fallback);
    const sparse = sparseTargets && flag("sparse_y_true", true);
    const labels = flag("sparse_y_pred", sparseTargets);
    if (options.has("axis") && options.number("axis") !== -1) throw unusual(context, "axis");
    const classes = options.has("target_class_ids") ? options.required("target_class_ids") : undefined;
    // Indices are compared with what the largest output says, one-hot rows with that too.
    if (!sparse && !isFloat(context)) return undefined;
    if (sparse && isFloat(context) !== labels && context.units !== 1) return undefined;
    if (labels && !sparse) return undefined;
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
        ...(ignored !== undefined && { ignored }),
      },
    };
  },
});

const IOU = `ignore_class=None, `;

export const EPOCH_METRICS: readonly MetricEntry[] = [
  {
    names: ["rootmeansquarederror"],
    signature: NAMED,
    form: (context) => {
      if (!isFloat(context) && context.rank !== 1) return undefined;
      return {
        helper: "root_mean_squared_error",
        epoch: true,
        ...(!isFloat(context) && { targets: ".unsqueeze(-1)" }),
      };
    },
  },
  {
    names: ["r2score"],
    signature: `class_aggregation='uniform_average', num_regressors=0, ${NAMED}`,
    form: (context) => {
      const aggregation = context.options?.value("class_aggregation");
      if (aggregation && aggregation.kind !== "none" && aggregation.kind !== "str")
        throw unusual(context, "class_aggregation");
      const adjusted = numberOf(context, "num_regressors", 0);
      if (!isFloat(context) || context.rank !== 1) return undefined;
      return {
        helper: "r2_score",
        epoch: true,
        several: aggregation?.kind === "none",
        keywords: {
          ...(aggregation?.kind === "none" && { each: "True" }),
          ...(aggregation?.kind === "str" &&
            aggregation.value === "variance_weighted_average" && { weighted: "True" }),
          ...(adjusted !== undefined && { num_regressors: adjusted }),
        },
      };
    },
  },
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
