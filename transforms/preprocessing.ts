/** Texts, sequences and images before they are arrays, and the small utilities around a script. */
import { array, external, NONE, tuple, UNKNOWN, type Value } from "../src/analysis/values.ts";
import type { Arguments } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import type { Rewriter } from "./rewriter.ts";

const TOKENIZER = "keras.preprocessing.text.Tokenizer";
const GENERATOR = "keras.utils.TimeseriesGenerator";

/** Under the modules of Keras, and of the package that held them for a while. */
const text = (name: string) => [`keras.preprocessing.text.${name}`, `keras_preprocessing.text.${name}`];
const sequence = (name: string) => [`keras.utils.${name}`, `keras_preprocessing.sequence.${name}`];
const image = (name: string) => [
  `keras.preprocessing.image.${name}`,
  `keras.utils.${name}`,
  `keras_preprocessing.image.${name}`,
];

/** Python's lists, strings and dicts. */
const python = (): Value => external("builtins");

/** A helper takes the place of the function, with the arguments as they are written. */
const helper = (
  paths: readonly string[],
  signature: string,
  result: FunctionEntry["result"],
  check?: (args: Arguments, rewriter: Rewriter) => string | undefined,
): FunctionEntry => ({
  paths,
  signature,
  ...(result && { result }),
  replace: (args, rewriter) => {
    const reason = check?.(args, rewriter);
    if (reason !== undefined) return { kind: "unsupported", reason };
    return { kind: "callee", helper: (paths[0] as string).split(".").at(-1) as string, passes: true };
  },
});

const stays = (): Replacement => ({ kind: "done" });

/** `slice_X(x, 0, n)` of Keras 1: a run of rows. */
function sliceRows(args: Arguments): Replacement {
  const x = args.value("X");
  const bounds = ["start", "stop"].map((name) => args.value(name));
  const plain = bounds.every((one) => one.kind === "none" || (one.kind === "num" && !one.isFloat));
  if (!plain || x.kind !== "array" || args.expr("X")?.type !== "Name")
    return {
      kind: "unsupported",
      reason: "rows are taken of an array with a name, from one number to another, only",
    };
  const [start, stop] = ["start", "stop"].map((name) => (args.isNone(name) ? "" : args.required(name)));
  return { kind: "expression", text: `${args.required("X")}[${start}:${stop}]` };
}

/** Parts of the class that a script needs, by the names that it reads. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  TOKENIZER_MATRIX: ["texts_to_matrix", "sequences_to_matrix"],
  TOKENIZER_TEXTS: ["sequences_to_texts"],
  TOKENIZER_DOCUMENTS: ["document_count", "word_docs", "index_docs", "to_json", "tokenizer_from_json"],
  TOKENIZER_JSON: ["to_json", "tokenizer_from_json"],
};

function keepParts(rewriter: Rewriter): void {
  const names = new Set(rewriter.program.module.identifiers);
  for (const [part, readers] of Object.entries(PARTS))
    if (readers.some((name) => names.has(name))) rewriter.switches.set(part, true);
  if (rewriter.text.includes("tfidf")) rewriter.switches.set("TOKENIZER_DOCUMENTS", true);
}

/** What the helpers for images take: channels last, and no options that they leave out. */
function imageOptions(args: Arguments): string | undefined {
  const format = args.value("data_format");
  if (args.has("data_format") && format.kind !== "none")
    return "`data_format` of images is not supported yet";
  if (args.channelsFirst !== false)
    return "images with the channels first, as the backend is set, are not supported yet";
  for (const name of ["grayscale", "keep_aspect_ratio", "file_format"])
    if (args.has(name)) return `\`${name}\` is not supported yet`;
  return undefined;
}

const WORDS = "filters='', lower=True, split=' '";

