/** Max and average pooling. */
import type { TensorType } from "../../src/analysis/model.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type LayerCases, type LayerContext, type LayerEntry, layer } from "../layer.ts";
import { call, sizes, tuple } from "../python.ts";
import { type Dim, samePadding, windowed } from "../sizes.ts";
import { requireRank, resized, spatialLayout, spatialOf, unlessZero } from "./spatial.ts";

function pooled(args: Arguments, input: TensorType, axes: number): TensorType | undefined {
  const [kernel, stride] = windows(args, axes);
  const padding = args.value("padding");
  return resized(args, input, axes, (dim, i) =>
    padding.kind === "str" ? windowed(dim, kernel[i], stride[i], padding.value.toLowerCase()) : undefined,
  );
}

/** Without strides the window moves by its own size. */
function windows(args: Arguments, axes: number): [Dim[], Dim[]] {
  const kernel = args.perAxis("pool_size", axes);
  return [kernel, args.isNone("strides") ? kernel : args.perAxis("strides", axes)];
}

function pooling(axes: number, kind: "Max" | "Avg"): LayerEntry["emit"] {
  return (context) => {
    const { args } = context;
    requireRank(context, axes);
    const [kernel, stride] = windows(args, axes);
    const size = args.text("pool_size") ?? (axes === 1 ? "2" : tuple(Array<number>(axes).fill(2)));
    const step = args.isNone("strides") ? undefined : args.text("strides");
    const name = `nn.${kind}Pool${axes}d`;
    const padding = args.option("padding");
    if (padding === "valid") return { modules: [{ code: call(name, [size, step]) }] };
    if (padding !== "same") throw args.unknown("padding");
    if (axes === 3) requireSameStart(context, kernel, stride);
    const same = samePooling(context, kernel, stride);
    if (same) {
      const keywords = {
        padding: unlessZero(same.padding),
        ceil_mode: same.ceil ? "True" : undefined,
        count_include_pad: kind === "Avg" && same.padding.some((cells) => cells > 0) ? "False" : undefined,
      };
      return { modules: [{ code: call(name, [size, step], keywords) }] };
    }
    const [k, s] = [kernel, stride].map((dims) => tuple(dims.map((dim) => dim?.value ?? 1)));
    if (kind === "Avg") {
      const note = '"same" counts only what is there';
      return { modules: [{ code: call("SameAvgPool", [k, s]), helper: "SameAvgPool", note }] };
    }
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
    };
  };
}

/** Where steps leave cells out, TensorFlow's windows over three axes start a cell later on a CPU. */
function requireSameStart(context: LayerContext, kernel: readonly Dim[], stride: readonly Dim[]): void {
  const spatial = spatialOf(context.args, context.input);
  const late = kernel.some((dim, i) => {
    const [k, s, size] = [dim?.value ?? 0, stride[i]?.value ?? 0, spatial[i]?.value];
    return k < s && (size === undefined || (Math.ceil(size / s) - 1) * s + k - size < -1);
  });
  if (late)
    throw new Unsupported(
      context.args.argument("strides") ?? context.node,
      'steps larger than the window are not supported with "same" here: TensorFlow\'s own result depends on the device',
    );
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
  const spatial = spatialOf(context.args, context.input);
  const padding: number[] = [];
  let ceil = false;
  for (const [i, dim] of kernel.entries()) {
    const [k, s, size] = [dim?.value, stride[i]?.value, spatial[i]?.value];
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
    // PyTorch wants windows no larger than what they pool, AvgPool3d without its padding.
    if (size < k) return undefined;
    padding.push(before);
    if (after > before) ceil = true;
  }
  return { padding, ceil };
}

const SIGNATURES = (axes: number, kind: "Max" | "Avg"): LayerEntry["signatures"] => {
  const two = axes === 1 ? "2" : tuple(Array<number>(axes).fill(2));
  const format = axes === 1 ? "data_format='channels_last'" : "data_format=None";
  return {
    keras1:
      axes === 1
        ? `pool_length:pool_size=2, stride:strides=None, border_mode:padding='valid', ${format}`
        : `pool_size=${two}, strides=None, border_mode:padding='valid', dim_ordering:data_format=None`,
    keras2: `pool_size=${two}, strides=None, padding='valid', ${format}`,
    keras3: `${kind === "Avg" ? "pool_size" : `pool_size=${two}`}, strides=None, padding='valid', data_format=None`,
  };
};

