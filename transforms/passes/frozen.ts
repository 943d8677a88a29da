/** `model.trainable = False`: parameters that are not trained, as a model compiled afterwards sees it. */
import type { Assign } from "../../grammars/nodes.ts";
import { enclosingStatement } from "../../grammars/walk.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { Unsupported } from "../arguments.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { checkThawing } from "./freezing.ts";
import { compiledBefore, isHeldByOptimizers, settingOf } from "./trained-parts.ts";

const RULE = "trainable";

/** Writes `requires_grad_` in the place of an assignment to `trainable` of a whole model. */
export function emitTrainable(rewriter: Rewriter, plan: ModelPlan, use: ModelUse): void {
  if (isHeldByOptimizers(rewriter, plan)) {
    removeSetting(rewriter, use);
    return;
  }
  const statement = enclosingStatement(use.node) as Assign | null;
  const target =
    statement?.type === "Assign" && statement.targets.length === 1 ? statement.targets[0] : undefined;
  const value = statement?.type === "Assign" ? statement.value : undefined;
  const flag = value && rewriter.program.valueOf(value);
  const known = value?.type === "Constant" ? value.value : flag?.kind === "bool" ? flag.value : undefined;
  if (!statement || target?.type !== "Attribute" || typeof known !== "boolean")
    throw new Unsupported(use.node, "what `trainable` is set to here is not known");
  requireCompiledAfter(rewriter, plan, use);
  if (!known && normalizes(plan)) {
    throw new Unsupported(
      use.node,
      "a frozen model with BatchNormalization is not supported yet: Keras stops updating its statistics, too",
    );
  }
  if (known)
    checkThawing(
      plan.layers.flatMap((layer) => layer.modules),
      use.node,
    );
  const model = rewriter.source(target.value);
  rewriter.edits.replace(
    statement.start,
    statement.end,
    `${model}.requires_grad_(${known ? "True" : "False"})`,
    RULE,
  );
}

/** Keras looks at `trainable` when a model is compiled, PyTorch in every step: the order must not matter. */
export function requireCompiledAfter(rewriter: Rewriter, plan: ModelPlan, use: ModelUse): void {
  if (compiledBefore(rewriter, plan, use))
    throw new Unsupported(
      use.node,
      "`trainable` is set after `compile`: Keras then trains as before, PyTorch would not",
    );
}

/** What is trained is said by the parameters that each optimizer gets. */
function removeSetting(rewriter: Rewriter, use: ModelUse): void {
  settingOf(rewriter, use);
  rewriter.note(
    use.node,
    RULE,
    "Keras decides what is trained when a model is compiled: each optimizer gets the parameters that it trains",
  );
  rewriter.removeStatements([enclosingStatement(use.node) as Assign], RULE);
}

/** Whether a model, or one inside it, normalizes batches. */
function normalizes(plan: ModelPlan): boolean {
  return plan.layers
    .flatMap((layer) => layer.modules)
    .some(
      (module) =>
        module.code.includes("BatchNorm") ||
        (module.code.startsWith("torchvision.") && !module.code.includes(".vgg")) ||
        module.code.includes("(torchvision.") ||
        (module.nested !== undefined && normalizes(module.nested.plan)),
    );
}
