/** Convolutions, up-sampling, zero padding. */
import type { TensorType } from "../../src/analysis/model.ts";
import { int } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type LayerContext, type LayerEntry, layer, type Module } from "../layer.ts";
import { call, sizes, string, tuple } from "../python.ts";
import { type Dim, plus, samePadding, times, windowed } from "../sizes.ts";
import { convolutionWeights } from "../weights.ts";
import { activationOf, activityPenalty, kernelAndBias } from "./core.ts";

const TAIL =
  "kernel_initializer='glorot_uniform', bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, bias_constraint=None";
const KERAS1_TAIL =
  "W_regularizer:kernel_regularizer=None, b_regularizer:bias_regularizer=None, activity_regularizer=None, W_constraint:kernel_constraint=None, b_constraint:bias_constraint=None, bias:use_bias=True, dim_ordering:data_format=None, bias_initializer='zeros'";

/** Reports channels-first data: the model would have to be read in another order. */
export function requireChannelsLast(args: Arguments, node: LayerContext["node"]): void {
  const value = args.value("data_format");
  if (value.kind === "none") return;
  const option = args.option("data_format");
  if (option !== "channels_last" && option !== "tf") {
    throw new Unsupported(
      args.argument("data_format") ?? node,
      "channels-first layers are not supported yet",
    );
  }
}

/** The sizes of the kernel: in Keras 1 a 2D convolution takes rows and columns apart. */
function kernelDims(args: Arguments, axes: number): Dim[] {
  if (args.version === "keras1" && axes > 1)
    return KERAS1_KERNEL.slice(0, axes).map((name) => args.size(name));
  return args.perAxis("kernel_size", axes);
}
const KERAS1_KERNEL = ["nb_row", "nb_col", "nb_depth"];

function kernelText(args: Arguments, axes: number): string {
  if (args.version === "keras1" && axes > 1)
    return tuple(KERAS1_KERNEL.slice(0, axes).map((name) => args.required(name)));
  return args.required("kernel_size");
}

function convolved(args: Arguments, input: TensorType, axes: number): TensorType | undefined {
  if (input.shape.length !== axes + 1) return undefined;
  const kernel = kernelDims(args, axes);
  const stride = args.perAxis("strides", axes);
  const dilation = args.perAxis("dilation_rate", axes);
  const padding = args.value("padding");
  if (padding.kind !== "str") return undefined;
  const spatial = input.shape
    .slice(0, -1)
    .map((dim, i) => windowed(dim, kernel[i], stride[i], padding.value.toLowerCase(), dilation[i]));
  return { dtype: "float", shape: [...spatial, args.size("filters")] };
}

export interface Padding {
  readonly before: readonly Module[];
  /** The `padding` argument of the convolution. */
  readonly argument: string | undefined;
}

/** How Keras's padding is said in PyTorch, for kernels, strides and sizes that are numbers here. */
export function paddingOf(
  context: LayerContext,
  kernel: readonly Dim[],
  stride: readonly Dim[],
  dilation: readonly Dim[],
): Padding {
  const { args, input } = context;
  const axes = kernel.length;
  const padding = args.option("padding");
  if (padding === "valid") return { before: [], argument: undefined };
  const numbers = (dims: readonly Dim[]) =>
    dims.every((dim) => dim?.value !== undefined) ? dims.map((dim) => dim?.value as number) : undefined;
  const [k, s, d] = [numbers(kernel), numbers(stride), numbers(dilation)];
  if (padding === "causal") {
    if (!k || !d) throw args.unknown("kernel_size");
    const [width = 0] = k.map((size, i) => (size - 1) * (d[i] ?? 1));
    return {
      before: width ? [{ code: `nn.ConstantPad1d((${width}, 0), 0.0)`, note: "causal: only the past" }] : [],
      argument: undefined,
    };
  }
  if (padding !== "same")
    throw new Unsupported(
      args.argument("padding") ?? context.node,
      `\`padding=${string(padding)}\` is not supported`,
    );
  if (!s) throw args.unknown("strides");
  if (s.every((step) => step === 1)) {
    if (!k || !d) return { before: [], argument: string("same") };
    const total = k.map((size, i) => (size - 1) * (d[i] ?? 1));
    if (total.every((cells) => cells % 2 === 0)) {
      const half = total.map((cells) => cells / 2);
      return { before: [], argument: half.every((cells) => cells === 0) ? undefined : sizes(half) };
    }
    return { before: [], argument: string("same") };
  }
  if (!k || !d) throw args.unknown("kernel_size");
  if (k.every((size, i) => size === 1 && (s[i] ?? 1) >= 1)) return { before: [], argument: undefined };
  const spatial = numbers(input.shape.slice(0, -1));
  if (!spatial) {
    const keywords = d.every((step) => step === 1) ? {} : { dilation: tuple(d) };
    return {
      before: [
        {
          code: call("SamePad", [tuple(k), tuple(s)], keywords),
          helper: "SamePad",
          keywords: Object.keys(keywords),
          note: '"same" depends on the size of the data',
        },
      ],
      argument: undefined,
    };
  }
  const pads = spatial.map((size, i) => samePadding(size, k[i] ?? 1, s[i] ?? 1, d[i] ?? 1));
  if (pads.every(([before, after]) => before === after)) {
    const half = pads.map(([before]) => before);
    return { before: [], argument: half.every((cells) => cells === 0) ? undefined : sizes(half) };
  }
  const code =
    axes === 1 ? `nn.ConstantPad1d(${tuple(flat(pads))}, 0.0)` : `nn.ZeroPad${axes}d(${tuple(flat(pads))})`;
  return { before: [{ code, note: '"same" with a stride pads the end' }], argument: undefined };
}

