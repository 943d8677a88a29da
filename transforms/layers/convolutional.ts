/** Conv1D, Conv2D, Conv3D and their older names. */
import type { BoundArgs } from "../../src/analysis/constructs.ts";
import type { TensorType } from "../../src/analysis/model.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type LayerCases, type LayerContext, type LayerEntry, layer } from "../layer.ts";
import { call, tuple } from "../python.ts";
import { type Dim, windowed } from "../sizes.ts";
import { mayPredate } from "../version.ts";
import { BIAS_NOTE } from "./added-bias.ts";
import { activationOf, activityPenalty, kernelAndBias } from "./core.ts";
import { firstFansOf, startedAsFirst } from "./first-start.ts";
import {
  allOne,
  channelsOf,
  mapShape,
  paddingOf,
  requireRank,
  resized,
  spatialLayout,
  spatialOf,
} from "./spatial.ts";

const TAIL =
  "kernel_initializer='glorot_uniform', bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, bias_constraint=None";
export const KERAS1_HEAD =
  "init:kernel_initializer='glorot_uniform', activation=None, weights=None, border_mode:padding='valid'";
/** What comes last in Keras 1, and what later versions have besides. */
export const KERAS1_TAIL =
  "W_regularizer:kernel_regularizer=None, b_regularizer:bias_regularizer=None, activity_regularizer=None, W_constraint:kernel_constraint=None, b_constraint:bias_constraint=None, bias:use_bias=True";
const KERAS1_MORE = "bias_initializer='zeros', groups=1";

/** Keras 1 has an argument for each size of a kernel. */
const KERAS1_KERNEL: Readonly<Record<number, readonly string[]>> = {
  2: ["nb_row", "nb_col"],
  3: ["kernel_dim1", "kernel_dim2", "kernel_dim3"],
};

/** Whether a call in the order of Keras 1 names each size: `Conv2D(32, (3, 3))` is Keras 2's. */
export const namesSizes = (axes: number) => (bound: BoundArgs) => {
  if (bound.version !== "keras1" || axes === 1) return true;
  return (KERAS1_KERNEL[axes] ?? []).every((name) => {
    const kind = bound.given.get(name)?.value.kind;
    return kind !== undefined && kind !== "tuple" && kind !== "list";
  });
};

/** The sizes of the kernel. */
export function kernelDims(args: Arguments, axes: number): Dim[] {
  const names = args.version === "keras1" ? KERAS1_KERNEL[axes] : undefined;
  return names ? names.map((name) => args.size(name)) : args.perAxis("kernel_size", axes);
}

/** The kernel's size as an argument. */
export function kernelText(args: Arguments, axes: number): string {
  const names = args.version === "keras1" ? KERAS1_KERNEL[axes] : undefined;
  return names ? tuple(names.map((name) => args.required(name))) : args.required("kernel_size");
}

/** The type of what a window over a map gives. */
export function windowedShape(
  args: Arguments,
  input: TensorType,
  kernel: readonly Dim[],
  channels: Dim,
): TensorType | undefined {
  const axes = kernel.length;
  const stride = args.perAxis("strides", axes);
  const dilation = args.perAxis("dilation_rate", axes);
  const padding = args.value("padding");
  const spatial = resized(args, input, axes, (dim, i) =>
    padding.kind === "str"
      ? windowed(dim, kernel[i], stride[i], padding.value.toLowerCase(), dilation[i])
      : undefined,
  );
  return spatial && { dtype: "float", shape: mapShape(args, channels, spatialOf(args, spatial)) };
}

/**
 * `Conv2D(32, 3, 3)` has kernels of 3 x 3 in standalone Keras before 2.4, also where all else is
 * spelled as in Keras 2, and a stride of 3 in TensorFlow's and later ones.
 */
