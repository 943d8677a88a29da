/** Functions of `tf.image`, on arrays and on tensors of images (..., H, W, channels). */
import { type ArrayValue, array, int, type Num, type Value } from "../../src/analysis/values.ts";
import { sizes } from "./made.ts";
import {
  dtypeName,
  type Given,
  isGiven,
  NotNumPy,
  numberOf,
  operand,
  type Piece,
  type Pieces,
  typeOf,
} from "./operands.ts";
import { type Api, callOf, type Row } from "./row.ts";
import { flipped } from "./selection.ts";

type Shape = NonNullable<ArrayValue["shape"]>;
type Sized = (shape: Shape, given: Given) => ArrayValue["shape"];

/** What stands for a call, given what stands for the images. */
type Written = (x: Pieces, given: Given) => Pieces;

const image = (names: string, signature: string): Api => ({
  paths: names.split(" ").map((name) => `tensorflow.image.${name}`),
  signature: `${signature}, name=None`,
});

/** A call of a helper on images, with these arguments as they are written. */
const helping =
  (helper: string, names: readonly string[] = [], fixed: readonly string[] = []): Written =>
  (x, given) => {
    const passed = names.filter((name) => isGiven(given, name));
    // What stands after one that is left out goes by its name.
    const args = passed.map(
      (name, i): Pieces => (names[i] === name ? [{ arg: name }] : [`${name}=`, { arg: name }]),
    );
    const all = [x, ...args, ...fixed.map((text): Pieces => [text])];
    const joined = all.flatMap((pieces, i): Piece[] => (i === 0 ? [...pieces] : [", ", ...pieces]));
    const keywords = fixed.flatMap((text) => (text.includes("=") ? [text.split("=")[0] as string] : []));
    return [{ helper, passes: [...passed, ...keywords] }, "(", ...joined, ")"];
  };

const same: Sized = (shape) => shape;

/** What PyTorch does to a tensor; an array becomes one for it. */
const picture = (
  api: Api,
  write: Written,
  shape: Sized = same,
  dtype: ArrayValue["dtype"] | "own" = "own",
): Row => ({
  apis: [api],
  data: ["x"],
  views: true,
  torch: {
    pieces: (given) => {
      if (!given.kind("x").tensor) throw new NotNumPy();
      return write([{ arg: "x" }], given);
    },
    kind: () => ({ tensor: true }),
  },
  form: (given) => [...write(callOf("torch.as_tensor", [operand(given, "x")]), given), ".numpy()"],
  type: (given) => {
    const own = typeOf(given.value("x"));
    return array(own.shape && shape(own.shape, given), dtype === "own" ? own.dtype : dtype, "tensor");
  },
});

/** `x.flip(-2)`, of what a method may be called on. */
const flip =
  (axis: number): Written =>
  (x) =>
    callOf("torch.flip", [x, [`(${axis},)`]]);

const lastOf =
  (channels: number): Sized =>
  (shape) => [...shape.slice(0, -1), int(channels)];

const sizeOf = (value: Value): Num | undefined => (value.kind === "num" ? value : undefined);

/** In place of the height and the width. */
const within =
  (spatial: (given: Given) => readonly (Num | undefined)[]): Sized =>
  (shape, given) => [...shape.slice(0, -3), ...spatial(given), shape.at(-1)];

const toTarget = within((given) => [
  sizeOf(given.value("target_height")),
  sizeOf(given.value("target_width")),
]);
const asked = within((given) => sizes(given.value("size")) ?? [undefined, undefined]);
const open = within(() => [undefined, undefined]);

const TARGET = ["target_height", "target_width"];
const OFFSETS = ["offset_height", "offset_width"];

/** Interpolations that weigh the cells around by a kernel. */
const KERNELS: ReadonlySet<string> = new Set(
  "bicubic area lanczos3 lanczos5 gaussian mitchellcubic".split(" "),
);

