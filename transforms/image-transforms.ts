/** `ImageDataGenerator`: what is done to each image, at random and by what is measured. */
import type { Call } from "../grammars/nodes.ts";
import { external, NONE, UNKNOWN } from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import { channelsFirst } from "./layers/spatial.ts";
import { realignArguments, removeArguments } from "./passes/edit-call.ts";
import type { Rewriter } from "./rewriter.ts";

export const GENERATOR = "keras.preprocessing.image.ImageDataGenerator";
const RULE = "images";

const GENERATOR_SIGNATURE =
  "featurewise_center=False, samplewise_center=False, featurewise_std_normalization=False, samplewise_std_normalization=False, zca_whitening=False, zca_epsilon=1e-06, rotation_range=0, width_shift_range=0., height_shift_range=0., brightness_range=None, shear_range=0., zoom_range=0., channel_shift_range=0., fill_mode='nearest', cval=0., horizontal_flip=False, vertical_flip=False, rescale=None, preprocessing_function=None, data_format=None, validation_split=0., interpolation_order=1, dtype=None, *, dim_ordering:data_format=None";

/** Arguments that change an image at random, by what they need of the helper. */
const AFFINE = ["rotation_range", "width_shift_range", "height_shift_range", "shear_range", "zoom_range"];
const RANDOM = [...AFFINE, "brightness_range", "channel_shift_range", "horizontal_flip", "vertical_flip"];
const FEATUREWISE = ["featurewise_center", "featurewise_std_normalization", "zca_whitening"];

/** Whether an argument says nothing: None, False, 0, or another spelling of the default. */
export function isOff(args: Arguments, name: string): boolean {
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
  const dtype = args.value("dtype");
  if (!isOff(args, "dtype") && !(dtype.kind === "str" && dtype.value === "float32"))
    throw new Unsupported(args.argument("dtype") ?? call, "`dtype` is not supported yet");
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
  const whitens = on.includes("zca_whitening");
  if (whitens) set("MEASURED_IMAGES");
  const unread = ["data_format", "dtype", ...(whitens ? [] : ["zca_epsilon"])];
  const kept = new Set(on.filter((name) => !unread.includes(name)));
  tidy(rewriter, args, call, new Set(args.names().filter((name) => !kept.has(name))), 0);
  const helper = rewriter.helper("ImageTransform", kept);
  rewriter.edits.replace(call.func.start, call.func.end, helper, RULE);
  realignArguments(rewriter, call, helper.length + 1);
  return { kind: "done" };
}

function isFitted(rewriter: Rewriter): boolean {
  return [...rewriter.program.calls.values()].some(([fact]) => fact?.construct.path === `${GENERATOR}.fit`);
}

/** `fit` measures images for what is done featurewise, and is nothing without that. */
function fitted(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  args.value("x");
  const augment = args.value("augment");
  const augments = !isOff(args, "augment");
  if (augments && augment.kind !== "bool") throw args.unknown("augment");
  const needed = [...rewriter.program.calls.values()].some(
    ([fact]) =>
      fact?.construct.path === GENERATOR &&
      FEATUREWISE.some((name) => {
        const value = fact.args.given.get(name)?.value;
        return value !== undefined && !(value.kind === "bool" && !value.value);
      }),
  );
  const seeds = !args.isNone("seed");
  for (const name of ["rounds", "seed"]) args.value(name);
  if (!needed) {
    if (!augments && !seeds) return { kind: "remove" };
    throw new Unsupported(
      call,
      "`fit` of what measures nothing, which draws random numbers, is not supported yet",
    );
  }
  rewriter.switches.set("FITTED_IMAGES", true);
  if (augments || seeds) {
    if (augments && !variesImages(rewriter))
      throw new Unsupported(call, "`augment` of images that do not change at random is not supported yet");
    rewriter.switches.set("AUGMENTED_FIT", true);
    rewriter.switches.set("MEASURED_IMAGES", true);
    return { kind: "done" };
  }
  const removed = new Set(
    ["augment", "seed", "rounds"].flatMap((name) => {
      const node = args.argument(name);
      return node ? [node] : [];
    }),
  );
  removeArguments(rewriter, call, removed);
  return { kind: "done" };
}

/** Whether some images are changed at random. */
function variesImages(rewriter: Rewriter): boolean {
  return [...rewriter.program.calls.values()].some(
    ([fact]) =>
      fact?.construct.path === GENERATOR &&
      RANDOM.some((name) => !isOff(rewriter.arguments(fact.args, fact.call), name)),
  );
}

/** `random_transform` stands under another name. */
function varied(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  args.value("x");
  if (!args.isNone("seed"))
    throw new Unsupported(args.argument("seed") ?? call, "`seed` of `random_transform` is not supported yet");
  if (!variesImages(rewriter) || call.func.type !== "Attribute")
    throw new Unsupported(
      call,
      "`random_transform` of images that do not change at random is not supported yet",
    );
  rewriter.edits.replace(call.func.end - call.func.attr.length, call.func.end, "vary", RULE);
  return { kind: "done" };
}

const paths = (name: string) => [
  `keras.preprocessing.image.${name}`,
  `keras_preprocessing.image.${name}`,
  `keras.preprocessing.image_dataset.${name}`,
];

export const TRANSFORMS: readonly FunctionEntry[] = [
  {
    paths: [...paths("ImageDataGenerator"), "keras.legacy.preprocessing.image.ImageDataGenerator"],
    signature: GENERATOR_SIGNATURE,
    result: () => external(GENERATOR),
    replace: generator,
  },
  {
    paths: [`${GENERATOR}.fit`],
    signature: "x, augment=False, rounds=1, seed=None, *, X:x=None",
    result: () => NONE,
    replace: fitted,
  },
  {
    paths: [`${GENERATOR}.random_transform`],
    signature: "x, seed=None",
    result: ({ args }) => args.given.get("x")?.value ?? UNKNOWN,
    replace: varied,
  },
  ...["standardize", "apply_transform", "get_random_transform"].map(
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
