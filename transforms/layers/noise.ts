/** Dropout and noise: active in training only. */
import { Unsupported } from "../arguments.ts";
import { type Emission, type LayerContext, layer } from "../layer.ts";
import { call, tuple } from "../python.ts";
import { torchAxis } from "./axes.ts";
import { requireRank, spatialLayout } from "./spatial.ts";

const INPUTS = [[5], [4, 3], [3, 4, 2]] as const;

/** One mask for all places along the axes where `noise_shape` says 1. */
function dropout(context: LayerContext): Emission {
  const { args, input, layout } = context;
  const rate = args.required("rate");
  if (args.isNone("noise_shape")) return { modules: [{ code: call("nn.Dropout", [rate]) }] };
  const value = args.value("noise_shape");
  const rank = input.shape.length;
  if ((value.kind !== "tuple" && value.kind !== "list") || value.open || value.elements.length !== rank + 1)
    throw args.unknown("noise_shape");
  const dims = value.elements.flatMap((element, axis) => {
    if (element.kind === "none") return [];
    if (element.kind !== "num" || element.value === undefined) throw args.unknown("noise_shape");
    return element.value === 1 ? [axis === 0 ? 0 : torchAxis(axis, rank, layout)] : [];
  });
  if (dims.length === 0) return { modules: [{ code: call("nn.Dropout", [rate]) }] };
  return {
    modules: [{ code: call("SharedDropout", [rate, tuple(dims)]), helper: "SharedDropout" }],
  };
}

function spatial(axes: number): (context: LayerContext) => Emission {
  return (context) => {
    requireRank(context, axes);
    return { modules: [{ code: call(`nn.Dropout${axes}d`, [context.args.required("rate")]) }] };
  };
}

const SPATIAL = {
  keras1: "p:rate, dim_ordering:data_format=None",
  keras2: "rate, data_format=None, seed=None",
};

export const noise = [
  layer({
    names: ["Dropout"],
    signatures: { keras1: "p:rate", keras2: "rate, noise_shape=None, seed=None" },
    layout: "elementwise",
    frames: true,
    torch: "`nn.Dropout`; `SharedDropout` with a `noise_shape`",
    ignores: ["seed"],
    shape: (_, input) => input,
    emit: dropout,
    cases: () => [
      {
        inputs: [...INPUTS],
        args: { rate: ["0.5", "0", "0.25"] },
        random: true,
        mutant: ["nn.Dropout(0.25)", "nn.Dropout(0.75)"],
      },
      {
        inputs: [[4, 3]],
        args: {
          rate: ["0.5"],
          noise_shape: ["None", "(None, 1, 3)", "[None, 4, 1]", "(None, None, 1)", "(1, 4, 3)", "(1, 1, 3)"],
        },
        random: true,
        mutant: ["SharedDropout(0.5, (1,))", "nn.Dropout(0.5)"],
      },
      {
        inputs: [[4, 3, 3]],
        before: ["layers.Conv2D(2, 2)"],
        args: { rate: ["0.5"], noise_shape: ["(None, 1, 1, None)", "(None, 3, 1, 2)", "(1, None, None, 1)"] },
        random: true,
        mutant: ["(2, 3))", "(1, 2))"],
      },
    ],
  }),
  layer({
    names: ["AlphaDropout"],
    signatures: { keras2: "rate, noise_shape=None, seed=None" },
    layout: "elementwise",
    torch: "`nn.AlphaDropout`",
    ignores: ["seed"],
    reports: { noise_shape: "(None, 1)" },
    shape: (_, input) => input,
    emit: ({ args }) => ({ modules: [{ code: call("nn.AlphaDropout", [args.required("rate")]) }] }),
    cases: () => [
      {
        inputs: [...INPUTS],
        args: { rate: ["0.5", "0.1"] },
        random: true,
        mutant: ["nn.AlphaDropout(", "nn.Dropout("],
      },
    ],
  }),
  layer({
    names: ["GaussianNoise"],
    signatures: { keras1: "sigma:stddev", keras2: "stddev, seed=None" },
    layout: "elementwise",
    frames: true,
    torch: "`GaussianNoise`, an own module",
    ignores: ["seed"],
    shape: (_, input) => input,
    emit: ({ args }) => ({
      modules: [{ code: call("GaussianNoise", [args.required("stddev")]), helper: "GaussianNoise" }],
    }),
    cases: () => [
      {
        inputs: [...INPUTS],
        args: { stddev: ["0.5", "1"] },
        random: true,
        mutant: ["self.stddev *", "self.stddev**2 *"],
      },
    ],
  }),
  layer({
    names: ["GaussianDropout"],
    signatures: { keras1: "p:rate", keras2: "rate, seed=None" },
    layout: "elementwise",
    torch: "`GaussianDropout`, an own module",
    ignores: ["seed"],
    shape: (_, input) => input,
    emit: ({ args }) => ({
      modules: [{ code: call("GaussianDropout", [args.required("rate")]), helper: "GaussianDropout" }],
    }),
    cases: () => [
      {
        inputs: [...INPUTS],
        args: { rate: ["0.5", "0.1"] },
        random: true,
        mutant: ["(rate / (1 - rate)) ** 0.5", "rate / (1 - rate)"],
      },
    ],
  }),
  layer({
    names: ["SpatialDropout1D"],
    signatures: { keras1: "p:rate", keras2: "rate, seed=None" },
    layout: "reorders",
    torch: "`nn.Dropout1d` on (N, C, T); `SpatialDropout1d` on (N, T, C)",
    ignores: ["seed"],
    shape: (_, input) => input,
    emit: ({ args, layout, input, node }) => {
      if (input.shape.length !== 2) throw new Unsupported(node, "`SpatialDropout1D` takes sequences");
      return {
        modules: [
          layout === "first"
            ? { code: call("nn.Dropout1d", [args.required("rate")]) }
            : { code: call("SpatialDropout1d", [args.required("rate")]), helper: "SpatialDropout1d" },
        ],
        layout,
      };
    },
    cases: () => [
      {
        inputs: [[4, 3]],
        args: { rate: ["0.5", "0.2"] },
        random: true,
        mutant: ["super().forward(x.mT).mT", "super().forward(x)"],
      },
      {
        inputs: [[4, 3]],
        before: ["layers.Conv1D(2, 2)"],
        args: { rate: ["0.5"] },
        random: true,
        mutant: ["nn.Dropout1d(", "nn.Dropout("],
      },
    ],
  }),
  layer({
    names: ["SpatialDropout2D"],
    signatures: SPATIAL,
    layout: spatialLayout,
    torch: "`nn.Dropout2d`",
    ignores: ["seed"],
    shape: (_, input) => input,
    emit: spatial(2),
    cases: () => [
      {
        inputs: [[4, 3, 2]],
        args: { rate: ["0.5"], data_format: ["", "'channels_last'", "'channels_first'"] },
        random: true,
        mutant: ["nn.Dropout2d(", "nn.Dropout("],
      },
    ],
  }),
  layer({
    names: ["SpatialDropout3D"],
    signatures: SPATIAL,
    layout: spatialLayout,
    torch: "`nn.Dropout3d`",
    ignores: ["seed"],
    shape: (_, input) => input,
    emit: spatial(3),
    cases: () => [
      {
        inputs: [[2, 4, 3, 2]],
        args: { rate: ["0.5"], data_format: ["", "'channels_last'", "'channels_first'"] },
        random: true,
        mutant: ["nn.Dropout3d(", "nn.Dropout("],
      },
    ],
  }),
];
