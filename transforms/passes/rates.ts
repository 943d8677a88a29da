/** The learning rate outside of `compile`: read with `K.get_value(model.optimizer.lr)` and set in many ways. */
import type { Attribute, Call, Expr, Node } from "../../grammars/nodes.ts";
import { isTarget, outerSpan, walk } from "../../grammars/walk.ts";
import type { CallFact } from "../../src/analysis/machine.ts";
import { alternatives, type OptimizerValue, type Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { isModelOfCallback } from "./callbacks.ts";
import { compileUses, place } from "./compile.ts";

const RULE = "optimizer";
const SETTERS = new Set(["keras.backend.set_value"]);
const GETTERS = new Set(["keras.backend.get_value", "keras.backend.eval"]);
/** Methods of a variable that give its value. */
const READS = new Set(["numpy", "read_value", "value"]);
const SCHEDULERS = new Set(["keras.callbacks.LearningRateScheduler", "keras.callbacks.ReduceLROnPlateau"]);

function partOf(rewriter: Rewriter, node: Node, kind: OptimizerValue["kind"]): OptimizerValue | undefined {
  const value = rewriter.program.valueOf(node as Expr);
  return value && alternatives(value).find((one): one is OptimizerValue => one.kind === kind);
}

/** Whether the script changes the learning rate of these models while they train, or may do so. */
export function rateChanges(rewriter: Rewriter, { models }: ModelPlan): boolean {
  const given = models.flatMap(({ uses }) => uses.map(({ args }) => args?.given.get("callbacks")?.value));
  if (given.some((value) => value !== undefined && schedules(rewriter, value))) return true;
  let found = false;
  walk(rewriter.program.module, (node) => {
    if (found || node.type !== "Attribute" || !isRate(rewriter, node) || !isSet(rewriter, node))
      return !found;
    // Of several models, as in a loop over them, it is the rate of each.
    const owner = rewriter.program.valueOf(node.value);
    const isOther = (one: Value) =>
      one.kind === "optimizer" && one.model !== undefined && !models.includes(one.model);
    found = !owner || !alternatives(owner).every(isOther);
    return !found;
  });
  return found;
}

/** Whether the script reads or sets some learning rate. */
export function usesRates(rewriter: Rewriter): boolean {
  let found = false;
  walk(rewriter.program.module, (node) => {
    if (node.type === "Attribute") found ||= isRate(rewriter, node);
    return !found;
  });
  return found;
}

/** Whether there is a scheduler of the learning rate among the callbacks; any of the script where they are not known. */
function schedules(rewriter: Rewriter, value: Value): boolean {
  return alternatives(value).some((one) => {
    if (one.kind === "object") return SCHEDULERS.has(one.construct.path);
    if (one.kind === "instance" || one.kind === "none" || one.kind === "history") return false;
    if ((one.kind === "list" || one.kind === "tuple") && !one.open)
      return one.elements.some((element) => schedules(rewriter, element));
    return [...rewriter.program.calls.values()].some(([fact]) => SCHEDULERS.has(fact?.construct.path ?? ""));
  });
}

/** Whether it is the learning rate of an optimizer, be it of a model of which nothing is known. */
function isRate(rewriter: Rewriter, { attr, value }: Attribute): boolean {
  if (attr !== "lr" && attr !== "learning_rate") return false;
  if (value.type === "Attribute" && value.attr === "optimizer") return true;
  const known = rewriter.program.valueOf(value);
  return (
    known !== undefined &&
    alternatives(known).some((one) => one.kind === "optimizer" || one.kind === "object")
  );
}

/** Whether the attribute is set: by assignment, by `assign`, or by Keras's backend. */
function isSet(rewriter: Rewriter, node: Attribute): boolean {
  if (isTarget(node)) return true;
  const { parent } = node;
  if (parent?.type === "Attribute") return parent.attr.startsWith("assign");
  return parent?.type === "Argument" && SETTERS.has(calleeOf(rewriter, parent.parent));
}

function calleeOf(rewriter: Rewriter, call: Node | null | undefined): string {
  const value = call?.type === "Call" ? rewriter.program.valueOf(call.func) : undefined;
  return value?.kind === "ref" ? rewriter.program.registry.canonical(value.path) : "";
}

/** Rewrites every read and every change of a learning rate. */
export function rewriteRates(rewriter: Rewriter, plans: readonly ModelPlan[]): void {
  const optimizers = new Optimizers(rewriter, plans);
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Attribute" || rewriter.edits.covers(node.start, node.end)) return;
    if (isFollowed(rewriter, node)) rewriter.attempt(RULE, () => rewriteRate(rewriter, node, optimizers));
    else if (partOf(rewriter, node, "optimizer") || isOfCallback(rewriter, node))
      rewriter.attempt(RULE, () => rewriteOptimizer(rewriter, node, optimizers));
  });
}

/** Whether it is the learning rate of an optimizer that is known, read or set. */
function isFollowed(rewriter: Rewriter, node: Attribute): boolean {
  if (partOf(rewriter, node, "rate")) return true;
  if (isRate(rewriter, node) && isOfCallback(rewriter, node.value)) return true;
  if (!isTarget(node) || !isRate(rewriter, node)) return false;
  const owner = rewriter.program.valueOf(node.value);
  return (
    owner !== undefined &&
    alternatives(owner).some(
      (one) => one.kind === "optimizer" || (one.kind === "object" && one.construct.kind === "optimizer"),
    )
  );
}

