/** Activations by name: the module, and what it is on tensors. */
import type { KerasVersion } from "../src/analysis/constructs.ts";
import type { Layout, Module } from "./layer.ts";

export interface ActivationEntry {
  /** Strings, and functions of `keras.activations`, `tf.nn`, `tf.math`, `keras.backend` and `keras.ops`. */
  readonly names: readonly string[];
  /** Names that are functions only: no version takes them as strings. */
  readonly functions?: readonly string[];
  /** The module; `dim` is the axis of the channels, for those that need one. */
  readonly module: ((dim: number, version: KerasVersion) => Module) | undefined;
  /** A function of one tensor, for the steps of a recurrent layer. */
  readonly functional?: string;
}

const plain = (code: string) => () => ({ code });

/** A function of tensors as a module. */
function applied(name: string): Module {
  const own = !name.includes(".");
  return {
    code: `Lambda(${name})`,
    helper: "Lambda",
    ...(own && { inner: [{ helper: name, keywords: [] }] }),
  };
}
const elementwise = (name: string) => () => applied(name);

export const ACTIVATIONS: readonly ActivationEntry[] = [
  { names: ["linear"], functions: ["identity"], module: undefined, functional: "nn.Identity()" },
  { names: ["relu"], module: plain("nn.ReLU()"), functional: "torch.relu" },
  { names: ["relu6"], module: plain("nn.ReLU6()"), functional: "F.relu6" },
  { names: ["sigmoid"], module: plain("nn.Sigmoid()"), functional: "torch.sigmoid" },
  { names: ["tanh"], module: plain("nn.Tanh()"), functional: "torch.tanh" },
  { names: ["softmax"], module: (dim) => ({ code: `nn.Softmax(dim=${dim})` }) },
  { names: ["log_softmax"], module: (dim) => ({ code: `nn.LogSoftmax(dim=${dim})` }) },
  { names: ["elu"], module: plain("nn.ELU()"), functional: "F.elu" },
  { names: ["selu"], module: plain("nn.SELU()"), functional: "F.selu" },
  { names: ["celu"], module: plain("nn.CELU()"), functional: "F.celu" },
  { names: ["gelu"], module: plain("nn.GELU()"), functional: "F.gelu" },
  { names: ["softplus"], module: plain("nn.Softplus()"), functional: "F.softplus" },
  { names: ["softsign"], module: plain("nn.Softsign()"), functional: "F.softsign" },
  { names: ["swish", "silu"], module: plain("nn.SiLU()"), functional: "F.silu" },
  { names: ["mish"], module: plain("nn.Mish()"), functional: "F.mish" },
  { names: ["leaky_relu"], module: plain("nn.LeakyReLU(0.2)") },
  // Keras 1 and 2 draw it through -2.5 and 2.5, Keras 3 and PyTorch through -3 and 3.
  {
    names: ["hard_sigmoid"],
    module: (_, version) => (version === "keras3" ? { code: "nn.Hardsigmoid()" } : applied("hard_sigmoid")),
  },
  { names: ["hard_silu", "hard_swish"], module: plain("nn.Hardswish()"), functional: "F.hardswish" },
  { names: ["hard_tanh"], module: plain("nn.Hardtanh()"), functional: "F.hardtanh" },
  { names: ["hard_shrink"], module: plain("nn.Hardshrink()"), functional: "F.hardshrink" },
  { names: ["soft_shrink"], module: plain("nn.Softshrink()"), functional: "F.softshrink" },
  { names: ["tanh_shrink"], module: plain("nn.Tanhshrink()"), functional: "F.tanhshrink" },
  { names: ["log_sigmoid"], module: plain("nn.LogSigmoid()"), functional: "F.logsigmoid" },
  { names: ["squareplus"], module: elementwise("squareplus") },
  { names: ["sparse_plus"], module: elementwise("sparse_plus") },
  { names: ["sparse_sigmoid"], module: elementwise("sparse_sigmoid") },
  // `glu` and `threshold` are none by name: one halves its axis, which Keras's own shapes don't know, one wants numbers.
  {
    names: ["sparsemax"],
    module: (dim) => ({
      code: `Sparsemax(${dim === -1 ? "" : `dim=${dim}`})`,
      helper: "Sparsemax",
      keywords: dim === -1 ? [] : ["dim"],
    }),
  },
  {
    names: ["exponential"],
    functions: ["exp"],
    module: elementwise("torch.exp"),
    functional: "torch.exp",
  },
  // The layer, by the name of its class, which no other version has for a string.
  { names: ["leakyrelu"], module: plain("nn.LeakyReLU(0.3)") },
  ..."abs sin cos tan atan sinh cosh asinh square sign log log1p expm1 erf negative"
    .split(" ")
    .map((name) => ({
      names: [],
      functions: [name],
      module: elementwise(`torch.${name}`),
      functional: `torch.${name}`,
    })),
];

const byString = new Map(ACTIVATIONS.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));
const byFunction = new Map(
  ACTIVATIONS.flatMap((entry) => (entry.functions ?? []).map((name) => [name, entry] as const)),
);

export function activationNamed(name: string): ActivationEntry | undefined {
  return byString.get(name.toLowerCase());
}

/** Modules of functions on tensors; names of the later ones are no strings that Keras knows. */
const MODULES = [
  "keras.activations.",
  "tensorflow.nn.",
  "keras.backend.",
  "tensorflow.math.",
  "keras.ops.nn.",
  "keras.ops.",
  "tensorflow.keras.backend.",
  "tensorflow.",
];

/** A function by its canonical path. */
export function activationFunction(path: string): ActivationEntry | undefined {
  const module = MODULES.find((one) => path.startsWith(one));
  if (module === undefined) return undefined;
  const name = path.slice(module.length);
  // The default of `keras.ops.gelu` is the approximation by tanh.
  if (name === "gelu" && module.startsWith("keras.ops")) return APPROXIMATE_GELU;
  return byString.get(name) ?? (module === "keras.activations." ? undefined : byFunction.get(name));
}

const APPROXIMATE_GELU: ActivationEntry = { names: [], module: plain('nn.GELU("tanh")') };

/** The axis of the channels in a tensor with that many axes besides the batch. */
export function channelAxis(rank: number, layout: Layout): number {
  if (layout === "frames") return 2;
  return rank === 1 || layout === "first" ? 1 : -1;
}
