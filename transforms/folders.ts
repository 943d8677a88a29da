/** `image_dataset_from_directory` and `text_dataset_from_directory`: what is in folders as a `DataLoader`. */
import type { Call } from "../grammars/nodes.ts";
import type { CallContext } from "../src/analysis/constructs.ts";
import { dimensions } from "../src/analysis/models.ts";
import { array, external, int, NONE, type Num, tuple, UNKNOWN, type Value } from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import { tidy } from "./image-transforms.ts";
import { realignArguments } from "./passes/edit-call.ts";
import { JPEG_NOTE } from "./pictures.ts";
import { FOLDER_LOADER, pipeline } from "./pipelines.ts";
import type { Rewriter } from "./rewriter.ts";

const RULE = "pipeline";

/** What labels are, by `label_mode`: the switch of the helper, and their axes. */
const LABELS: Record<string, { switch?: string; label: Value }> = {
  int: { label: array([undefined], "int", "tensor") },
  categorical: { switch: "ONE_HOT_LABELS", label: array([undefined, undefined], "float", "tensor") },
  binary: { switch: "BINARY_LABELS", label: array([undefined, int(1)], "float", "tensor") },
};

/** What a function for files in folders reads. */
interface Folders {
  readonly name: string;
  /** Arguments that must say what they say by default. */
  readonly fixed: Readonly<Record<string, string | boolean>>;
  /** Other arguments that mean nothing in the output, or are settled. */
  readonly drops: readonly string[];
  readonly samples: (context: CallContext, given: (name: string) => Value) => Value;
  /** Sets switches, notes and reports for what it reads. */
  readonly check: (rewriter: Rewriter, args: Arguments, call: Call) => void;
}

const loaded =
  ({ samples }: Folders): NonNullable<FunctionEntry["result"]> =>
  (context) => {
    const { args } = context;
    const given = (name: string): Value => args.given.get(name)?.value ?? args.default(name) ?? NONE;
    const mode = given("label_mode");
    const labels = mode.kind === "str" ? LABELS[mode.value] : undefined;
    const unlabeled = mode.kind === "none" || given("labels").kind === "none";
    if (!labels && !unlabeled) return UNKNOWN;
    const read = samples(context, given);
    const parts = labels && !unlabeled ? [read, labels.label] : [read];
    const attributes = new Map(unlabeled ? [] : [["class_names", external("builtins")] as const]);
    const loader = () => ({ ...pipeline(FOLDER_LOADER, tuple(parts), args), attributes });
    const subset = given("subset");
    if (subset.kind === "str" && subset.value === "both") return tuple([loader(), loader()]);
    return loader();
  };

/** How labels are given; all data sets of a script must agree. */
function setLabels(rewriter: Rewriter, args: Arguments, call: Call): void {
  const given = args.value("labels");
  if (given.kind !== "str" || given.value !== "inferred")
    throw new Unsupported(
      args.argument("labels") ?? call,
      "labels that are not those of folders are not supported yet",
    );
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
}

/** How many channels images have; all data sets of a script must agree. */
function setColors(rewriter: Rewriter, args: Arguments, call: Call): void {
  const colors = args.value("color_mode");
  if (colors.kind !== "str" || !["rgb", "grayscale"].includes(colors.value))
    throw new Unsupported(args.argument("color_mode") ?? call, "this `color_mode` is not supported yet");
  const gray = colors.value === "grayscale";
  if ((rewriter.switches.get("GRAYSCALE") ?? gray) !== gray)
    throw new Unsupported(call, "images in grey and in colours in one script are not supported yet");
  rewriter.switches.set("GRAYSCALE", gray);
}

/** Which part of the files is read, or both at once; all data sets that are parts must agree on which. */
function setSubsets(rewriter: Rewriter, args: Arguments, call: Call): void {
  const subset = args.value("subset");
  if (subset.kind === "none") return;
  if (subset.kind !== "str" || !["training", "validation", "both"].includes(subset.value))
    throw new Unsupported(args.argument("subset") ?? call, "this `subset` is not supported yet");
  const both = subset.value === "both";
  if ((rewriter.switches.get("BOTH_SUBSETS") ?? both) !== both)
    throw new Unsupported(call, "both subsets at once beside one of them are not supported yet");
  rewriter.switches.set("BOTH_SUBSETS", both);
}

