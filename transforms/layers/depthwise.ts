/** Depthwise and separable convolutions. */
import type { TensorType } from "../../src/analysis/model.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { scalingLine } from "../initializers.ts";
import { type LayerCases, type LayerContext, layer, type Module } from "../layer.ts";
import { call } from "../python.ts";
import { type Dim, productOf, times } from "../sizes.ts";
import { BIAS_NOTE, requireChannelBias } from "./added-bias.ts";
import { kernelDims, kernelText, namesSizes, windowedShape } from "./convolutional.ts";
import { activationOf, activityPenalty, KERNEL_AND_BIAS, KERNEL_ONLY } from "./core.ts";
import { biasPlace, parameterOf, together } from "./parameters.ts";
import { allOne, channelsOf, numbers, paddingOf, requireRank, spatialLayout } from "./spatial.ts";

const multiplied = (args: Arguments, input: TensorType): Dim =>
  times(channelsOf(args, input), args.size("depth_multiplier"));

/** The convolution of each channel by itself, without activation. */
function depthwiseModules(
  context: LayerContext,
  axes: number,
  bias: boolean,
  weightName: string,
): { modules: Module[]; outputs: string } {
  const { args, input, node } = context;
  requireRank(context, axes);
  const kernel = kernelDims(args, axes);
  const stride = args.perAxis("strides", axes);
  const dilation = args.perAxis("dilation_rate", axes);
  const channels = context.size(channelsOf(args, input));
  const outputs = context.size(multiplied(args, input));
  if (channels === undefined || outputs === undefined)
    throw new Unsupported(node, "the number of channels that this layer gets is not known");
  const { before, argument } = paddingOf(context, kernel, stride, dilation);
  const code = call(`nn.Conv${axes}d`, [channels, outputs, kernelText(args, axes)], {
    stride: allOne(stride) ? undefined : args.text("strides"),
    padding: argument,
    dilation: allOne(dilation) ? undefined : args.text("dilation_rate"),
    groups: channels,
    bias: bias ? undefined : "False",
  });
  const init = { type: `nn.Conv${axes}d`, lines: bias ? KERNEL_AND_BIAS : KERNEL_ONLY };
  // Keras's fans are those of the whole kernel; Glorot's sum of both is PyTorch's too for one output a channel.
  const sizes = numbers([...kernel, channelsOf(args, input)]);
  const fanIn = sizes && productOf(sizes);
  const multiplier = args.number("depth_multiplier");
  const fanOut = fanIn && multiplier && (fanIn / (sizes?.at(-1) ?? 1)) * multiplier;
  const fans = { in: fanIn, out: fanOut };
  let said = parameterOf(context, "depthwise", {
    torch: "weight",
    form: "depthwise",
    rank: axes + 2,
    fans,
    keras: weightName,
  });
  // What `init_weights` does is right for one output a channel only.
  const scaled = { scale: "1", mode: "fan_avg", distribution: "uniform" };
  const usual =
    multiplier === 1 || said.initialize.length > 0 ? undefined : scalingLine("{}.weight", scaled, fans);
  if (usual) said = { ...said, initialize: [usual.line] };
  if (bias) requireChannelBias(context, axes, multiplied(args, input));
  const all = bias ? together(said, parameterOf(context, "bias", biasPlace(multiplied(args, input)))) : said;
  return { modules: [...before, { code, init, ...all }], outputs };
}

const depthwise = (axes: number) => (context: LayerContext) => {
  const bias = context.args.flag("use_bias");
  const name = context.version === "keras3" ? "kernel" : "depthwise_kernel";
  const { modules } = depthwiseModules(context, axes, bias, name);
  return {
    modules: [...modules, ...activationOf(context, context.output), ...activityPenalty(context)],
  };
};

const separable = (axes: number) => (context: LayerContext) => {
  const { args } = context;
  const { modules, outputs } = depthwiseModules(context, axes, false, "depthwise_kernel");
  const bias = args.flag("use_bias");
  if (bias) requireChannelBias(context, axes, args.size("filters"));
  const said = parameterOf(context, "pointwise", {
    torch: "weight",
    form: "kernel",
    rank: axes + 2,
    keras: "pointwise_kernel",
  });
  const all = bias ? together(said, parameterOf(context, "bias", biasPlace(args.size("filters")))) : said;
  const pointwise: Module = {
    code: call(`nn.Conv${axes}d`, [outputs, args.required("filters"), "1"], {
      bias: bias ? undefined : "False",
    }),
    init: { type: `nn.Conv${axes}d`, lines: bias ? KERNEL_AND_BIAS : KERNEL_ONLY },
    ...all,
  };
  return {
    modules: [...modules, pointwise, ...activationOf(context, context.output), ...activityPenalty(context)],
  };
};

