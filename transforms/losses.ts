/** Losses by name: what they are in PyTorch, and what they want of outputs and targets. */
import type { Node } from "../grammars/nodes.ts";
import type { KerasVersion } from "../src/analysis/constructs.ts";
import { type Arguments, Unsupported } from "./arguments.ts";

/** The last activation of a model, as the crossentropies of Keras 2 and 3 look through it. */
export type LastActivation = "softmax" | "sigmoid" | "other";

/** What the outputs of a model are, as far as it changes how a loss is computed. */
export interface LossContext {
  readonly at: Node;
  readonly version: KerasVersion;
  /** Options of a loss object; undefined for a name or function. */
  readonly options: Arguments | undefined;
  /** Outputs are logits: of the loss's own accord, or because the last activation is left out. */
  readonly logits: boolean;
  /** Number of axes besides the batch. */
  readonly rank: number;
  /** Size of the last axis, in Keras's order; undefined where it is not known. */
  readonly units: number | undefined;
  /** Classes stand second: maps in PyTorch's order. */
  readonly classesSecond: boolean;
  /** Targets of classes need not sum to 1, where Keras's gradient takes them to. */
  readonly loose: boolean;
}

/** A loss in PyTorch, in its forms. */
export interface LossForm {
  /** A class of `torch.nn`, and the same as a function; a helper where there is neither. */
  readonly module?: string;
  readonly functional?: string;
  readonly helper?: string;
  readonly keywords?: Readonly<Record<string, string>>;
  /** What is done to the targets, with `{}` in their place. */
  readonly targets?: string;
  /** Where the function of the script stands that it is. */
  readonly measure?: number;
  readonly switches?: readonly string[];
}

export interface LossEntry {
  /** Names of the string, function and class, in lower case without underscores. */
  readonly names: readonly string[];
  readonly signature: string;
  /** Targets are class indices, or floats in the shape of the output. */
  readonly targets: "index" | "float";
  /** Whether it is computed from logits: a softmax or sigmoid before it is left out. */
  readonly logits: boolean;
  /** Whether it compares classes, not each element: a row of outputs has one loss. */
  readonly classes: boolean;
  readonly form: (context: LossContext) => LossForm;
}

const REDUCTION = "reduction='auto', name=None, dtype=None";
const CROSSENTROPY = `from_logits=False, label_smoothing=0.0, axis=-1, ${REDUCTION}`;

/** A number among the options, spelled as the script does; undefined where it says the default. */
function option({ options }: LossContext, name: string, fallback: number): string | undefined {
  const value = options?.value(name);
  if (!options || (value?.kind === "num" && value.value === fallback)) return undefined;
  if (value?.kind !== "num") throw options.unknown(name);
  return options.text(name);
}

function keyword(name: string, text: string | undefined): Record<string, string> {
  return text === undefined ? {} : { [name]: text };
}

function isZero(text: string | undefined): boolean {
  return text === undefined || Number(text) === 0;
}

function onLastAxis({ options }: LossContext): void {
  const axis = options?.value("axis");
  if (options && !(axis?.kind === "num" && axis.value === -1))
    throw new Unsupported(options.argument("axis") ?? options.node, "`axis` of a loss is not supported yet");
}

const crossEntropy = (context: LossContext): LossForm => {
  onLastAxis(context);
  const smoothing = option(context, "label_smoothing", 0);
  if (!context.logits) {
    if (!isZero(smoothing)) throw unusual(context, "label_smoothing");
    return { helper: context.classesSecond ? "clipped_map_cross_entropy" : "clipped_cross_entropy" };
  }
  if (context.rank > 1 && !context.classesSecond) {
    if (!isZero(smoothing)) throw unusual(context, "label_smoothing");
    if (context.rank > 2)
      throw new Unsupported(context.at, "this loss over more than two axes is not supported yet");
    if (context.loose)
      throw new Unsupported(
        context.at,
        "targets that do not sum to 1 have another gradient in Keras than in PyTorch",
      );
    return { helper: "sequence_cross_entropy" };
  }
  if (context.loose && isZero(smoothing)) return { helper: "unnormalized_cross_entropy" };
  if (context.loose) throw unusual(context, "label_smoothing");
  return {
    module: "nn.CrossEntropyLoss",
    functional: "F.cross_entropy",
    keywords: keyword("label_smoothing", smoothing),
  };
};

const sparseCrossEntropy = (context: LossContext): LossForm => {
  if (context.options && !context.options.isNone("ignore_class")) throw unusual(context, "ignore_class");
  const last = context.rank > 1 && !context.classesSecond;
  if (last && context.rank > 2)
    throw new Unsupported(context.at, "this loss over more than two axes is not supported yet");
  if (!context.logits)
    return { helper: last ? "clipped_sparse_sequence_cross_entropy" : "clipped_sparse_cross_entropy" };
  if (last) return { helper: "sparse_sequence_cross_entropy" };
  return { module: "nn.CrossEntropyLoss", functional: "F.cross_entropy" };
};

const binaryCrossEntropy = (context: LossContext): LossForm => {
  onLastAxis(context);
  const smoothing = option(context, "label_smoothing", 0);
  const smoothed = isZero(smoothing) ? {} : { targets: smoothedTargets(context, smoothing as string) };
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
function smoothedTargets({ options }: LossContext, text: string): string {
  const value = options?.number("label_smoothing");
  if (value === undefined) return `{} * (1 - ${text}) + ${text} / 2`;
  return `{} * ${round(1 - value)} + ${round(value / 2)}`;
}

function round(value: number): number {
  return Number(value.toPrecision(12));
}

function unusual({ options, at }: LossContext, name: string): Unsupported {
  return new Unsupported(options?.argument(name) ?? at, `\`${name}\` of this loss is not supported here yet`);
}

/** A loss of rows, whose classes come last: maps have them second in PyTorch. */
function onRows(context: LossContext): void {
  if (context.classesSecond) throw new Unsupported(context.at, "this loss over maps is not supported yet");
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
    if (classes) onRows(context);
    return { helper };
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
      onRows(context);
      return { helper: "cosine_loss" };
    },
  },
  {
    names: ["binaryfocalcrossentropy"],
    signature: `apply_class_balancing=False, alpha=0.25, gamma=2.0, ${CROSSENTROPY}`,
    targets: "float",
    logits: true,
    classes: false,
    form: (context) => {
      onLastAxis(context);
      if (!isZero(option(context, "label_smoothing", 0))) throw unusual(context, "label_smoothing");
      if (!context.logits)
        throw new Unsupported(context.at, "this loss of outputs that no sigmoid makes is not supported yet");
      const balanced = context.options?.flag("apply_class_balancing") ?? false;
      return {
        helper: "binary_focal_loss",
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
      if (!isZero(option(context, "label_smoothing", 0))) throw unusual(context, "label_smoothing");
      if (context.options?.flag("from_logits")) throw unusual(context, "from_logits");
      onRows(context);
      return {
        helper: "categorical_focal_loss",
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
