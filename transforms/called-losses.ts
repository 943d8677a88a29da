/** Losses that a script calls on arrays itself: `loss_fn(y, predictions).numpy()`, `tf.keras.losses.hinge(y, p)`. */
import type { Call } from "../grammars/nodes.ts";
import { array, type Value } from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import type { LossContext, LossEntry } from "./loss.ts";
import { lossNamed } from "./losses.ts";
import { readReduction } from "./passes/compile-values.ts";
import type { Rewriter } from "./rewriter.ts";
import { seesTensors } from "./tensors/callers.ts";
import { isData, NotNumPy, type Pieces, typeOf } from "./tensors/operands.ts";
import { writeTemplate } from "./tensors/template.ts";
import { CLIPPED } from "./tensors/torch.ts";

/** What becomes of the loss of each row: all of them, their mean or their sum. */
type Reduction = "none" | "mean" | "sum";

/** One call of a loss. */
interface Called {
  readonly rewriter: Rewriter;
  readonly args: Arguments;
  readonly call: Call;
  readonly entry: LossEntry;
  /** What the loss was made with, or the arguments of its function. */
  readonly options: Arguments;
  readonly reduction: Reduction;
  /** A function keeps the precision of what it is given. */
  readonly keeps: boolean;
}

/** Losses whose arguments may change places. */
const SYMMETRIC: ReadonlySet<string> = new Set(["F.mse_loss", "F.l1_loss", "F.huber_loss"]);

const unsupported = (reason: string): Replacement => ({ kind: "unsupported", reason });

const ARRAYS_ONLY =
  "a loss is called on arrays of one shape only, so far: what this one is given is not known to be some";

function replaceCall(called: Called): Replacement {
  const { rewriter, args, call, entry, options } = called;
  const [y, outputs] = [args.value("y_true"), args.value("y_pred")];
  const data = [y, outputs, args.value("sample_weight")];
  if (call.args.some(({ star }) => star) || args.unbound.length > 0) return unsupported(ARRAYS_ONLY);
  if (data.some((one) => one.kind !== "none" && !isData(one)) || seesTensors(rewriter, call))
    return unsupported(ARRAYS_ONLY);
  const logits = options.has("from_logits") && options.flag("from_logits");
  const { version } = rewriter.program;
  const shapes = [typeOf(y).shape, typeOf(outputs).shape] as const;
  const rank = shapes[1]?.length;
  const alike = rank !== undefined && shapes[0]?.length === rank;
  if (entry.targets === "index" ? rank !== undefined && rank !== 2 : version === "keras3" && !alike)
    return unsupported(ARRAYS_ONLY);
  if (entry.names.includes("cosinesimilarity") && !alike) return unsupported(ARRAYS_ONLY);
  if (version !== "keras3" && entry.targets === "float" && typeOf(outputs).dtype !== "float")
    return unsupported("Keras 2 computes losses of whole numbers in whole numbers");
  const context: LossContext = {
    at: call,
    version,
    options,
    logits: logits && entry.logits,
    last: "other",
    rank: Math.max((rank ?? 2) - 1, 1),
    units: shapes[1]?.at(-1)?.value,
    classesSecond: false,
    loose: entry.classes && entry.targets === "float",
  };
  const form = entry.form({ ...context, rank: 1 });
  if (form.partial || form.whole || form.outputs !== undefined)
    return unsupported("a loss with these options that is called on arrays is not supported yet");
  // PyTorch's own crossentropy takes the second axis for the classes.
  if (form.functional === "F.cross_entropy" && entry.targets === "float" && rank !== 2)
    return unsupported(ARRAYS_ONLY);
  const pieces = code(called, form, { logits, y, rank });
  if (entry.logits && !logits) noteClipping(rewriter, call, outputs);
  try {
    writeTemplate(rewriter, call, args, pieces);
  } catch (error) {
    if (!(error instanceof NotNumPy)) throw error;
    return unsupported("what this loss is called with is to be on a line of its own before");
  }
  return { kind: "done" };
}

interface Given {
  readonly logits: boolean;
  readonly y: Value;
  readonly rank: number | undefined;
}

