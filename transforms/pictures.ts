/** TensorFlow's functions that read image files and change images, one or a batch, as arrays. */
import { type ArrayValue, array, external, type Num, UNKNOWN, type Value } from "../src/analysis/values.ts";
import type { Arguments } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import type { Rewriter } from "./rewriter.ts";
import { seesTensors } from "./tensors/callers.ts";
import { sizes } from "./tensors/made.ts";
import { isData, typeOf } from "./tensors/operands.ts";

/** Of TensorFlow's interpolations, those that PyTorch computes the same. */
const METHODS: Readonly<Record<string, string>> = { bilinear: "bilinear", nearest: "nearest" };

export const JPEG_NOTE =
  "Pillow decodes JPEG files with exact arithmetic, TensorFlow with a fast one: pixels differ by about 1 of 255; other formats are equal";

type Check = (args: Arguments) => string | undefined;

/** A function on data: inside a function of a data set or a model it stays, and is reported. */
const picture = (
  paths: readonly string[],
  signature: string,
  result: FunctionEntry["result"],
  replace: (args: Arguments, rewriter: Rewriter) => Replacement,
  check: Check = () => undefined,
): FunctionEntry => ({
  paths,
  signature: `${signature}, name=None`,
  ...(result && { result }),
  replace: (args, rewriter, call) => {
    if (seesTensors(rewriter, call))
      return {
        kind: "unsupported",
        reason: "what this function is given is not known here: it may be a tensor of a data set or a model",
      };
    const reason = check(args);
    return reason === undefined ? replace(args, rewriter) : { kind: "unsupported", reason };
  },
});

const under = (modules: readonly string[], names: string): string[] =>
  modules.flatMap((module) => names.split(" ").map((name) => `tensorflow.${module}.${name}`));

const channels = (value: Value | undefined): Num | undefined =>
  value?.kind === "num" && value.value !== undefined && value.value > 0 ? value : undefined;

function checkDecoding(args: Arguments): string | undefined {
  const dtype = args.value("dtype");
  const bytes = dtype.kind === "none" || (dtype.kind === "ref" && dtype.path.endsWith(".uint8"));
  if (!bytes) return "images of another type than uint8 are not supported yet";
  const count = args.value("channels");
  const known = count.kind === "none" || (count.kind === "num" && [0, 1, 3].includes(count.value ?? -1));
  return known ? undefined : "`channels` is supported as 0, 1 or 3 only";
}

function decode(args: Arguments, rewriter: Rewriter): Replacement {
  rewriter.note(args.node, "pipeline", JPEG_NOTE);
  return { kind: "callee", helper: "decode_image", drops: ["name", "dtype", "expand_animations"] };
}

/** How images are resized: by a text, or a member of `tf.image.ResizeMethod`. */
function methodOf(value: Value): string | undefined {
  if (value.kind === "none") return "bilinear";
  if (value.kind === "str") return METHODS[value.value];
  if (value.kind !== "ref") return undefined;
  return METHODS[(value.path.split(".").at(-1) ?? "").toLowerCase().replace("_neighbor", "")];
}

function checkResizing(args: Arguments): string | undefined {
  if (!isData(args.value("images"))) return "only arrays are resized, so far";
  for (const name of ["preserve_aspect_ratio", "antialias"]) {
    const value = args.value(name);
    if (value.kind !== "bool" || value.value) return `\`${name}\` is not supported yet`;
  }
  return methodOf(args.value("method")) === undefined
    ? "this interpolation has no exact form in PyTorch"
    : undefined;
}

function resize(args: Arguments, rewriter: Rewriter): Replacement {
  const nearest = methodOf(args.value("method")) === "nearest";
  const passed = nearest ? ["images", "size", "nearest"] : ["images", "size"];
  const helper = rewriter.helper("resize_images", passed);
  const option = nearest ? ", nearest=True" : "";
  const text = `${helper}(${args.required("images")}, ${args.required("size")}${option})`;
  return { kind: "expression", text };
}

/** The type of images that are given another size. */
function resized(before: ArrayValue, size: ArrayValue["shape"]): Value {
  const shape =
    before.shape && size ? [...before.shape.slice(0, -3), ...size, before.shape.at(-1)] : undefined;
  return array(shape, "float", "tensor");
}

export const PICTURES: readonly FunctionEntry[] = [
  picture(
    ["tensorflow.io.read_file", "tensorflow.read_file"],
    "filename",
    () => external("builtins"),
    (args, rewriter) => {
      rewriter.imports.add("from pathlib import Path");
      return { kind: "expression", text: `Path(${args.required("filename")}).read_bytes()` };
    },
  ),
  picture(
    under(["image", "io"], "decode_image decode_jpeg decode_png decode_bmp"),
    "contents, channels=0, *, dtype=None, expand_animations=None",
    ({ args }) =>
      array([undefined, undefined, channels(args.given.get("channels")?.value)], "uint8", "tensor"),
    decode,
    checkDecoding,
  ),
  picture(
    ["tensorflow.image.resize"],
    "images, size, method=None, preserve_aspect_ratio=False, antialias=False",
    ({ args }) => {
      const [images, size] = [args.given.get("images")?.value, args.given.get("size")?.value];
      return images && size && isData(images) ? resized(typeOf(images), sizes(size)) : UNKNOWN;
    },
    resize,
    checkResizing,
  ),
];
