/** Functions of Keras and TensorFlow that stand by themselves: what their calls become. */
import type { Call } from "../grammars/nodes.ts";
import type { Construct } from "../src/analysis/constructs.ts";
import {
  ANY_INT,
  array,
  type Dtype,
  external,
  int,
  NONE,
  str,
  tuple,
  UNKNOWN,
  type Value,
} from "../src/analysis/values.ts";
import type { Arguments } from "./arguments.ts";
import { CALLED_LOSSES } from "./called-losses.ts";
import { CHECKPOINTS } from "./checkpoints.ts";
import { CUSTOM_OBJECTS } from "./custom-objects.ts";
import { FOLDERS } from "./folders.ts";
import { FRAMES } from "./frames.ts";
import { IMAGE_FORMAT } from "./image-format.ts";
import { IMAGES } from "./images.ts";
import { JOINED_ROWS } from "./joined-rows.ts";
import { MAPPED } from "./mapped.ts";
import { PICTURES } from "./pictures.ts";
import { PIPELINE_PARTS } from "./pipeline-parts.ts";
import { SHUFFLES } from "./pipeline-shuffles.ts";
import { PIPELINES } from "./pipelines.ts";
import { PREPROCESSING } from "./preprocessing.ts";
import type { Rewriter } from "./rewriter.ts";
import { MACHINE } from "./setup.ts";
import { STANDING } from "./standing.ts";
import { CALLED_METRICS } from "./standing-metrics.ts";
import { STREAMS } from "./streams.ts";
import { TENSORS } from "./tensors/index.ts";
import { TIME_SERIES } from "./time-series.ts";

/** What takes the place of a call: another callee, a whole expression, or nothing. */
export type Replacement =
  | {
      readonly kind: "callee";
      readonly helper: string;
      readonly passes?: boolean;
      /** Arguments that change nothing, which the helper does not take. */
      readonly drops?: readonly string[];
    }
  | { readonly kind: "expression"; readonly text: string; readonly uses?: readonly string[] }
  /** The statement goes, whose value must not be used; `shown`: also where what the call gives is only shown, `SVG(model_to_dot(model).create())`. */
  | { readonly kind: "remove"; readonly note?: string; readonly shown?: boolean }
  /** The entry has made its edits itself, or leaves the call to another rule. */
  | { readonly kind: "done" }
  | { readonly kind: "unsupported"; readonly reason: string };

export interface FunctionEntry {
  readonly paths: readonly string[];
  readonly signature: string;
  readonly result?: NonNullable<Construct["result"]>;
  readonly replace: (args: Arguments, rewriter: Rewriter, call: Call) => Replacement;
}

const images =
  (
    train: number,
    test: number,
    size: number,
    channels: number | undefined,
    column: boolean,
  ): NonNullable<Construct["result"]> =>
  ({ machine }) => {
    const part = (n: number) => {
      const x = [int(n), int(size), int(size)];
      if (channels) x.splice(machine.channelsFirst ? 1 : 3, 0, int(channels));
      return tuple([array(x, "uint8"), array(column ? [int(n), int(1)] : [int(n)], "uint8")]);
    };
    return tuple([part(train), part(test)]);
  };

const ragged = (dtype: Dtype) => (): Value => {
  const part = () => tuple([array([undefined], "object"), array([undefined], dtype)]);
  return tuple([part(), part()]);
};

const dataset = (
  name: string,
  result: NonNullable<Construct["result"]>,
  signature = "path=None",
): FunctionEntry => ({
  paths: [`keras.datasets.${name}.load_data`],
  signature,
  result,
  replace: (args, rewriter) => {
    args.value("path");
    rewriter.switches.set("CHANNELS_FIRST_IMAGES", args.channelsFirst === true);
    // Where Keras keeps the file; its checksum says what is in it.
    return { kind: "callee", helper: `load_${name}`, passes: true, drops: ["path"] };
  },
});

const WORDS =
  "path=None, num_words=None, skip_top=0, maxlen=None, seed=113, start_char=1, oov_char=2, index_from=3, nb_words:num_words=None";

const gone = (paths: readonly string[], note?: string): FunctionEntry => ({
  paths,
  signature: "**",
  result: () => UNKNOWN,
  replace: () => ({ kind: "remove", ...(note !== undefined && { note }) }),
});

const DRAWING = {
  kind: "remove",
  note: "the drawing of the model is left out: PyTorch has none",
  shown: true,
} as const;

