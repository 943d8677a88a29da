/** `ImageDataGenerator` and its batches: images from arrays and folders, with what is done to each. */
import type { Call } from "../grammars/nodes.ts";
import type { CallContext } from "../src/analysis/constructs.ts";
import { dimensions } from "../src/analysis/models.ts";
import {
  ANY_INT,
  array,
  type Batches,
  external,
  int,
  NONE,
  type Num,
  str,
  tuple,
  UNKNOWN,
  type Value,
} from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import { GENERATOR, isOff, TRANSFORMS, tidy } from "./image-transforms.ts";
import { realignArguments } from "./passes/edit-call.ts";
import type { Rewriter } from "./rewriter.ts";

export const IMAGE_BATCHES = "keras.preprocessing.image.Iterator";
const RULE = "images";

const SAVING = "save_to_dir=None, save_prefix='', save_format='png'";

export const BATCH_ATTRIBUTES: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["n", ANY_INT],
  ["batch_size", ANY_INT],
  ["classes", array([undefined], "int")],
  ["labels", array([undefined], "int")],
  ["class_indices", external("builtins")],
  ["filepaths", external("builtins")],
  ["filenames", external("builtins")],
  ["samples", ANY_INT],
  ["num_classes", ANY_INT],
  ["image_shape", external("builtins")],
]);

const batches = (context: CallContext, element: Value): Batches => ({
  kind: "batches",
  made: IMAGE_BATCHES,
  indexed: true,
  element,
  attributes: BATCH_ATTRIBUTES,
  args: context.args,
});

const given = ({ args }: CallContext, name: string): Value =>
  args.given.get(name)?.value ?? args.default(name) ?? NONE;

/** Rows of some array. */
function rowsOf(value: Value): Value {
  if (value.kind === "array")
    return { ...value, shape: value.shape && [undefined, ...value.shape.slice(1)], container: "ndarray" };
  return array(undefined);
}

function ofArray(context: CallContext): Value {
  const [x, y, weight] = ["x", "y", "sample_weight"].map((name) => given(context, name));
  if (!x || x.kind === "tuple" || x.kind === "list") return UNKNOWN;
  const images = rowsOf(x);
  const parts: Value[] = [{ ...images, dtype: "float" } as Value];
  if (y && y.kind !== "none") parts.push(rowsOf(y));
  if (weight && weight.kind !== "none") parts.push(array([undefined], "float"));
  return batches(context, parts.length === 1 ? (parts[0] as Value) : tuple(parts));
}

const CHANNELS: Record<string, number> = { rgb: 3, rgba: 4, grayscale: 1 };

function ofFolder(context: CallContext): Value {
  const size = given(context, "target_size");
  const sizes: (Num | undefined)[] = dimensions(
    context.machine,
    size,
    context.args.given.get("target_size")?.expr,
  ) ?? [undefined, undefined];
  const mode = given(context, "color_mode");
  const channels = mode.kind === "str" ? CHANNELS[mode.value] : undefined;
  const x = array([undefined, ...sizes, channels === undefined ? undefined : int(channels)], "float");
  const kind = given(context, "class_mode");
  if (kind.kind === "none") return batches(context, x);
  if (kind.kind !== "str") return UNKNOWN;
  if (kind.value === "input") return batches(context, tuple([x, x]));
  const y = array(kind.value === "categorical" ? [undefined, undefined] : [undefined], "float");
  return batches(context, tuple([x, y]));
}

