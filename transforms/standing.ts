/** What scripts do with layers that they use by their names: their methods, calls of them, attributes. */
import type { Call } from "../grammars/nodes.ts";
import type { Construct } from "../src/analysis/constructs.ts";
import { ANY_INT, alternatives, array, external, NONE, UNKNOWN, type Value } from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import { ROWS } from "./pipelines.ts";
import type { Rewriter } from "./rewriter.ts";
import { textsIn } from "./text-samples.ts";

const TEXTS = "keras.layers.TextVectorization";
const NORMALIZATION = "keras.layers.Normalization";

/** Reported for data that come batch by batch, and for what no data are. */
function requireData(args: Arguments, name: string): void {
  const value = args.value(name);
  const wrong = alternatives(value).some(
    ({ kind }) => kind !== "array" && kind !== "list" && kind !== "tuple" && kind !== "unknown",
  );
  if (wrong) throw new Unsupported(args.argument(name) ?? args.node, "only arrays are supported here yet");
}

/** Texts of a data set become a list. */
function adaptTexts(args: Arguments, rewriter: Rewriter): void {
  const data = args.expr("data");
  const isRow = (value: Value) => value.kind === "batches" && value.made === ROWS;
  const texts = data && textsIn(rewriter, data, isRow);
  if (!data || texts === undefined) {
    requireData(args, "data");
    return;
  }
  rewriter.edits.absorb(rewriter.text, data.start, data.end);
  rewriter.edits.replace(data.start, data.end, texts, "function");
}

/** `adapt` stays as it is. */
const adapt =
  (switches: readonly string[]): FunctionEntry["replace"] =>
  (args, rewriter) => {
    adaptTexts(args, rewriter);
    for (const name of switches) rewriter.switches.set(name, true);
    if (args.has("batch_size") || args.has("steps") || args.has("reset_state"))
      return { kind: "unsupported", reason: "arguments of `adapt` besides its data are not supported yet" };
    return { kind: "done" };
  };

/** A call of the layer itself becomes one of the method that gives arrays. */
function transformed(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  requireData(args, "inputs");
  rewriter.switches.set("NORMALIZATION_TRANSFORM", true);
  const value = args.value("inputs");
  if (value.kind === "unknown" && value.library === undefined && call.args[0]?.value.type !== "Name")
    throw new Unsupported(call, "what this layer is called with is not known");
  rewriter.edits.insert(call.func.end, ".transform", "function");
  return { kind: "done" };
}

/** Numbers of the shape of the argument. */
const sameShape: NonNullable<Construct["result"]> = ({ args }): Value => {
  const data = args.given.get("inputs")?.value;
  return array(data?.kind === "array" ? data.shape : undefined, "float", "tensor");
};

/** Numbers of words, or a row of counts, for each text. */
const ofTexts: NonNullable<Construct["result"]> = ({ machine, args, receiver }): Value => {
  const own = receiver?.kind === "object" ? receiver.args.given : undefined;
  const mode = own?.get("output_mode")?.value;
  if (mode && (mode.kind !== "str" || mode.value !== "int"))
    return array([undefined, undefined], "float", "tensor");
  const length = own?.get("output_sequence_length");
  const texts = args.given.get("inputs")?.value;
  const one = texts?.kind === "str" || (texts?.kind === "array" && texts.shape?.length === 0);
  const row = [length && machine.sizeOf(length.value, length.expr)];
  return array(one ? row : texts?.kind === "unknown" ? undefined : [undefined, ...row], "int", "tensor");
};

/** The call stays: the class gives arrays. */
const called: FunctionEntry["replace"] = (args) => {
  requireTexts(args, "inputs");
  return { kind: "done" };
};

function requireTexts(args: Arguments, name: string): void {
  if (args.value(name).kind !== "str") requireData(args, name);
}

const stays: FunctionEntry["replace"] = () => ({ kind: "done" });

/** What a lookup or an encoding gives: a number for each value, or rows. */
const ofCategories: NonNullable<Construct["result"]> = ({ args, receiver }): Value => {
  const data = args.given.get("inputs")?.value;
  const own = receiver?.kind === "object" ? receiver.args : undefined;
  const mode = own?.given.get("output_mode")?.value ?? own?.default("output_mode");
  const inverted = own?.given.get("invert")?.value;
  if (inverted && !(inverted.kind === "bool" && !inverted.value)) return array(undefined, "object", "tensor");
  const numbers = mode?.kind === "str" && mode.value === "int";
  const shape = data?.kind === "array" ? data.shape : data?.kind === "str" ? [] : undefined;
  return numbers ? array(shape, "int", "tensor") : array(undefined, "float", "tensor");
};