/** Windows larger than the map are left out: there TensorFlow's own gradient of an average is wrong. */
function casesFor(axes: number, kind: "Max" | "Avg"): LayerCases[] {
  const few = axes === 3;
  const maps = (
    few
      ? [[5, 4, 6]]
      : [
          [7, 8],
          [6, 5],
          [4, 9],
        ]
  ).map((map) => map.slice(0, axes));
  const pools = few ? ["2", "3"] : ["2", "3", "4", ...(axes === 2 ? ["(3, 2)"] : ["(2,)"])];
  const strides = axes === 1 ? ["", "1", "2", "3"] : ["", "1", "2", tuple([2, 1, 3].slice(0, axes))];
  const uneven = maps[0]?.map((size) => size + 1) ?? [];
  return [
    {
      inputs: maps.map((map) => [...map, 2]),
      args: { pool_size: pools, strides, padding: ["", "'same'"] },
      mutant: kind === "Avg" ? [", count_include_pad=False", ""] : [", ceil_mode=True", ""],
    },
    {
      inputs: [[...uneven, 2]],
      before: [`layers.Conv${axes}D(2, 1)`],
      args: { pool_size: ["2", "3"], strides: ["", "2"], padding: ["'same'", "'valid'"] },
      after: ["layers.Flatten()", "layers.Dense(2)"],
    },
    {
      inputs: [[2, ...uneven]],
      args: {
        pool_size: ["2", "3"],
        strides: ["", "2", "1"],
        padding: ["'same'", "'valid'"],
        data_format: ["'channels_first'"],
      },
      twin: true,
    },
  ];
}

export const poolingLayers = ([1, 2, 3] as const).flatMap((axes) =>
  (["Max", "Avg"] as const).map((kind) =>
    layer({
      names: [`${kind === "Max" ? "Max" : "Average"}Pooling${axes}D`],
      signatures: SIGNATURES(axes, kind),
      layout: spatialLayout,
      rank: axes + 1,
      torch: `\`nn.${kind}Pool${axes}d\`, with a padding of its own where "same" is uneven`,
      ...(kind === "Max" &&
        axes === 3 && {
          notes: "of several equal maxima one gets the gradient, in TensorFlow on a CPU each of them",
        }),
      shape: (args, input) => pooled(args, input, axes),
      emit: pooling(axes, kind),
      cases: () => casesFor(axes, kind),
    }),
  ),
);

/** Keras 3's pooling to a given size. */
const adaptive = ([1, 2, 3] as const).flatMap((axes) =>
  (["Max", "Avg"] as const).map((kind) =>
    layer({
      names: [`Adaptive${kind === "Max" ? "Max" : "Average"}Pooling${axes}D`],
      signatures: { keras3: "output_size, data_format=None" },
      layout: spatialLayout,
      rank: axes + 1,
      torch: `\`nn.Adaptive${kind}Pool${axes}d\``,
      shape: (args, input) => {
        const output = args.perAxis("output_size", axes);
        return resized(args, input, axes, (_, i) => output[i]);
      },
      emit: (context) => {
        requireRank(context, axes);
        const size = context.args.required("output_size");
        return { modules: [{ code: call(`nn.Adaptive${kind}Pool${axes}d`, [size]) }] };
      },
      cases: () => [
        {
          inputs: [
            [...[7, 8, 5].slice(0, axes), 2],
            [...[6, 6, 4].slice(0, axes), 2],
          ],
          args: { output_size: ["2", "3", sizes([2, 3, 1].slice(0, axes))] },
          versions: ["keras3"],
        },
        {
          inputs: [[2, ...[7, 8, 5].slice(0, axes)]],
          args: { output_size: ["3"], data_format: ["'channels_first'"] },
          versions: ["keras3"],
          mutant: [`nn.Adaptive${kind}`, `nn.Adaptive${kind === "Max" ? "Avg" : "Max"}`],
        },
      ],
    }),
  ),
);

export const adaptivePooling = adaptive;