const SEPARABLE_TAIL =
  "depthwise_initializer='glorot_uniform', pointwise_initializer='glorot_uniform', bias_initializer='zeros', depthwise_regularizer=None, pointwise_regularizer=None, bias_regularizer=None, activity_regularizer=None, depthwise_constraint=None, pointwise_constraint=None, bias_constraint=None";

const DEPTHWISE_TAIL =
  "depthwise_initializer='glorot_uniform', bias_initializer='zeros', depthwise_regularizer=None, bias_regularizer=None, activity_regularizer=None, depthwise_constraint=None, bias_constraint=None";

const KERAS1_SEPARABLE =
  "nb_filter:filters, nb_row, nb_col, init:depthwise_initializer='glorot_uniform', activation=None, weights=None, border_mode:padding='valid', subsample:strides=(1, 1), depth_multiplier=1, dim_ordering:data_format=None, depthwise_regularizer=None, pointwise_regularizer=None, b_regularizer:bias_regularizer=None, activity_regularizer=None, depthwise_constraint=None, pointwise_constraint=None, b_constraint:bias_constraint=None, bias:use_bias=True";

/** TensorFlow takes no strides that differ, and no stride together with a dilation. */
function casesFor(axes: number, args: LayerCases["args"]): LayerCases[] {
  const maps = [
    [7, 6],
    [4, 5],
  ].map((sizes) => sizes.slice(0, axes));
  const kernels = axes === 1 ? ["3", "2", "(1,)"] : ["3", "(2, 3)", "1"];
  return [
    {
      inputs: maps.map((map) => [...map, 3]),
      args: {
        ...args,
        kernel_size: kernels,
        strides: ["", "2"],
        padding: ["", "'same'"],
        depth_multiplier: ["", "2"],
      },
      mutant: ["groups=3", "groups=1"],
    },
    {
      inputs: maps.map((map) => [...map, 3]),
      before: [`layers.Conv${axes}D(3, 1)`],
      args: {
        ...args,
        kernel_size: ["3"],
        dilation_rate: ["2"],
        padding: ["'same'"],
        use_bias: ["False"],
        activation: ["'relu'", "'softmax'"],
      },
    },
    // Keras 3 turns them itself where TensorFlow has them on GPUs only.
    ...([{ versions: ["keras3"] }, { versions: ["keras2"], twin: true }] as const).map((way) => ({
      ...way,
      inputs: [
        [7, 9],
        [5, 7],
      ].map((sizes) => [3, ...sizes.slice(0, axes)]),
      args: {
        ...args,
        kernel_size: ["3"],
        padding: ["'same'", "'valid'"],
        depth_multiplier: ["2"],
        data_format: ["'channels_first'"],
      },
    })),
  ];
}

export const depthwiseLayers = ([1, 2] as const).flatMap((axes) => {
  const one = axes === 1 ? "1" : "(1, 1)";
  return [
    layer({
      names: [`DepthwiseConv${axes}D`],
      signatures: {
        keras2: `kernel_size, strides=${one}, padding='valid', depth_multiplier=1, data_format=None, dilation_rate=${one}, activation=None, use_bias=True, ${DEPTHWISE_TAIL}`,
      },
      layout: spatialLayout,
      rank: axes + 1,
      torch: `\`nn.Conv${axes}d\` with a group for each channel`,
      notes: BIAS_NOTE,
      shape: (args, input) => windowedShape(args, input, kernelDims(args, axes), multiplied(args, input)),
      emit: depthwise(axes),
      cases: () => casesFor(axes, {}),
    }),
    layer({
      names: [`SeparableConv${axes}D`],
      signatures: {
        ...(axes === 2 && { keras1: KERAS1_SEPARABLE }),
        keras2: `filters, kernel_size, strides=${one}, padding='valid', data_format=None, dilation_rate=${one}, depth_multiplier=1, activation=None, use_bias=True, ${SEPARABLE_TAIL}`,
      },
      layout: spatialLayout,
      rank: axes + 1,
      torch: `two \`nn.Conv${axes}d\`: one with a group for each channel, one of size 1`,
      notes: BIAS_NOTE,
      accepts: namesSizes(axes),
      shape: (args, input) => windowedShape(args, input, kernelDims(args, axes), args.size("filters")),
      emit: separable(axes),
      cases: () => casesFor(axes, { filters: ["4"] }),
    }),
  ];
});
