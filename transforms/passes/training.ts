/** `fit`, `evaluate`, `predict` and their kin become calls of functions of the script. */
import type { Argument, Call, Expr } from "../../grammars/nodes.ts";
import { outerSpan } from "../../grammars/walk.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives, type Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { ModelPlan } from "../plan.ts";
import type { Body, Rewriter } from "../rewriter.ts";
import { wrapArrays, wrapPair } from "./array-batches.ts";
import { checkBatches, checkValidation } from "./batch-checks.ts";
import { feedOf, isBatches, isLength, setBatches } from "./batches.ts";
import { targetBody } from "./boundary.ts";
import { CALLS, checkCall, emitAugmentation, isData, modelOf } from "./called-models.ts";
import { distinctCalls, metricsOf, place } from "./compile.ts";
import { realignArguments, removeArguments } from "./edit-call.ts";
import { eachPart } from "./model-parts.ts";
import { hasSeveralInputs, readingBody } from "./several-inputs.ts";
import { checkSteps, dropSteps, looseSteps, setSteps } from "./steps.ts";
import { checkWeights, setStepWeights, setWeights } from "./weights.ts";

const RULE = "training";

interface Target {
  readonly helper: string;
  /** What goes in front of the call's own arguments. */
  readonly leading: readonly ("model" | "loss" | "optimizer")[];
  readonly metrics: boolean;
  /** Arguments that stay, in the order of the helper's parameters. */
  readonly keeps: readonly string[];
  /** Arguments that change no number. */
  readonly drops: readonly string[];
}

/** How batches are made ready beside the training. */
const QUEUE = ["max_q_size", "nb_worker", "pickle_safe"];

const TARGETS: Record<string, Target> = {
  fit: {
    helper: "fit",
    leading: ["model", "loss", "optimizer"],
    metrics: true,
    keeps: [
      "x",
      "y",
      "batch_size",
      "epochs",
      "verbose",
      "callbacks",
      "validation_split",
      "validation_data",
      "shuffle",
      "class_weight",
      "sample_weight",
      "initial_epoch",
      "steps_per_epoch",
      "validation_steps",
      "validation_freq",
      "samples_per_epoch",
      "nb_val_samples",
    ],
    drops: [
      "max_queue_size",
      "workers",
      "use_multiprocessing",
      "show_accuracy",
      "validation_batch_size",
      ...QUEUE,
    ],
  },
  evaluate: {
    helper: "evaluate",
    leading: ["model", "loss"],
    metrics: true,
    keeps: ["x", "y", "batch_size", "sample_weight", "steps", "val_samples", "callbacks"],
    drops: [
      "verbose",
      "max_queue_size",
      "workers",
      "use_multiprocessing",
      "show_accuracy",
      "return_dict",
      ...QUEUE,
    ],
  },
  predict: {
    helper: "predict",
    leading: ["model"],
    metrics: false,
    keeps: ["x", "batch_size", "steps", "val_samples", "callbacks"],
    drops: ["verbose", "max_queue_size", "workers", "use_multiprocessing", ...QUEUE],
  },
  train_on_batch: {
    helper: "train_on_batch",
    leading: ["model", "loss", "optimizer"],
    metrics: true,
    keeps: ["x", "y", "class_weight", "sample_weight"],
    drops: ["reset_metrics"],
  },
  test_on_batch: {
    helper: "test_on_batch",
    leading: ["model", "loss"],
    metrics: true,
    keeps: ["x", "y", "sample_weight"],
    drops: ["reset_metrics"],
  },
};
/** A model that is called gives what `predict` does, but all samples are one batch. */
for (const name of CALLS)
  TARGETS[name] = {
    helper: "predict",
    leading: ["model"],
    metrics: false,
    keeps: ["x", "training"],
    drops: [],
  };
TARGETS.predict_proba = TARGETS.predict as Target;
TARGETS.predict_on_batch = TARGETS.predict as Target;
TARGETS.predict_classes = TARGETS.predict as Target;
for (const name of ["fit", "evaluate", "predict"]) TARGETS[`${name}_generator`] = TARGETS[name] as Target;

export const TRAINING_METHODS = new Set(Object.keys(TARGETS));

function uses(plan: ModelPlan): (ModelUse & { call: Call })[] {
  return distinctCalls(
    plan.models.flatMap((model) => model.uses.filter((use) => TRAINING_METHODS.has(use.name))),
  );
}

