/**
 * Saving and loading: `state_dict` files, or whole modules where the script loads a model as a
 * whole. Files that Keras made elsewhere cannot be read by the output: they are reported.
 */
import type { Call, Expr } from "../../grammars/nodes.ts";
import { enclosingStatement, isTarget, walk } from "../../grammars/walk.ts";
import type { CallFact } from "../../src/analysis/machine.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { partsOf } from "../../src/analysis/signature.ts";
import type { Value } from "../../src/analysis/values.ts";
import { indentation, lineBreak } from "../../src/emit/lines.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";
import { hasWeights } from "./array-weights.ts";

const RULE = "persistence";
const MADE_ELSEWHERE = "this file is not saved by the script: PyTorch cannot read what Keras wrote to it";
const TO_CONVERT =
  "nothing here is known to save this file: weights that Keras saved have to be converted to a state_dict of this model first";
const SHOWN =
  "this text shows the architecture and cannot be loaded: PyTorch keeps the architecture in the code and the weights in a file";
const BUILD =
  "Build the model here as the script does that saves it, and write `model.load_weights(path)` for `load_model(path)`: that is converted.";

export const SAVING = new Set(["save", "save_weights", "load_weights", "export"]);

/** Options of saving that change no number of the model. */
const KEEPS_NUMBERS = new Set(["overwrite", "include_optimizer", "save_format"]);

/** Whether the script loads a model as a whole, so that files have to hold whole modules. */
export function loadsWhole(rewriter: Rewriter): boolean {
  return [...rewriter.program.calls.values()].some(
    ([fact]) => fact?.construct.path === "keras.models.load_model",
  );
}

export function emitSaving(rewriter: Rewriter, use: ModelUse & { call: Call }): void {
  const { call } = use;
  if (call.func.type !== "Attribute") throw new Unsupported(call, "this call is not supported");
  const bound = use.args as NonNullable<ModelUse["args"]>;
  const args = rewriter.arguments(bound, call);
  const path = args.required("filepath");
  const model = rewriter.source(call.func.value);
  args.finish(use.name, KEEPS_NUMBERS);
  rewriter.imports.add("import torch");
  const whole = loadsWhole(rewriter);
  if (use.name === "load_weights") {
    const file = fileOf(rewriter, use);
    if (!file) rewriter.note(call, RULE, TO_CONVERT);
    const loaded =
      whole && file?.whole ? `torch.load(${path}, weights_only=False).state_dict()` : `torch.load(${path})`;
    rewriter.edits.replace(call.start, call.end, `${model}.load_state_dict(${loaded})`, RULE);
  } else {
    const kept = whole && use.name !== "save_weights" ? model : `${model}.state_dict()`;
    const folder = folderOf(rewriter, args.value("filepath"));
    const made = folder === undefined || call.parent?.type !== "ExprStmt" ? "" : folderLine(rewriter, folder);
    const newLine = lineBreak(rewriter.text) + indentation(rewriter.text, call.start);
    const text = `${made && made + newLine}torch.save(${kept}, ${path})`;
    rewriter.edits.replace(call.start, call.end, text, RULE);
  }
}

/** TensorFlow's formats make the folder of a file, unless the script does. */
function folderOf({ program }: Rewriter, path: Value): string | undefined {
  if (path.kind !== "str" || !path.value.includes("/")) return undefined;
  if ([".h5", ".hdf5", ".keras"].some((ending) => path.value.endsWith(ending))) return undefined;
  const makes = ["mkdir", "makedirs"].some((name) => program.module.identifiers.has(name));
  const folder = path.value.slice(0, path.value.lastIndexOf("/"));
  return makes || folder === "" || folder === "." ? undefined : folder;
}

function folderLine(rewriter: Rewriter, folder: string): string {
  rewriter.imports.add("import os");
  return `os.makedirs(${JSON.stringify(folder)}, exist_ok=True)`;
}

/** What the script itself saves to the file that it loads, if it does. */
export function fileOf(rewriter: Rewriter, use: ModelUse) {
  const { machine } = rewriter.program;
  const path = use.args?.given.get("filepath");
  return machine.files.find(machine.fileKey(path?.value, path?.expr));
}

/** `model.to_json()`: the architecture stays in the script; what is left is to show it. */
export function emitArchitecture(rewriter: Rewriter, use: ModelUse & { call: Call }): void {
  const { call } = use;
  if (call.func.type !== "Attribute" || call.args.length > 0)
    throw new Unsupported(call, `these arguments of \`${use.name}\` are not supported`);
  rewriter.note(call, RULE, SHOWN);
  const model = rewriter.source(call.func.value);
  rewriter.edits.replace(call.start, call.end, `str(${model})`, RULE);
}

/** What reads a text as Keras writes it. */
const PARSERS = new Set(["json.loads", "yaml.load", "yaml.safe_load", "ast.literal_eval", "builtins.eval"]);

/** The text that shows an architecture is none of Keras's: nothing can look into it. */
function reportParsedTexts(rewriter: Rewriter): void {
  const { module } = rewriter.program;
  if (!["to_json", "to_yaml"].some((name) => module.identifiers.has(name))) return;
  walk(module, (node) => {
    if (node.type !== "Call") return;
    const callee = rewriter.program.valueOf(node.func);
    if (callee?.kind !== "ref" || !PARSERS.has(callee.path)) return;
    const [text] = node.args;
    if (text && describesModel(rewriter, text.value))
      rewriter.report(
        node,
        RULE,
        "this looks into the architecture as Keras describes it, which PyTorch keeps in the code",
      );
  });
}

