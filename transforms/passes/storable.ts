/** What a file cannot hold of a compiled model, where the script reads models back as a whole. */
import type { Call } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { loadsWhole } from "./persistence.ts";

const TRAINS = new Set(["fit", "fit_generator", "train_on_batch"]);

/**
 * Modules carry what they are compiled with into their file: no lambdas, and of an optimizer no more than its
 * parameter groups and its state, without what is registered with it.
 *
 * @param measures the lines that set loss and metrics
 * @param optimizer those that make the optimizer
 */
export function requireStorable(
  rewriter: Rewriter,
  plan: ModelPlan,
  { node }: ModelUse & { call: Call },
  measures: readonly string[],
  optimizer: readonly string[],
): void {
  if (plan.compile?.names.kind !== "attributes" || !loadsWhole(rewriter)) return;
  if (isStoredWhole(rewriter, plan) && measures.some((line) => line.includes("lambda ")))
    throw new Unsupported(
      node,
      "a file cannot hold the loss or a metric that this model is compiled with, which are lambdas in PyTorch",
      "Save and load its weights alone: `save_weights`, `load_weights`.",
    );
  const isPlain = optimizer.length === 1 && optimizer[0]?.includes("= torch.optim.");
  if (!isPlain && isTrainedAgain(rewriter, plan))
    throw new Unsupported(
      node,
      "a file does not hold all of this optimizer in PyTorch, and the model that is read from it is trained further",
      "Compile the model again when it is loaded.",
    );
}

/** Whether files hold the model with what it is compiled with. */
export function isStoredWhole(rewriter: Rewriter, { compile, models }: ModelPlan): boolean {
  if (compile?.names.kind !== "attributes" || !loadsWhole(rewriter)) return false;
  return rewriter.program.machine.files.holdWhole(models);
}

/** Whether a model that was read from a file is trained with what it was compiled with before. */
function isTrainedAgain(rewriter: Rewriter, { models }: ModelPlan): boolean {
  const loads = [...rewriter.program.calls.values()]
    .flat()
    .filter(
      ({ construct, value, args }) =>
        construct.path === "keras.models.load_model" &&
        args.given.get("compile")?.value.kind !== "bool" &&
        alternatives(value).some((one) => one.kind === "model" && models.includes(one.model)),
    );
  return models.some(({ uses }) =>
    uses.some(({ name, time }) => {
      const before = loads.filter((load) => load.time < time).map((load) => load.time);
      if (!TRAINS.has(name) || before.length === 0) return false;
      const since = Math.max(...before);
      return !uses.some((use) => use.name === "compile" && use.time > since && use.time < time);
    }),
  );
}
