/** Transposed, depthwise and separable convolutions. */
import type { TensorType } from "../../src/analysis/model.ts";
import { int } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type LayerContext, type LayerEntry, layer, type Module } from "../layer.ts";
import { call, sizes, tuple } from "../python.ts";
import { penaltyTerms } from "../regularizers.ts";
import { type Dim, minus, plus, times, windowed } from "../sizes.ts";
import { paddingOf, requireChannelsLast, requireRank } from "./convolutional.ts";
import { activationOf, kernelAndBias } from "./core.ts";

const TAIL =
  "kernel_initializer='glorot_uniform', bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, bias_constraint=None";

/** valid: h * s + max(k - s, 0); same: h * s. */
function transposedShape(args: Arguments, input: TensorType, axes: number): TensorType | undefined {
  if (input.shape.length !== axes + 1) return undefined;
  const padding = args.value("padding");
  const [kernel, stride] = [args.perAxis("kernel_size", axes), args.perAxis("strides", axes)];
  if (padding.kind !== "str") return undefined;
  const spatial = input.shape.slice(0, -1).map((dim, i): Dim => {
    const grown = times(dim, stride[i]);
    if (padding.value.toLowerCase() === "same") return grown;
    const [k, s] = [kernel[i]?.value, stride[i]?.value];
    return k === undefined || s === undefined ? undefined : plus(grown, int(Math.max(k - s, 0)));
  });
  return { dtype: "float", shape: [...spatial, args.size("filters")] };
}

/**
 * PyTorch's padding and output padding for Keras's, and how many cells to cut off the end.
 *
 * valid: p = 0, o = max(s - k, 0); same, with t = k - s: p = t // 2 and t % 2 cells cut for t >= 0,
 * o = -t otherwise.
 */
function transposedPadding(
  kernel: number,
  stride: number,
  same: boolean,
): { padding: number; output: number; cut: number } {
  const t = kernel - stride;
  if (!same) return { padding: 0, output: Math.max(-t, 0), cut: 0 };
  return t >= 0 ? { padding: Math.floor(t / 2), output: 0, cut: t % 2 } : { padding: 0, output: -t, cut: 0 };
}

function transposed(axes: number): LayerEntry["emit"] {
  return (context) => {
    const { args, input, node } = context;
    requireChannelsLast(args, node);
    requireRank(context, axes);
    const padding = args.option("padding");
    if (padding !== "same" && padding !== "valid") throw args.unknown("padding");
    if (!args.isNone("output_padding")) {
      throw new Unsupported(args.argument("output_padding") ?? node, "`output_padding` is not supported yet");
    }
    const numbers = (name: string) =>
      args.perAxis(name, axes).map((dim) => {
        if (dim?.value === undefined) throw args.unknown(name);
        return dim.value;
      });
    const [kernel, stride, dilation] = [numbers("kernel_size"), numbers("strides"), numbers("dilation_rate")];
    if (dilation.some((step) => step !== 1)) {
      throw new Unsupported(
        args.argument("dilation_rate") ?? node,
        "dilation of a transposed convolution is not supported yet",
      );
    }
    const pads = kernel.map((size, i) => transposedPadding(size, stride[i] ?? 1, padding === "same"));
    const { init, initialize, bias, penalties, constraints } = kernelAndBias(
      context,
      `nn.ConvTranspose${axes}d`,
    );
    const zero = (values: readonly number[]) =>
      values.every((value) => value === 0) ? undefined : sizes(values);
    const channels = context.size(input.shape.at(-1));
    if (channels === undefined)
      throw new Unsupported(node, "the number of channels that this layer gets is not known");
    const code = call(
      `nn.ConvTranspose${axes}d`,
      [channels, args.required("filters"), args.required("kernel_size")],
      {
        stride: stride.every((step) => step === 1) ? undefined : args.text("strides"),
        padding: zero(pads.map((pad) => pad.padding)),
        output_padding: zero(pads.map((pad) => pad.output)),
        bias: bias ? undefined : "False",
      },
    );
    const cuts = pads.map((pad) => pad.cut);
    const cut: Module[] = cuts.every((cells) => cells === 0)
      ? []
      : [{ code: cutOff(cuts), note: '"same" leaves out the last cells' }];
    return {
      modules: [
        { code, init, initialize, penalties, constraints },
        ...cut,
        ...activationOf(context, context.output, "first"),
      ],
      layout: "first",
    };
  };
}