/** Pads in PyTorch's order: the last axis comes first. */
function flat(pads: readonly (readonly [number, number])[]): number[] {
  return [...pads].reverse().flat();
}

/** Reports an input of another rank than the layer takes. */
export function requireRank(context: LayerContext, axes: number): void {
  if (context.input.shape.length === axes + 1) return;
  throw new Unsupported(
    context.node,
    `this layer takes inputs with ${axes + 1} axes besides the batch, but gets ${context.input.shape.length}`,
  );
}

function convolution(axes: number): LayerEntry["emit"] {
  return (context) => {
    const { args, input } = context;
    requireChannelsLast(args, context.node);
    requireRank(context, axes);
    const kernel = kernelDims(args, axes);
    const stride = args.perAxis("strides", axes);
    const dilation = args.perAxis("dilation_rate", axes);
    const channels = context.size(input.shape.at(-1));
    const { before, argument } = paddingOf(context, kernel, stride, dilation);
    const { init, initialize, bias, penalties, constraints } = kernelAndBias(context, `nn.Conv${axes}d`);
    const isOne = (dims: readonly Dim[]) => dims.every((dim) => dim?.value === 1);
    const code = call(
      channels === undefined ? `nn.LazyConv${axes}d` : `nn.Conv${axes}d`,
      [channels, args.required("filters"), kernelText(args, axes)],
      {
        stride: isOne(stride) ? undefined : args.text("strides"),
        padding: argument,
        dilation: isOne(dilation) ? undefined : args.text("dilation_rate"),
        groups: args.number("groups") === 1 || args.isNone("groups") ? undefined : args.text("groups"),
        bias: bias ? undefined : "False",
      },
    );
    return {
      modules: [
        ...before,
        { code, init, initialize, penalties, constraints, weights: convolutionWeights(bias) },
        ...activationOf(context, context.output, "first"),
        ...activityPenalty(context),
      ],
      layout: "first",
    };
  };
}

const upsampled = (axes: number, name: string) => (args: Arguments, input: TensorType) => {
  if (input.shape.length !== axes + 1) return undefined;
  const factor = args.perAxis(name, axes);
  return { ...input, shape: input.shape.map((dim, i) => (i < axes ? times(dim, factor[i]) : dim)) };
};