/** The parts of the boundary that this model needs; two models of a script must agree on them. */
export function setBoundary(rewriter: Rewriter, plan: ModelPlan): void {
  const all = uses(plan);
  const estimators = plan.models.flatMap((model) => model.estimators);
  if (all.length === 0 && estimators.length === 0) return;
  const bodies: [string, Body | undefined][] = [["to_inputs", readingBody(rewriter, plan)]];
  if (estimators.length > 0 || all.some((use) => TARGETS[use.name]?.leading.includes("loss")))
    bodies.push(["to_targets", targetBody(rewriter, plan)]);
  for (const [name, body] of bodies) {
    if (!body)
      throw new Unsupported(
        (all[0] ?? estimators[0])?.node ?? plan.node,
        "this model is trained or evaluated, but no `compile` of it is known",
      );
    const isLocal = name === "to_inputs" && plan.prepared?.isLocal;
    plan.boundary.set(name, isLocal ? rewriter.addLocalBody(name, body) : rewriter.addBody(name, body));
  }
}

/** The calls that compute a loss. */
export function lossUses(plan: ModelPlan): ModelUse[] {
  return uses(plan).filter((use) => TARGETS[use.name]?.leading.includes("loss"));
}

export function predictUses(plan: ModelPlan): ModelUse[] {
  return uses(plan).filter((use) => TARGETS[use.name]?.helper === "predict");
}

export function emitTraining(rewriter: Rewriter, plan: ModelPlan): void {
  for (const use of uses(plan)) emitCall(rewriter, plan, use);
}

function emitCall(rewriter: Rewriter, plan: ModelPlan, use: ModelUse & { call: Call }): void {
  const { call } = use;
  const target = TARGETS[use.name] as Target;
  const args = rewriter.arguments(use.args as NonNullable<ModelUse["args"]>, call);
  if (use.name === "__call__" && emitAugmentation(rewriter, use)) return;
  if (CALLS.includes(use.name)) checkCall(plan, use, args);
  checkArguments(rewriter, plan, use, args, target);
  const owner = rewriter.source(modelOf(rewriter, call));
  const model = eachPart(rewriter, plan, call, owner) ?? owner;
  const names = plan.compile?.names;
  const leading = target.leading.map((what) => {
    if (what === "model") return model;
    if (!names)
      throw new Unsupported(call, "this model is trained or evaluated, but no `compile` of it is known");
    return place(names, model, what);
  });
  // What the call leaves out is no parameter either.
  const passes = new Set(
    args_(use).filter((name) => !saysNothing(rewriter, name, use.args?.given.get(name)?.value)),
  );
  const trailing: string[] = [];
  if (target.metrics && plan.compile) {
    if (metricsOf(plan).length > 0 && names) {
      trailing.push(`metrics=${place(names, model, "metrics")}`);
      passes.add("metrics");
    } else if (rewriter.switches.get("WITH_METRICS")) {
      trailing.push("metrics={}");
      passes.add("metrics");
    }
  }
  if (passes.has("initial_epoch")) rewriter.switches.set("INITIAL_EPOCH", true);
  if (passes.has("validation_freq")) rewriter.switches.set("VALIDATION_FREQ", true);
  const form = [target.helper, ...leading, ...trailing].join(", ");
  if ((rewriter.callForms.get(call) ?? form) !== form) {
    throw new Unsupported(
      call,
      "what this model is compiled with depends on the path taken here, which is not supported yet",
    );
  }
  rewriter.callForms.set(call, form);
  const wraps = wrapsArrays(rewriter, use, target);
  for (const name of looseSteps(rewriter, use)) passes.delete(name);
  const lengths = ["steps_per_epoch", "validation_steps", "steps"].filter((name) =>
    isLength(rewriter, use, name),
  );
  for (const name of lengths) passes.delete(name);
  if (wraps)
    for (const name of ["y", "batch_size", "shuffle", "sample_weight", "validation_split"])
      passes.delete(name);
  const helper = rewriter.helper(
    target.helper,
    [...passes].filter((name) => target.keeps.includes(name) || name === "metrics"),
  );
  const taken = new Set<Argument>(dropSteps(rewriter, use, args));
  for (const node of lengths.map((name) => args.argument(name))) if (node) taken.add(node);
  if (wraps) wrapArrays(rewriter, call, args, target.helper as "fit" | "evaluate" | "predict", taken);
  if (rewriter.switches.get("BATCHES") && target.helper === "fit") {
    const validation = args.argument("validation_data");
    if (validation && !args.isNone("validation_data") && !isBatches(rewriter, args.value("validation_data")))
      wrapPair(rewriter, validation.value);
  }
  rewriteArguments(rewriter, use, target, `${helper}(${leading.join(", ")}`, trailing, taken);
  if (use.name === "predict_classes") {
    const units = plan.output?.shape.at(-1)?.value;
    if (units === undefined) throw new Unsupported(call, "the number of classes is not known");
    if (units === 1) {
      rewriter.edits.insert(call.start, "(", RULE);
      rewriter.edits.insert(call.end, ' > 0.5).astype("int32")', RULE);
    } else rewriter.edits.insert(call.end, ".argmax(-1)", RULE);
  }
}

