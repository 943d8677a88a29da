/** `image_dataset_from_directory`: images in folders as a `DataLoader`. */
import type { Call } from "../grammars/nodes.ts";
import type { CallContext } from "../src/analysis/constructs.ts";
import { dimensions } from "../src/analysis/models.ts";
import {
  array,
  type Batches,
  external,
  int,
  NONE,
  type Num,
  tuple,
  UNKNOWN,
  type Value,
} from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import { tidy } from "./images.ts";
import { realignArguments } from "./passes/edit-call.ts";
import { FOLDER_LOADER } from "./pipelines.ts";
import type { Rewriter } from "./rewriter.ts";

const RULE = "pipeline";

/** What labels are, by `label_mode`: the switch of the helper, and their axes. */
const LABELS: Record<string, { switch?: string; label: Value }> = {
  int: { label: array([undefined], "int", "tensor") },
  categorical: { switch: "ONE_HOT_LABELS", label: array([undefined, undefined], "float", "tensor") },
  binary: { switch: "BINARY_LABELS", label: array([undefined, int(1)], "float", "tensor") },
};

function loaded({ args, machine }: CallContext): Value {
  const given = (name: string): Value => args.given.get(name)?.value ?? args.default(name) ?? NONE;
  const mode = given("label_mode");
  const labels = mode.kind === "str" ? LABELS[mode.value] : undefined;
  if (!labels) return UNKNOWN;
  const size = given("image_size");
  const sizes: (Num | undefined)[] = dimensions(machine, size, args.given.get("image_size")?.expr) ?? [
    undefined,
    undefined,
  ];
  const images = array([undefined, ...sizes, int(3)], "float", "tensor");
  return {
    kind: "batches",
    made: FOLDER_LOADER,
    indexed: false,
    element: tuple([images, labels.label]),
    attributes: new Map([["class_names", external("builtins")]]),
    args,
  } satisfies Batches;
}

/** Arguments that must say what they say by default. */
const FIXED: Record<string, string | boolean> = {
  labels: "inferred",
  color_mode: "rgb",
  interpolation: "bilinear",
  follow_links: false,
  crop_to_aspect_ratio: false,
  pad_to_aspect_ratio: false,
  format: "tf",
};

function fromFolders(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  for (const [name, wanted] of Object.entries(FIXED)) {
    const value = args.value(name);
    if ((value.kind === "str" || value.kind === "bool") && value.value === wanted) continue;
    throw new Unsupported(
      args.argument(name) ?? call,
      `\`${name}\` of another value than ${JSON.stringify(wanted)} is not supported yet`,
    );
  }
  const mode = args.value("label_mode");
  const labels = mode.kind === "str" ? LABELS[mode.value] : undefined;
  if (!labels)
    throw new Unsupported(args.argument("label_mode") ?? call, "this `label_mode` is not supported yet");
  for (const one of Object.values(LABELS)) {
    if (!one.switch) continue;
    const before = rewriter.switches.get(one.switch);
    if (before !== undefined && before !== (one === labels))
      throw new Unsupported(call, "labels of several modes in one script are not supported yet");
    rewriter.switches.set(one.switch, one === labels);
  }
  const subset = args.value("subset");
  if (subset.kind !== "none" && (subset.kind !== "str" || !["training", "validation"].includes(subset.value)))
    throw new Unsupported(args.argument("subset") ?? call, "this `subset` is not supported yet");
  if (args.isNone("batch_size")) throw new Unsupported(call, "single images are not supported yet");
  if (args.value("shuffle").kind !== "bool") throw args.unknown("shuffle");
  if (!args.isNone("data_format"))
    throw new Unsupported(args.argument("data_format") ?? call, "`data_format` is not supported yet");
  for (const name of ["directory", "class_names", "image_size", "seed", "validation_split", "verbose"])
    args.value(name);
  args.finish("image_dataset_from_directory", new Set());
  const dropped = new Set([...Object.keys(FIXED), "label_mode", "data_format", "verbose"]);
  for (const name of ["class_names", "seed", "validation_split", "subset"])
    if (args.isNone(name)) dropped.add(name);
  const helper = rewriter.helper(
    "image_dataset_from_directory",
    args.names().filter((name) => !dropped.has(name)),
  );
  tidy(rewriter, args, call, dropped, 1);
  rewriter.edits.replace(call.func.start, call.func.end, helper, RULE);
  realignArguments(rewriter, call, helper.length + 1);
  rewriter.note(
    call,
    RULE,
    "Pillow decodes JPEG files with exact arithmetic, TensorFlow with a fast one: pixels differ by about 1 of 255; other formats are equal",
  );
  return { kind: "done" };
}

export const FOLDERS: readonly FunctionEntry[] = [
  {
    paths: [
      "keras.utils.image_dataset_from_directory",
      "keras.preprocessing.image_dataset_from_directory",
      "keras.preprocessing.image.image_dataset_from_directory",
      "keras.utils.image_dataset.image_dataset_from_directory",
      "keras.preprocessing.image_dataset.image_dataset_from_directory",
    ],
    signature:
      "directory, labels='inferred', label_mode='int', class_names=None, color_mode='rgb', batch_size=32, image_size=(256, 256), shuffle=True, seed=None, validation_split=None, subset=None, interpolation='bilinear', follow_links=False, crop_to_aspect_ratio=False, pad_to_aspect_ratio=False, data_format=None, format='tf', verbose=True",
    result: loaded,
    replace: fromFolders,
  },
];
