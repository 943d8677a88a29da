/** Everything else that is done with a model or its history. */
import type { Call, Expr } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import type { Program } from "../../src/analysis/program.ts";
import { alternatives, type Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import { OF_OWN_ESTIMATORS } from "../libraries.ts";
import { isKerasPath } from "../names.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { emitTrainable } from "./freezing.ts";
import { isInGraph } from "./graph-tensors.ts";
import { emitLayerUse } from "./model-layers.ts";
import { isInPart } from "./model-parts.ts";
import { emitArchitecture, emitConfig, emitSaving, SAVING } from "./persistence.ts";
import { TRAINING_METHODS } from "./training-calls.ts";

/** Methods whose calls other rules take care of. */
const CALLED = new Set([...TRAINING_METHODS, "add", "compile", "pop"]);
/** Uses that other rules take care of. */
const ELSEWHERE = new Set([...CALLED, "history", "optimizer", "stop_training", "set stop_training"]);
/** How a model leaves a function that nothing in the file calls. */
export const OUTSIDE = "returned to code outside this file";

/** Reports models that are handed to what is not followed. */
export function checkEscapes(plan: ModelPlan): void {
  for (const model of plan.models) {
    for (const { node, how } of model.escapes) {
      if (how.startsWith("history ") || how === OUTSIDE) continue;
      throw new Unsupported(node, `this model is ${how}, where what is done with it is not known`);
    }
  }
}

export function emitUses(rewriter: Rewriter, plan: ModelPlan): void {
  const done = new Set<Expr>();
  // What stands among the arguments of a call is written before the call.
  const endOf = ({ call, node }: ModelUse) =>
    (call ?? (node.parent?.type === "Call" && node.parent.func === node ? node.parent : node)).end;
  const uses = plan.models.flatMap((model) => model.uses).sort((a, b) => endOf(a) - endOf(b));
  for (const use of uses) {
    if (CALLED.has(use.name) && !use.call)
      throw new Unsupported(use.node, `\`${use.name}\` of a model is supported where it is called only`);
    if (ELSEWHERE.has(use.name) || done.has(use.node)) continue;
    done.add(use.node);
    if (isInPart(rewriter, plan, use.node) || isInGraph(rewriter, plan, use.node)) continue;
    emitUse(rewriter, plan, use);
  }
}

/** The call of `print` that prints what a call returns, and nothing else. */
function printOf(call: Call): Call | undefined {
  const print = call.parent?.type === "Argument" ? call.parent.parent : undefined;
  if (print?.type !== "Call" || print.args.length !== 1 || print.parent?.type !== "ExprStmt")
    return undefined;
  return print.func.type === "Name" && print.func.id === "print" ? print : undefined;
}

/** The names of the metrics, where all `compile` calls of the model give it the same. */
function namesOfMetrics({ compiles }: ModelPlan, node: Expr): readonly string[] {
  const all = [...compiles.values()].map(({ metrics }) => metrics.map((metric) => metric.name));
  if (new Set(all.map((names) => names.join())).size > 1)
    throw new Unsupported(node, "`metrics_names` of a model with different metrics is not supported yet");
  return all[0] ?? [];
}

/** The loss as every `compile` of the model names it. */
function lossByName({ models }: ModelPlan): string | undefined {
  const given = models
    .flatMap(({ uses }) => uses.filter(({ name }) => name === "compile"))
    .map(({ args }) => args?.given.get("loss")?.value);
  const names = new Set(given.map((one) => (one?.kind === "str" ? one.value : undefined)));
  return names.size === 1 ? [...names][0] : undefined;
}

function emitUse(rewriter: Rewriter, plan: ModelPlan, use: ModelUse): void {
  const { name, node, call } = use;
  if (name === "summary" && call?.func.type === "Attribute" && call.args.every(({ star }) => !star)) {
    // How wide it is and what it shows of each layer is Keras's own.
    const print = use.args?.given.get("print_fn");
    const model = rewriter.source(call.func.value);
    const own = print?.expr && print.value.kind !== "none" ? rewriter.source(print.expr) : undefined;
    const callee = print?.expr?.type === "Lambda" ? `(${own})` : own;
    // `print(model.summary())` prints it, and then None.
    const whole = callee ? call : (printOf(call) ?? call);
    rewriter.edits.absorb(rewriter.text, whole.start, whole.end);
    const text = callee ? `${callee}(str(${model}))` : `print(${model})`;
    rewriter.edits.replace(whole.start, whole.end, text, "model-use");
    return;
  }
  if (SAVING.has(name) && use.call && use.args) {
    emitSaving(rewriter, use as ModelUse & { call: Call });
    return;
  }
  if (name === "build" && call?.parent?.type === "ExprStmt") {
    rewriter.removeStatement(call.parent, "model-use");
    return;
  }
  if (name === "metrics_names" && plan.compile && rewriter.program.version !== "keras3") {
    const names = ["loss", ...namesOfMetrics(plan, node)];
    rewriter.edits.replace(
      node.start,
      node.end,
      `[${names.map((one) => JSON.stringify(one)).join(", ")}]`,
      "model-use",
    );
    return;
  }
  const loss = name === "loss" ? lossByName(plan) : undefined;
  if (loss !== undefined) {
    rewriter.edits.replace(node.start, node.end, JSON.stringify(loss), "model-use");
    return;
  }
  if ((name === "to_json" || name === "to_yaml") && call) {
    emitArchitecture(rewriter, { ...use, call });
    return;
  }
  if (name === "get_config" && call) {
    emitConfig(rewriter, { ...use, call });
    return;
  }
  if (name === "set trainable") {
    emitTrainable(rewriter, plan, use);
    return;
  }
  if (emitLayerUse(rewriter, plan, use)) return;
  const what = name.startsWith("layer ") ? "layer" : "model";
  if (name.startsWith("layer set "))
    throw new Unsupported(
      node,
      `\`${name.slice("layer set ".length)}\` of a layer is set after the layer is made, which is not supported: what Keras then does depends on whether the model is built and compiled`,
    );
  throw new Unsupported(node, `\`${name.replace("layer ", "")}\` of a ${what} is not supported yet`);
}

/** Method names that only a Keras model has, or that on an unknown object may well be one. */
const MODEL_METHODS = new Set([
  ...TRAINING_METHODS,
  "compile",
  "fit_generator",
  "evaluate_generator",
  "predict_generator",
  "save_weights",
  "load_weights",
  "summary",
  "to_json",
  "to_yaml",
  "get_weights",
  "set_weights",
  "get_layer",
  "count_params",
]);

/**
 * Calls on objects of which nothing is known, that look as if they were Keras models: the first of each name.
 *
 * @param all also on what was to be reported where it is made
 */
export function reportUnknownReceivers(rewriter: Rewriter, program: Program, all = false): void {
  const stars = starredLibraries(program);
  const told = new Set<string>();
  for (const [node] of program.machine.values) {
    if (node.type !== "Call" || node.func.type !== "Attribute" || !MODEL_METHODS.has(node.func.attr))
      continue;
    if (rewriter.edits.covers(node.func.start, node.func.start + 1)) continue;
    const receiver = program.valueOf(node.func.value);
    const open = receiver && alternatives(receiver).find((one) => isOpen(one, stars, all));
    if (open?.kind !== "unknown") continue;
    const text = rewriter.text.slice(node.func.value.start, node.func.value.end);
    if (told.has(text)) continue;
    told.add(text);
    rewriter.report(node.func, "unknown-receiver", whatItMayBe(text, open.library, program.siblings));
  }
}

/** The libraries, other than Keras, that all names are imported of. */
function starredLibraries({ module, registry }: Program): readonly string[] {
  return module.body.flatMap((node) =>
    node.type === "ImportFrom" && node.star && !registry.isKeras(registry.canonical(node.module))
      ? [node.module.split(".")[0] ?? ""]
      : [],
  );
}

/** Whether nothing is known that rules out a Keras model. */
function isOpen(value: Value, stars: readonly string[], all: boolean): boolean {
  if (value.kind !== "unknown" || (value.reported && !all)) return false;
  const [library = ""] = value.library?.split(".") ?? [];
  // A name that nothing else binds.
  if (library === "builtins" && stars.length > 0) return !stars.every((one) => OF_OWN_ESTIMATORS.has(one));
  return !OF_OWN_ESTIMATORS.has(library) && !isKerasPath(library);
}

function whatItMayBe(text: string, library: string | undefined, siblings: ReadonlySet<string>): string {
  if (library === undefined || library === "builtins")
    return `what \`${text}\` is, is not known here: it may be a Keras model`;
  return siblings.has(library)
    ? `\`${text}\` comes from \`${library}\`, another file that uses Keras: it may be a Keras model, and other files are not followed yet`
    : `\`${text}\` comes from \`${library}\`, which is not known here: it may be a Keras model`;
}