/** Whether a call on arrays gets batches, as all calls of the script do. */
function wrapsArrays(rewriter: Rewriter, use: ModelUse, target: Target): boolean {
  const batches = { fit: "BATCHES", evaluate: "BATCHES", predict: "PREDICT_BATCHES" }[target.helper];
  return (
    batches !== undefined && rewriter.switches.get(batches) === true && feedOf(rewriter, use) === "arrays"
  );
}

function args_(use: ModelUse): string[] {
  return [...(use.args?.given.keys() ?? [])];
}

function checkArguments(
  rewriter: Rewriter,
  plan: ModelPlan,
  use: ModelUse & { call: Call },
  args: Arguments,
  target: Target,
): void {
  if (use.name === "evaluate") setByName(rewriter, args);
  const feed = feedOf(rewriter, use);
  checkWeights(rewriter, plan, use, args);
  if (feed === "arrays") checkSteps(rewriter, use, args);
  if (!args.has("x")) throw new Unsupported(use.call, `\`${use.name}\` without \`x\` is not supported`);
  if (feed === "batches") {
    checkBatches(rewriter, use, args);
    if (target.helper === "predict" && args.isGiven("callbacks"))
      throw new Unsupported(
        args.argument("callbacks") ?? use.call,
        "callbacks of `predict` on batches are not supported yet",
      );
    for (const name of target.keeps) args.value(name);
    args.finish(use.name, new Set(target.drops));
    return;
  }
  const needsTargets = target.keeps.includes("y");
  if (needsTargets && !args.has("y")) {
    throw new Unsupported(
      use.call,
      `\`${use.name}\` on a generator or data set is not supported yet`,
      "Only arrays are, so far.",
    );
  }
  const several = plan.graph !== undefined && plan.graph.inputs.length > 1;
  for (const name of ["x", "y"]) {
    for (const one of alternatives(args.value(name))) {
      const generator =
        one.kind === "object" ||
        one.kind === "batches" ||
        (one.kind === "array" && one.container === "dataset");
      if (generator)
        throw new Unsupported(
          args.argument(name) ?? use.call,
          `\`${use.name}\` on a generator or data set is not supported yet`,
        );
      if (one.kind === "list" && !one.open && one.elements.length === 1 && isData(one.elements[0]))
        unwrapList(rewriter, args.expr(name));
      else if (!several && one.kind === "list" && name === "x" && one.elements.some(isData)) {
        throw new Unsupported(
          args.argument(name) ?? use.call,
          "a list of arrays as the input is not supported yet",
        );
      }
    }
  }
  if (use.name !== "fit" && args.isGiven("callbacks") && rewriter.switches.get("CALLBACK_PARAMS"))
    throw new Unsupported(
      args.argument("callbacks") ?? use.call,
      "`params` of callbacks that are given to more than `fit` are not supported yet",
    );
  if (use.name === "fit") {
    checkValidation(rewriter, use, args);
    const validation = args.value("validation_data");
    const tuple = validation.kind === "tuple" || validation.kind === "list";
    const parts = tuple && !validation.open ? validation.elements.length : 0;
    const batches = isBatches(rewriter, validation);
    if (validation.kind !== "none" && !batches && parts !== 2 && parts !== 3) {
      throw new Unsupported(
        args.argument("validation_data") ?? use.call,
        "this `validation_data` is not known to be arrays of inputs and targets",
      );
    }
    const shuffle = args.value("shuffle");
    if (shuffle.kind === "str")
      throw new Unsupported(args.argument("shuffle") ?? use.call, "`shuffle='batch'` is not supported yet");
  }
  for (const name of target.keeps) args.value(name);
  args.finish(use.name, new Set(target.drops));
  if (!plan.input) throw new Unsupported(use.call, "the input of this model is not known");
}