export const convolutional = [
  layer({
    names: ["Conv1D"],
    signatures: {
      keras1: `nb_filter:filters, filter_length:kernel_size, init:kernel_initializer='glorot_uniform', activation=None, weights=None, border_mode:padding='valid', subsample_length:strides=1, ${KERAS1_TAIL}, dilation_rate=1, groups=1`,
      keras2: `filters, kernel_size, strides=1, padding='valid', data_format=None, dilation_rate=1, groups=1, activation=None, use_bias=True, ${TAIL}`,
    },
    layout: "spatial",
    shape: (args, input) => convolved(args, input, 1),
    emit: convolution(1),
  }),
  layer({
    names: ["Conv2D"],
    signatures: {
      keras1: `nb_filter:filters, nb_row, nb_col, init:kernel_initializer='glorot_uniform', activation=None, weights=None, border_mode:padding='valid', subsample:strides=(1, 1), ${KERAS1_TAIL}, dilation_rate=(1, 1), groups=1`,
      keras2: `filters, kernel_size, strides=(1, 1), padding='valid', data_format=None, dilation_rate=(1, 1), groups=1, activation=None, use_bias=True, ${TAIL}`,
    },
    layout: "spatial",
    torch: '`nn.Conv2d`, with padding before it where "same" is uneven',
    reports: { data_format: "'channels_first'" },
    shape: (args, input) => convolved(args, input, 2),
    emit: convolution(2),
    cases: () => [
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
        inputs: [[7, 6, 4]],
        args: { filters: ["6"], kernel_size: ["3"], groups: ["2"], padding: ["'same'"] },
      },
    ],
  }),
  layer({
    names: ["Conv3D"],
    signatures: {
      keras2: `filters, kernel_size, strides=(1, 1, 1), padding='valid', data_format=None, dilation_rate=(1, 1, 1), groups=1, activation=None, use_bias=True, ${TAIL}`,
    },
    layout: "spatial",
    shape: (args, input) => convolved(args, input, 3),
    emit: convolution(3),
  }),
  layer({
    names: ["UpSampling1D"],
    signatures: { keras1: "length:size=2", keras2: "size=2" },
    layout: "spatial",
    shape: upsampled(1, "size"),
    emit: ({ args }) => ({
      modules: [{ code: call("nn.Upsample", [], { scale_factor: args.text("size") ?? "2" }) }],
      layout: "first",
    }),
  }),
  layer({
    names: ["UpSampling2D"],
    signatures: {
      keras1: "size=(2, 2), dim_ordering:data_format=None, interpolation='nearest'",
      keras2: "size=(2, 2), data_format=None, interpolation='nearest'",
    },
    layout: "spatial",
    shape: upsampled(2, "size"),
    emit: (context) => {
      const { args } = context;
      requireChannelsLast(args, context.node);
      const mode = args.option("interpolation");
      if (mode !== "nearest" && mode !== "bilinear") {
        throw new Unsupported(
          args.argument("interpolation") ?? context.node,
          `up-sampling with interpolation ${string(mode)} has no exact form in PyTorch`,
        );
      }
      const keywords = {
        scale_factor: args.text("size") ?? "2",
        mode: mode === "nearest" ? undefined : string(mode),
      };
      return { modules: [{ code: call("nn.Upsample", [], keywords) }], layout: "first" };
    },
  }),
  layer({
    names: ["ZeroPadding2D"],
    signatures: {
      keras1: "padding=(1, 1), dim_ordering:data_format=None",
      keras2: "padding=(1, 1), data_format=None",
    },
    layout: "spatial",
    shape: (args, input) => {
      const pads = padsOf(args, 2);
      if (input.shape.length !== 3 || !pads) return undefined;
      return {
        ...input,
        shape: input.shape.map((dim, i) =>
          i < 2 ? plus(dim, int((pads[i] ?? [0, 0])[0] + (pads[i] ?? [0, 0])[1])) : dim,
        ),
      };
    },
    emit: (context) => {
      requireChannelsLast(context.args, context.node);
      const pads = padsOf(context.args, 2);
      if (!pads) throw context.args.unknown("padding");
      const all = flat(pads);
      return { modules: [{ code: call("nn.ZeroPad2d", [sizes(all)]) }], layout: "first" };
    },
  }),
];

/** `1`, `(h, w)` or `((top, bottom), (left, right))` as pairs. */
function padsOf(args: Arguments, axes: number): (readonly [number, number])[] | undefined {
  const value = args.value("padding");
  if (value.kind === "num" && value.value !== undefined) return Array(axes).fill([value.value, value.value]);
  if ((value.kind !== "tuple" && value.kind !== "list") || value.open) return undefined;
  const pairs = value.elements.map((element) => {
    if (element.kind === "num" && element.value !== undefined) return [element.value, element.value] as const;
    if (element.kind !== "tuple" && element.kind !== "list") return undefined;
    const [before, after] = element.elements;
    if (before?.kind !== "num" || after?.kind !== "num") return undefined;
    return before.value === undefined || after.value === undefined
      ? undefined
      : ([before.value, after.value] as const);
  });
  return pairs.length === axes && pairs.every((pair) => pair !== undefined) ? pairs : undefined;
}
