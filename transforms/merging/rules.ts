/** What layers of several inputs compute: shapes, and the expressions that PyTorch has for it. */
import type { TensorType } from "../../src/analysis/model.ts";
import { numericBinOp } from "../../src/analysis/operators.ts";
import { int, type Num, same } from "../../src/analysis/values.ts";
import type { Layout } from "../layer.ts";
import { torchAxis } from "../layers/axes.ts";
import { call } from "../python.ts";

/** What the arguments of such a layer say. */
export interface MergeOptions {
  /** From 1, the first after the batch; undefined where it is not known. */
  readonly axis?: number | undefined;
  /** Of both inputs of a dot product. */
  readonly axes?: readonly [number, number] | undefined;
  readonly normalize?: boolean;
}

/** A piece of Python; one that is not `whole` needs parentheses around it to be an operand. */
export interface Text {
  readonly text: string;
  readonly whole: boolean;
}

export interface MergeRule {
  /** How many inputs it takes, where that is fixed. */
  readonly inputs?: number;
  /** Whether it works in Keras's own order of axes only. */
  readonly lastOnly?: true;
  readonly shape: (inputs: readonly TensorType[], options: MergeOptions) => TensorType | undefined;
  /** Of inputs of these types, which stand in this order of axes. */
  readonly emit: (
    operands: readonly Text[],
    options: MergeOptions,
    inputs: readonly TensorType[],
    layout: Layout,
  ) => Text;
}

/** As a part of an expression. */
const operand = ({ text, whole: one }: Text) => (one ? text : `(${text})`);
const infix = (operands: readonly Text[], sign: string) => operands.map(operand).join(` ${sign} `);
const texts = (operands: readonly Text[]) => operands.map(({ text }) => text);

const whole = (text: string): Text => ({ text, whole: true });
const open = (text: string): Text => ({ text, whole: false });

/** The shape of inputs that are combined number by number: sizes are equal, or 1. */
function broadcast(inputs: readonly TensorType[]): TensorType | undefined {
  return inputs.reduce<TensorType | undefined>((a, b, i) => {
    if (i === 0) return b;
    if (!a || a.shape.length !== b.shape.length || a.dtype !== b.dtype) return undefined;
    const shape: (Num | undefined)[] = [];
    for (const [k, dim] of a.shape.entries()) {
      const other = b.shape[k];
      const [mine, its] = [dim?.value === 1, other?.value === 1];
      if (!mine && !its && dim && other && !same(dim, other)) return undefined;
      shape.push(mine ? other : dim);
    }
    return { dtype: a.dtype, shape };
  }, undefined);
}

const floats = (inputs: readonly TensorType[]) =>
  inputs.every(({ dtype }) => dtype === "float") ? broadcast(inputs) : undefined;

/** Two by two, from the first on. */
const folded =
  (name: string): MergeRule["emit"] =>
  (operands) =>
    whole(texts(operands).reduce((a, b) => call(name, [a, b])));

function concatenated(inputs: readonly TensorType[], { axis }: MergeOptions): TensorType | undefined {
  const [first, ...rest] = inputs;
  if (!first || axis === undefined || axis < 1 || axis > first.shape.length) return undefined;
  let sum: Num | undefined = first.shape[axis - 1];
  const shape = [...first.shape];
  for (const one of rest) {
    if (one.shape.length !== shape.length || one.dtype !== first.dtype) return undefined;
    for (const [i, dim] of one.shape.entries()) {
      const mine = shape[i];
      if (i !== axis - 1 && mine && dim && !same(mine, dim)) return undefined;
    }
    const more = one.shape[axis - 1];
    sum = sum && more && numericBinOp("+", sum, more);
  }
  shape[axis - 1] = sum;
  return { dtype: first.dtype, shape };
}

function multiplied(inputs: readonly TensorType[], { axes }: MergeOptions): TensorType | undefined {
  const [a, b] = inputs;
  if (!a || !b || !axes || a.dtype !== "float" || b.dtype !== "float") return undefined;
  if (a.shape.length > 2 || b.shape.length > 2) return undefined;
  const [x, y] = [a.shape[axes[0] - 1], b.shape[axes[1] - 1]];
  if (!x || !y || !same(x, y)) return undefined;
  const left = (type: TensorType, axis: number) => type.shape.filter((_, i) => i !== axis - 1);
  const shape = [...left(a, axes[0]), ...left(b, axes[1])];
  return { dtype: "float", shape: shape.length > 0 ? shape : [int(1)] };
}

const dot: MergeRule["emit"] = (operands, { axes = [1, 1], normalize }, inputs) => {
  const [a = "", b = ""] = operands.map((one, i) =>
    normalize ? `F.normalize(${one.text}, dim=${axes[i]}, eps=1e-6)` : operand(one),
  );
  const ranks = inputs.map(({ shape }) => shape.length);
  if (ranks[0] === 1 && ranks[1] === 1) return whole(`(${a} * ${b}).sum(dim=1, keepdim=True)`);
  if (ranks[0] === 2 && ranks[1] === 2)
    return open(
      `${axes[0] === 1 ? `${a}.transpose(1, 2)` : a} @ ${axes[1] === 2 ? `${b}.transpose(1, 2)` : b}`,
    );
  const letters = (rank: number | undefined, axis: number, free: string) =>
    `b${rank === 1 ? "k" : axis === 1 ? `k${free}` : `${free}k`}`;
  const [x, y] = [letters(ranks[0], axes[0], "i"), letters(ranks[1], axes[1], "j")];
  return whole(`torch.einsum("${x},${y}->b${ranks[0] === 2 ? "i" : "j"}", ${a}, ${b})`);
};

export const RULES = {
  sum: { shape: broadcast, emit: (operands) => open(infix(operands, "+")) },
  difference: { inputs: 2, shape: broadcast, emit: (operands) => open(infix(operands, "-")) },
  product: { shape: broadcast, emit: (operands) => open(infix(operands, "*")) },
  mean: { shape: floats, emit: (operands) => open(`(${infix(operands, "+")}) / ${operands.length}`) },
  largest: { shape: broadcast, emit: folded("torch.maximum") },
  smallest: { shape: broadcast, emit: folded("torch.minimum") },
  joined: {
    shape: concatenated,
    emit: (operands, { axis = 1 }, inputs, layout) =>
      whole(
        `torch.cat([${texts(operands).join(", ")}], dim=${torchAxis(axis, inputs[0]?.shape.length ?? 1, layout)})`,
      ),
  },
  dot: { inputs: 2, lastOnly: true, shape: multiplied, emit: dot },
} satisfies Record<string, MergeRule>;
