/** Which modules' weights can be read and written as arrays in Keras's order and layout. */
import type { Node } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { Unsupported } from "../arguments.ts";
import type { Module } from "../layer.ts";
import { LISTS } from "../methods.ts";
import type { Rewriter } from "../rewriter.ts";

/** Modules whose arrays have Keras's order, and its layout but for the transposition that the helpers undo. */
const PLAIN = ["nn.Linear(", "nn.Conv1d(", "nn.Conv2d(", "nn.Conv3d(", "nn.Embedding("];
const RECURRENT = ["LSTM(", "SimpleRNN(", "StatefulLSTM(", "StatefulRNN(", "LoopLSTM(", "LoopRNN("];
const NORMS = ["nn.BatchNorm2d(", "nn.BatchNorm3d(", "BatchNorm1d("];
const PARTS = ["{}.weight.requires_grad_", "{}.bias.requires_grad_"];
/** Modules without weights. */
const WEIGHTLESS = [
  ..."ReLU ReLU6 LeakyReLU ELU SELU GELU SiLU Tanh Sigmoid Softmax Softplus Softsign Identity Hardsigmoid".split(
    " ",
  ),
  ..."Dropout Dropout1d Dropout2d Dropout3d AlphaDropout Flatten ZeroPad1d ZeroPad2d ZeroPad3d Upsample".split(
    " ",
  ),
  ..."MaxPool1d MaxPool2d MaxPool3d AvgPool1d AvgPool2d AvgPool3d AdaptiveAvgPool2d AdaptiveMaxPool2d Unflatten".split(
    " ",
  ),
].map((name) => `nn.${name}(`);
const WEIGHTLESS_HELPERS = [
  "Permute(",
  "Reshape(",
  "RepeatVector(",
  "GlobalAveragePool(",
  "GlobalMaxPool(",
  "SamePad(",
  "GaussianNoise(",
  "GaussianDropout(",
  "SpatialDropout1d(",
  "Flip(",
  "DropSteps(",
  "Rescaling(",
  "RandomFlip(",
  "RandomRotation(",
  "RandomZoom(",
  "RandomTranslation(",
  "RandomContrast(",
  "RandomBrightness(",
  "RandomCrop(",
  "RandomStretch(",
];

const startsWith = (heads: readonly string[], { code }: Module) =>
  heads.some((head) => code.startsWith(head));

/** Whether a module may have weights: those that are known to have none are listed. */
export function hasWeights(module: Module): boolean {
  // One of several activations, or an expression in the place of a layer.
  if (module.code.startsWith("{") || (module.code === "" && !module.nested)) return false;
  return !startsWith([...WEIGHTLESS, ...WEIGHTLESS_HELPERS], module);
}

/** Uses of models and layers that read or write weights as arrays: Keras's order of features shows. */
const ARRAYS = new Set([
  "get_weights",
  "set_weights",
  ...Object.keys(LISTS),
  ...Object.keys(LISTS).map((name) => `layer ${name}`),
  "layer get_weights",
  "layer set_weights",
  "layer kernel",
  "layer bias",
  "layer W",
  "layer b",
  "layer embeddings",
]);

export function showsArrays(use: ModelUse): boolean {
  return ARRAYS.has(use.name);
}

/** Sets what the helpers for weights need to know of these modules; reported where they don't fit. */
export function readWeights(rewriter: Rewriter, modules: readonly Module[], node: Node): void {
  for (const module of modules) {
    if (!hasWeights(module)) continue;
    if (module.nested)
      throw new Unsupported(node, "the weights of a model inside a model are not supported as arrays yet");
    const recurrent = startsWith(RECURRENT, module);
    const norm = startsWith(NORMS, module);
    if ((!recurrent && !norm && !startsWith(PLAIN, module)) || module.code.includes("groups="))
      throw new Unsupported(
        node,
        `the weights of \`${module.code.split("(")[0]}\` in Keras's layout are not supported yet`,
      );
    // PyTorch has both the scale and the shift, or neither: the one that stays 1 or 0 is no weight in Keras.
    if (norm && module.initialize?.some((line) => PARTS.some((part) => line.startsWith(part))))
      throw new Unsupported(
        node,
        "the weights of a normalization without `scale` or `center` are not supported as arrays yet",
      );
    if (recurrent) rewriter.switches.set("FROZEN_BIASES", true);
    if (norm) rewriter.switches.set("RUNNING_STATISTICS", true);
    if (startsWith(["nn.Embedding("], module)) rewriter.switches.set("EMBEDDINGS", true);
  }
}

/** Whether a module has parameters only, all of which Keras has too. */
export function isPlain(module: Module): boolean {
  return startsWith(PLAIN, module);
}
