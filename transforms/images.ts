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
import { channelsFirst } from "./layers/spatial.ts";
import { realignArguments, removeArguments } from "./passes/edit-call.ts";
import type { Rewriter } from "./rewriter.ts";

export const GENERATOR = "keras.preprocessing.image.ImageDataGenerator";
export const IMAGE_BATCHES = "keras.preprocessing.image.Iterator";
const RULE = "images";

const SAVING = "save_to_dir=None, save_prefix='', save_format='png'";

const GENERATOR_SIGNATURE =
  "featurewise_center=False, samplewise_center=False, featurewise_std_normalization=False, samplewise_std_normalization=False, zca_whitening=False, zca_epsilon=1e-06, rotation_range=0, width_shift_range=0., height_shift_range=0., brightness_range=None, shear_range=0., zoom_range=0., channel_shift_range=0., fill_mode='nearest', cval=0., horizontal_flip=False, vertical_flip=False, rescale=None, preprocessing_function=None, data_format=None, validation_split=0., interpolation_order=1, dtype=None, *, dim_ordering:data_format=None";

/** Arguments that change an image at random, by what they need of the helper. */
const AFFINE = ["rotation_range", "width_shift_range", "height_shift_range", "shear_range", "zoom_range"];
const RANDOM = [...AFFINE, "brightness_range", "channel_shift_range", "horizontal_flip", "vertical_flip"];
const FEATUREWISE = ["featurewise_center", "featurewise_std_normalization"];

/** Whether an argument says nothing: None, False, 0, or another spelling of the default. */
function isOff(args: Arguments, name: string): boolean {
  const value = args.value(name);
  if (value.kind === "none") return true;
  if (value.kind === "bool") return !value.value;
  if (value.kind === "num" && name !== "zca_epsilon" && name !== "interpolation_order")
    return value.value === 0;
  const usual: Record<string, string | number> = {
    fill_mode: "nearest",
    save_format: "png",
    save_prefix: "",
    interpolation: "nearest",
    color_mode: "rgb",
    interpolation_order: 1,
  };
  if (value.kind === "str" || value.kind === "num") return value.value === usual[name];
  return false;
}

/** Removes the arguments that change nothing, and names those that stand behind them. */
export function tidy(
  rewriter: Rewriter,
  args: Arguments,
  call: Call,
  dropped: ReadonlySet<string>,
  first: number,
) {
  const names = args.names();
  const removed = new Set(
    names.flatMap((name) => {
      const node = args.argument(name);
      return node && dropped.has(name) ? [node] : [];
    }),
  );
  for (const [i, name] of names.entries()) {
    const node = args.argument(name);
    if (!node) throw new Unsupported(call, `what \`${name}\` is given here is not known`);
    if (removed.has(node)) continue;
    if (node.name === null && i >= first) rewriter.edits.insert(node.start, `${name}=`, RULE);
    else if (node.name !== null && node.name !== name)
      rewriter.edits.replace(node.start, node.start + node.name.length, name, RULE);
  }
  removeArguments(rewriter, call, removed);
}