function requireClearKernel({ args, version, node }: LayerContext): void {
  const isNumber = (name: string) => args.value(name).kind === "num" && args.argument(name)?.name === null;
  if (version !== "keras2" || args.version !== "keras2" || !isNumber("kernel_size") || !isNumber("strides"))
    return;
  if (!mayPredate(args.machine, version, { keras: [2, 4], tensorflow: [0, 0] })) return;
  throw new Unsupported(
    node,
    "this is a kernel of two sizes before Keras 2.4, and a size and a stride in later ones",
    "Write the kernel as `(3, 3)`, or the stride as `strides=3`.",
  );
}

/** @param only whether no later Keras than the first has the layer */
export function convolution(axes: number, only = false): LayerEntry["emit"] {
  return (context) => {
    const { args, input, layout } = context;
    requireRank(context, axes);
    if (axes === 2) requireClearKernel(context);
    const kernel = kernelDims(args, axes);
    const stride = args.perAxis("strides", axes);
    const dilation = args.perAxis("dilation_rate", axes);
    const channels = context.size(channelsOf(args, input));
    const { before, argument } = paddingOf(context, kernel, stride, dilation);
    const fans = firstFansOf(context, kernel);
    const { bias, ...said } = kernelAndBias(context, `nn.Conv${axes}d`, fans && { fans });
    const code = call(
      channels === undefined ? `nn.LazyConv${axes}d` : `nn.Conv${axes}d`,
      [channels, args.required("filters"), kernelText(args, axes)],
      {
        stride: allOne(stride) ? undefined : args.text("strides"),
        padding: argument,
        dilation: allOne(dilation) ? undefined : args.text("dilation_rate"),
        groups: args.number("groups") === 1 || args.isNone("groups") ? undefined : args.text("groups"),
        bias: bias ? undefined : "False",
      },
    );
    return {
      modules: [
        ...before,
        { code, ...(fans ? startedAsFirst(context, said, fans, only) : said) },
        ...activationOf(context, context.output, layout),
        ...activityPenalty(context),
      ],
    };
  };
}

export const ones = (axes: number) => (axes === 1 ? "1" : tuple(Array<number>(axes).fill(1)));

/** Keras 2 keeps sequences channels-last whatever the backend's setting. */
const FORMAT = (axes: number) => (axes === 1 ? "data_format='channels_last'" : "data_format=None");

function signatures(axes: number): LayerEntry["signatures"] {
  const one = ones(axes);
  const keras1 =
    axes === 1
      ? `nb_filter:filters, filter_length:kernel_size, ${KERAS1_HEAD}, subsample_length:strides=1, ${KERAS1_TAIL}, ${KERAS1_MORE}, dilation_rate=1, data_format='channels_last'`
      : `nb_filter:filters, ${KERAS1_KERNEL[axes]?.join(", ")}, ${KERAS1_HEAD}, subsample:strides=${one}, dim_ordering:data_format=None, ${KERAS1_TAIL}, ${KERAS1_MORE}, dilation_rate=${one}`;
  const modern = (format: string) =>
    `filters, kernel_size, strides=${one}, padding='valid', ${format}, dilation_rate=${one}, groups=1, activation=None, use_bias=True, ${TAIL}`;
  return { keras1, keras2: modern(FORMAT(axes)), keras3: modern("data_format=None") };
}

export const convolutionShape = (axes: number) => (args: Arguments, input: TensorType) =>
  windowedShape(args, input, kernelDims(args, axes), args.size("filters"));

const conv1: readonly LayerCases[] = [
  {
    inputs: [
      [7, 4],
      [8, 4],
    ],
    args: {
      filters: ["4"],
      kernel_size: ["3", "2", "(1,)"],
      strides: ["", "2", "3"],
      padding: ["", "'same'", "'causal'"],
    },
    mutant: ["nn.ConstantPad1d((2, 0), 0.0)", "nn.ConstantPad1d((1, 1), 0.0)"],
  },
  {
    inputs: [[9, 4]],
    args: {
      filters: ["4"],
      kernel_size: ["3"],
      dilation_rate: ["2", "(3,)"],
      padding: ["", "'same'", "'causal'"],
      use_bias: ["False"],
      activation: ["'softmax'"],
    },
    mutant: ["dim=1", "dim=-1"],
  },
  {
    inputs: [
      [6, 4],
      [1, 4],
    ],
    args: { filters: ["6"], kernel_size: ["1"], groups: ["2"], padding: ["'SAME'", "'valid'"] },
  },
  {
    inputs: [[4, 9]],
    args: {
      filters: ["3"],
      kernel_size: ["2", "3"],
      strides: ["", "2"],
      padding: ["", "'same'"],
      data_format: ["'channels_first'"],
    },
    twin: true,
  },
];

