/** Layers that resize and crop images, and that change them at random in training. */
import { type Arguments, Unsupported } from "../arguments.ts";
import { type Emission, type LayerCases, type LayerContext, type LayerEntry, layer } from "../layer.ts";
import { call, float, string, tuple } from "../python.ts";
import { range, reading, valueRange } from "./image-arguments.ts";
import { modeOf, resizedMiddle, sized, sizesOf, wholeOf } from "./resizing.ts";
import { requireRank, spatialLayout } from "./spatial.ts";

/** A module of ours with its arguments. */
function own(name: string, positional: readonly string[], keywords: Record<string, string> = {}): Emission {
  return {
    modules: [
      {
        code: call(name, positional, keywords),
        helper: name,
        keywords: Object.keys(keywords),
        augments: true,
      },
    ],
  };
}

const spans = (args: Arguments, name: string) => tuple(range(args, name));

/** The factor is a part of 1: less by the first number, more by the second. */
function contrast({ args, version }: LayerContext): Emission {
  const value = args.value("factor");
  const ends = value.kind === "tuple" || value.kind === "list" ? value.elements : [value, value];
  const [less, more] = ends.map((one) => (one.kind === "num" ? one.value : undefined));
  if (less === undefined || more === undefined || ends.length !== 2 || less < 0 || more < 0 || less > 1)
    throw args.unknown("factor");
  const rounded = (number: number) => float(Number(number.toFixed(12)));
  if (version !== "keras3") return own("RandomContrast", [rounded(1 - less), rounded(1 + more)]);
  if (less > more) throw args.unknown("factor");
  // Keras 3 reads a single number as 0 to it, and draws one for each image.
  const low = value.kind === "num" ? 1 : 1 - less;
  return own("RandomContrast", [rounded(low), rounded(1 + more)], { per_image: "True", ...valueRange(args) });
}

/** Images that are smaller than the piece are resized in training too. */
function crop(context: LayerContext): Emission {
  const { args, node, version } = context;
  if (version === "keras3")
    throw new Unsupported(
      node,
      "`RandomCrop` of Keras 3 leaves images as they are in evaluation, so that the layers after it get other sizes",
    );
  const { from, to } = sizesOf(context);
  if (from.some((size, axis) => size < (to[axis] ?? 0))) return { modules: resizedMiddle(context) };
  const whole = wholeOf(from, to);
  const size = [args.required("height"), args.required("width")];
  return own(
    "RandomCrop",
    size,
    whole.some((part, axis) => part !== from[axis]) ? { whole: tuple(whole) } : {},
  );
}

type Entry = Omit<LayerEntry, "layout" | "shape"> & Partial<Pick<LayerEntry, "shape">>;

/** A layer of images: they keep their sizes where the entry does not say otherwise. */
function images(entry: Entry): LayerEntry {
  return layer({
    shape: (_, input) => ({ ...input, dtype: "float" }),
    ...entry,
    layout: spatialLayout,
    rank: 3,
    emit: (context) => {
      requireRank(context, 2);
      return entry.emit(context);
    },
  });
}

/** Images as scripts of Keras have them, inside a model too, and small ones. */
const IMAGES = { inputs: [[6, 5, 2]], draws: true } as const;
const INSIDE = { ...IMAGES, before: ["layers.Conv2D(2, 2)"] } as const;
const FIRST = { inputs: [[2, 6, 5]], draws: true, versions: ["keras3"] } as const;

/** How images are read elsewhere, in all its ways. */
const READING = {
  fill_mode: ["", "'reflect'", "'nearest'", "'constant'"],
  interpolation: ["", "'nearest'"],
  fill_value: ["", "2.5"],
};
const READ = "fill_mode='reflect', interpolation='bilinear', seed=None, fill_value=0.0";
const WRAP_NOTE = "`fill_mode='wrap'` is reported.";