/** A module called on data. */
function encoded(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  if (rewriter.program.version !== "keras3") rewriter.switches.set("DOUBLE_BINS", true);
  if (args.isGiven("count_weights"))
    return { kind: "unsupported", reason: "`count_weights` has no translation yet" };
  requireNumbers(args, "inputs");
  rewriter.switches.set("CATEGORIES_TRANSFORM", true);
  rewriter.edits.insert(call.func.end, ".transform", "function");
  return { kind: "done" };
}

function requireNumbers(args: Arguments, name: string): void {
  if (args.value(name).kind !== "num") requireData(args, name);
}

/** Keras 3 takes a list as batches. */
function adaptBins(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const data = args.value("data");
  if (data.kind !== "array" && !(data.kind === "unknown" && data.library !== undefined))
    throw new Unsupported(args.argument("data") ?? call, "only arrays are supported here yet");
  rewriter.switches.set("BINS_BATCHED", rewriter.program.version !== "keras3");
  return (adapt(["BINS_ADAPT"]) as FunctionEntry["replace"])(args, rewriter, call);
}

const ADAPT = "data, batch_size=None, steps=None, *, reset_state=True";

/** A plain class over arrays: calls stay. */
const lookups = ["keras.layers.StringLookup", "keras.layers.IntegerLookup"].flatMap(
  (path): FunctionEntry[] => [
    { paths: [`${path}.adapt`], signature: ADAPT, result: () => NONE, replace: adapt(["LOOKUP_ADAPT"]) },
    {
      paths: [`${path}.__call__`],
      signature: "inputs",
      result: ofCategories,
      replace: (args) => {
        if (args.value("inputs").kind !== "num") requireTexts(args, "inputs");
        return { kind: "done" };
      },
    },
    {
      paths: [`${path}.get_vocabulary`],
      signature: "include_special_tokens=True",
      result: () => external("builtins"),
      replace: (args, rewriter) => {
        rewriter.helper("Lookup");
        rewriter.switches.set("LOOKUP_VOCABULARY", true);
        args.value("include_special_tokens");
        return { kind: "done" };
      },
    },
    {
      paths: [`${path}.vocabulary_size`],
      signature: "",
      result: () => ANY_INT,
      replace: (_, rewriter) => {
        rewriter.switches.set("LOOKUP_SIZE", true);
        return { kind: "done" };
      },
    },
    { paths: [`${path}.set_vocabulary`], signature: "vocabulary", result: () => NONE, replace: stays },
  ],
);

export const STANDING: readonly FunctionEntry[] = [
  {
    paths: [`${TEXTS}.adapt`],
    signature: "data, batch_size=None, steps=None, *, reset_state=True",
    result: () => NONE,
    replace: adapt([]),
  },
  { paths: [`${TEXTS}.__call__`], signature: "inputs", result: ofTexts, replace: called },
  {
    paths: [`${TEXTS}.get_vocabulary`],
    signature: "",
    result: () => external("builtins"),
    replace: stays,
  },
  { paths: [`${TEXTS}.vocabulary_size`], signature: "", result: () => ANY_INT, replace: stays },
  { paths: [`${TEXTS}.set_vocabulary`], signature: "vocabulary", result: () => NONE, replace: stays },
  {
    paths: [`${NORMALIZATION}.adapt`],
    signature: "data, batch_size=None, steps=None, *, reset_state=True",
    result: () => NONE,
    replace: adapt(["NORMALIZATION_ADAPT"]),
  },
  {
    paths: [`${NORMALIZATION}.__call__`],
    signature: "inputs",
    result: sameShape,
    replace: transformed,
  },
  ...lookups,
  {
    paths: ["keras.layers.CategoryEncoding.__call__", "keras.layers.Discretization.__call__"],
    signature: "inputs, count_weights=None",
    result: ofCategories,
    replace: encoded,
  },
  {
    paths: ["keras.layers.Discretization.adapt"],
    signature: ADAPT,
    result: () => NONE,
    replace: adaptBins,
  },
];

/** Attributes that hold tensors. */
export const STANDING_ATTRIBUTES: readonly Construct[] = ["mean", "variance"].map((name) => ({
  path: `${NORMALIZATION}.${name}`,
  kind: "constant",
  signatures: {},
  result: () => UNKNOWN,
}));