function code(called: Called, form: ReturnType<LossEntry["form"]>, { logits, y, rank }: Given): Pieces {
  const { rewriter, args, entry, reduction, keeps } = called;
  const { version } = rewriter.program;
  for (const one of form.switches ?? []) rewriter.switches.set(one, true);
  const weights = args.isGiven("sample_weight");
  // Rows one by one, where not their mean alone is wanted.
  const rows = weights || reduction !== "mean";
  const sparse = entry.targets === "index";
  const direct = sparse && form.helper === "clipped_sparse_cross_entropy";
  const keywords: [string, string][] = Object.entries(form.keywords ?? {});
  const functional = direct ? "F.cross_entropy" : form.functional;
  if (rows) keywords.push(functional ? ["reduction", '"none"'] : ["each", "True"]);
  const callee =
    functional === undefined
      ? rewriter.helper(
          form.helper ?? "",
          keywords.map(([one]) => one),
        )
      : rewriter.use(functional);
  // Probabilities are clipped in their own precision.
  const listed = args.value("y_pred").kind !== "array" && args.value("y_pred").kind !== "unknown";
  const precise = entry.logits && !logits && !listed && (keeps || version !== "keras3");
  const float = precise ? ")" : ", dtype=torch.float32)";
  const clipped = direct && !logits ? ".clamp(1e-7, 1 - 1e-7).log()" : "";
  const flat = y.kind === "array" && y.shape?.length === 1 ? "" : ".reshape(-1)";
  const [before = "", after = ""] = (form.targets ?? "{}").split("{}");
  const outputs: Pieces = ["torch.as_tensor(", { arg: "y_pred" }, `${sparse ? ")" : float}${clipped}`];
  const targets: Pieces = sparse
    ? ["torch.as_tensor(", { arg: "y_true" }, `, dtype=torch.long)${flat}`]
    : [before, "torch.as_tensor(", { arg: "y_true" }, `, dtype=torch.float32)${after}`];
  const pair =
    functional !== undefined && SYMMETRIC.has(functional)
      ? [...targets, ", ", ...outputs]
      : [...outputs, ", ", ...targets];
  const rest = keywords.map(([one, text]) => `, ${one}=${text}`).join("");
  const last = entry.classes ? "" : ".mean(-1)";
  const value: Pieces = [`${callee}(`, ...pair, `${rest})${rows ? last : ""}`];
  // Beside weights of samples, the functions of the script give each loss.
  const one = isAsked(called.call) ? ".numpy()" : ".item()";
  if (!rows) return [...value, form.helper && !direct ? `.mean()${one}` : one];
  const single = rank === 1 && !sparse ? one : ".numpy()";
  const end = { none: single, mean: `.mean()${one}`, sum: `.sum()${one}` }[reduction];
  if (!weights) return [...value, end];
  const weight = args.value("sample_weight");
  const each = weight.kind === "num" ? "" : ".reshape(-1)";
  const factor: Pieces = ["torch.as_tensor(", { arg: "sample_weight" }, `, dtype=torch.float32)${each}`];
  return ["(", ...value, " * ", ...factor, `)${end}`];
}

/** Whether something is asked of the number that no number of Python has: `loss(y, p).numpy().round(3)`. */
function isAsked(call: Call): boolean {
  const method = call.parent?.type === "Attribute" ? call.parent : undefined;
  const outer = method?.attr === "numpy" ? method.parent?.parent : method;
  return outer?.type === "Attribute";
}

/** Whether Keras may still know the logits behind probabilities, which it then computes from. */
export function noteClipping(rewriter: Rewriter, at: Call, outputs: Value): void {
  if (outputs.kind === "array" && outputs.container === "tensor") rewriter.note(at, "compile", CLIPPED);
}

/** An object of a loss. */
const objectCall =
  (name: string): FunctionEntry["replace"] =>
  (args, rewriter, call) => {
    const loss = rewriter.program.valueOf(call.func);
    const entry = lossNamed(name);
    if (loss?.kind !== "object" || !entry) return unsupported("what this loss was made with is not known");
    const options = rewriter.arguments(loss.args, call);
    const reduction = reductionOf(rewriter, options);
    if (options.isGiven("ignore_class") || reduction === undefined)
      return unsupported("a loss with these options that is called on arrays is not supported yet");
    return replaceCall({ rewriter, args, call, entry, options, reduction, keeps: false });
  };

function reductionOf(rewriter: Rewriter, options: Arguments): Reduction | undefined {
  if (!options.isGiven("reduction")) return "mean";
  const value = options.value("reduction");
  const name = value.kind === "ref" ? value.path.slice(value.path.lastIndexOf(".") + 1) : undefined;
  if ((value.kind === "str" ? value.value : name)?.toLowerCase() === "none") return "none";
  const known = readReduction(rewriter, options);
  return known === "weighted" ? undefined : known;
}

