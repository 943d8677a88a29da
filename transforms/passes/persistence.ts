/**
 * Saving and loading: `state_dict` files, or whole modules where the script loads a model as a
 * whole. Files that Keras made elsewhere cannot be read by the output: they are reported.
 */
import type { Call } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { Arguments, Unsupported } from "../arguments.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";

const RULE = "persistence";
const MADE_ELSEWHERE = "this file is not saved by the script: PyTorch cannot read what Keras wrote to it";
const CONVERT = "Convert the weights to a state_dict first.";

export const SAVING = new Set(["save", "save_weights", "load_weights"]);

/** Whether the script loads a model as a whole, so that files have to hold whole modules. */
export function loadsWhole(rewriter: Rewriter): boolean {
  return [...rewriter.program.calls.values()].some(
    ([fact]) => fact?.construct.path === "keras.models.load_model",
  );
}

export function emitSaving(rewriter: Rewriter, plan: ModelPlan, use: ModelUse & { call: Call }): void {
  const { call } = use;
  if (call.func.type !== "Attribute") throw new Unsupported(call, "this call is not supported");
  const bound = use.args as NonNullable<ModelUse["args"]>;
  const args = new Arguments(bound, call, rewriter.program.machine, (expr) => rewriter.source(expr));
  const path = args.required("filepath");
  const model = rewriter.source(call.func.value);
  args.finish(use.name, new Set(["overwrite", "include_optimizer", "save_format"]));
  rewriter.imports.add("import torch");
  const whole = loadsWhole(rewriter);
  if (whole && plan.models.length > 1)
    throw new Unsupported(call, "which of several models this file holds is not known");
  if (use.name === "load_weights") {
    const file = fileOf(rewriter, use);
    if (!file) throw new Unsupported(call, MADE_ELSEWHERE, CONVERT);
    const loaded =
      whole && file.whole ? `torch.load(${path}, weights_only=False).state_dict()` : `torch.load(${path})`;
    rewriter.edits.replace(call.start, call.end, `${model}.load_state_dict(${loaded})`, RULE);
  } else {
    const kept = use.name === "save" && whole ? model : `${model}.state_dict()`;
    rewriter.edits.replace(call.start, call.end, `torch.save(${kept}, ${path})`, RULE);
  }
}

function fileOf(rewriter: Rewriter, use: ModelUse) {
  const { machine } = rewriter.program;
  const path = use.args?.given.get("filepath");
  return machine.files.get(machine.fileKey(path?.value, path?.expr));
}

/** `load_model(path)` of a file that the script saved. */
export function emitLoading(rewriter: Rewriter): void {
  for (const [call, facts] of rewriter.program.calls) {
    const [fact] = facts;
    if (fact?.construct.path !== "keras.models.load_model") continue;
    rewriter.attempt(RULE, () => {
      if (facts.some((one) => one.value.kind !== "model"))
        throw new Unsupported(call, MADE_ELSEWHERE, CONVERT);
      const args = new Arguments(fact.args, call, rewriter.program.machine, (expr) => rewriter.source(expr));
      const path = args.required("filepath");
      args.finish("load_model", new Set(["compile", "safe_mode"]));
      rewriter.edits.replace(
        call.start,
        call.end,
        rewriter.use(`torch.load(${path}, weights_only=False)`),
        RULE,
      );
    });
  }
}

const ENDINGS = [".weights.h5", ".h5", ".hdf5", ".keras"];

/**
 * Names of files that Keras would write get PyTorch's ending, wherever the script has them. Runs
 * first, so that whatever takes such a string takes its new name.
 */
export function renameFiles(rewriter: Rewriter): void {
  const { text, program } = rewriter;
  if (program.machine.files.size === 0) return;
  walk(program.module, (node) => {
    if (node.type !== "String" && node.type !== "FString") return true;
    const source = text.slice(node.start, node.end);
    const ending = ENDINGS.find((one) => source.endsWith(`${one}"`) || source.endsWith(`${one}'`));
    if (ending) rewriter.edits.replace(node.end - 1 - ending.length, node.end - 1, ".pt", RULE);
    return false;
  });
}