/** Cells cut off the end of each axis, in PyTorch's order. */
function cutOff(cuts: readonly number[]): string {
  const flat = [...cuts].reverse().flatMap((cells) => [0, -cells]);
  return cuts.length === 1
    ? `nn.ConstantPad1d(${tuple(flat)}, 0.0)`
    : `nn.ZeroPad${cuts.length}d(${tuple(flat)})`;
}

function depthwiseShape(
  args: Arguments,
  input: TensorType,
  axes: number,
  channels: Dim,
): TensorType | undefined {
  if (input.shape.length !== axes + 1) return undefined;
  const padding = args.value("padding");
  if (padding.kind !== "str") return undefined;
  const [kernel, stride, dilation] = ["kernel_size", "strides", "dilation_rate"].map((name) =>
    args.perAxis(name, axes),
  );
  const spatial = input.shape
    .slice(0, -1)
    .map((dim, i) => windowed(dim, kernel?.[i], stride?.[i], padding.value.toLowerCase(), dilation?.[i]));
  return { dtype: "float", shape: [...spatial, channels] };
}

/** The convolution of each channel by itself, without activation. */
function depthwiseModules(context: LayerContext, axes: number, bias: boolean, initializer: string): Module[] {
  const { args, input, node } = context;
  requireChannelsLast(args, node);
  requireRank(context, axes);
  const [kernel, stride, dilation] = [
    args.perAxis("kernel_size", axes),
    args.perAxis("strides", axes),
    args.perAxis("dilation_rate", axes),
  ];
  const channels = input.shape.at(-1)?.value;
  const multiplier = args.number("depth_multiplier");
  if (channels === undefined || multiplier === undefined) {
    throw new Unsupported(node, "the number of channels that this layer gets is not known");
  }
  const value = args.value(initializer);
  if (value.kind !== "str" || value.value.toLowerCase() !== "glorot_uniform") {
    throw new Unsupported(args.argument(initializer) ?? node, `\`${initializer}\` is not supported yet`);
  }
  const { before, argument } = paddingOf(context, kernel, stride, dilation);
  const cells = kernel.map((dim) => dim?.value ?? 1).reduce((a, b) => a * b, 1);
  // Keras's fans are those of the whole kernel: (k * k * C, k * k * m).
  const bound = (6 / (cells * (channels + multiplier))) ** 0.5;
  const isOne = (dims: readonly Dim[]) => dims.every((dim) => dim?.value === 1);
  const code = call(
    `nn.Conv${axes}d`,
    [String(channels), String(channels * multiplier), args.required("kernel_size")],
    {
      stride: isOne(stride) ? undefined : args.text("strides"),
      padding: argument,
      dilation: isOne(dilation) ? undefined : args.text("dilation_rate"),
      groups: String(channels),
      bias: bias ? undefined : "False",
    },
  );
  const init = {
    type: `nn.Conv${axes}d`,
    lines: ["nn.init.xavier_uniform_(module.weight)", ...(bias ? ["nn.init.zeros_(module.bias)"] : [])],
  };
  return [
    ...before,
    {
      code,
      init,
      initialize: [`nn.init.uniform_({}.weight, -${bound.toPrecision(6)}, ${bound.toPrecision(6)})`],
    },
  ];
}

function depthwise(axes: number): LayerEntry["emit"] {
  return (context) => {
    const { args } = context;
    const modules = depthwiseModules(context, axes, args.flag("use_bias"), "depthwise_initializer");
    context.initializer("bias_initializer", "bias");
    return { modules: [...modules, ...activationOf(context, context.output, "first")], layout: "first" };
  };
}

function separable(axes: number): LayerEntry["emit"] {
  return (context) => {
    const { args, input } = context;
    const modules = depthwiseModules(context, axes, false, "depthwise_initializer");
    const bias = args.flag("use_bias");
    const inner = (input.shape.at(-1)?.value ?? 0) * (args.number("depth_multiplier") ?? 1);
    const code = call(`nn.Conv${axes}d`, [String(inner), args.required("filters"), "1"], {
      bias: bias ? undefined : "False",
    });
    const init = {
      type: `nn.Conv${axes}d`,
      lines: ["nn.init.xavier_uniform_(module.weight)", ...(bias ? ["nn.init.zeros_(module.bias)"] : [])],
    };
    const initialize = [
      ...context.initializer("pointwise_initializer", "weight"),
      ...context.initializer("bias_initializer", "bias"),
    ];
    const penalties = [
      ...penaltyTerms(args, "pointwise_regularizer", "weight"),
      ...(bias ? penaltyTerms(args, "bias_regularizer", "bias") : []),
    ];
    return {
      modules: [
        ...modules,
        { code, init, initialize, penalties },
        ...activationOf(context, context.output, "first"),
      ],
      layout: "first",
    };
  };
}