export const PREPROCESSING: readonly FunctionEntry[] = [
  helper(
    ["tensorflow.math.confusion_matrix", "tensorflow.confusion_matrix"],
    "labels, predictions, num_classes=None",
    () => array([undefined, undefined], "int", "tensor"),
  ),
  helper(
    text("Tokenizer"),
    `num_words=None, ${WORDS}, char_level=False, oov_token=None, document_count=0, analyzer=None, *, nb_words:num_words=None`,
    () => external(TOKENIZER),
    (args, rewriter) => {
      if (args.has("document_count")) return "`document_count` is not supported yet";
      keepParts(rewriter);
      return undefined;
    },
  ),
  ...["texts_to_matrix", "sequences_to_matrix"].map(
    (name): FunctionEntry => ({
      paths: [`${TOKENIZER}.${name}`],
      signature: "rows, mode='binary', *, texts:rows, sequences:rows",
      result: () => array([undefined, undefined], "float"),
      replace: stays,
    }),
  ),
  ...["texts_to_sequences", "sequences_to_texts", "texts_to_sequences_generator"].map(
    (name): FunctionEntry => ({
      paths: [`${TOKENIZER}.${name}`],
      signature: "rows, *, texts:rows, sequences:rows",
      result: python,
      replace: name.endsWith("generator")
        ? () => ({ kind: "unsupported", reason: `\`${name}\` is not supported yet` })
        : stays,
    }),
  ),
  {
    ...helper(text("tokenizer_from_json"), "json_string:text", () => external(TOKENIZER)),
    replace: (_args, rewriter) => {
      keepParts(rewriter);
      return { kind: "callee", helper: "tokenizer_from_json", passes: true };
    },
  },
  helper(text("text_to_word_sequence"), `input_text:text, ${WORDS}`, python),
  helper(text("one_hot"), `input_text:text, n, ${WORDS}`, python),
  helper(text("hashing_trick"), `text, n, hash_function=None, ${WORDS}`, python),
  helper(sequence("make_sampling_table"), "size, sampling_factor=1e-05", () => array([undefined], "float")),
  helper(
    sequence("skipgrams"),
    "sequence, vocabulary_size, window_size=4, negative_samples=1., shuffle=True, categorical=False, sampling_table=None, seed=None",
    () => tuple([python(), python()]),
  ),
  helper(
    sequence("TimeseriesGenerator"),
    "data, targets, length, sampling_rate=1, stride=1, start_index=0, end_index=None, shuffle=False, reverse=False, batch_size=128",
    () => external(GENERATOR),
    (_args, rewriter) =>
      feedsModel(rewriter)
        ? "a model that is fed by a `TimeseriesGenerator` is not supported yet"
        : undefined,
  ),
  helper(
    image("load_img"),
    "path, *, color_mode='rgb', target_size=None, interpolation='nearest', grayscale=False, keep_aspect_ratio=False",
    () => external("PIL"),
    imageOptions,
  ),
  helper(
    image("img_to_array"),
    "img:image, data_format=None, dtype=None",
    () => array([undefined, undefined, undefined], "float"),
    imageOptions,
  ),
  helper(image("array_to_img"), "x, *, scale=True, data_format=None", () => external("PIL"), imageOptions),
  helper(
    image("save_img"),
    "path, x, *, scale=True, data_format=None, file_format=None",
    () => NONE,
    imageOptions,
  ),
  helper(
    ["keras.utils.get_file"],
    "fname=None, origin=None, untar=False, md5_hash=None, file_hash=None, cache_subdir='datasets', *, hash_algorithm='auto', extract=False, archive_format='auto', cache_dir=None, force_download=False",
    python,
    (args) => {
      for (const name of ["hash_algorithm", "archive_format", "force_download"])
        if (args.has(name)) return `\`${name}\` is not supported yet`;
      // Keras 3 unpacks into a folder of another name, and returns that.
      if (args.version === "keras3" && (args.has("extract") || args.has("untar")))
        return "archives are unpacked as Keras 2 does, which is not where Keras 3 does it";
      return undefined;
    },
  ),
  {
    // Of `keras.engine.training`.
    paths: ["slice_X", "slice_arrays", "_slice_arrays"].map((name) => `keras.models.${name}`),
    signature: "X, start=None, stop=None, *, arrays:X",
    result: ({ args }) => {
      const x = args.given.get("X")?.value;
      if (x?.kind !== "array") return UNKNOWN;
      return { ...x, shape: x.shape && [undefined, ...x.shape.slice(1)] };
    },
    replace: sliceRows,
  },
  helper(["keras.utils.set_random_seed"], "seed", () => NONE),
];

/** Whether a model is given what a generator makes, batches of which only Keras's loop knows the end. */
function feedsModel(rewriter: Rewriter): boolean {
  return rewriter.program.models.some((model) =>
    model.uses.some((use) =>
      [...(use.args?.given.values() ?? [])].some(
        ({ value }) => value.kind === "unknown" && value.library === GENERATOR,
      ),
    ),
  );
}
