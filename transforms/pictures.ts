/** TensorFlow's functions that read image files, as arrays. */
import { array, external, type Num, type Value } from "../src/analysis/values.ts";
import type { Arguments } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import type { Rewriter } from "./rewriter.ts";
import { seesTensors } from "./tensors/callers.ts";

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
];
