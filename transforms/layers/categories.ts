/** Layers that turn categories into numbers and rows of ones. */
import type { TensorType } from "../../src/analysis/model.ts";
import { int, type Num } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type LayerCases, type LayerEntry, layer, type Module } from "../layer.ts";
import { call, namesGiven, string } from "../python.ts";
import { sizeByName } from "./named-size.ts";

const MODES: Readonly<Record<string, string>> = { binary: "multi_hot", "tf-idf": "tf_idf" };

/** The output mode by today's name; reported where it is another or not known. */
function modeOf(args: Arguments, known: readonly string[]): string {
  const given = args.option("output_mode");
  const mode = MODES[given] ?? given;
  if (!known.includes(mode)) throw args.unknown("output_mode");
  return mode;
}

/** What comes of indices: themselves, a row for each, or one row for all of a sample. */
function rowsOf({ shape }: TensorType, mode: string, width: Num | undefined): TensorType {
  if (mode === "int") return { shape, dtype: "int" };
  const each = mode === "one_hot" && shape.at(-1)?.value !== 1;
  return { shape: [...(each ? shape : shape.slice(0, -1)), width], dtype: "float" };
}

/** Reported where Keras takes no such samples, or counts in another way. */
function requireFlat(args: Arguments, { shape }: TensorType, mode: string): void {
  if (mode === "int" || shape.length === 1) {
    if (mode !== "one_hot" || args.version === "keras3" || shape[0]?.value === 1) return;
  } else if (mode === "one_hot" && args.version === "keras3") return;
  throw new Unsupported(
    args.node,
    `\`output_mode=${string(mode)}\` is not supported for samples of this shape`,
  );
}

function module(
  name: string,
  keywords: Record<string, string | undefined>,
  positional: string[] = [],
): Module {
  return { code: call(name, positional, keywords), helper: name, keywords: namesGiven(keywords) };
}

const ENCODINGS = ["multi_hot", "one_hot", "count"];

function encoding(args: Arguments): Module {
  const mode = modeOf(args, ENCODINGS);
  const output_mode = mode === "multi_hot" ? undefined : string(mode);
  const encoded = module("CategoryEncoding", { output_mode }, [args.required("num_tokens")]);
  return args.version === "keras3" ? { ...encoded, switches: ["WHOLE_ROWS"] } : encoded;
}

const BINS = ["int", ...ENCODINGS];

function bins(args: Arguments): Module {
  const mode = modeOf(args, BINS);
  if (args.isGiven("bin_boundaries") === args.isGiven("num_bins")) throw args.unknown("bin_boundaries");
  const adapts = args.isGiven("num_bins");
  const made = module("Discretization", {
    boundaries: adapts ? undefined : args.text("bin_boundaries"),
    num_bins: adapts ? args.text("num_bins") : undefined,
    epsilon: args.has("epsilon") && adapts ? args.text("epsilon") : undefined,
    output_mode: mode === "int" ? undefined : string(mode),
  });
  return args.version === "keras3" ? { ...made, switches: ["WHOLE_ROWS"] } : made;
}

/** How many bins there are; what is adapted may find fewer, which PyTorch then says. */
function binsOf(args: Arguments): Num | undefined {
  const boundaries = args.value("bin_boundaries");
  if (!args.isGiven("bin_boundaries")) return args.size("num_bins");
  const known = (boundaries.kind === "list" || boundaries.kind === "tuple") && !boundaries.open;
  return known ? int(boundaries.elements.length + 1) : undefined;
}

const LOOKUPS = ["int", ...ENCODINGS, "tf_idf"];

