/** Losses by name: what they are in PyTorch, and what they want of outputs and targets. */

/** The last activation of a model, as the crossentropies of Keras 2 and 3 look through it. */
export type LastActivation = "softmax" | "sigmoid" | "other";

export interface LossEntry {
  /** Names of the string, function and class, in lower case without underscores. */
  readonly names: readonly string[];
  readonly signature: string;
  /** Targets are class indices, or floats in the shape of the output. */
  readonly targets: "index" | "float";
  /** Whether it is computed from logits: a softmax or sigmoid before it is left out. */
  readonly logits: boolean;
  readonly module: string;
  /** The same as a function, for a model that carries its loss. */
  readonly functional: string;
  /** The helper for outputs (N, T, C): PyTorch wants the classes second. */
  readonly sequence?: string;
}

export const LOSSES: readonly LossEntry[] = [
  {
    names: ["categoricalcrossentropy"],
    signature: "from_logits=False, label_smoothing=0.0, axis=-1, reduction='auto', name=None",
    targets: "float",
    logits: true,
    module: "nn.CrossEntropyLoss()",
    functional: "F.cross_entropy",
    sequence: "sequence_cross_entropy",
  },
  {
    names: ["sparsecategoricalcrossentropy"],
    signature: "from_logits=False, ignore_class=None, reduction='auto', name=None",
    targets: "index",
    logits: true,
    module: "nn.CrossEntropyLoss()",
    functional: "F.cross_entropy",
    sequence: "sparse_sequence_cross_entropy",
  },
  {
    names: ["binarycrossentropy"],
    signature: "from_logits=False, label_smoothing=0.0, axis=-1, reduction='auto', name=None",
    targets: "float",
    logits: true,
    module: "nn.BCEWithLogitsLoss()",
    functional: "F.binary_cross_entropy_with_logits",
  },
  {
    names: ["mse", "meansquarederror"],
    signature: "reduction='auto', name=None",
    targets: "float",
    logits: false,
    module: "nn.MSELoss()",
    functional: "F.mse_loss",
  },
  {
    names: ["mae", "meanabsoluteerror"],
    signature: "reduction='auto', name=None",
    targets: "float",
    logits: false,
    module: "nn.L1Loss()",
    functional: "F.l1_loss",
  },
  {
    names: ["huber", "huberloss"],
    signature: "delta=1.0, reduction='auto', name=None",
    targets: "float",
    logits: false,
    module: "nn.HuberLoss()",
    functional: "F.huber_loss",
  },
];

/** Names that scripts give a loss, brought to the form of the table. */
export function normalizedName(name: string): string {
  return name.toLowerCase().replaceAll("_", "");
}

const byName = new Map(LOSSES.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));

export function lossNamed(name: string): LossEntry | undefined {
  return byName.get(normalizedName(name));
}