/** The call of a method becomes one of a class that takes the object first. */
function flow(
  helper: string,
  args: Arguments,
  rewriter: Rewriter,
  call: Call,
  positional: number,
): Replacement {
  if (call.func.type !== "Attribute") throw new Unsupported(call, "this call is not supported");
  const set = (name: string) => rewriter.switches.set(name, true);
  const shuffle = args.value("shuffle");
  const shuffled = shuffle.kind === "bool" ? shuffle.value : undefined;
  if (shuffled !== false) set("IMAGES_SHUFFLED");
  if (shuffled !== true) set("IMAGES_UNSHUFFLED");
  const on = (name: string) => !args.isNone(name);
  if (on("seed")) set("IMAGES_SEEDED");
  if (on("save_to_dir")) set("IMAGES_SAVED");
  if (on("subset")) set("SUBSETS");
  const drops = new Set(
    ["ignore_class_split", "keep_aspect_ratio", "follow_links"].filter((name) => isOff(args, name)),
  );
  for (const name of [
    "save_prefix",
    "save_format",
    "color_mode",
    "interpolation",
    "sample_weight",
    "classes",
  ])
    if (isOff(args, name)) drops.add(name);
  for (const name of ["save_to_dir", "subset", "seed"]) if (!on(name)) drops.add(name);
  if (shuffled === true) drops.add("shuffle");
  set(on("y") ? "IMAGES_LABELLED" : "IMAGES_UNLABELLED");
  if (on("sample_weight")) set("IMAGES_WEIGHTED");
  if (args.names().includes("class_mode") && classModes(rewriter).size === 1) drops.add("class_mode");
  args.value("x");
  if (!args.isNone("keep_aspect_ratio") && !drops.has("keep_aspect_ratio"))
    throw new Unsupported(
      args.argument("keep_aspect_ratio") ?? call,
      "`keep_aspect_ratio` is not supported yet",
    );
  if (!args.isNone("ignore_class_split") && !drops.has("ignore_class_split")) drops.add("ignore_class_split");
  const head = `${rewriter.helper(
    helper,
    args.names().filter((name) => !drops.has(name)),
  )}(${rewriter.source(call.func.value)}`;
  const broken = "\r\n".includes(rewriter.text[call.argsSpan.start + 1] ?? "");
  rewriter.edits.replace(call.start, call.argsSpan.start + 1, `${head},${broken ? "" : " "}`, RULE);
  tidy(rewriter, args, call, drops, positional);
  realignArguments(rewriter, call, head.indexOf("(") + 1);
  return { kind: "done" };
}

function folder(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const mode = args.value("class_mode");
  if (mode.kind !== "none" && mode.kind !== "str") throw args.unknown("class_mode");
  const color = args.value("color_mode");
  if (color.kind !== "str" || CHANNELS[color.value] === undefined) throw args.unknown("color_mode");
  const kind = mode.kind === "none" ? "none" : mode.value;
  const name = CLASS_MODES[kind];
  if (!name) throw new Unsupported(call, `\`class_mode='${kind}'\` is not supported yet`);
  rewriter.switches.set(name, true);
  return flow("DirectoryImages", args, rewriter, call, 1);
}

/** What kinds of targets the folders of the script give. */
function classModes(rewriter: Rewriter): Set<string | undefined> {
  const kinds = new Set<string | undefined>();
  for (const facts of rewriter.program.calls.values()) {
    for (const { construct, args } of facts) {
      if (construct.path !== `${GENERATOR}.flow_from_directory`) continue;
      const mode = args.given.get("class_mode")?.value ?? str("categorical");
      kinds.add(
        mode.kind === "none" ? "NO_CLASSES" : mode.kind === "str" ? CLASS_MODES[mode.value] : undefined,
      );
    }
  }
  return kinds;
}

const CLASS_MODES: Record<string, string> = {
  categorical: "ONE_HOT_CLASSES",
  binary: "NUMBERED_CLASSES",
  sparse: "NUMBERED_CLASSES",
  input: "INPUT_CLASSES",
  none: "NO_CLASSES",
};

export const IMAGES: readonly FunctionEntry[] = [
  ...TRANSFORMS,
  {
    paths: [`${GENERATOR}.flow`],
    signature: `x, y=None, batch_size=32, shuffle=True, sample_weight=None, seed=None, ${SAVING}, ignore_class_split=False, subset=None, *, X:x=None`,
    result: ofArray,
    replace: (args, rewriter, call) => flow("ArrayImages", args, rewriter, call, 3),
  },
  {
    paths: [`${GENERATOR}.flow_from_directory`],
    signature: `directory, target_size=(256, 256), color_mode='rgb', classes=None, class_mode='categorical', batch_size=32, shuffle=True, seed=None, ${SAVING}, follow_links=False, subset=None, interpolation='nearest', keep_aspect_ratio=False`,
    result: ofFolder,
    replace: folder,
  },
];
