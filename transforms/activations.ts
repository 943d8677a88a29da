/** Activations by name: the module, and what it is on tensors. */
import type { Layout, Module } from "./layer.ts";

export interface ActivationEntry {
  readonly names: readonly string[];
  /** The module; `dim` is the axis of the channels, for those that need one. */
  readonly module: ((dim: number) => Module) | undefined;
  /** A function of one tensor, for the steps of a recurrent layer. */
  readonly functional?: string;
}

const plain = (code: string) => () => ({ code });

/** Keras 1 and 2 compute hard_sigmoid by another line than Keras 3 and PyTorch. */
export const ACTIVATIONS: readonly ActivationEntry[] = [
  { names: ["linear"], module: undefined, functional: "nn.Identity()" },
  { names: ["relu"], module: plain("nn.ReLU()"), functional: "torch.relu" },
  { names: ["relu6"], module: plain("nn.ReLU6()") },
  { names: ["sigmoid"], module: plain("nn.Sigmoid()"), functional: "torch.sigmoid" },
  { names: ["tanh"], module: plain("nn.Tanh()"), functional: "torch.tanh" },
  { names: ["softmax"], module: (dim) => ({ code: `nn.Softmax(dim=${dim})` }) },
  { names: ["log_softmax"], module: (dim) => ({ code: `nn.LogSoftmax(dim=${dim})` }) },
  { names: ["elu"], module: plain("nn.ELU()"), functional: "F.elu" },
  { names: ["selu"], module: plain("nn.SELU()"), functional: "F.selu" },
  { names: ["gelu"], module: plain("nn.GELU()") },
  { names: ["softplus"], module: plain("nn.Softplus()"), functional: "F.softplus" },
  { names: ["softsign"], module: plain("nn.Softsign()"), functional: "F.softsign" },
  { names: ["swish", "silu"], module: plain("nn.SiLU()"), functional: "F.silu" },
  { names: ["exponential"], module: undefined, functional: "torch.exp" },
  { names: ["mish"], module: plain("nn.Mish()") },
  { names: ["leaky_relu"], module: plain("nn.LeakyReLU(0.2)") },
];

const byName = new Map(ACTIVATIONS.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));

export function activationNamed(name: string): ActivationEntry | undefined {
  return byName.get(name.toLowerCase());
}

/** The axis of the channels in a tensor with that many axes besides the batch. */
export function channelAxis(rank: number, layout: Layout): number {
  return rank === 1 || layout === "first" ? 1 : -1;
}
