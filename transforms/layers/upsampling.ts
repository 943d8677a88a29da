/** Up-sampling. */
import { type Arguments, Unsupported } from "../arguments.ts";
import { type LayerContext, layer } from "../layer.ts";
import { call, sizes, string, tuple } from "../python.ts";
import { times } from "../sizes.ts";
import { numbers, requireRank, resized, spatialLayout } from "./spatial.ts";

/** Interpolations that PyTorch has exactly. */
const MODES: Readonly<Record<string, string | undefined>> = { nearest: undefined, bilinear: "bilinear" };

function factor(args: Arguments, axes: number): string {
  if (args.value("size").kind !== "list") return args.text("size") ?? "2";
  // PyTorch takes no list.
  const known = numbers(args.perAxis("size", axes));
  if (!known) throw args.unknown("size");
  return sizes(known);
}

const upsampling = (axes: number) => (context: LayerContext) => {
  const { args } = context;
  requireRank(context, axes);
  const given = args.takes("interpolation") ? args.option("interpolation") : "nearest";
  if (!(given in MODES)) {
    throw new Unsupported(
      args.argument("interpolation") ?? context.node,
      `up-sampling with interpolation ${string(given)} has no exact form in PyTorch`,
    );
  }
  const mode = MODES[given];
  const keywords = { scale_factor: factor(args, axes), mode: mode && string(mode) };
  return { modules: [{ code: call("nn.Upsample", [], keywords) }] };
};

const SIZES: Readonly<Record<number, readonly string[]>> = {
  1: ["", "3"],
  2: ["", "3", "(1, 2)", "[2, 3]"],
  3: ["", "2", "(1, 2, 3)"],
};

export const upsamplingLayers = ([1, 2, 3] as const).map((axes) => {
  const two = axes === 1 ? "2" : tuple(Array<number>(axes).fill(2));
  const tail = axes === 2 ? ", interpolation='nearest'" : "";
  const size = SIZES[axes] ?? [];
  const map = [3, 4, 2].slice(0, axes);
  const interpolation = axes === 2 ? { interpolation: ["", "'bilinear'"] } : {};
  return layer({
    names: [`UpSampling${axes}D`],
    signatures:
      axes === 1
        ? { keras1: "length:size=2", keras2: "size=2" }
        : {
            keras1: `size=${two}, dim_ordering:data_format=None`,
            keras2: `size=${two}, data_format=None${tail}`,
          },
    layout: spatialLayout,
    rank: axes + 1,
    torch: "`nn.Upsample`",
    ...(axes === 2 && { notes: "The interpolations bicubic, lanczos, gaussian and area are reported." }),
    shape: (args, input) => {
      const factors = args.perAxis("size", axes);
      return resized(args, input, axes, (dim, i) => times(dim, factors[i]));
    },
    emit: upsampling(axes),
    cases: () => [
      {
        inputs: [
          [...map, 2],
          [...map.map(() => 1), 3],
        ],
        args: { size, ...interpolation },
        mutant:
          axes === 2 ? ['mode="bilinear"', 'mode="bilinear", align_corners=True'] : ["scale_factor", "size"],
      },
      { inputs: [[...map, 2]], before: [`layers.Conv${axes}D(2, 1)`], args: { size, ...interpolation } },
      ...(axes === 1
        ? []
        : [{ inputs: [[2, ...map]], args: { size, ...interpolation, data_format: ["'channels_first'"] } }]),
    ],
  });
});
