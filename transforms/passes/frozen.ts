/** `model.trainable = False`: parameters that are not trained, as a model compiled afterwards sees it. */
import type { Assign } from "../../grammars/nodes.ts";
import { enclosingStatement } from "../../grammars/walk.ts";
import type { Model, ModelUse } from "../../src/analysis/model.ts";
import { Unsupported } from "../arguments.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { checkThawing } from "./freezing.ts";

const RULE = "trainable";

/** Writes `requires_grad_` in the place of an assignment to `trainable` of a whole model. */
export function emitTrainable(rewriter: Rewriter, plan: ModelPlan, use: ModelUse): void {
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
  for (const model of rewriter.program.models) {
    if (!plan.models.some((one) => one === model || holds(model, one))) continue;
    for (const step of model.uses.filter((one) => trains(one) && one.time > use.time)) {
      const compile = model.uses.findLast((one) => one.name === "compile" && one.time < step.time);
      if (compile && compile.time < use.time)
        throw new Unsupported(
          use.node,
          "`trainable` is set after `compile`: Keras then trains as before, PyTorch would not",
        );
    }
  }
}

function trains({ name }: ModelUse): boolean {
  return name.startsWith("fit") || name === "train_on_batch";
}

function holds(outer: Model, inner: Model): boolean {
  return outer.layers.some(
    ({ layer }) => layer?.kind === "model" && (layer.model === inner || holds(layer.model, inner)),
  );
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