function generator(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const set = (name: string) => rewriter.switches.set(name, true);
  for (const name of ["zca_whitening", "dtype"])
    if (!isOff(args, name))
      throw new Unsupported(args.argument(name) ?? call, `\`${name}\` is not supported yet`);
  if (channelsFirst(args) !== false)
    throw new Unsupported(
      args.argument("data_format") ?? call,
      "channels-first images are not supported yet",
    );
  const on = args.names().filter((name) => !isOff(args, name));
  if (on.some((name) => RANDOM.includes(name))) set("RANDOM_IMAGES");
  if (on.some((name) => AFFINE.includes(name))) set("AFFINE_IMAGES");
  for (const name of on.filter((one) => one.endsWith("_shift_range") && one !== "channel_shift_range")) {
    set("SHIFTED_IMAGES");
    const value = args.value(name);
    const share =
      value.kind === "num" && value.isFloat && value.value !== undefined && Math.abs(value.value) < 1;
    if (!share) rewriter.switches.set("SHIFT_SHARES", false);
    else if (!rewriter.switches.has("SHIFT_SHARES")) set("SHIFT_SHARES");
  }
  if (on.includes("zoom_range")) {
    const value = args.value("zoom_range");
    const pair = value.kind === "tuple" || value.kind === "list";
    if (!pair && value.kind !== "num") throw args.unknown("zoom_range");
    if ((rewriter.switches.get("ZOOM_PAIRS") ?? pair) !== pair)
      throw new Unsupported(call, "a `zoom_range` as a number and another as a pair are not supported yet");
    rewriter.switches.set("ZOOM_PAIRS", pair);
  }
  if (on.includes("preprocessing_function")) set("IMAGE_FUNCTION");
  const featurewise = on.find((name) => FEATUREWISE.includes(name));
  if (featurewise && !isFitted(rewriter))
    throw new Unsupported(
      args.argument(featurewise) ?? call,
      `\`${featurewise}\` without \`fit\` does nothing in Keras but warn`,
    );
  const kept = new Set(on.filter((name) => !["zca_epsilon", "data_format"].includes(name)));
  tidy(rewriter, args, call, new Set(args.names().filter((name) => !kept.has(name))), 0);
  const helper = rewriter.helper("ImageTransform", kept);
  rewriter.edits.replace(call.func.start, call.func.end, helper, RULE);
  realignArguments(rewriter, call, helper.length + 1);
  return { kind: "done" };
}

function isFitted(rewriter: Rewriter): boolean {
  return [...rewriter.program.calls.values()].some(([fact]) => fact?.construct.path === `${GENERATOR}.fit`);
}

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

/** `fit` measures images for what is done featurewise, and is nothing without that. */
function fitted(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  for (const name of ["augment", "seed"])
    if (!isOff(args, name))
      throw new Unsupported(args.argument(name) ?? call, `\`${name}\` of \`fit\` is not supported yet`);
  args.value("x");
  args.value("rounds");
  const needed = [...rewriter.program.calls.values()].some(
    ([fact]) =>
      fact?.construct.path === GENERATOR &&
      FEATUREWISE.some((name) => {
        const value = fact.args.given.get(name)?.value;
        return value !== undefined && !(value.kind === "bool" && !value.value);
      }),
  );
  if (!needed) return { kind: "remove" };
  rewriter.switches.set("FITTED_IMAGES", true);
  const removed = new Set(
    ["augment", "seed", "rounds"].flatMap((name) => {
      const node = args.argument(name);
      return node ? [node] : [];
    }),
  );
  removeArguments(rewriter, call, removed);
  return { kind: "done" };
}

const paths = (name: string) => [
  `keras.preprocessing.image.${name}`,
  `keras_preprocessing.image.${name}`,
  `keras.preprocessing.image_dataset.${name}`,
];

export const IMAGES: readonly FunctionEntry[] = [
  {
    paths: [...paths("ImageDataGenerator"), "keras.legacy.preprocessing.image.ImageDataGenerator"],
    signature: GENERATOR_SIGNATURE,
    result: () => external(GENERATOR),
    replace: generator,
  },
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
  {
    paths: [`${GENERATOR}.fit`],
    signature: "x, augment=False, rounds=1, seed=None, *, X:x=None",
    result: () => NONE,
    replace: fitted,
  },
  ...["standardize", "random_transform", "apply_transform", "get_random_transform"].map(
    (name): FunctionEntry => ({
      paths: [`${GENERATOR}.${name}`],
      signature: "**",
      result: () => UNKNOWN,
      replace: () => ({
        kind: "unsupported",
        reason: `\`${name}\` of \`ImageDataGenerator\` is not supported yet`,
      }),
    }),
  ),
];