const SEPARABLE_TAIL =
  "depthwise_initializer='glorot_uniform', pointwise_initializer='glorot_uniform', bias_initializer='zeros', depthwise_regularizer=None, pointwise_regularizer=None, bias_regularizer=None, activity_regularizer=None, depthwise_constraint=None, pointwise_constraint=None, bias_constraint=None";

const DEPTHWISE_TAIL =
  "depthwise_initializer='glorot_uniform', bias_initializer='zeros', depthwise_regularizer=None, bias_regularizer=None, activity_regularizer=None, depthwise_constraint=None, bias_constraint=None";

export const transposedLayers = ([1, 2] as const).flatMap((axes) => {
  const one = axes === 1 ? "1" : "(1, 1)";
  return [
    layer({
      names: [`Conv${axes}DTranspose`, ...(axes === 2 ? ["Deconvolution2D"] : [])],
      signatures: {
        keras2: `filters, kernel_size, strides=${one}, padding='valid', output_padding=None, data_format=None, dilation_rate=${one}, activation=None, use_bias=True, ${TAIL}`,
      },
      layout: "spatial",
      shape: (args, input) => transposedShape(args, input, axes),
      emit: transposed(axes),
    }),
    layer({
      names: [`DepthwiseConv${axes}D`],
      signatures: {
        keras2: `kernel_size, strides=${one}, padding='valid', depth_multiplier=1, data_format=None, dilation_rate=${one}, activation=None, use_bias=True, ${DEPTHWISE_TAIL}`,
      },
      layout: "spatial",
      shape: (args, input) => {
        const channels = times(input.shape.at(-1), args.size("depth_multiplier"));
        return depthwiseShape(args, input, axes, channels);
      },
      emit: depthwise(axes),
    }),
    layer({
      names: [`SeparableConv${axes}D`],
      signatures: {
        keras2: `filters, kernel_size, strides=${one}, padding='valid', data_format=None, dilation_rate=${one}, depth_multiplier=1, activation=None, use_bias=True, ${SEPARABLE_TAIL}`,
      },
      layout: "spatial",
      shape: (args, input) => depthwiseShape(args, input, axes, args.size("filters")),
      emit: separable(axes),
    }),
  ];
});

/** `1`, `(before, after)` or pairs of them, as cells to leave out. */
function cropsOf(args: Arguments, axes: number): (readonly [number, number])[] | undefined {
  const value = args.value("cropping");
  if (value.kind === "num" && value.value !== undefined) return Array(axes).fill([value.value, value.value]);
  if (value.kind !== "tuple" || value.open) return undefined;
  const number = (element: (typeof value.elements)[number] | undefined) =>
    element?.kind === "num" ? element.value : undefined;
  if (axes === 1) {
    const [before, after] = value.elements.map(number);
    return before === undefined || after === undefined ? undefined : [[before, after]];
  }
  const pairs = value.elements.map((element) => {
    if (element.kind === "num" && element.value !== undefined) return [element.value, element.value] as const;
    const [before, after] = element.kind === "tuple" ? element.elements.map(number) : [];
    return before === undefined || after === undefined ? undefined : ([before, after] as const);
  });
  return pairs.length === axes && pairs.every((pair) => pair !== undefined) ? pairs : undefined;
}

export const cropping = ([1, 2] as const).map((axes) =>
  layer({
    names: [`Cropping${axes}D`],
    signatures: { keras2: axes === 1 ? "cropping=(1, 1)" : "cropping=((0, 0), (0, 0)), data_format=None" },
    layout: "spatial",
    shape: (args, input) => {
      const crops = cropsOf(args, axes);
      if (input.shape.length !== axes + 1 || !crops) return undefined;
      return {
        ...input,
        shape: input.shape.map((dim, i) => (crops[i] ? minus(dim, int(crops[i][0] + crops[i][1])) : dim)),
      };
    },
    emit: (context) => {
      if (axes > 1) requireChannelsLast(context.args, context.node);
      const crops = cropsOf(context.args, axes);
      if (!crops) throw context.args.unknown("cropping");
      const flat = [...crops].reverse().flatMap(([before, after]) => [-before, -after]);
      const code = axes === 1 ? `nn.ConstantPad1d(${tuple(flat)}, 0.0)` : `nn.ZeroPad2d(${tuple(flat)})`;
      return { modules: [{ code: code.replaceAll("-0", "0") }], layout: "first" };
    },
  }),
);
