/** Losses that a script calls on arrays itself: `loss_fn(y_train[:1], predictions).numpy()`. */
import type { Call } from "../grammars/nodes.ts";
import { array, type Value } from "../src/analysis/values.ts";
import type { Arguments } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import { lossNamed } from "./losses.ts";
import type { Rewriter } from "./rewriter.ts";
import { seesTensors } from "./tensors/callers.ts";
import { isData, NotNumPy, type Pieces, typeOf } from "./tensors/operands.ts";
import { writeTemplate } from "./tensors/template.ts";

/** What makes another loss of it. */
const OPTIONS = ["axis", "ignore_class", "reduction"];

/** Keras clips probabilities, and divides them by their sum. */
function sparseCrossentropy(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const loss = rewriter.program.valueOf(call.func);
  const [y, outputs] = [args.value("y_true"), args.value("y_pred")];
  const unsupported = (reason: string): Replacement => ({ kind: "unsupported", reason });
  if (loss?.kind !== "object") return unsupported("what this loss was made with is not known");
  const made = rewriter.arguments(loss.args, call);
  if (args.isGiven("sample_weight") || OPTIONS.some((name) => made.isGiven(name)))
    return unsupported("a loss with weights or options that is called on arrays is not supported yet");
  if (!isData(y) || !isData(outputs) || seesTensors(rewriter, call))
    return unsupported(
      "a loss is called on arrays only, so far: what this one is given is not known to be some",
    );
  const logits = made.has("from_logits") && made.flag("from_logits");
  const classes = y.kind === "array" && y.shape?.length === 1 ? "" : ".reshape(-1)";
  const values = `torch.as_tensor(${args.required("y_pred")})${logits ? "" : ".clamp(1e-7, 1 - 1e-7).log()"}`;
  const targets = `torch.as_tensor(${args.required("y_true")}, dtype=torch.long)${classes}`;
  return { kind: "expression", text: rewriter.use(`F.cross_entropy(${values}, ${targets}).item()`) };
}

const CLASSES = [
  "MeanSquaredError",
  "MeanAbsoluteError",
  "MeanAbsolutePercentageError",
  "MeanSquaredLogarithmicError",
  "BinaryCrossentropy",
  "CategoricalCrossentropy",
  "Huber",
  "Hinge",
  "SquaredHinge",
  "CategoricalHinge",
  "KLDivergence",
  "Poisson",
  "LogCosh",
  "CosineSimilarity",
];

const SYMMETRIC: ReadonlySet<string> = new Set(["MeanSquaredError", "MeanAbsoluteError", "Huber"]);

/** The mean over arrays of one shape, as the loss of a model has it. */
const mean =
  (name: string): FunctionEntry["replace"] =>
  (args, rewriter, call) => {
    const unsupported = (reason: string): Replacement => ({ kind: "unsupported", reason });
    const loss = rewriter.program.valueOf(call.func);
    const entry = lossNamed(name);
    if (loss?.kind !== "object" || !entry) return unsupported("what this loss was made with is not known");
    const options = rewriter.arguments(loss.args, call);
    if (args.isGiven("sample_weight") || OPTIONS.some((one) => options.isGiven(one)))
      return unsupported("a loss with weights or options that is called on arrays is not supported yet");
    const [y, outputs] = [args.value("y_true"), args.value("y_pred")];
    const [wanted, shape] = [shapeOf(y), shapeOf(outputs)];
    if (!shape || shape.length !== wanted?.length || shape.length > 2 || seesTensors(rewriter, call))
      return unsupported(
        "a loss is called on arrays of one shape only, so far: what this one is given is not known to be some",
      );
    const logits = options.has("from_logits") && options.flag("from_logits");
    const { version } = rewriter.program;
    if (version !== "keras3" && typeOf(outputs).dtype !== "float")
      return unsupported("Keras 2 computes losses of whole numbers in whole numbers");
    // Keras 2 clips probabilities in their own precision.
    if (entry.logits && !logits && version !== "keras3" && outputs.kind === "array")
      return unsupported("a crossentropy that is called on arrays of probabilities is not supported yet");
    const last = "other";
    const units = shape.at(-1)?.value;
    const context = {
      at: call,
      version,
      options,
      logits,
      last,
      rank: 1,
      units,
      classesSecond: false,
    } as const;
    const form = entry.form({ ...context, loose: entry.classes });
    for (const one of form.switches ?? []) rewriter.switches.set(one, true);
    const keywords = Object.entries(form.keywords ?? {});
    const callee = form.helper
      ? rewriter.helper(
          form.helper,
          keywords.map(([one]) => one),
        )
      : rewriter.use(form.functional ?? "");
    const tensor = (arg: string): Pieces => ["torch.as_tensor(", { arg }, ", dtype=torch.float32)"];
    const [before = "", after = ""] = (form.targets ?? "{}").split("{}");
    const targets = [before, ...tensor("y_true"), after];
    // Where it makes no difference, the arguments keep their order.
    const pair = SYMMETRIC.has(name)
      ? [...targets, ", ", ...tensor("y_pred")]
      : [...tensor("y_pred"), ", ", ...targets];
    // Beside weights of samples, the functions of the script give each loss.
    const end = form.helper ? ").mean().item()" : ").item()";
    const rest = keywords.map(([one, text]) => `, ${one}=${text}`).join("");
    try {
      writeTemplate(rewriter, call, args, [`${callee}(`, ...pair, `${rest}${end}`]);
    } catch (error) {
      if (!(error instanceof NotNumPy)) throw error;
      return unsupported("what this loss is called with is to be on a line of its own before");
    }
    return { kind: "done" };
  };

/** The shape of numbers in memory. */
function shapeOf(value: Value): ReturnType<typeof typeOf>["shape"] {
  return isData(value) ? typeOf(value).shape : undefined;
}

export const CALLED_LOSSES: readonly FunctionEntry[] = [
  {
    paths: ["keras.losses.SparseCategoricalCrossentropy.__call__"],
    signature: "y_true, y_pred, sample_weight=None",
    result: () => array([], "float", "tensor"),
    replace: sparseCrossentropy,
  },
  ...CLASSES.map(
    (name): FunctionEntry => ({
      paths: [`keras.losses.${name}.__call__`],
      signature: "y_true, y_pred, sample_weight=None",
      result: () => array([], "float", "tensor"),
      replace: mean(name),
    }),
  ),
];