/** Whether `evaluate` gives its values by name: all calls must agree. */
function setByName(rewriter: Rewriter, args: Arguments): void {
  const byName = args.has("return_dict") && args.flag("return_dict");
  if ((rewriter.switches.get("BY_NAME") ?? byName) !== byName)
    throw new Unsupported(args.node, "`return_dict` of some calls of `evaluate` only is not supported yet");
  rewriter.switches.set("BY_NAME", byName);
}

/**
 * The call's own text stays, but for its head and for what goes: `model.fit(x, y, epochs=3)`
 * is `fit(model, loss_fn, optimizer, x, y, epochs=3)`.
 */
function rewriteArguments(
  rewriter: Rewriter,
  use: ModelUse & { call: Call },
  target: Target,
  head: string,
  trailing: readonly string[],
  taken: ReadonlySet<Argument>,
): void {
  const { call } = use;
  const given = use.args?.given ?? new Map();
  const open = call.argsSpan.start + 1;
  const [first] = call.args;
  const broken = "\r\n".includes(rewriter.text[open] ?? "");
  rewriter.edits.replace(call.start, open, `${head}${first ? (broken ? "," : ", ") : ""}`, RULE);
  const batches = feedOf(rewriter, use) === "batches";
  let positional = 0;
  const removed = new Set<Argument>(taken);
  for (const [name, bound] of given) {
    const node = bound.node as Argument | undefined;
    if (!node || taken.has(node)) continue;
    if (!target.keeps.includes(name) || saysNothing(rewriter, name, bound.value)) {
      removed.add(node);
      continue;
    }
    const inPlace = node.name === null && name === target.keeps[positional] && positional < 2;
    if (inPlace) positional++;
    else if (node.name === null) rewriter.edits.insert(node.start, `${name}=`, RULE);
    else if (name === "x" && batches && node === first)
      rewriter.edits.remove(node.start, outerSpan(node.value).start, RULE);
    else if (name === "x" && batches)
      rewriter.edits.replace(node.start, node.start + node.name.length, "batches", RULE);
    else if (node.name !== name)
      rewriter.edits.replace(node.start, node.start + node.name.length, name, RULE);
    if (name === "callbacks") wrapCallbacks(rewriter, bound.value, node.value);
  }
  removeArguments(rewriter, call, removed);
  realignArguments(rewriter, call, head.indexOf("(") + 1);
  if (trailing.length > 0) {
    const last = call.args.findLast((arg) => !removed.has(arg));
    rewriter.edits.insert(last ? last.end : open, `, ${trailing.join(", ")}`, RULE);
  }
}

/** `[x]` is the input list of a model with one input. */
function unwrapList(rewriter: Rewriter, expr: Expr | undefined): void {
  if (expr?.type !== "List" || expr.elements.length !== 1) return;
  const [only] = expr.elements as [Expr];
  rewriter.edits.remove(expr.start, only.start, RULE);
  rewriter.edits.remove(only.end, expr.end, RULE);
}

/** Arguments that change nothing in this script. */
function saysNothing(rewriter: Rewriter, name: string, value: Value | undefined): boolean {
  return (value !== undefined && isDefault(name, value)) || (name === "verbose" && !mixedVerbose(rewriter));
}

/** Arguments that say what is so anyway. */
function isDefault(name: string, value: { kind: string; value?: unknown }): boolean {
  if (value.kind === "none") return true;
  if (name === "training") return value.kind === "bool" && value.value === false;
  if (name === "shuffle") return value.kind === "bool" && value.value === true;
  const plain = { validation_split: 0, validation_freq: 1 }[name];
  return plain !== undefined && value.kind === "num" && value.value === plain;
}