/** How images are resized: by a text, or a member of `tf.image.ResizeMethod`. */
function methodOf(given: Given): string {
  const value = given.value("method");
  if (value.kind === "none") return "bilinear";
  const name =
    value.kind === "str"
      ? value.value
      : value.kind === "ref"
        ? (value.path.split(".").at(-1) ?? "").toLowerCase().replace("nearest_neighbor", "nearest")
        : "";
  if (name !== "bilinear" && name !== "nearest" && !KERNELS.has(name)) throw new NotNumPy();
  return name;
}

const isOn = (given: Given, name: string): boolean => {
  const value = given.value(name);
  if (value.kind !== "bool" && value.kind !== "none") throw new NotNumPy();
  return value.kind === "bool" && value.value;
};

/** How to call the helper for an interpolation. */
function resizing(given: Given): Written {
  const method = methodOf(given);
  if (isOn(given, "preserve_aspect_ratio")) throw new NotNumPy();
  const smooth = isOn(given, "antialias") && method !== "nearest" && method !== "area";
  // TensorFlow cuts this kernel elsewhere.
  if (smooth && method === "gaussian") throw new NotNumPy();
  if (KERNELS.has(method) || smooth)
    return helping("resize_by_kernel", ["size"], [`"${method}"`, ...(smooth ? ["antialias=True"] : [])]);
  return helping("resize_image", ["size"], method === "nearest" ? ['mode="nearest-exact"'] : []);
}

const RESIZE: Row = {
  ...picture(
    image("resize", "images:x, size, method=None, preserve_aspect_ratio=False, antialias=False"),
    (x, given) => resizing(given)(x, given),
    asked,
    "float",
  ),
  form: (given) => {
    const method = methodOf(given);
    const plain = (method === "bilinear" && !isOn(given, "antialias")) || method === "nearest";
    if (!plain)
      return [...resizing(given)(callOf("torch.as_tensor", [operand(given, "x")]), given), ".numpy()"];
    if (isOn(given, "preserve_aspect_ratio")) throw new NotNumPy();
    return helping(
      "resize_images",
      ["size"],
      method === "nearest" ? ["nearest=True"] : [],
    )([{ arg: "x" }], given);
  },
};

/** To floats from 0 to 1, or back. */
const convertDtype: Written = (x, given) => {
  const dtype = dtypeName(given, "dtype");
  const floats = helping("image_floats")(x, given);
  if (dtype === "float32") return floats;
  if (dtype !== "uint8") throw new NotNumPy();
  return [{ helper: "image_dtype", passes: [] }, "(", ...floats, ", torch.uint8)"];
};

const CONVERT: Row = {
  ...picture(image("convert_image_dtype", "image:x, dtype"), convertDtype),
  form: (given) => {
    if (typeOf(given.value("x")).dtype !== "uint8" || dtypeName(given, "dtype") !== "float32")
      return [...convertDtype(callOf("torch.as_tensor", [operand(given, "x")]), given), ".numpy()"];
    const x = operand(given, "x");
    const plain = given.expr("x")?.type === "Name" && x.length === 1;
    return ["(", ...(plain ? x : callOf("np.asarray", [x])), '.astype("float32") / 255)'];
  },
  type: (given) =>
    array(
      typeOf(given.value("x")).shape,
      dtypeName(given, "dtype") === "uint8" ? "uint8" : "float",
      "tensor",
    ),
};

const arrays = (row: Row, form: Row["form"]): Row => ({ ...row, form });

/** A helper that is given a random number. */
const drawn =
  (helper: string, bounds: (given: Given) => Pieces): Written =>
  (x, given) => {
    given.value("seed");
    const number: Pieces = [{ helper: "random_uniform", passes: [] }, "(", ...bounds(given), ")"];
    return [{ helper, passes: [] }, "(", ...x, ", ", ...number, ")"];
  };

const aroundZero =
  (name: string) =>
  (given: Given): Pieces => {
    // Written twice, so that it must be a number or a name.
    const number = numberOf(given, name);
    if (number === undefined) throw new NotNumPy();
    return [`-${number}, `, { arg: name }];
  };
const between = (): Pieces => [{ arg: "lower" }, ", ", { arg: "upper" }];

