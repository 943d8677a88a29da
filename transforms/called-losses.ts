/** Losses that a script calls on arrays itself: `loss_fn(y_train[:1], predictions).numpy()`. */
import type { Call } from "../grammars/nodes.ts";
import { array } from "../src/analysis/values.ts";
import type { Arguments } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import type { Rewriter } from "./rewriter.ts";
import { seesTensors } from "./tensors/callers.ts";
import { isData } from "./tensors/operands.ts";

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

export const CALLED_LOSSES: readonly FunctionEntry[] = [
  {
    paths: ["keras.losses.SparseCategoricalCrossentropy.__call__"],
    signature: "y_true, y_pred, sample_weight=None",
    result: () => array([], "float", "tensor"),
    replace: sparseCrossentropy,
  },
];
