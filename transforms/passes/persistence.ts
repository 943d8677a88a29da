/**
 * Saving and loading: `state_dict` files, or whole modules where the script loads a model as a
 * whole. Files that Keras made elsewhere cannot be read by the output: they are reported.
 */
import type { Call } from "../../grammars/nodes.ts";
import type { CallFact } from "../../src/analysis/machine.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { hasWeights } from "./array-weights.ts";

const RULE = "persistence";
const MADE_ELSEWHERE = "this file is not saved by the script: PyTorch cannot read what Keras wrote to it";
const TO_CONVERT =
  "nothing here is known to save this file: weights that Keras saved have to be converted to a state_dict of this model first";
const BUILD =
  "Build the model here as the script does that saves it, and write `model.load_weights(path)` for `load_model(path)`: that is converted.";

export const SAVING = new Set(["save", "save_weights", "load_weights"]);

/** Options of saving that change no number of the model. */
const KEEPS_NUMBERS = new Set(["overwrite", "include_optimizer", "save_format"]);

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
  const args = rewriter.arguments(bound, call);
  const path = args.required("filepath");
  const model = rewriter.source(call.func.value);
  args.finish(use.name, KEEPS_NUMBERS);
  rewriter.imports.add("import torch");
  const whole = loadsWhole(rewriter);
  if (whole && plan.models.length > 1)
    throw new Unsupported(call, "which of several models this file holds is not known");
  if (use.name === "load_weights") {
    const file = fileOf(rewriter, use);
    if (!file) rewriter.note(call, RULE, TO_CONVERT);
    const loaded =
      whole && file?.whole ? `torch.load(${path}, weights_only=False).state_dict()` : `torch.load(${path})`;
    rewriter.edits.replace(call.start, call.end, `${model}.load_state_dict(${loaded})`, RULE);
  } else {
    const kept = use.name === "save" && whole ? model : `${model}.state_dict()`;
    rewriter.edits.replace(call.start, call.end, `torch.save(${kept}, ${path})`, RULE);
  }
}

/** What the script itself saves to the file that it loads, if it does. */
export function fileOf(rewriter: Rewriter, use: ModelUse) {
  const { machine } = rewriter.program;
  const path = use.args?.given.get("filepath");
  return machine.files.get(machine.fileKey(path?.value, path?.expr));
}

/** `model.to_json()`: the architecture stays in the script; what is left is to show it. */
export function emitArchitecture(rewriter: Rewriter, use: ModelUse & { call: Call }): void {
  const { call } = use;
  if (call.func.type !== "Attribute" || call.args.length > 0)
    throw new Unsupported(call, `these arguments of \`${use.name}\` are not supported`);
  rewriter.note(
    call,
    RULE,
    "this text shows the architecture and cannot be loaded: PyTorch keeps the architecture in the code and the weights in a file",
  );
  const model = rewriter.source(call.func.value);
  rewriter.edits.replace(call.start, call.end, `str(${model})`, RULE);
}

type Loader = (rewriter: Rewriter, call: Call, facts: readonly CallFact[]) => void;

/** `load_model(path)` of a file that the script saved. */
const loadModel: Loader = (rewriter, call, facts) => {
  if (facts.some((one) => one.value.kind !== "model")) throw new Unsupported(call, MADE_ELSEWHERE, BUILD);
  const args = argumentsOf(rewriter, call, facts);
  const path = args.required("filepath");
  args.finish("load_model", new Set(["compile", "safe_mode"]));
  const text = rewriter.use(`torch.load(${path}, weights_only=False)`);
  rewriter.edits.replace(call.start, call.end, text, RULE);
};

/** `model_from_json(text)`, `clone_model(model)`: a new model like one that has a name here. */
const copyModel: Loader = (rewriter, call, facts) => {
  const [fact] = facts as [CallFact];
  const name = rewriter.program.machine.modelNames.get(call);
  const models = new Set(facts.map(({ value }) => (value.kind === "model" ? value.model.node : undefined)));
  const [node] = models;
  if (models.size !== 1 || !node)
    throw new Unsupported(
      call,
      "which model this text describes is not known here",
      "Keep the architecture in a function that builds the model, and call that.",
    );
  if (!name)
    throw new Unsupported(
      call,
      "the model that this text describes has no name here",
      "Build it by a function, and call that in both places.",
    );
  const args = argumentsOf(rewriter, call, facts);
  args.required(fact.construct.path.endsWith("clone_model") ? "model" : "text");
  args.finish("model_from_json", new Set());
  const plan = rewriter.plans.get(node);
  const modules = plan?.layers.flatMap((layer) => layer.modules) ?? [];
  const others = modules.some(
    (module) => (module.initialize?.length ?? 0) > 0 || (hasWeights(module) && !module.init),
  );
  if (!plan || others)
    throw new Unsupported(call, "a copy of this model with its own initial weights is not supported yet");
  rewriter.imports.add("import copy");
  const again = modules.some((module) => module.init) ? `.apply(${rewriter.name("init_weights")})` : "";
  rewriter.edits.absorb(rewriter.text, call.start, call.end);
  rewriter.edits.replace(call.start, call.end, `copy.deepcopy(${name})${again}`, RULE);
};

/** `save_model(model, path)`. */
const saveModel: Loader = (rewriter, call, facts) => {
  const args = argumentsOf(rewriter, call, facts);
  const [model, path] = [args.required("model"), args.required("filepath")];
  if (facts.some(({ args: { given } }) => given.get("model")?.value.kind !== "model"))
    throw new Unsupported(call, "what is saved here is not known");
  args.finish("save_model", KEEPS_NUMBERS);
  const kept = loadsWhole(rewriter) ? model : `${model}.state_dict()`;
  rewriter.edits.absorb(rewriter.text, call.start, call.end);
  rewriter.edits.replace(call.start, call.end, rewriter.use(`torch.save(${kept}, ${path})`), RULE);
};

const LOADERS: Readonly<Record<string, Loader>> = {
  "keras.models.load_model": loadModel,
  "keras.models.save_model": saveModel,
  "keras.models.model_from_json": copyModel,
  "keras.models.model_from_yaml": copyModel,
  "keras.models.clone_model": copyModel,
};

function argumentsOf(rewriter: Rewriter, call: Call, facts: readonly CallFact[]): Arguments {
  const [fact] = facts as [CallFact];
  return rewriter.arguments(fact.args, call);
}

/** Calls that give a model which the script has made before. */
export function emitLoading(rewriter: Rewriter): void {
  for (const [call, facts] of rewriter.program.calls) {
    const loader = LOADERS[facts[0]?.construct.path ?? ""];
    if (loader) rewriter.attempt(RULE, () => loader(rewriter, call, facts));
  }
}
