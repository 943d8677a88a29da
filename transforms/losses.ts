/** Losses by name: what they are in PyTorch, and what they want of outputs and targets. */
import { Unsupported } from "./arguments.ts";
import { BATCH_LOSSES } from "./batch-losses.ts";
import {
  isZero,
  keyword,
  type LossContext,
  type LossEntry,
  type LossForm,
  onLastAxis,
  option,
  unusual,
} from "./loss.ts";

const REDUCTION = "reduction='auto', name=None, dtype=None";
const CROSSENTROPY = `from_logits=False, label_smoothing=0.0, axis=-1, ${REDUCTION}`;

const crossEntropy = (context: LossContext): LossForm => {
  onLastAxis(context);
  const smoothing = option(context, "label_smoothing", 0);
  const smoothed = smoothedTargets(context, smoothing, context.units);
  if (!context.logits)
    return {
      helper: context.classesSecond ? "clipped_map_cross_entropy" : "clipped_cross_entropy",
      ...smoothed,
    };
  const keywords = isZero(smoothing) ? {} : keyword("label_smoothing", smoothing);
  if (context.rank > 1 && !context.classesSecond) {
    if (context.rank > 2)
      throw new Unsupported(context.at, "this loss over more than two axes is not supported yet");
    if (context.loose)
      throw new Unsupported(
        context.at,
        "targets that do not sum to 1 have another gradient in Keras than in PyTorch",
      );
    return { helper: "sequence_cross_entropy", keywords };
  }
  if (context.loose) return { helper: "unnormalized_cross_entropy", ...smoothed };
  return { module: "nn.CrossEntropyLoss", functional: "F.cross_entropy", keywords };
};

const sparseCrossEntropy = (context: LossContext): LossForm => {
  const ignored = context.options?.isGiven("ignore_class")
    ? context.options.required("ignore_class")
    : undefined;
  const last = context.rank > 1 && !context.classesSecond;
  if (last && context.rank > 2)
    throw new Unsupported(context.at, "this loss over more than two axes is not supported yet");
  if (!context.logits) {
    if (ignored !== undefined) throw unusual(context, "ignore_class");
    return { helper: last ? "clipped_sparse_sequence_cross_entropy" : "clipped_sparse_cross_entropy" };
  }
  // The mean is that of the others, which no weights are known of.
  const keywords = keyword("ignore_index", ignored);
  const partial = ignored !== undefined && { partial: true };
  if (last) return { helper: "sparse_sequence_cross_entropy", keywords, ...partial };
  return { module: "nn.CrossEntropyLoss", functional: "F.cross_entropy", keywords, ...partial };
};

const binaryCrossEntropy = (context: LossContext): LossForm => {
  onLastAxis(context);
  const smoothed = smoothedTargets(context, option(context, "label_smoothing", 0), 2);
  if (!context.logits)
    return {
      helper: "clipped_binary_cross_entropy",
      ...smoothed,
      switches: context.version === "keras3" ? [] : ["ADDS_EPSILON"],
    };
  return {
    module: "nn.BCEWithLogitsLoss",
    functional: "F.binary_cross_entropy_with_logits",
    ...smoothed,
  };
};

/** `y * (1 - s) + s / 2`, worked out where the number is known. */
function smoothedTargets(
  { options, at }: LossContext,
  text: string | undefined,
  classes: number | undefined,
): Pick<LossForm, "targets"> {
  if (isZero(text) || text === undefined) return {};
  if (classes === undefined) throw new Unsupported(at, "the number of classes is not known here");
  const value = options?.number("label_smoothing");
  const factors =
    value === undefined
      ? [`(1 - ${text})`, `${text} / ${classes}`]
      : [round(1 - value), round(value / classes)];
  return { targets: `{} * ${factors.join(" + ")}` };
}

function round(value: number): number {
  return Number(value.toPrecision(12));
}

/** A loss of rows, whose classes come last: maps have them second in PyTorch. */
function onRows(context: LossContext): Pick<LossForm, "outputs" | "targets"> {
  const turned = "{}.movedim(1, -1)";
  return context.classesSecond ? { outputs: turned, targets: turned } : {};
}

/** A loss of each element that a module of PyTorch computes. */
const elementwise = (
  names: string,
  module: string,
  functional: string,
  keywords: Readonly<Record<string, string>> = {},
): LossEntry => ({
  names: names.split(" "),
  signature: REDUCTION,
  targets: "float",
  logits: false,
  classes: false,
  form: () => ({ module, functional, keywords }),
});

const helped = (names: string, helper: string, classes: boolean): LossEntry => ({
  names: names.split(" "),
  signature: REDUCTION,
  targets: "float",
  logits: false,
  classes,
  form: (context) => {
    return { helper, ...(classes && onRows(context)) };
  },
});

