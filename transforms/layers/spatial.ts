/** What layers over maps share: where the channels stand, windows over the other axes, padding. */
import type { TensorType } from "../../src/analysis/model.ts";
import { int } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { LayerContext, LayoutRule, Module } from "../layer.ts";
import { call, sizes, string, tuple } from "../python.ts";
import { type Dim, minus, samePadding, times } from "../sizes.ts";

/**
 * Whether the channels are the first axis in Keras: by the layer's own argument, else by the
 * setting of the backend. undefined where that is not known.
 */
export function channelsFirst(args: Arguments): boolean | undefined {
  if (!args.takes("data_format")) return false;
  const value = args.value("data_format");
  const named = value.kind === "str" ? value.value.toLowerCase() : undefined;
  if (value.kind === "none" || named === "default") return args.channelsFirst;
  if (named === "channels_first" || named === "th") return true;
  return named === "channels_last" || named === "tf" ? false : undefined;
}

/** Channels-first layers work on Keras's own order of the axes, others on (N, C, ...). */
export function spatialLayout(args: Arguments): LayoutRule {
  const first = channelsFirst(args);
  if (first === undefined) {
    throw new Unsupported(
      args.argument("data_format") ?? args.node,
      "whether the channels come first or last is not known here",
    );
  }
  return first ? "last-axis" : "spatial";
}

/** The number of channels of a map. */
export function channelsOf(args: Arguments, input: TensorType): Dim {
  return channelsFirst(args) ? input.shape[0] : input.shape.at(-1);
}

/** The sizes of a map without its channels. */
export function spatialOf(args: Arguments, input: TensorType): readonly Dim[] {
  return channelsFirst(args) ? input.shape.slice(1) : input.shape.slice(0, -1);
}

/** The shape of a map with these channels and sizes. */
export function mapShape(args: Arguments, channels: Dim, spatial: readonly Dim[]): readonly Dim[] {
  return channelsFirst(args) ? [channels, ...spatial] : [...spatial, channels];
}

/** The type of a map of which each size is another; undefined for an input that is no such map. */
export function resized(
  args: Arguments,
  input: TensorType,
  axes: number,
  size: (dim: Dim, axis: number) => Dim,
): TensorType | undefined {
  if (input.shape.length !== axes + 1 || channelsFirst(args) === undefined) return undefined;
  return { ...input, shape: mapShape(args, channelsOf(args, input), spatialOf(args, input).map(size)) };
}

/** Reports an input of another rank than the layer takes. */
export function requireRank(context: LayerContext, axes: number): void {
  const rank = context.input.shape.length;
  if (rank === axes + 1) return;
  throw new Unsupported(
    context.node,
    `this layer takes inputs with ${axes + 1} axes besides the batch, but gets ${rank}`,
  );
}

/** Numbers, where all of them are known. */
export function numbers(dims: readonly Dim[]): number[] | undefined {
  const values = dims.flatMap((dim) => (dim?.value === undefined ? [] : [dim.value]));
  return values.length === dims.length ? values : undefined;
}

export function allOne(dims: readonly Dim[]): boolean {
  return dims.every((dim) => dim?.value === 1);
}

/** Numbers as an argument that may be left out where all of them are 0. */
export function unlessZero(values: readonly number[]): string | undefined {
  return values.every((value) => value === 0) ? undefined : sizes(values);
}

export type Pair = readonly [number, number];

/** A module that adds cells of 0 before and after each axis, or takes cells off where a number is negative. */
export function padModule(pads: readonly Pair[]): string {
  // PyTorch names the last axis first.
  const flat = [...pads].reverse().flatMap(([before, after]) => [before || 0, after || 0]);
  return pads.length === 1
    ? `nn.ConstantPad1d(${sizes(flat)}, 0.0)`
    : `nn.ZeroPad${pads.length}d(${sizes(flat)})`;
}

/** The padding that stands before a window's module, or its own `padding` argument. */
export interface Padding {
  readonly before: readonly Module[];
  readonly argument: string | undefined;
}

const NO_PADDING: Padding = { before: [], argument: undefined };

/** How Keras's padding of a convolution is said in PyTorch. */
export function paddingOf(
  context: LayerContext,
  kernel: readonly Dim[],
  stride: readonly Dim[],
  dilation: readonly Dim[],
): Padding {
  const { args } = context;
  const padding = args.option("padding");
  if (padding === "valid") return NO_PADDING;
  if (padding === "causal" && kernel.length === 1) return causal(context, kernel[0], dilation[0]);
  if (padding !== "same") {
    throw new Unsupported(
      args.argument("padding") ?? context.node,
      `\`padding=${string(padding)}\` is not supported`,
    );
  }
  const [k, s, d] = [numbers(kernel), numbers(stride), numbers(dilation)];
  if (!s) throw args.unknown("strides");
  if (s.every((step) => step === 1)) {
    if (!k || !d) return { before: [], argument: string("same") };
    const total = k.map((size, i) => (size - 1) * (d[i] ?? 1));
    const even = total.every((cells) => cells % 2 === 0);
    return { before: [], argument: even ? unlessZero(total.map((cells) => cells / 2)) : string("same") };
  }
  if (!k || !d) throw args.unknown("kernel_size");
  if (k.every((size) => size === 1)) return NO_PADDING;
  return strided(context, k, s, d);
}

function causal(context: LayerContext, kernel: Dim, dilation: Dim): Padding {
  const width = times(minus(kernel, int(1)), dilation);
  const text = context.size(width);
  if (text === undefined) throw context.args.unknown("kernel_size");
  if (text === "0") return NO_PADDING;
  return {
    before: [{ code: `nn.ConstantPad1d((${text}, 0), 0.0)`, note: "causal: only the past" }],
    argument: undefined,
  };
}

/** "same" with a stride: a number where both sides get equally much, else a module before it. */
function strided(context: LayerContext, k: number[], s: number[], d: number[]): Padding {
  const spatial = numbers(spatialOf(context.args, context.input));
  if (!spatial) {
    const keywords = d.every((step) => step === 1) ? {} : { dilation: tuple(d) };
    const code = call("SamePad", [tuple(k), tuple(s)], keywords);
    const note = '"same" depends on the size of the data';
    return {
      before: [{ code, helper: "SamePad", keywords: Object.keys(keywords), note }],
      argument: undefined,
    };
  }
  const pads = spatial.map((size, i) => samePadding(size, k[i] ?? 1, s[i] ?? 1, d[i] ?? 1));
  if (pads.every(([before, after]) => before === after))
    return { before: [], argument: unlessZero(pads.map(([before]) => before)) };
  return {
    before: [{ code: padModule(pads), note: '"same" with a stride pads the end' }],
    argument: undefined,
  };
}