function lookup(args: Arguments, texts: boolean): Module {
  const mode = modeOf(args, LOOKUPS);
  const unknown = args.number("num_oov_indices");
  if (unknown === undefined || (texts && unknown > 1))
    throw new Unsupported(
      args.argument("num_oov_indices") ?? args.node,
      "several numbers for unknown texts follow a hash of TensorFlow's, which PyTorch does not have",
    );
  const words = args.value("vocabulary");
  if (words.kind === "str")
    throw new Unsupported(
      args.argument("vocabulary") ?? args.node,
      "a vocabulary in a file is not supported yet",
    );
  const oov = args.value("oov_token");
  if (oov.kind !== (texts ? "str" : "num")) throw args.unknown("oov_token");
  if (mode === "tf_idf" && !args.isGiven("idf_weights") && args.version !== "keras3")
    throw new Unsupported(
      args.node,
      "Keras 2 counts batches as documents for `tf_idf`: it is supported with `idf_weights` only",
    );
  const given = (name: string) => (args.isGiven(name) ? args.text(name) : undefined);
  const keywords = {
    vocabulary: given("vocabulary"),
    max_tokens: given("max_tokens"),
    num_oov_indices: unknown === 1 ? undefined : args.text("num_oov_indices"),
    mask_token: given("mask_token"),
    oov_token: args.has("oov_token") ? args.text("oov_token") : texts ? undefined : "-1",
    output_mode: mode === "int" ? undefined : string(mode),
    pad_to_max_tokens: args.flag("pad_to_max_tokens") && mode !== "int" ? "True" : undefined,
    invert: args.flag("invert") ? "True" : undefined,
    idf_weights: given("idf_weights"),
  };
  const switches = [
    texts ? "LOOKUP_TEXTS" : "LOOKUP_NUMBERS",
    ...(unknown > 1 ? ["LOOKUP_UNKNOWNS"] : []),
    ...(mode === "int" ? [] : ["LOOKUP_ROWS"]),
    ...(mode === "count" || mode === "tf_idf" ? ["LOOKUP_COUNTS"] : []),
    ...(mode === "tf_idf" ? ["LOOKUP_IDF"] : []),
    ...(keywords.invert ? ["LOOKUP_INVERT"] : []),
    ...(args.version === "keras3" ? ["WHOLE_ROWS"] : []),
  ];
  return { ...module("Lookup", keywords), switches };
}

/** How many values a vocabulary has, those for unknown and masked ones with them. */
function depthOf(args: Arguments, mode: string): Num | undefined {
  const padded = args.value("pad_to_max_tokens");
  if (padded.kind === "bool" && padded.value) return args.size("max_tokens");
  const words = args.value("vocabulary");
  const [unknown, first] = [
    args.number("num_oov_indices"),
    words.kind === "list" ? words.elements[0] : undefined,
  ];
  const known = words.kind === "list" && !words.open && unknown !== undefined;
  const special = first?.kind === "str" && (first.value === "[UNK]" || first.value === "");
  if (known && !special && (first?.kind === "str" || (first?.kind === "num" && (first.value ?? -1) > 0)))
    return int(words.elements.length + unknown + (args.isGiven("mask_token") && mode === "int" ? 1 : 0));
  return sizeByName(args, "vocabulary_size()");
}

const LOOKUP_ARGUMENTS = "max_tokens=None, num_oov_indices=1, mask_token=None";
const LOOKUP_MODES = "invert=False, output_mode='int', sparse=False, pad_to_max_tokens=False";

function lookupEntry(name: string, texts: boolean, signatures: LayerEntry["signatures"]): LayerEntry {
  return layer({
    names: [name],
    signatures,
    layout: "elementwise",
    keepsShape: false,
    torch: "`Lookup`, a plain class before the model",
    notes: `As the first layer of a model, or called on data; \`adapt\` takes lists and arrays.${
      texts ? " Several numbers for unknown texts are reported." : ""
    }`,
    ignores: ["dtype", ...(texts ? ["encoding"] : ["vocabulary_dtype"])],
    reports: { sparse: "True" },
    prepares: (args, rewriter) => {
      const mode = modeOf(args, LOOKUPS);
      // Layers after it may take their size from it.
      if (mode !== "int" && depthOf(args, mode)?.value === undefined)
        rewriter.switches.set("LOOKUP_SIZE", true);
      if (args.flag("invert"))
        throw new Unsupported(args.node, "a model that takes numbers of values has no translation yet");
      return [];
    },
    shape: (args, input) => {
      const given = args.value("output_mode");
      if (given.kind !== "str") return undefined;
      const mode = MODES[given.value] ?? given.value;
      return rowsOf(input, mode, depthOf(args, mode));
    },
    emit: ({ args, input }) => {
      requireFlat(args, input, modeOf(args, LOOKUPS));
      return { modules: [lookup(args, texts)] };
    },
    stands: (args) => lookup(args, texts),
  });
}

const INDICES: LayerCases["inputs"] = [
  [1, "<", 5],
  [3, "<", 5],
];

