/** Max, average and global pooling. */
import type { TensorType } from "../../src/analysis/model.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type LayerContext, type LayerEntry, layer } from "../layer.ts";
import { call, sizes, tuple } from "../python.ts";
import { type Dim, samePadding, windowed } from "../sizes.ts";
import { requireChannelsLast, requireRank } from "./convolutional.ts";

function pooled(args: Arguments, input: TensorType, axes: number): TensorType | undefined {
  if (input.shape.length !== axes + 1) return undefined;
  const [kernel, stride] = windows(args, axes);
  const padding = args.value("padding");
  if (padding.kind !== "str") return undefined;
  return {
    ...input,
    shape: input.shape.map((dim, i) =>
      i < axes ? windowed(dim, kernel[i], stride[i], padding.value.toLowerCase()) : dim,
    ),
  };
}

/** Without strides the window moves by its own size. */
function windows(args: Arguments, axes: number): [Dim[], Dim[]] {
  const kernel = args.perAxis("pool_size", axes);
  return [kernel, args.isNone("strides") ? kernel : args.perAxis("strides", axes)];
}

function pooling(axes: number, kind: "Max" | "Avg"): LayerEntry["emit"] {
  return (context) => {
    const { args } = context;
    requireChannelsLast(args, context.node);
    requireRank(context, axes);
    const [kernel, stride] = windows(args, axes);
    const size = args.text("pool_size") ?? (axes === 1 ? "2" : tuple(Array<number>(axes).fill(2)));
    const step = args.isNone("strides") ? undefined : args.text("strides");
    const name = `nn.${kind}Pool${axes}d`;
    const padding = args.option("padding");
    if (padding === "valid") return { modules: [{ code: call(name, [size, step]) }], layout: "first" };
    if (padding !== "same") throw args.unknown("padding");
    const same = samePooling(context, kernel, stride);
    if (same) {
      const keywords = {
        padding: same.padding.every((cells) => cells === 0) ? undefined : sizes(same.padding),
        ceil_mode: same.ceil ? "True" : undefined,
        count_include_pad: kind === "Avg" && same.padding.some((cells) => cells > 0) ? "False" : undefined,
      };
      return { modules: [{ code: call(name, [size, step], keywords) }], layout: "first" };
    }
    if (kind === "Avg")
      throw new Unsupported(context.node, "average pooling with this `same` padding is not supported yet");
    const [k, s] = [kernel, stride].map((dims) => tuple(dims.map((dim) => dim?.value ?? 1)));
    return {
      modules: [
        {
          code: call("SamePad", [k, s], { value: "-torch.inf" }),
          helper: "SamePad",
          keywords: ["value"],
          note: '"same" pads before the maximum',
        },
        { code: call(name, [size, step]) },
      ],
      layout: "first",
    };
  };
}

/**
 * PyTorch's own arguments for "same": padding before, and ceil_mode for the odd cell after.
 * Exact except for even windows that move by one.
 */
function samePooling(
  context: LayerContext,
  kernel: readonly Dim[],
  stride: readonly Dim[],
): { padding: number[]; ceil: boolean } | undefined {
  const padding: number[] = [];
  let ceil = false;
  for (const [i, dim] of kernel.entries()) {
    const [k, s, size] = [dim?.value, stride[i]?.value, context.input.shape[i]?.value];
    if (k === undefined || s === undefined)
      throw context.args.unknown(k === undefined ? "pool_size" : "strides");
    if (k % 2 === 0 && s === 1) return undefined;
    if (size === undefined) {
      // Windows of two that move by two never pad before; others depend on the size.
      if (k === 2 && s === 2) {
        padding.push(0);
        ceil = true;
        continue;
      }
      if (s === 1) {
        padding.push((k - 1) / 2);
        continue;
      }
      return undefined;
    }
    const [before, after] = samePadding(size, k, s, 1);
    padding.push(before);
    if (after > before) ceil = true;
  }
  return { padding, ceil };
}

const SIGNATURES = (axes: number) => {
  const two = axes === 1 ? "2" : tuple(Array<number>(axes).fill(2));
  return {
    keras1:
      axes === 1
        ? "pool_length:pool_size=2, stride:strides=None, border_mode:padding='valid', data_format=None"
        : `pool_size=${two}, strides=None, border_mode:padding='valid', dim_ordering:data_format=None`,
    keras2: `pool_size=${two}, strides=None, padding='valid', data_format=None`,
  };
};

const local = ([1, 2, 3] as const).flatMap((axes) =>
  (["Max", "Avg"] as const).map((kind) =>
    layer({
      names: [`${kind === "Max" ? "Max" : "Average"}Pooling${axes}D`],
      signatures: SIGNATURES(axes),
      layout: "spatial",
      shape: (args, input) => pooled(args, input, axes),
      emit: pooling(axes, kind),
    }),
  ),
);

function globalShape(args: Arguments, input: TensorType): TensorType | undefined {
  if (input.shape.length < 2) return undefined;
  const keep = args.value("keepdims");
  if (keep.kind === "bool" && keep.value) return undefined;
  return { ...input, shape: [input.shape.at(-1)] };
}

const globalPooling = ([1, 2, 3] as const).flatMap((axes) => [
  layer({
    names: [`GlobalAveragePooling${axes}D`],
    signatures: { keras2: "data_format=None, keepdims=False" },
    layout: axes === 1 ? "reorders" : "spatial",
    shape: globalShape,
    emit: (context) => {
      requireChannelsLast(context.args, context.node);
      if (context.args.flag("keepdims"))
        throw new Unsupported(context.node, "`keepdims=True` is not supported yet");
      // (N, T, C) stays as it is: a mean over the steps needs no permute.
      if (axes === 1 && context.layout === "last") {
        return {
          modules: [{ code: "GlobalAveragePool(dim=1)", helper: "GlobalAveragePool" }],
          layout: "last",
        };
      }
      return {
        modules: [{ code: `nn.AdaptiveAvgPool${axes}d(1)` }, { code: "nn.Flatten()" }],
        layout: "last",
      };
    },
  }),
  layer({
    names: [`GlobalMaxPooling${axes}D`],
    signatures: { keras2: "data_format=None, keepdims=False" },
    layout: axes === 1 ? "reorders" : "spatial",
    shape: globalShape,
    emit: (context) => {
      requireChannelsLast(context.args, context.node);
      if (context.args.flag("keepdims"))
        throw new Unsupported(context.node, "`keepdims=True` is not supported yet");
      const first = axes > 1 || context.layout === "first";
      const dims = first ? Array.from({ length: axes }, (_, i) => i + 2) : [1];
      return {
        modules: [{ code: `GlobalMaxPool(dim=${sizes(dims)})`, helper: "GlobalMaxPool" }],
        layout: "last",
      };
    },
  }),
]);

export const poolingLayers = [...local, ...globalPooling];