const conv2: readonly LayerCases[] = [
  {
    inputs: [
      [7, 8, 4],
      [6, 5, 4],
    ],
    args: {
      filters: ["4"],
      kernel_size: ["3", "(2, 3)", "1"],
      strides: ["", "2", "(1, 3)"],
      padding: ["", "'same'"],
      activation: ["", "'relu'"],
    },
    mutant: ["nn.ZeroPad2d((0, 1, ", "nn.ZeroPad2d((1, 0, "],
  },
  {
    inputs: [[9, 8, 4]],
    args: {
      filters: ["4"],
      kernel_size: ["3", "(2, 3)"],
      padding: ["", "'same'"],
      dilation_rate: ["2", "(2, 1)"],
      use_bias: ["", "False"],
    },
  },
  {
    inputs: [
      [5, 4, 4],
      [1, 3, 2],
    ],
    before: ["layers.Conv2D(4, 1)"],
    args: { filters: ["6"], kernel_size: ["3"], groups: ["2"], padding: ["'same'"] },
  },
  {
    inputs: [[4, 7, 9]],
    args: {
      filters: ["3"],
      kernel_size: ["3", "(2, 1)"],
      strides: ["", "2"],
      padding: ["", "'same'"],
      activation: ["", "'relu'"],
      data_format: ["'channels_first'"],
    },
    twin: true,
    after: ["layers.ReLU()"],
  },
];

const conv3: readonly LayerCases[] = [
  {
    inputs: [
      [5, 4, 6, 2],
      [3, 5, 4, 2],
    ],
    args: {
      filters: ["3"],
      kernel_size: ["2", "(3, 1, 2)"],
      strides: ["", "2", "(1, 2, 1)"],
      padding: ["", "'same'"],
      use_bias: ["", "False"],
    },
    mutant: ["nn.ZeroPad3d((0, 1, ", "nn.ZeroPad3d((1, 0, "],
  },
  {
    inputs: [[5, 5, 6, 2]],
    args: {
      filters: ["4"],
      kernel_size: ["2"],
      dilation_rate: ["2", "(1, 2, 1)"],
      padding: ["", "'same'"],
      activation: ["'tanh'"],
    },
  },
  {
    inputs: [[4, 4, 3, 5]],
    args: {
      filters: ["4"],
      kernel_size: ["2"],
      groups: ["2"],
      data_format: ["'channels_first'"],
      padding: ["", "'same'"],
    },
    twin: true,
  },
  {
    // Keras 3 compiles these, so that CPUs have them too.
    inputs: [[3, 4, 3, 6]],
    args: { filters: ["4"], kernel_size: ["2"], data_format: ["'channels_first'"], padding: ["", "'same'"] },
    versions: ["keras3"],
  },
];

const CASES = { 1: () => conv1, 2: () => conv2, 3: () => conv3 };

export const convolutional = ([1, 2, 3] as const).map((axes) =>
  layer({
    names: [`Conv${axes}D`],
    signatures: signatures(axes),
    layout: spatialLayout,
    rank: axes + 1,
    torch: `\`nn.Conv${axes}d\`, with a padding before it where "same" is uneven`,
    notes: BIAS_NOTE,
    accepts: namesSizes(axes),
    shape: convolutionShape(axes),
    emit: convolution(axes),
    cases: CASES[axes],
  }),
);