function rewriteRate(rewriter: Rewriter, node: Attribute, optimizers: Optimizers): void {
  const { edits } = rewriter;
  const rate = `${optimizers.text(node.value)}.param_groups[0]["lr"]`;
  optimizers.requireSteady(node);
  const { parent } = node;
  const call = parent?.type === "Argument" ? parent.parent : parent?.parent;
  const known = call?.type === "Call" ? call : undefined;
  if (known && parent?.type === "Attribute" && known.func === parent) {
    if (READS.has(parent.attr) && known.args.length === 0) edits.replace(known.start, known.end, rate, RULE);
    else if (parent.attr === "assign") assign(rewriter, known, known.args[0]?.value, rate);
    else throw new Unsupported(parent, `\`${parent.attr}\` of a learning rate is not supported yet`);
    return;
  }
  const callee = parent?.type === "Argument" ? calleeOf(rewriter, known) : "";
  if (known && GETTERS.has(callee)) edits.replace(known.start, known.end, rate, RULE);
  else if (known && SETTERS.has(callee)) assign(rewriter, known, known.args[1]?.value, rate);
  else edits.replace(node.start, node.end, rate, RULE);
}

/** A call that sets the rate is a statement that does. */
function assign(rewriter: Rewriter, call: Call, value: Expr | undefined, rate: string): void {
  if (call.parent?.type !== "ExprStmt" || !value)
    throw new Unsupported(call, "setting a learning rate inside another expression is not supported");
  const span = outerSpan(value);
  rewriter.edits.replace(call.start, span.start, `${rate} = `, RULE);
  rewriter.edits.remove(span.end, call.end, RULE);
}

/** `optimizer = model.optimizer`; other uses of the whole are not known. */
function rewriteOptimizer(rewriter: Rewriter, node: Attribute, optimizers: Optimizers): void {
  const { parent } = node;
  if (parent?.type === "Attribute" && isFollowed(rewriter, parent)) return;
  const asked = rateAskedFor(node);
  if (asked) {
    rewriter.edits.replace(node.start, node.end, optimizers.text(node), RULE);
    rewriter.edits.replace(asked.start, asked.end, '"param_groups"', RULE);
    return;
  }
  if (parent?.type !== "Assign" || parent.value !== node)
    throw new Unsupported(node, "this use of a model's optimizer is not supported yet");
  rewriter.edits.replace(node.start, node.end, optimizers.text(node), RULE);
}

/** The name in `hasattr(optimizer, "lr")`, which scripts ask before they set the rate. */
function rateAskedFor(node: Expr): Expr | undefined {
  const call = node.parent?.type === "Argument" ? node.parent.parent : undefined;
  if (call?.type !== "Call" || call.func.type !== "Name" || call.func.id !== "hasattr") return undefined;
  const name = call.args[1]?.value;
  const isRate = name?.type === "String" && ["lr", "learning_rate"].includes(name.value);
  return isRate && call.args[0]?.value === node ? name : undefined;
}

class Optimizers {
  private readonly rewriter: Rewriter;
  private readonly plans: readonly ModelPlan[];

  constructor(rewriter: Rewriter, plans: readonly ModelPlan[]) {
    this.rewriter = rewriter;
    this.plans = plans;
  }

  /** How the optimizer that an expression gives is reached. */
  text(expr: Expr): string {
    const { rewriter } = this;
    // `fit` gives callbacks the model and its optimizer.
    if (isOfCallback(rewriter, expr)) return `${rewriter.source(expr.value.value)}.optimizer`;
    if (expr.type === "Attribute" && partOf(rewriter, expr, "optimizer")) {
      const owner = expr.value;
      return this.ofModel(expr, owner);
    }
    if (expr.type === "Name" && partOf(rewriter, expr, "optimizer")) return expr.id;
    return this.ofObject(expr);
  }

  private ofModel(at: Expr, owner: Expr): string {
    const model = partOf(this.rewriter, at, "optimizer")?.model;
    const plan = this.plans.find((one) => model && one.models.includes(model));
    if (!plan?.compile) throw new Unsupported(at, "the optimizer of this model is not known");
    return place(plan.compile.names, this.rewriter.source(owner), "optimizer");
  }

  /** An optimizer that was made by itself is PyTorch's from `compile` on. */
  private ofObject(expr: Expr): string {
    const value = this.rewriter.program.valueOf(expr);
    const plans = this.plans.filter((plan) =>
      compileUses(plan).some((use) => {
        const given = use.args?.given.get("optimizer")?.value;
        return given?.kind === "object" && value?.kind === "object" && given.node === value.node;
      }),
    );
    const [plan] = plans;
    const after = plan && compileUses(plan).every((use) => use.node.end < expr.start);
    if (plans.length !== 1 || !after || plan?.compile?.names.kind !== "variables")
      throw new Unsupported(expr, "the learning rate of an optimizer that no model has yet is not supported");
    return plan.compile.names.optimizer;
  }

  /** A rate that falls by itself is another one in PyTorch: Keras keeps the first. */
  requireSteady(node: Attribute): void {
    for (const [{ value }] of this.rewriter.program.calls.values() as Iterable<[CallFact]>) {
      const falls = alternatives(value).some(
        (one) => one.kind === "object" && one.construct.kind === "schedule",
      );
      // Keras 3 gives the rate as it is then.
      const isRead = this.rewriter.program.version === "keras3" && !isSet(this.rewriter, node);
      if (falls && !isRead)
        throw new Unsupported(node, "reading a learning rate that falls by itself is not supported yet");
    }
  }
}

/** Whether an expression is the optimizer of a callback's model, `self.model.optimizer`. */
function isOfCallback(rewriter: Rewriter, node: Expr): node is Attribute & { value: Attribute } {
  return node.type === "Attribute" && node.attr === "optimizer" && isModelOfCallback(rewriter, node.value);
}