function describesModel(rewriter: Rewriter, expr: Expr): boolean {
  const value = rewriter.program.valueOf(expr);
  return value?.kind === "unknown" && value.architecture !== undefined;
}

/** `model.get_config()`, which is shown, or of which another model is made. */
export function emitConfig(rewriter: Rewriter, use: ModelUse & { call: Call }): void {
  const { call } = use;
  const statement = enclosingStatement(call);
  const [target] = statement?.type === "Assign" && statement.value === call ? statement.targets : [];
  const reads: Expr[] = [];
  if (target?.type === "Name")
    walk(rewriter.program.module, (node) => {
      if (node.type === "Name" && node.id === target.id && !isTarget(node) && describesModel(rewriter, node))
        reads.push(node);
    });
  const purposes = (target ? reads : [call]).map((one) => purposeOf(rewriter, one));
  if (purposes.includes("other") || call.func.type !== "Attribute" || (target && target.type !== "Name"))
    throw new Unsupported(
      call,
      "this looks into the architecture as Keras describes it, which PyTorch keeps in the code",
    );
  if (purposes.includes("shown")) {
    const text = `str(${rewriter.source(call.func.value)})`;
    rewriter.edits.replace(call.start, call.end, text, RULE);
    rewriter.note(call, RULE, SHOWN);
  } else if (statement && target) rewriter.removeStatements([statement], RULE);
}

/** What is done with a configuration. */
function purposeOf(rewriter: Rewriter, expr: Expr): "shown" | "copied" | "other" {
  const call = expr.parent?.type === "Argument" ? expr.parent.parent : undefined;
  if (call?.type !== "Call") return expr.parent?.type === "ExprStmt" ? "shown" : "other";
  const path = rewriter.program.calls.get(call)?.[0]?.construct.path;
  if (path?.endsWith(".from_config")) return "copied";
  return call.func.type === "Name" && ["print", "pprint"].includes(call.func.id) ? "shown" : "other";
}

type Loader = (rewriter: Rewriter, call: Call, facts: readonly CallFact[]) => void;

/** The file of a module names the functions and classes of the script that it needs: they have to be the same. */
function checkCustomObjects(rewriter: Rewriter, args: Arguments): void {
  if (args.isNone("custom_objects")) return;
  const expr = args.expr("custom_objects");
  const parts = expr && partsOf({ expr, value: args.value("custom_objects") });
  if (!parts) throw args.unknown("custom_objects");
  for (const [key, { value, expr: own }] of parts) {
    const isOwn = value.kind === "function" || value.kind === "class";
    const name = isOwn && value.node.type !== "Lambda" ? value.node.name : undefined;
    const isKeras =
      value.kind === "ref" &&
      rewriter.program.registry.isKeras(rewriter.program.registry.canonical(value.path));
    if (!isKeras && (name !== key || own?.type !== "Name"))
      throw new Unsupported(
        own ?? args.argument("custom_objects") ?? args.node,
        `what \`${key}\` is for the model in this file is not known to be what it was trained with`,
        "Give `custom_objects` functions and classes of the script by their own names.",
      );
  }
}

/** `load_model(path)` of a file that the script saved. */
const loadModel: Loader = (rewriter, call, facts) => {
  if (facts.some((one) => one.value.kind !== "model")) throw new Unsupported(call, MADE_ELSEWHERE, BUILD);
  const args = argumentsOf(rewriter, call, facts);
  const path = args.required("filepath");
  checkCustomObjects(rewriter, args);
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
  const isImported = rewriter.program.module.body.some(
    (one) =>
      one.type === "Import" && one.names.some((alias) => alias.name === "copy" && alias.asname === null),
  );
  const module = isImported ? "copy" : rewriter.name("copy");
  rewriter.imports.add(module === "copy" ? "import copy" : `import copy as ${module}`);
  const again = modules.some((module) => module.init) ? `.apply(${rewriter.name("init_weights")})` : "";
  rewriter.edits.absorb(rewriter.text, call.start, call.end);
  rewriter.edits.replace(call.start, call.end, `${module}.deepcopy(${name})${again}`, RULE);
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
  "keras.models.save_model": saveModel,
  "tensorflow.saved_model.save": saveModel,
  "keras.models.Sequential.from_config": copyModel,
  "keras.models.Model.from_config": copyModel,
  "keras.models.model_from_json": copyModel,
  "keras.models.model_from_yaml": copyModel,
  "keras.models.clone_model": copyModel,
};

function argumentsOf(rewriter: Rewriter, call: Call, facts: readonly CallFact[]): Arguments {
  const [fact] = facts as [CallFact];
  return rewriter.arguments(fact.args, call);
}

/** `load_model` first: `load_model(path).predict(x)` takes its text into another call. */
export function emitLoads(rewriter: Rewriter): void {
  for (const [call, facts] of rewriter.program.calls)
    if (facts[0]?.construct.path === "keras.models.load_model")
      rewriter.attempt(RULE, () => loadModel(rewriter, call, facts));
}

/** Calls that give a model which the script has made before. */
export function emitLoading(rewriter: Rewriter): void {
  reportParsedTexts(rewriter);
  for (const [call, facts] of rewriter.program.calls) {
    const loader = LOADERS[facts[0]?.construct.path ?? ""];
    if (loader) rewriter.attempt(RULE, () => loader(rewriter, call, facts));
  }
}
