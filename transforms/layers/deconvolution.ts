/** Keras 1's transposed convolution: the script says the shape of its output. */

import type { BoundArgs } from "../../src/analysis/constructs.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { LayerCases, LayerContext } from "../layer.ts";
import type { Dim } from "../sizes.ts";
import { namesSizes } from "./convolutional.ts";
import { channelsFirst, numbers, spatialOf } from "./spatial.ts";
import { standIn } from "./stand-in.ts";

export const DECONVOLUTION =
  "nb_filter:filters, nb_row, nb_col, output_shape, init:kernel_initializer='glorot_uniform', activation=None, weights=None, border_mode:padding='valid', subsample:strides=(1, 1), dim_ordering:data_format=None, W_regularizer:kernel_regularizer=None, b_regularizer:bias_regularizer=None, activity_regularizer=None, W_constraint:kernel_constraint=None, b_constraint:bias_constraint=None, bias:use_bias=True, dilation_rate=(1, 1), output_padding=None";

/** No Keras of today takes the shape of an output: `test/layers/keras1.py` does. */
export function firstCases(): LayerCases[] {
  const stand = standIn("keras1.Deconvolution2D");
  const size = { nb_filter: ["3"], nb_row: ["3"], nb_col: ["2"] };
  const usual = { versions: ["keras1"] as const, inputs: [[4, 5, 2]], stand };
  const same = { ...size, border_mode: ["'same'"], subsample: ["(2, 2)"] };
  return [
    {
      ...usual,
      args: { ...size, output_shape: ["(None, 6, 6, 3)"], activation: ["", "'relu'"], bias: ["", "False"] },
    },
    {
      ...usual,
      args: { ...size, subsample: ["(2, 2)"], output_shape: ["(None, 9, 10, 3)", "(None, 10, 11, 3)"] },
      mutant: ["output_padding=", "padding="],
    },
    {
      ...usual,
      args: {
        ...same,
        output_shape: ["(None, 7, 9, 3)", "(None, 8, 10, 3)", "(None, 8, 9, 3)", "(8, 7, 10, 3)"],
      },
      mutant: ["nn.ZeroPad2d((0, 0, 0, -1", "nn.ZeroPad2d((0, 0, -1, 0"],
    },
    {
      ...usual,
      before: ["layers.Conv2D(4, 2)"],
      after: ["layers.Flatten()", "layers.Dense(2)"],
      args: { ...same, output_shape: ["(None, 6, 8, 3)"], activation: ["'softmax'"], dim_ordering: ["'tf'"] },
    },
  ];
}

/** The sizes that a script for Keras 1 says itself, as the shape of the whole output. */
export function givenSizes(args: Arguments): readonly Dim[] {
  const shape = args.dimensions("output_shape") ?? [];
  return channelsFirst(args) ? shape.slice(2) : shape.slice(1, -1);
}

/** Whether a call is Keras 1's, which names each size of the kernel and the shape of the output. */
export const namesOutput = (bound: BoundArgs) => {
  if (bound.version !== "keras1") return true;
  const kind = bound.given.get("output_shape")?.value.kind;
  return namesSizes(2)(bound) && (kind === "tuple" || kind === "list");
};

/** PyTorch's padding and output padding for an output of a size that the script says, and how many cells to cut off the end. */
export function paddingTo(
  { args, node, input }: LayerContext,
  kernel: readonly number[],
  stride: readonly number[],
  same: boolean,
): { padding: number; output: number; cut: number }[] {
  const [sizes, wanted] = [numbers(spatialOf(args, input)), numbers(givenSizes(args))];
  if (!sizes || wanted?.length !== kernel.length)
    throw new Unsupported(args.argument("output_shape") ?? node, "sizes of this layer are not known here");
  return wanted.map((size, i) => {
    const [k = 1, s = 1, before = 1] = [kernel[i], stride[i], sizes[i]];
    // Of all sizes that give the input when they are convolved.
    const needed = Math.ceil((same ? size : size - k + 1) / s);
    if (needed !== before)
      throw new Unsupported(
        args.argument("output_shape") ?? node,
        `a convolution of ${size} cells gives ${needed}, not the ${before} that this layer gets: Keras refuses that`,
      );
    const spare = (before - 1) * s + k - size;
    return spare >= 0
      ? { padding: Math.floor(spare / 2), output: 0, cut: spare % 2 }
      : { padding: 0, output: -spare, cut: 0 };
  });
}