const fromFolders =
  ({ name, fixed, drops, check }: Folders): FunctionEntry["replace"] =>
  (args, rewriter, call): Replacement => {
    for (const [name, wanted] of Object.entries(fixed)) {
      const value = args.value(name);
      if ((value.kind === "str" || value.kind === "bool") && value.value === wanted) continue;
      throw new Unsupported(
        args.argument(name) ?? call,
        `\`${name}\` of another value than ${JSON.stringify(wanted)} is not supported yet`,
      );
    }
    const unlabeled = args.isNone("label_mode") || args.isNone("labels");
    if (unlabeled && !args.isNone("label_mode"))
      throw new Unsupported(
        args.argument("labels") ?? call,
        "`labels=None` without `label_mode=None` is not supported yet",
        "Write `label_mode=None`, which means the same.",
      );
    check(rewriter, args, call);
    if (unlabeled) rewriter.switches.set("UNLABELED", true);
    else setLabels(rewriter, args, call);
    setSubsets(rewriter, args, call);
    if (args.isNone("batch_size")) throw new Unsupported(call, "single samples are not supported yet");
    if (args.value("shuffle").kind !== "bool") throw args.unknown("shuffle");
    for (const name of ["directory", "class_names", "seed", "validation_split", "verbose"]) args.value(name);
    args.finish(name, new Set());
    const dropped = new Set([
      ...Object.keys(fixed),
      ...drops,
      "labels",
      "verbose",
      ...(args.isNone("label_mode") ? [] : ["label_mode"]),
    ]);
    for (const name of ["class_names", "seed", "validation_split", "subset", "max_length"])
      if (args.isNone(name)) dropped.add(name);
    const helper = rewriter.helper(
      name,
      args.names().filter((name) => !dropped.has(name)),
    );
    tidy(rewriter, args, call, dropped, 1);
    rewriter.edits.replace(call.func.start, call.func.end, helper, RULE);
    realignArguments(rewriter, call, helper.length + 1);
    return { kind: "done" };
  };

const IMAGES: Folders = {
  name: "image_dataset_from_directory",
  fixed: {
    interpolation: "bilinear",
    follow_links: false,
    crop_to_aspect_ratio: false,
    pad_to_aspect_ratio: false,
    format: "tf",
  },
  drops: ["color_mode", "data_format"],
  samples: ({ args, machine }, given) => {
    const size = given("image_size");
    const sizes: (Num | undefined)[] = dimensions(machine, size, args.given.get("image_size")?.expr) ?? [
      undefined,
      undefined,
    ];
    const mono = given("color_mode");
    const channels = int(mono.kind === "str" && mono.value === "grayscale" ? 1 : 3);
    return array([undefined, ...sizes, channels], "float", "tensor");
  },
  check: (rewriter, args, call) => {
    setColors(rewriter, args, call);
    args.value("image_size");
    if (!args.isNone("data_format"))
      throw new Unsupported(args.argument("data_format") ?? call, "`data_format` is not supported yet");
    rewriter.note(call, RULE, JPEG_NOTE);
  },
};

const TEXTS: Folders = {
  name: "text_dataset_from_directory",
  fixed: { follow_links: false, format: "tf" },
  drops: [],
  samples: () => array([undefined], "str", "tensor"),
  check: (rewriter, args) => {
    args.value("max_length");
    rewriter.switches.set("TEXT_SAMPLES", true);
  },
};

/** Under all modules that such a function has been in. */
const paths = (module: string, name: string) => [
  `keras.utils.${name}`,
  `keras.preprocessing.${name}`,
  `keras.preprocessing.${module}.${name}`,
  `keras.utils.${module}_dataset.${name}`,
  `keras.preprocessing.${module}_dataset.${name}`,
];

export const FOLDERS: readonly FunctionEntry[] = [
  {
    paths: paths("image", IMAGES.name),
    signature:
      "directory, labels='inferred', label_mode='int', class_names=None, color_mode='rgb', batch_size=32, image_size=(256, 256), shuffle=True, seed=None, validation_split=None, subset=None, interpolation='bilinear', follow_links=False, crop_to_aspect_ratio=False, pad_to_aspect_ratio=False, data_format=None, format='tf', verbose=True",
    result: loaded(IMAGES),
    replace: fromFolders(IMAGES),
  },
  {
    paths: paths("text", TEXTS.name),
    signature:
      "directory, labels='inferred', label_mode='int', class_names=None, batch_size=32, max_length=None, shuffle=True, seed=None, validation_split=None, subset=None, follow_links=False, format='tf', verbose=True",
    result: loaded(TEXTS),
    replace: fromFolders(TEXTS),
  },
];