/** A function of a loss, which gives one number a row. On tensors it is left to the rule for them. */
const functionCall =
  (name: string): FunctionEntry["replace"] =>
  (args, rewriter, call) => {
    const entry = lossNamed(name);
    if (!entry || args.isGiven("ignore_class")) return { kind: "done" };
    if (name === "cosine_similarity") return cosine(args, rewriter, call);
    try {
      const called = { rewriter, args, call, entry, options: args, reduction: "none", keeps: true } as const;
      const { kind } = replaceCall(called);
      return kind === "done" ? { kind } : { kind: "done" };
    } catch (error) {
      if (error instanceof Unsupported) return { kind: "done" };
      throw error;
    }
  };

/** Along any axis. */
function cosine(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const values = [args.value("y_true"), args.value("y_pred")];
  const [a, b] = values.map((one) => typeOf(one).shape?.length);
  const apart = rewriter.program.version === "keras3" && (a === undefined || a !== b);
  if (!values.every(isData) || seesTensors(rewriter, call) || apart) return { kind: "done" };
  const axis: Pieces = args.has("axis") ? [{ arg: "axis" }] : ["-1"];
  const tensor = (arg: string): Pieces => ["torch.as_tensor(", { arg }, ")"];
  const unit = (arg: string): Pieces => ["F.normalize(", ...tensor(arg), ", dim=", ...axis, ", eps=1e-6)"];
  const end = a === 1 && b === 1 ? ".item()" : ".numpy()";
  // What is stretched to the other's shape is scaled before.
  const pieces: Pieces =
    a !== undefined && a === b
      ? [
          "-F.cosine_similarity(",
          ...tensor("y_true"),
          ", ",
          ...tensor("y_pred"),
          ", dim=",
          ...axis,
          `, eps=1e-6)${end}`,
        ]
      : ["-(", ...unit("y_true"), " * ", ...unit("y_pred"), ").sum(", ...axis, `)${end}`];
  const isBase = call.parent?.type === "BinOp" && call.parent.op === "**";
  try {
    writeTemplate(rewriter, call, args, isBase ? ["(", ...pieces, ")"] : pieces);
  } catch (error) {
    if (!(error instanceof NotNumPy)) throw error;
  }
  return { kind: "done" };
}

const CLASSES = `SparseCategoricalCrossentropy MeanSquaredError MeanAbsoluteError MeanAbsolutePercentageError
  MeanSquaredLogarithmicError BinaryCrossentropy CategoricalCrossentropy Huber Hinge SquaredHinge
  CategoricalHinge KLDivergence Poisson LogCosh CosineSimilarity`.split(/\s+/);

const ENTROPY = "from_logits=False, label_smoothing=0.0, axis=-1";

/** Functions by their names in `keras.losses` and `keras.metrics`, and their own arguments. */
const OF_ROWS: readonly (readonly [string, string])[] = [
  ["binary_crossentropy", ENTROPY],
  ["categorical_crossentropy", ENTROPY],
  ["sparse_categorical_crossentropy", "from_logits=False, axis=-1, ignore_class=None"],
  ["cosine_similarity", "axis=-1"],
  ["huber", "delta=1.0"],
  ..."mean_absolute_percentage_error mape MAPE mean_squared_logarithmic_error msle MSLE hinge squared_hinge categorical_hinge kl_divergence kullback_leibler_divergence kld KLD poisson log_cosh logcosh"
    .split(" ")
    .map((name) => [name, ""] as const),
];

const rowsOf = (_: unknown, p: Value | undefined): Value => {
  const shape = p?.kind === "array" ? p.shape?.slice(0, -1) : undefined;
  return array(shape, "float", "tensor");
};

export const CALLED_LOSSES: readonly FunctionEntry[] = [
  ...CLASSES.map(
    (name): FunctionEntry => ({
      paths: [`keras.losses.${name}.__call__`],
      signature: "y_true, y_pred, sample_weight=None",
      result: ({ args, receiver }) => {
        const made = receiver?.kind === "object" ? receiver.args.given.get("reduction")?.value : undefined;
        return made ? rowsOf(made, args.given.get("y_pred")?.value) : array([], "float", "tensor");
      },
      replace: objectCall(name),
    }),
  ),
  ...OF_ROWS.map(
    ([name, own]): FunctionEntry => ({
      paths: ["losses", "metrics"]
        .filter((module) => module === "losses" || name !== "cosine_similarity")
        .map((module) => `keras.${module}.${name}`),
      signature: `y_true, y_pred${own === "" ? "" : `, ${own}`}`,
      result: ({ args }) => rowsOf(undefined, args.given.get("y_pred")?.value),
      replace: functionCall(name),
    }),
  ),
];