export const categoryLayers = [
  layer({
    names: ["CategoryEncoding"],
    signatures: {
      keras2: "num_tokens=None, output_mode='multi_hot', sparse=False, *, max_tokens:num_tokens=None",
      keras3: "num_tokens=None, output_mode='multi_hot', sparse=False",
    },
    layout: "last-axis",
    torch: "`CategoryEncoding`, an own module",
    notes: "`sparse=True` and calls with `count_weights` are reported.",
    reports: { sparse: "True" },
    shape: (args, input) => {
      const given = args.value("output_mode");
      return given.kind === "str"
        ? rowsOf(input, MODES[given.value] ?? given.value, args.size("num_tokens"))
        : undefined;
    },
    emit: ({ args, input }) => {
      requireFlat(args, input, modeOf(args, ENCODINGS));
      return { modules: [encoding(args)] };
    },
    stands: (args) => encoding(args),
    cases: () => [
      {
        inputs: INDICES,
        args: { num_tokens: ["5", "7"], output_mode: ["", "'multi_hot'", "'count'"] },
        mutant: ['output_mode="count"', 'output_mode="multi_hot"'],
      },
      { inputs: [[1, "<", 5]], args: { num_tokens: ["6"], output_mode: ["'one_hot'"] } },
      {
        inputs: [
          [3, "<", 5],
          [2, 3, "<", 5],
        ],
        args: { num_tokens: ["5"], output_mode: ["'one_hot'"] },
        versions: ["keras3"],
        mutant: ['output_mode="one_hot"', 'output_mode="multi_hot"'],
      },
      {
        inputs: [[4, "<", 6]],
        args: { num_tokens: ["6"], output_mode: ["'count'"] },
        after: ["layers.Dense(2)"],
      },
    ],
  }),
  layer({
    names: ["Discretization"],
    signatures: {
      keras2: "bin_boundaries=None, num_bins=None, epsilon=0.01, output_mode='int', sparse=False",
      keras3: "bin_boundaries=None, num_bins=None, epsilon=0.01, output_mode='int', sparse=False",
    },
    layout: "last-axis",
    torch: "`Discretization`, an own module with Keras's `adapt`",
    notes: "`sparse=True` is reported; `adapt` takes arrays.",
    reports: { sparse: "True" },
    ignores: ["epsilon", "num_bins"],
    indices: true,
    shape: (args, input) => {
      const given = args.value("output_mode");
      return given.kind === "str" ? rowsOf(input, given.value, binsOf(args)) : undefined;
    },
    emit: ({ args, input }) => {
      requireFlat(args, input, modeOf(args, BINS));
      return { modules: [bins(args)] };
    },
    stands: (args) => bins(args),
    cases: () => [
      {
        inputs: [[1], [4], [3, 2]],
        args: { bin_boundaries: ["[-0.5, 0.0, 0.6]", "(0.1,)"], output_mode: ["", "'int'"] },
        mutant: ["0.6]", "0.2]"],
      },
      {
        inputs: [[1], [4]],
        args: { bin_boundaries: ["[-0.5, 0.0, 0.6]"], output_mode: ["'multi_hot'", "'count'"] },
        after: ["layers.Dense(2)"],
        mutant: ['output_mode="count"', 'output_mode="multi_hot"'],
      },
      { inputs: [[1]], args: { bin_boundaries: ["[-0.5, 0.6]"], output_mode: ["'one_hot'"] } },
      {
        inputs: [[4], [3, 2]],
        versions: ["keras3"],
        args: { bin_boundaries: ["[-0.5, 0.6]"], output_mode: ["'one_hot'"] },
      },
      {
        inputs: [[1], [4]],
        args: { bin_boundaries: ["[-0.5, 0.0, 0.6]"] },
        after: ["layers.Embedding(4, 3)", "layers.Flatten()", "layers.Dense(2)"],
      },
    ],
  }),
  lookupEntry("IntegerLookup", false, {
    keras2: `${LOOKUP_ARGUMENTS}, oov_token=-1, vocabulary=None, vocabulary_dtype='int64', idf_weights=None, ${LOOKUP_MODES}`,
    keras3: `${LOOKUP_ARGUMENTS}, oov_token=-1, vocabulary=None, vocabulary_dtype='int64', idf_weights=None, ${LOOKUP_MODES}`,
  }),
  lookupEntry("StringLookup", true, {
    keras2: `${LOOKUP_ARGUMENTS}, oov_token='[UNK]', vocabulary=None, idf_weights=None, encoding='utf-8', ${LOOKUP_MODES}`,
    keras3: `${LOOKUP_ARGUMENTS}, oov_token='[UNK]', vocabulary=None, idf_weights=None, ${LOOKUP_MODES.replace("sparse=False, pad_to_max_tokens=False", "pad_to_max_tokens=False, sparse=False")}, encoding='utf-8'`,
  }),
];
