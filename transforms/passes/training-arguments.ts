/** The arguments of the calls that train, measure and predict. */
import type { Argument, Call, Expr } from "../../grammars/nodes.ts";
import { isWithin, outerSpan } from "../../grammars/walk.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives, type Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { checkBatches, checkValidation } from "./batch-checks.ts";
import { feedOf, isBatches } from "./batches.ts";
import { isData } from "./called-models.ts";
import { realignArguments, removeArguments } from "./edit-call.ts";
import { checkSteps } from "./steps.ts";
import { isDefault, type Target } from "./training-calls.ts";
import { checkWeights } from "./weights.ts";

const RULE = "training";

export function checkArguments(
  rewriter: Rewriter,
  plan: ModelPlan,
  use: ModelUse & { call: Call },
  args: Arguments,
  target: Target,
): void {
  if (use.name === "evaluate") setByName(rewriter, args);
  if (use.name.startsWith("fit") && rewriter.switches.get("HISTORY_GOES_ON") && hasHistory(args, use.call)) {
    if (use.call.parent?.type !== "ExprStmt")
      throw new Unsupported(
        use.call,
        "what `fit` returns is the `History` among its callbacks, which has the values of earlier calls too",
        "Read the callback after training instead, and leave what `fit` returns.",
      );
  }
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
  checkMeans(use, args);
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

/** Whether a `History` that other trainings may have had is among the callbacks. */
function hasHistory(args: Arguments, call: Call): boolean {
  const given = args.value("callbacks");
  const each = given.kind === "list" || given.kind === "tuple" ? given.elements : [given];
  return each
    .flatMap(alternatives)
    .some(
      (one) =>
        one.kind === "object" &&
        one.construct.path === "keras.callbacks.History" &&
        !isWithin(one.node, call),
    );
}

/** Reports batches whose values Keras averages with those of the batches before them. */
function checkMeans(use: ModelUse & { call: Call }, args: Arguments): void {
  const name = "reset_metrics";
  if (!args.has(name) || !args.isGiven(name)) return;
  if (alternatives(args.value(name)).some((one) => one.kind !== "bool" || !one.value))
    throw new Unsupported(
      args.argument(name) ?? use.call,
      "means over all batches so far are not supported: what `train_on_batch` gives is of its own batch here",
    );
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
export function rewriteArguments(
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
    if (name === "batch_size" && alternatives(bound.value).some((one) => one.kind === "none"))
      rewriter.edits.insert(node.end, " or 32", RULE);
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
export function saysNothing(rewriter: Rewriter, name: string, value: Value | undefined): boolean {
  return (value !== undefined && isDefault(name, value)) || (name === "verbose" && !mixedVerbose(rewriter));
}

/** Whether some fit of the script is silent and another is not, or what it says is read: only then it stays. */
export function mixedVerbose(rewriter: Rewriter): boolean {
  if (rewriter.switches.get("PARAMS_VERBOSE")) return true;
  return rewriter.switches.get("FIT_PRINTS") === true && rewriter.switches.get("ALWAYS_PRINTS") === false;
}

/** Keras takes a single callback without a list. */
function wrapCallbacks(rewriter: Rewriter, value: Value, expr: Expr): void {
  if (value.kind === "list" || value.kind === "tuple") {
    for (const [i, element] of value.elements.entries()) {
      const stranger = alternatives(element).find((one) => one.kind === "unknown");
      if (stranger?.kind !== "unknown") continue;
      const at = (expr.type === "List" || expr.type === "Tuple") && expr.elements[i];
      const origin = stranger.library ? `: it comes from \`${stranger.library}\`` : "";
      throw new Unsupported(at || expr, `which callback this is, is not known here${origin}`);
    }
    return;
  }
  if (value.kind !== "object" && value.kind !== "instance") {
    throw new Unsupported(expr, "which callbacks these are, is not known here");
  }
  rewriter.edits.insert(expr.start, "[", RULE);
  rewriter.edits.insert(expr.end, "]", RULE);
}