export const IMAGE_ROWS: readonly Row[] = [
  RESIZE,
  CONVERT,
  arrays(picture(image("flip_left_right", "image:x"), flip(-2)), (given) =>
    flipped(operand(given, "x"), { axis: ["-2"] }),
  ),
  arrays(picture(image("flip_up_down", "image:x"), flip(-3)), (given) =>
    flipped(operand(given, "x"), { axis: ["-3"] }),
  ),
  picture(
    image("rot90", "image:x, k=1"),
    (x, given) => callOf("torch.rot90", [x, isGiven(given, "k") ? [{ arg: "k" }] : ["1"], ["(-3, -2)"]]),
    open,
  ),
  picture(image("transpose", "image:x"), (x) => callOf("torch.transpose", [x, ["-3"], ["-2"]]), open),
  picture(image("rgb_to_grayscale", "images:x"), helping("rgb_to_grayscale"), lastOf(1)),
  picture(image("grayscale_to_rgb", "images:x"), helping("grayscale_to_rgb"), lastOf(3)),
  picture(image("per_image_standardization", "image:x"), helping("per_image_standardization"), same, "float"),
  picture(
    image("central_crop", "image:x, central_fraction"),
    helping("central_crop", ["central_fraction"]),
    open,
  ),
  picture(
    image("pad_to_bounding_box", `image:x, ${[...OFFSETS, ...TARGET].join(", ")}`),
    helping("pad_to_bounding_box", [...OFFSETS, ...TARGET]),
    toTarget,
  ),
  picture(
    image("crop_to_bounding_box", `image:x, ${[...OFFSETS, ...TARGET].join(", ")}`),
    helping("crop_to_bounding_box", [...OFFSETS, ...TARGET]),
    toTarget,
  ),
  picture(
    image("resize_with_crop_or_pad resize_image_with_crop_or_pad", `image:x, ${TARGET.join(", ")}`),
    helping("resize_with_crop_or_pad", TARGET),
    toTarget,
  ),
  picture(
    image("resize_with_pad", `image:x, ${TARGET.join(", ")}, method=None, antialias=False`),
    (x, given) => {
      const method = methodOf(given);
      if (KERNELS.has(method) || isOn(given, "antialias")) throw new NotNumPy();
      return helping(
        "resize_with_pad",
        TARGET,
        method === "nearest" ? ['mode="nearest-exact"'] : [],
      )(x, given);
    },
    toTarget,
    "float",
  ),
  picture(image("adjust_brightness", "image:x, delta"), helping("adjust_brightness", ["delta"])),
  picture(
    image("adjust_contrast", "images:x, contrast_factor"),
    helping("adjust_contrast", ["contrast_factor"]),
  ),
  picture(image("adjust_gamma", "image:x, gamma=1, gain=1"), helping("adjust_gamma", ["gamma", "gain"])),
  picture(
    image("adjust_saturation", "image:x, saturation_factor"),
    helping("adjust_saturation", ["saturation_factor"]),
  ),
  picture(image("adjust_hue", "image:x, delta"), helping("adjust_hue", ["delta"])),
  picture(image("random_flip_left_right", "image:x, seed=None"), (x, given) => {
    given.value("seed");
    return helping("random_flip", [], ["-2"])(x, given);
  }),
  picture(image("random_flip_up_down", "image:x, seed=None"), (x, given) => {
    given.value("seed");
    return helping("random_flip", [], ["-3"])(x, given);
  }),
  picture(
    image("random_brightness", "image:x, max_delta, seed=None"),
    drawn("adjust_brightness", aroundZero("max_delta")),
  ),
  picture(image("random_contrast", "image:x, lower, upper, seed=None"), drawn("adjust_contrast", between)),
  picture(
    image("random_saturation", "image:x, lower, upper, seed=None"),
    drawn("adjust_saturation", between),
  ),
  picture(image("random_hue", "image:x, max_delta, seed=None"), drawn("adjust_hue", aroundZero("max_delta"))),
  picture(
    {
      paths: ["tensorflow.image.random_crop", "tensorflow.random_crop"],
      signature: "value:x, size, seed=None, name=None",
    },
    (x, given) => {
      given.value("seed");
      return helping("random_crop", ["size"])(x, given);
    },
    (_, given) => sizes(given.value("size")),
  ),
];