/** Whether some fit of the script is silent and another is not: only then the argument stays. */
export function mixedVerbose(rewriter: Rewriter): boolean {
  return rewriter.switches.get("FIT_PRINTS") === true && rewriter.switches.get("ALWAYS_PRINTS") === false;
}

/** Keras takes a single callback without a list. */
function wrapCallbacks(rewriter: Rewriter, value: { kind: string }, expr: Expr): void {
  if (value.kind === "list" || value.kind === "tuple") return;
  if (value.kind !== "object" && value.kind !== "instance") {
    throw new Unsupported(expr, "which callbacks these are, is not known here");
  }
  rewriter.edits.insert(expr.start, "[", RULE);
  rewriter.edits.insert(expr.end, "]", RULE);
}

function isPositive(value: Value | undefined): boolean {
  return value?.kind === "num" && value.value !== undefined && value.value > 0;
}

/** What the loop needs for all models of the script: metrics or none, and how much progress is printed. */
export function setLoop(rewriter: Rewriter, plans: readonly ModelPlan[]): void {
  for (const plan of plans) {
    for (const { metrics } of plan.compiles.values())
      rewriter.switches.set(metrics.length > 0 ? "WITH_METRICS" : "WITHOUT_METRICS", true);
  }
  rewriter.switches.set(
    "EPOCH_METRICS",
    plans.some((plan) => metricsOf(plan).some((metric) => metric.epoch)),
  );
  rewriter.switches.set(
    "SEVERAL_NUMBERS",
    plans.some((plan) => metricsOf(plan).some((metric) => metric.several)),
  );
  const own = plans.find((plan) => metricsOf(plan).some((metric) => metric.batch));
  const epochs = rewriter.switches.get("EPOCH_METRICS") === true;
  const objects = plans.some((plan) => metricsOf(plan).some((metric) => metric.running));
  const running = objects || (own !== undefined && epochs);
  rewriter.switches.set("RUNNING_METRICS", running);
  rewriter.switches.set("EPOCH_METRICS", epochs && !running);
  rewriter.switches.set("BATCH_METRICS", own !== undefined && !running);
  rewriter.switches.set(
    "TRAINING_CALLS",
    plans.flatMap(uses).some((use) => {
      const training = use.args?.given.get("training");
      return training !== undefined && !isDefault("training", training.value);
    }),
  );
  rewriter.switches.set("SEVERAL_INPUTS", hasSeveralInputs(rewriter));
  setWeights(rewriter, plans.flatMap(uses));
  for (const plan of plans) setStepWeights(rewriter, plan, uses(plan));
  const all = plans.flatMap((plan) => uses(plan));
  setBatches(rewriter, all);
  setSteps(rewriter, all);
  const direct = all.filter((use) => use.name.startsWith("fit"));
  const estimators = plans.flatMap((plan) => plan.models.flatMap((model) => model.estimators));
  const fits = [...direct, ...estimators];
  const every = (test: (use: ModelUse & { call: Call }) => boolean) =>
    direct.length > 0 && estimators.length === 0 && direct.every(test);
  const value = (use: ModelUse, name: string) => use.args?.given.get(name)?.value;
  rewriter.switches.set(
    "ALWAYS_SPLIT",
    // A function may be called with another split: only what stands at module level is one value.
    every(
      (use) => !use.owner && !value(use, "validation_data") && isPositive(value(use, "validation_split")),
    ),
  );
  rewriter.switches.set(
    "ALWAYS_VALIDATION_DATA",
    every((use) => {
      const data = value(use, "validation_data");
      return data?.kind === "tuple" || (!use.owner && isBatches(rewriter, data));
    }),
  );
  // Every `fit` silent, none, or some.
  const silent = fits.map((use) => {
    const verbose = value(use, "verbose");
    if (verbose === undefined) return false;
    return verbose.kind === "num"
      ? verbose.value === 0
      : verbose.kind === "bool"
        ? !verbose.value
        : undefined;
  });
  rewriter.switches.set(
    "FIT_PRINTS",
    silent.some((one) => one !== true),
  );
  rewriter.switches.set(
    "ALWAYS_PRINTS",
    silent.every((one) => one === false),
  );
  // Without a line of progress nothing else would read the values of an epoch.
  const printed = silent.every((one) => one === false);
  rewriter.switches.set("HISTORY_UNUSED", printed && every((use) => use.call.parent?.type === "ExprStmt"));
}
