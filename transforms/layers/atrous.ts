/** Keras 1's dilated convolutions. */

import { type LayerCases, layer } from "../layer.ts";
import { convolution, convolutionShape, KERAS1_HEAD, KERAS1_TAIL, ones } from "./convolutional.ts";
import { spatialLayout } from "./spatial.ts";
import { standIn } from "./stand-in.ts";

/** No Keras of today has them: `test/layers/keras1.py` says what they compute. */
function atrousCases(axes: 1 | 2): LayerCases[] {
  const stand = standIn(`keras1.AtrousConvolution${axes}D`);
  const [size, rates]: [LayerCases["args"], readonly string[]] =
    axes === 1
      ? [{ nb_filter: ["3"], filter_length: ["3", "2"] }, ["", "2", "3"]]
      : [{ nb_filter: ["3"], nb_row: ["3"], nb_col: ["3", "2"] }, ["", "(2, 2)", "(3, 3)"]];
  const padding = { border_mode: ["", "'same'"] };
  const rate = axes === 1 ? "2" : "(2, 2)";
  const usual = { versions: ["keras1"] as const, stand };
  return [
    {
      ...usual,
      inputs: axes === 1 ? [[9, 2]] : [[9, 8, 2]],
      args: { ...size, ...padding, atrous_rate: rates, bias: ["", "False"] },
      mutant: [axes === 1 ? "dilation=2" : "dilation=(2, 2)", axes === 1 ? "dilation=1" : "dilation=(1, 1)"],
    },
    {
      ...usual,
      inputs: axes === 1 ? [[9, 2]] : [[9, 8, 2]],
      before: [`layers.Conv${axes}D(2, 2)`],
      args: { ...size, ...padding, atrous_rate: [rate], activation: ["'softmax'"] },
    },
    {
      ...usual,
      inputs: axes === 1 ? [[9, 2]] : [[9, 8, 2]],
      args:
        axes === 1
          ? { ...size, subsample_length: ["2"], init: ["'he_normal'"] }
          : { ...size, subsample: ["(2, 2)"], dim_ordering: ["'tf'"], init: ["'he_normal'"] },
    },
  ];
}

export const atrous = ([1, 2] as const).map((axes) => {
  const kernel = axes === 1 ? "filter_length:kernel_size" : "nb_row, nb_col";
  const stride = axes === 1 ? "subsample_length:strides=1" : "subsample:strides=(1, 1)";
  const format = axes === 1 ? "" : ", dim_ordering:data_format=None";
  return layer({
    names: [`AtrousConvolution${axes}D`],
    signatures: {
      keras1: `nb_filter:filters, ${kernel}, ${KERAS1_HEAD}, ${stride}, atrous_rate:dilation_rate=${ones(axes)}, ${KERAS1_TAIL}${format}`,
    },
    layout: spatialLayout,
    rank: axes + 1,
    torch: `\`nn.Conv${axes}d\` with a dilation`,
    shape: convolutionShape(axes),
    emit: convolution(axes, true),
    cases: () => atrousCases(axes),
  });
});
