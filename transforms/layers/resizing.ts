/** Layers that give images another size. */
import type { TensorType } from "../../src/analysis/model.ts";
import type { Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type Emission, type LayerContext, layer, type Module } from "../layer.ts";
import { call, string, tuple } from "../python.ts";
import {
  channelsOf,
  mapShape,
  numbers,
  padModule,
  requireRank,
  spatialLayout,
  spatialOf,
} from "./spatial.ts";

/** PyTorch's names of the interpolations that are the same in TensorFlow. */
const MODES: Readonly<Record<string, string>> = { bilinear: "bilinear", nearest: "nearest-exact" };

/** PyTorch's name of the interpolation; reported where it has no such one. */
export function modeOf({ args, node }: LayerContext): string {
  const given = args.option("interpolation");
  const mode = MODES[given];
  if (mode !== undefined) return mode;
  throw new Unsupported(
    args.argument("interpolation") ?? node,
    `interpolation ${string(given)} has no exact form in PyTorch`,
  );
}

/** The type of images of the `height` and `width` asked for. */
export function sized(args: Arguments, input: TensorType): TensorType | undefined {
  if (input.shape.length !== 3) return undefined;
  const size = [args.size("height"), args.size("width")];
  return { shape: mapShape(args, channelsOf(args, input), size), dtype: "float" };
}

function known(value: Value): number | undefined {
  return value.kind === "num" ? value.value : undefined;
}

/** The sizes of the images and those that are asked for; reported where they are not known. */
export function sizesOf({ args, input, node }: LayerContext): { from: number[]; to: [number, number] } {
  const from = numbers(spatialOf(args, input));
  const [height, width] = [known(args.value("height")), known(args.value("width"))];
  if (height === undefined) throw args.unknown("height");
  if (width === undefined) throw args.unknown("width");
  if (!from) throw new Unsupported(node, "the sizes of the images have to be known for this layer");
  return { from, to: [height, width] };
}

/** The largest part of an image that has the shape that is asked for, as Keras rounds it. */
export function wholeOf([height = 0, width = 0]: readonly number[], to: readonly [number, number]) {
  const rows = Math.min(height, Math.trunc(Math.fround(Math.fround(width * to[0]) / to[1])));
  const columns = Math.min(width, Math.trunc(Math.fround(Math.fround(height * to[1]) / to[0])));
  return [Math.max(rows, 1), Math.max(columns, 1)] as const;
}

/** The module that leaves the middle of images; none where they are as small. */
function middle([height = 0, width = 0]: readonly number[], to: readonly [number, number]): Module[] {
  const pads = ([[height, to[0]] as const, [width, to[1]] as const] as const).map(([size, part]) => {
    const before = Math.floor((size - part) / 2);
    return [-before, -(size - part - before)] as const;
  });
  if (pads.every((pair) => pair.every((cells) => cells === 0))) return [];
  return [{ code: padModule(pads), note: `the middle, ${to.join(" x ")}` }];
}

function resize(size: string, mode: string): Module {
  return { code: call("nn.Upsample", [size], { mode: string(mode) }) };
}

/** The largest part of the shape that is asked for, then resized. */
export function resizedMiddle(context: LayerContext, mode = "bilinear"): Module[] {
  const { from, to } = sizesOf(context);
  return [...middle(from, wholeOf(from, to)), resize(tuple(to), mode)];
}

function resizing(context: LayerContext): Emission {
  const { args } = context;
  requireRank(context, 2);
  const mode = modeOf(context);
  if (args.flag("crop_to_aspect_ratio")) return { modules: resizedMiddle(context, mode) };
  return { modules: [resize(tuple([args.required("height"), args.required("width")]), mode)] };
}

function centerCrop(context: LayerContext): Emission {
  requireRank(context, 2);
  const { from, to } = sizesOf(context);
  const fits = from.every((size, axis) => size >= (to[axis] ?? 0));
  return { modules: fits ? middle(from, to) : resizedMiddle(context) };
}

const INPUTS = [
  [6, 5, 2],
  [7, 7, 1],
  [3, 9, 3],
];

export const resizingLayers = [
  layer({
    names: ["Resizing"],
    signatures: {
      keras2: "height, width, interpolation='bilinear', crop_to_aspect_ratio=False",
      keras3:
        "height, width, interpolation='bilinear', crop_to_aspect_ratio=False, pad_to_aspect_ratio=False, fill_mode='constant', fill_value=0.0, antialias=False, data_format=None",
    },
    layout: spatialLayout,
    rank: 3,
    torch: "`nn.Upsample`",
    notes: "The interpolations bicubic, area, lanczos, gaussian and mitchellcubic are reported.",
    reports: { pad_to_aspect_ratio: "True", antialias: "True", fill_mode: "'reflect'", fill_value: "1.0" },
    shape: sized,
    emit: resizing,
    cases: () => [
      {
        inputs: INPUTS,
        args: {
          height: ["4", "9"],
          width: ["3", "8"],
          interpolation: ["", "'nearest'"],
          crop_to_aspect_ratio: ["", "True"],
        },
        mutant: ["nearest-exact", "nearest"],
      },
      { inputs: [[7, 5, 2]], before: ["layers.Conv2D(2, 2)"], args: { height: ["4"], width: ["6"] } },
      {
        inputs: [[2, 6, 5]],
        args: { height: ["4"], width: ["7"], data_format: ["'channels_first'"] },
        versions: ["keras3"],
      },
    ],
  }),
  layer({
    names: ["CenterCrop"],
    signatures: { keras2: "height, width", keras3: "height, width, data_format=None" },
    layout: spatialLayout,
    rank: 3,
    torch: "`nn.ZeroPad2d` with negative numbers",
    notes: "Images smaller than it are resized, as in Keras.",
    shape: sized,
    emit: centerCrop,
    cases: () => [
      {
        inputs: INPUTS,
        args: { height: ["3", "2", "8"], width: ["5", "3"] },
        mutant: ["(-1, -2", "(-2, -1"],
      },
      { inputs: [[7, 5, 2]], before: ["layers.Conv2D(2, 2)"], args: { height: ["3"], width: ["2"] } },
      {
        inputs: [[2, 6, 5]],
        args: { height: ["3"], width: ["4"], data_format: ["'channels_first'"] },
        versions: ["keras3"],
      },
    ],
  }),
];
