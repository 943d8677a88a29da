/** `flow_from_dataframe`: images whose files and targets a table names. */
import type { Call } from "../grammars/nodes.ts";
import type { CallContext } from "../src/analysis/constructs.ts";
import { dimensions } from "../src/analysis/models.ts";
import { array, int, NONE, type Num, tuple, UNKNOWN, type Value } from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import { GENERATOR, tidy } from "./image-transforms.ts";
import { BATCH_ATTRIBUTES, IMAGE_BATCHES } from "./images.ts";
import { realignArguments } from "./passes/edit-call.ts";
import type { Rewriter } from "./rewriter.ts";

/** What the targets are, by `class_mode`: the helper's switch and what is known of a batch of them. */
const MODES: Record<string, { switch: string; target: Value | undefined }> = {
  categorical: { switch: "FRAME_ONE_HOT", target: array([undefined, undefined], "float") },
  binary: { switch: "FRAME_NUMBERS", target: array([undefined], "float") },
  sparse: { switch: "FRAME_NUMBERS", target: array([undefined], "float") },
  raw: { switch: "FRAME_RAW", target: array(undefined, undefined) },
  none: { switch: "", target: undefined },
};
const SWITCHES = ["FRAME_ONE_HOT", "FRAME_NUMBERS", "FRAME_RAW"];

const modeOf = (value: Value) => MODES[value.kind === "str" ? value.value : value.kind];

/** Arguments that must say what they say by default. */
const FIXED: Record<string, string | boolean | null> = {
  weight_col: null,
  color_mode: "rgb",
  classes: null,
  save_to_dir: null,
  save_prefix: "",
  save_format: "png",
  interpolation: "nearest",
  keep_aspect_ratio: false,
  validate_filenames: true,
};

function ofFrame(context: CallContext): Value {
  const { args, machine } = context;
  const given = (name: string): Value => args.given.get(name)?.value ?? args.default(name) ?? NONE;
  const mode = modeOf(given("class_mode"));
  if (!mode) return UNKNOWN;
  const sizes: (Num | undefined)[] = dimensions(
    machine,
    given("target_size"),
    args.given.get("target_size")?.expr,
  ) ?? [undefined, undefined];
  const x = array([undefined, ...sizes, int(3)], "float");
  return {
    kind: "batches",
    made: IMAGE_BATCHES,
    indexed: true,
    element: mode.target ? tuple([x, mode.target]) : x,
    attributes: BATCH_ATTRIBUTES,
    args,
  };
}

function frame(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  if (call.func.type !== "Attribute") throw new Unsupported(call, "this call is not supported");
  for (const [name, wanted] of Object.entries(FIXED)) {
    const value = args.value(name);
    const same = wanted === null ? value.kind === "none" : "value" in value && value.value === wanted;
    if (!same)
      throw new Unsupported(
        args.argument(name) ?? call,
        `this \`${name}\` of \`flow_from_dataframe\` is not supported yet`,
      );
  }
  const mode = modeOf(args.value("class_mode"));
  if (!mode)
    throw new Unsupported(args.argument("class_mode") ?? call, "this `class_mode` is not supported yet");
  for (const name of SWITCHES) {
    const before = rewriter.switches.get(name);
    if (before !== undefined && before !== (name === mode.switch))
      throw new Unsupported(call, "tables with several kinds of targets in one script are not supported yet");
    rewriter.switches.set(name, name === mode.switch);
  }
  const columns = args.value("y_col");
  if (mode.switch !== "FRAME_RAW" && mode.switch !== "" && columns.kind !== "str")
    throw args.unknown("y_col");
  const set = (name: string) => rewriter.switches.set(name, true);
  const shuffle = args.value("shuffle");
  const shuffled = shuffle.kind === "bool" ? shuffle.value : undefined;
  if (shuffled !== false) set("IMAGES_SHUFFLED");
  if (shuffled !== true) set("IMAGES_UNSHUFFLED");
  if (!args.isNone("seed")) set("IMAGES_SEEDED");
  if (!args.isNone("subset")) set("SUBSETS");
  for (const name of ["dataframe", "directory", "x_col", "target_size", "batch_size"]) args.value(name);
  args.finish("flow_from_dataframe", new Set());
  const dropped = new Set([...Object.keys(FIXED), "class_mode"]);
  for (const name of ["directory", "seed", "subset"]) if (args.isNone(name)) dropped.add(name);
  if (mode.switch === "") dropped.add("y_col");
  if (shuffled === true) dropped.add("shuffle");
  const kept = args.names().filter((name) => !dropped.has(name));
  const head = `${rewriter.helper("FrameImages", kept)}(${rewriter.source(call.func.value)}`;
  const broken = "\r\n".includes(rewriter.text[call.argsSpan.start + 1] ?? "");
  rewriter.edits.replace(call.start, call.argsSpan.start + 1, `${head},${broken ? "" : " "}`, "images");
  tidy(rewriter, args, call, dropped, 1);
  realignArguments(rewriter, call, head.indexOf("(") + 1);
  return { kind: "done" };
}

export const FRAMES: readonly FunctionEntry[] = [
  {
    paths: [`${GENERATOR}.flow_from_dataframe`],
    signature:
      "dataframe, directory=None, x_col='filename', y_col='class', weight_col=None, target_size=(256, 256), color_mode='rgb', classes=None, class_mode='categorical', batch_size=32, shuffle=True, seed=None, save_to_dir=None, save_prefix='', save_format='png', subset=None, interpolation='nearest', validate_filenames=True, keep_aspect_ratio=False",
    result: ofFrame,
    replace: frame,
  },
];