/** The cases of a layer that reads images elsewhere. */
function readingCases(factors: LayerCases["args"], mutant: readonly [string, string]): LayerCases[] {
  const [first] = Object.entries(factors).map(([name, values]) => [name, [values[0] ?? ""]] as const);
  const others = Object.entries(factors)
    .slice(1)
    .map(([name, values]) => [name, values.slice(0, 1)] as const);
  const one = Object.fromEntries([...(first ? [first] : []), ...others]);
  return [
    { ...IMAGES, args: factors, mutant },
    {
      ...IMAGES,
      inputs: [
        [6, 5, 2],
        [1, 4, 1],
      ],
      args: { ...one, ...READING },
    },
    { ...INSIDE, args: one },
    { ...FIRST, args: { ...one, data_format: ["'channels_first'"] } },
  ];
}

export const randomImages = [
  images({
    names: ["RandomFlip"],
    signatures: {
      keras2: "mode='horizontal_and_vertical', seed=None",
      keras3: "mode='horizontal_and_vertical', seed=None, data_format=None",
    },
    torch: "`RandomFlip`, an own module",
    ignores: ["seed"],
    emit: ({ args, version }) => {
      const mode = args.option("mode");
      // Keras 3 flips an image in both ways or in none.
      const both = version === "keras3" ? ["(2, 3)"] : ["3", "2"];
      const dims = { horizontal: ["3"], vertical: ["2"], horizontal_and_vertical: both }[mode];
      if (!dims) throw args.unknown("mode");
      return own("RandomFlip", dims);
    },
    cases: () => [
      {
        ...IMAGES,
        args: { mode: ["", "'horizontal'", "'vertical'", "'horizontal_and_vertical'"] },
        mutant: ["RandomFlip(3)", "RandomFlip(2)"],
      },
      { ...INSIDE, args: { mode: ["", "'horizontal'"] } },
      { ...FIRST, args: { mode: ["", "'vertical'"], data_format: ["'channels_first'"] } },
    ],
  }),
  images({
    names: ["RandomRotation"],
    signatures: { keras2: `factor, ${READ}`, keras3: `factor, ${READ}, data_format=None` },
    torch: "`RandomRotation`, an own module",
    notes: WRAP_NOTE,
    ignores: ["seed"],
    emit: (context) => own("RandomRotation", range(context.args, "factor"), reading(context)),
    cases: () =>
      readingCases({ factor: ["0.2", "(-0.1, 0.3)", "[0.25, 0.25]", "1"] }, [
        "RandomRotation(-0.2, 0.2",
        "RandomRotation(0.2, -0.2",
      ]),
  }),
  images({
    names: ["RandomZoom"],
    signatures: {
      keras2: `height_factor, width_factor=None, ${READ}`,
      keras3: `height_factor, width_factor=None, ${READ}, data_format=None`,
    },
    torch: "`RandomZoom`, an own module",
    notes: WRAP_NOTE,
    ignores: ["seed"],
    emit: (context) => {
      const { args } = context;
      const width = args.isNone("width_factor") ? undefined : spans(args, "width_factor");
      return own("RandomZoom", [spans(args, "height_factor")], {
        ...(width !== undefined && { width }),
        ...reading(context),
      });
    },
    cases: () =>
      readingCases(
        { height_factor: ["0.2", "(-0.3, -0.2)", "(0.5, 0.7)"], width_factor: ["", "0.4", "(-0.1, 0.2)"] },
        ["width=(-0.4", "height=(-0.4"],
      ),
  }),
  images({
    names: ["RandomTranslation"],
    signatures: {
      keras2: `height_factor, width_factor, ${READ}`,
      keras3: `height_factor, width_factor, ${READ}, data_format=None`,
    },
    torch: "`RandomTranslation`, an own module",
    notes: WRAP_NOTE,
    ignores: ["seed"],
    emit: (context) =>
      own(
        "RandomTranslation",
        [spans(context.args, "height_factor"), spans(context.args, "width_factor")],
        reading(context),
      ),
    cases: () =>
      readingCases({ height_factor: ["0.3", "(0.1, 0.4)"], width_factor: ["0.2", "(-0.5, -0.1)"] }, [
        "RandomTranslation((-0.3, 0.3), (-0.2, 0.2)",
        "RandomTranslation((-0.2, 0.2), (-0.3, 0.3)",
      ]),
  }),
  images({
    names: ["RandomBrightness"],
    signatures: { keras2: "factor, value_range=(0, 255), seed=None" },
    torch: "`RandomBrightness`, an own module",
    ignores: ["seed"],
    emit: ({ args }) => own("RandomBrightness", range(args, "factor"), valueRange(args)),
    cases: () => [
      {
        ...IMAGES,
        args: { factor: ["0.2", "(-0.5, 0.1)"], value_range: ["", "(0, 1)", "[-3, 3]"] },
        mutant: ["value_range=(-3, 3)", "value_range=(-3, 2)"],
      },
      { ...INSIDE, args: { factor: ["0.4"] } },
    ],
  }),
  images({
    names: ["RandomContrast"],
    signatures: {
      keras2: "factor, seed=None",
      keras3: "factor, value_range=(0, 255), seed=None, data_format=None",
    },
    torch: "`RandomContrast`, an own module",
    ignores: ["seed"],
    emit: contrast,
    cases: () => [
      {
        ...IMAGES,
        args: { factor: ["0.5", "(0.1, 0.9)", "[0.3, 1.0]"] },
        mutant: ["(0.5, 1.5", "(0.6, 1.4"],
      },
      {
        ...IMAGES,
        versions: ["keras3"],
        args: { factor: ["0.5", "(0.1, 0.9)"], value_range: ["", "(0, 1)", "[-3, 3]"] },
        mutant: ["per_image=True", "per_image=False"],
      },
      { ...INSIDE, args: { factor: ["0.4"] } },
      { ...FIRST, args: { factor: ["0.4"], data_format: ["'channels_first'"] } },
    ],
  }),
  images({
    names: ["RandomCrop"],
    signatures: { keras2: "height, width, seed=None" },
    torch: "`RandomCrop`, an own module",
    notes: "Keras 3's, which leaves images as they are in evaluation, is reported.",
    ignores: ["seed"],
    shape: sized,
    emit: crop,
    cases: () => [
      {
        ...IMAGES,
        versions: ["keras2"],
        inputs: [
          [6, 5, 2],
          [7, 7, 1],
          [4, 6, 3],
        ],
        args: { height: ["4", "3"], width: ["5", "2"] },
        mutant: ["RandomCrop(4, 5", "RandomCrop(5, 4"],
      },
      { ...INSIDE, versions: ["keras2"], args: { height: ["4", "8"], width: ["4", "3"] } },
    ],
  }),
  ...([2, 3] as const).map((dim) => {
    const name = dim === 2 ? "RandomHeight" : "RandomWidth";
    return images({
      names: [name],
      signatures: { keras2: "factor, interpolation='bilinear', seed=None" },
      torch: "`RandomStretch`, an own module",
      ignores: ["seed"],
      shape: (_, { shape }) => ({
        shape: shape.map((one, axis) => (axis === dim - 2 ? undefined : one)),
        dtype: "float",
      }),
      emit: (context) => {
        const mode = modeOf(context);
        return own("RandomStretch", range(context.args, "factor"), {
          dim: String(dim),
          ...(mode !== "bilinear" && { mode: string(mode) }),
        });
      },
      cases: () => [
        {
          ...IMAGES,
          versions: ["keras2"],
          args: { factor: ["0.3", "(0.2, 0.5)", "(-0.5, -0.3)"], interpolation: ["", "'nearest'"] },
          mutant: [`dim=${dim}`, `dim=${5 - dim}`],
        },
        { ...INSIDE, versions: ["keras2"], args: { factor: ["0.3"] } },
      ],
    });
  }),
];
