/** Layers that take texts: no tensors, so they stand before the model. */
import { int } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { layer, type Module } from "../layer.ts";
import { call, namesGiven, string, tuple } from "../python.ts";
import type { Rewriter } from "../rewriter.ts";
import { translateTextFunction } from "../text-functions.ts";
import { sizeByName } from "./named-size.ts";

/** Names that mean the same. */
const MODES: Readonly<Record<string, string>> = {
  int: "int",
  multi_hot: "multi_hot",
  binary: "multi_hot",
  count: "count",
  tf_idf: "tf_idf",
  "tf-idf": "tf_idf",
};

/** One of these options; reported where it is another one, a function or not known. */
function option(args: Arguments, name: string, known: readonly string[]): string {
  const value = args.value(name);
  if (value.kind === "str" && known.includes(value.value)) return value.value;
  throw new Unsupported(
    args.argument(name) ?? args.node,
    value.kind === "str" || value.kind === "none" || value.kind === "function"
      ? `\`${name}\` is supported as one of ${known.map(string).join(", ")} only`
      : `the value of \`${name}\` is not known here`,
  );
}

/** The widths of runs of words: an int is all up to it. */
function ngrams(args: Arguments): string | undefined {
  const value = args.value("ngrams");
  if (value.kind === "none") return undefined;
  if (value.kind === "num" && value.value !== undefined)
    return tuple(Array.from({ length: value.value }, (_, i) => i + 1));
  if (value.kind !== "tuple") throw args.unknown("ngrams");
  return tuple(
    value.elements.map((one) => {
      if (one.kind !== "num" || one.value === undefined) throw args.unknown("ngrams");
      return one.value;
    }),
  );
}

/** How texts are made alike, as it is passed on; a function is translated where it stands. */
function standardizing(args: Arguments, rewriter: Rewriter): string | undefined {
  const value = args.value("standardize");
  if (value.kind === "function") {
    translateTextFunction(rewriter, value);
    return args.text("standardize");
  }
  if (value.kind === "none") return string("");
  const known = ["lower_and_strip_punctuation", "lower", "strip_punctuation"];
  const standardize = option(args, "standardize", known);
  return standardize === known[0] ? undefined : string(standardize);
}

function vectorization(args: Arguments, rewriter: Rewriter): Module {
  const standardize = standardizing(args, rewriter);
  const isFunction = args.value("standardize").kind === "function";
  const split = option(args, "split", ["whitespace", "character"]);
  const mode = MODES[option(args, "output_mode", Object.keys(MODES))] ?? "int";
  const encoding = args.value("encoding");
  if (encoding.kind !== "str" || encoding.value.toLowerCase() !== "utf-8") throw args.unknown("encoding");
  const padded = args.flag("pad_to_max_tokens") && mode !== "int";
  const keywords = {
    max_tokens: args.isGiven("max_tokens") ? args.text("max_tokens") : undefined,
    standardize,
    split: split === "whitespace" ? undefined : string(split),
    ngrams: ngrams(args),
    output_mode: mode === "int" ? undefined : string(mode),
    output_sequence_length: args.isGiven("output_sequence_length")
      ? args.text("output_sequence_length")
      : undefined,
    pad_to_max_tokens: padded ? "True" : undefined,
    vocabulary: args.isGiven("vocabulary") ? args.text("vocabulary") : undefined,
  };
  // A file of words is another thing than a list.
  const words = args.value("vocabulary");
  if (words.kind === "str") throw args.unknown("vocabulary");
  if (mode === "tf_idf" && args.isGiven("vocabulary")) throw args.unknown("vocabulary");
  return {
    code: call("TextVectorization", [], keywords),
    helper: "TextVectorization",
    keywords: namesGiven(keywords),
    switches: [
      isFunction ? "TEXT_FUNCTIONS" : "TEXT_NAMES",
      ...(mode === "int" ? [] : ["TEXT_COUNTS"]),
      ...(mode === "tf_idf" ? ["TEXT_IDF"] : []),
    ],
  };
}

export const textLayers = [
  layer({
    names: ["TextVectorization"],
    signatures: {
      keras2:
        "max_tokens=None, standardize='lower_and_strip_punctuation', split='whitespace', ngrams=None, output_mode='int', output_sequence_length=None, pad_to_max_tokens=False, vocabulary=None, idf_weights=None, sparse=False, ragged=False, encoding='utf-8'",
    },
    layout: "elementwise",
    keepsShape: false,
    torch: "`TextVectorization`, a plain class before the model",
    notes:
      "Called on texts, in `map` of data sets, or as the first layer of a model; `adapt` takes lists, arrays and data sets of texts. A function for `standardize` may lower, strip and replace by patterns; functions for `split` are reported.",
    ignores: ["dtype"],
    prepares: (args) => {
      const mode = args.value("output_mode");
      const isOpen = mode.kind === "str" && mode.value === "int" && !args.isGiven("output_sequence_length");
      return isOpen ? [{ code: "WithoutPadding()", helper: "WithoutPadding" }] : [];
    },
    indices: true,
    declaredInput: () => ({ shape: [int(1)], dtype: "float" }),
    shape: (args) => {
      const mode = args.value("output_mode");
      if (mode.kind === "str" && mode.value === "int")
        return {
          shape: [args.isGiven("output_sequence_length") ? args.size("output_sequence_length") : undefined],
          dtype: "int",
        };
      const padded = args.value("pad_to_max_tokens");
      const known = padded.kind === "bool" && padded.value;
      const width = known ? args.size("max_tokens") : sizeByName(args, "vocabulary_size()");
      return { shape: [width], dtype: "float" };
    },
    emit: ({ node }) => {
      throw new Unsupported(
        node,
        "texts are no tensors: a layer that takes them has to have a name",
        "Call it on the texts before they go into the model.",
      );
    },
    stands: vectorization,
  }),
];