export const LOSSES: readonly LossEntry[] = [
  {
    names: ["categoricalcrossentropy"],
    signature: CROSSENTROPY,
    targets: "float",
    logits: true,
    classes: true,
    form: crossEntropy,
  },
  {
    names: ["sparsecategoricalcrossentropy"],
    signature: `from_logits=False, ignore_class=None, ${REDUCTION}`,
    targets: "index",
    logits: true,
    classes: true,
    form: sparseCrossEntropy,
  },
  {
    names: ["binarycrossentropy", "bce"],
    signature: CROSSENTROPY,
    targets: "float",
    logits: true,
    classes: false,
    form: binaryCrossEntropy,
  },
  elementwise("mse meansquarederror", "nn.MSELoss", "F.mse_loss"),
  elementwise("mae meanabsoluteerror", "nn.L1Loss", "F.l1_loss"),
  {
    ...elementwise("huber huberloss", "nn.HuberLoss", "F.huber_loss"),
    signature: `delta=1.0, ${REDUCTION}`,
    form: (context) => ({
      module: "nn.HuberLoss",
      functional: "F.huber_loss",
      keywords: keyword("delta", option(context, "delta", 1)),
    }),
  },
  elementwise("poisson", "nn.PoissonNLLLoss", "F.poisson_nll_loss", { log_input: "False", eps: "1e-7" }),
  helped("mape meanabsolutepercentageerror", "percentage_loss", false),
  helped("msle meansquaredlogarithmicerror", "squared_logarithmic_loss", false),
  helped("hinge", "hinge_loss", false),
  helped("squaredhinge", "squared_hinge_loss", false),
  helped("categoricalhinge", "categorical_hinge_loss", true),
  helped("kld kullbackleiblerdivergence kldivergence", "divergence_loss", true),
  helped("logcosh logcosherror", "log_cosh_loss", false),
  {
    ...helped("cosinesimilarity", "cosine_loss", true),
    signature: `axis=-1, ${REDUCTION}`,
    form: (context) => {
      onLastAxis(context);
      return { helper: "cosine_loss", ...onRows(context) };
    },
  },
  {
    names: ["categoricalgeneralizedcrossentropy"],
    signature: "q=0.5, reduction='sum_over_batch_size', name=None, dtype=None",
    targets: "index",
    logits: false,
    classes: true,
    form: (context) => {
      if (context.rank !== 1)
        throw new Unsupported(context.at, "this loss of several axes is not supported yet");
      return { helper: "generalized_cross_entropy", keywords: keyword("q", option(context, "q", 0.5)) };
    },
  },
  ...BATCH_LOSSES,
  {
    names: ["binaryfocalcrossentropy"],
    signature: `apply_class_balancing=False, alpha=0.25, gamma=2.0, ${CROSSENTROPY}`,
    targets: "float",
    logits: true,
    classes: false,
    form: (context) => {
      onLastAxis(context);
      const smoothed = smoothedTargets(context, option(context, "label_smoothing", 0), 2);
      if (context.last === "softmax")
        throw new Unsupported(context.at, "this loss of a softmax is not supported yet");
      if (!context.logits)
        throw new Unsupported(context.at, "this loss of outputs that no sigmoid makes is not supported yet");
      const balanced = context.options?.flag("apply_class_balancing") ?? false;
      return {
        helper: "binary_focal_loss",
        ...smoothed,
        keywords: {
          ...(balanced && keyword("alpha", option(context, "alpha", 0.25))),
          ...keyword("gamma", option(context, "gamma", 2)),
          ...(balanced && { balanced: "True" }),
        },
      };
    },
  },
  {
    names: ["categoricalfocalcrossentropy"],
    signature: `alpha=0.25, gamma=2.0, ${CROSSENTROPY}`,
    targets: "float",
    logits: false,
    classes: true,
    form: (context) => {
      onLastAxis(context);
      const { targets } = smoothedTargets(context, option(context, "label_smoothing", 0), context.units);
      const turned = onRows(context);
      const logits = context.options?.flag("from_logits") === true;
      // Keras looks through a softmax before it.
      if (logits && context.last !== "other") throw unusual(context, "from_logits");
      return {
        helper: "categorical_focal_loss",
        ...turned,
        ...(logits && { outputs: `${turned.outputs ?? "{}"}.softmax(-1)` }),
        ...(targets && { targets: targets.replace("{}", turned.targets ?? "{}") }),
        keywords: {
          ...keyword("alpha", option(context, "alpha", 0.25)),
          ...keyword("gamma", option(context, "gamma", 2)),
        },
      };
    },
  },
];

/** A function of the script that takes targets and outputs. */
export function ownLoss(name: string, start: number): LossEntry {
  return {
    names: [name],
    signature: "",
    targets: "float",
    logits: false,
    classes: false,
    form: () => ({ measure: start }),
  };
}

/** Names that scripts give a loss, brought to the form of the table. */
export function normalizedName(name: string): string {
  return name.toLowerCase().replaceAll("_", "");
}

const byName = new Map(LOSSES.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));

export function lossNamed(name: string): LossEntry | undefined {
  return byName.get(normalizedName(name));
}