export const FUNCTIONS: readonly FunctionEntry[] = [
  dataset("mnist", images(60000, 10000, 28, undefined, false)),
  dataset("fashion_mnist", images(60000, 10000, 28, undefined, false), ""),
  dataset("cifar10", images(50000, 10000, 32, 3, true), ""),
  {
    ...dataset("cifar100", images(50000, 10000, 32, 3, true)),
    signature: "label_mode='fine'",
    replace: (args, rewriter) => {
      rewriter.switches.set("CHANNELS_FIRST_IMAGES", args.channelsFirst === true);
      const mode = args.value("label_mode");
      if (mode.kind !== "str" || mode.value !== "fine")
        return { kind: "unsupported", reason: "torchvision's CIFAR-100 has fine labels only" };
      return { kind: "callee", helper: "load_cifar100", drops: ["label_mode"] };
    },
  },
  dataset("imdb", ragged("int"), WORDS),
  dataset("reuters", ragged("int"), `${WORDS}, test_split=0.2`),
  dataset(
    "boston_housing",
    () => tuple([404, 102].map((n) => tuple([array([int(n), int(13)], "float"), array([int(n)], "float")]))),
    "path=None, test_split=0.2, seed=113",
  ),
  {
    paths: ["keras.datasets.imdb.get_word_index"],
    signature: "path=None",
    result: () => external("builtins"),
    replace: () => ({ kind: "callee", helper: "imdb_word_index", drops: ["path"] }),
  },
  {
    paths: ["keras.datasets.reuters.get_word_index"],
    signature: "path=None",
    result: () => external("builtins"),
    replace: () => ({ kind: "callee", helper: "reuters_word_index", drops: ["path"] }),
  },
  CUSTOM_OBJECTS,
  CHECKPOINTS,
  {
    paths: ["keras.utils.to_categorical"],
    signature: "y, num_classes=None, dtype='float32', nb_classes:num_classes=None",
    result: ({ machine, args }) => {
      const y = args.given.get("y")?.value;
      const classes = args.given.get("num_classes");
      const size = classes && machine.sizeOf(classes.value, classes.expr);
      if (y?.kind !== "array" || !y.shape) return array(undefined, "float");
      const kept = y.shape.length > 1 && y.shape.at(-1)?.value === 1 ? y.shape.slice(0, -1) : y.shape;
      return array([...kept, size], "float");
    },
    replace: (args, rewriter) => {
      const dtype = args.value("dtype");
      if (dtype.kind !== "str" || dtype.value !== "float32")
        return { kind: "unsupported", reason: "`to_categorical` of another dtype is not supported yet" };
      const y = args.value("y");
      const known =
        y.kind === "array" &&
        y.container === "ndarray" &&
        y.shape?.length === 1 &&
        (y.dtype === "uint8" || y.dtype === "int");
      if (known && args.has("num_classes") && !args.isNone("num_classes")) {
        const classes = args.required("num_classes");
        return {
          kind: "expression",
          text: rewriter.use(`np.eye(${classes}, dtype="float32")[${args.required("y")}]`),
        };
      }
      return { kind: "callee", helper: "to_categorical", passes: true };
    },
  },
  {
    paths: [
      "keras.utils.pad_sequences",
      "keras.preprocessing.sequence.pad_sequences",
      "keras_preprocessing.sequence.pad_sequences",
    ],
    signature: "sequences, maxlen=None, dtype='int32', padding='pre', truncating='pre', value=0.",
    result: ({ machine, args }) => {
      const length = args.given.get("maxlen");
      return array([undefined, length && machine.sizeOf(length.value, length.expr)], "int");
    },
    replace: () => ({ kind: "callee", helper: "pad_sequences", passes: true }),
  },
  {
    paths: ["keras.utils.normalize"],
    signature: "x, axis=-1, order=2",
    result: ({ args }) => {
      const x = args.given.get("x")?.value;
      return x?.kind === "array" ? { ...x, dtype: "float", container: "ndarray" } : array(undefined, "float");
    },
    replace: () => ({ kind: "callee", helper: "normalize", passes: true }),
  },
  {
    paths: ["tensorflow.random.set_seed"],
    signature: "seed",
    result: () => NONE,
    replace: (args, rewriter) => ({
      kind: "expression",
      text: rewriter.use(`torch.manual_seed(${args.required("seed")})`),
    }),
  },
  {
    paths: ["keras.backend.count_params"],
    signature: "x",
    result: () => ANY_INT,
    replace: (args) => {
      // Where it is not known to be an array, what goes over the weights may count them.
      if (args.value("x").kind !== "array") return { kind: "done" };
      return { kind: "expression", text: `${args.required("x")}.size` };
    },
  },
  {
    // Of the weights of a model, by whose rule it is written.
    paths: ["keras.utils.count_params"],
    signature: "weights",
    result: () => ANY_INT,
    replace: () => ({ kind: "done" }),
  },
  ...IMAGE_FORMAT,
  {
    paths: ["keras.backend.epsilon"],
    signature: "",
    result: () => UNKNOWN,
    replace: () => ({ kind: "expression", text: "1e-7" }),
  },
  {
    paths: ["keras.backend.floatx"],
    signature: "",
    result: () => str("float32"),
    replace: () => ({ kind: "expression", text: '"float32"' }),
  },
  {
    paths: ["keras.utils.plot_model", "keras.utils.plot", "keras.utils.vis_utils.plot_model"],
    signature: "model, to_file=None, **",
    result: () => NONE,
    replace: () => DRAWING,
  },
  {
    paths: ["keras.utils.model_to_dot", "keras.utils.vis_utils.model_to_dot"],
    signature: "model, show_shapes=False, **",
    result: () => UNKNOWN,
    replace: () => DRAWING,
  },
  gone(["keras.backend.clear_session"]),
  gone(["keras.backend.set_session", "keras.backend.tensorflow_backend.set_session"]),
  gone([
    "tensorflow.compat.v1.disable_eager_execution",
    "tensorflow.compat.v1.logging.set_verbosity",
    "tensorflow.logging.set_verbosity",
  ]),
  ...PREPROCESSING,
  ...IMAGES,
  ...FOLDERS,
  ...FRAMES,
  ...PIPELINES,
  ...SHUFFLES,
  ...PIPELINE_PARTS,
  ...JOINED_ROWS,
  ...STREAMS,
  ...TIME_SERIES,
  ...MAPPED,
  ...STANDING,
  ...MACHINE,
  ...PICTURES,
  ...CALLED_METRICS,
  ...TENSORS,
  // On arrays, where a row of that table has what they are on tensors.
  ...CALLED_LOSSES,
];

export const functionConstructs: ReadonlyMap<
  string,
  { readonly construct: Construct; readonly entry: FunctionEntry }
> = new Map(
  FUNCTIONS.flatMap((entry) =>
    entry.paths.map((path) => {
      const construct: Construct = {
        path,
        kind: "function",
        signatures: { keras2: entry.signature },
        ...(entry.result && { result: entry.result }),
      };
      return [path, { construct, entry }] as const;
    }),
  ),
);
