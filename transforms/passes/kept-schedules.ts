/**
 * Schedules of the learning rate that a script calls, or gives to optimizers that stay where they are made: they
 * stay, too, as functions of the step. All others move into the scheduler of their optimizer.
 */
import type { Call, Expr, Node } from "../../grammars/nodes.ts";
import { enclosingStatement, isInLoop, isTarget, walk } from "../../grammars/walk.ts";
import { alternatives, type KerasObject } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";
import { type Schedule, scheduleNamed } from "../schedules.ts";

const RULE = "optimizer";

/** What a schedule is made of. */
export function scheduleOf(rewriter: Rewriter, value: KerasObject, args: Arguments): Schedule | undefined {
  const entry = scheduleNamed(value.construct.path.slice("keras.optimizers.schedules.".length));
  if (!entry) return undefined;
  const schedule = entry.write(args);
  args.finish(entry.name, new Set(["name"]));
  const { factor, helper } = schedule;
  if (!helper || typeof factor !== "string") return schedule;
  return { ...schedule, factor: factor.replace("{}", rewriter.helper(helper.name, helper.passes)) };
}

/** The name of a schedule that has to stay. */
export function keptName(rewriter: Rewriter, { node }: KerasObject, stays: boolean): string | undefined {
  const statement = enclosingStatement(node);
  const [target, ...others] =
    statement?.type === "Assign" && statement.value === node ? statement.targets : [];
  if (target?.type !== "Name" || others.length > 0) return undefined;
  return stays || readsOf(rewriter, node).some(isCalled) ? target.id : undefined;
}

function readsOf(rewriter: Rewriter, made: Call): Expr[] {
  const found: Expr[] = [];
  for (const [node, value] of rewriter.program.machine.values) {
    if (node.type !== "Name" || isTarget(node)) continue;
    if (alternatives(value).some((one) => one.kind === "object" && one.node === made)) found.push(node);
  }
  return found;
}

function isCalled(node: Expr): boolean {
  return node.parent?.type === "Call" && node.parent.func === node;
}

/** Writes a schedule as a function where it is made, and what is asked of it. */
export function keepSchedule(rewriter: Rewriter, value: KerasObject, args: Arguments): void {
  const { node } = value;
  if (rewriter.factories.has(node)) return;
  const schedule = scheduleOf(rewriter, value, args);
  if (!schedule || typeof schedule.factor !== "string")
    throw new Unsupported(node, "a schedule of this kind that is called, too, is not supported yet");
  requireConstant(rewriter, node);
  const { rate, factor, imports } = schedule;
  if (imports) rewriter.imports.add(imports);
  for (const read of readsOf(rewriter, node)) {
    if (isCalled(read)) rewriteCall(rewriter, read.parent as Call, factor);
    else if (!isGiven(rewriter, read))
      throw new Unsupported(read, "this use of a schedule of the learning rate is not supported yet");
  }
  const text = `lambda step: ${rate === "1.0" ? factor : `${rate} * ${grouped(factor)}`}`;
  rewriter.factories.set(node, text);
  rewriter.edits.absorb(rewriter.text, node.start, node.end);
  rewriter.edits.replace(node.start, node.end, rewriter.use(text), RULE);
}

/** A function reads names when it is called: they must mean then what they mean here. */
function requireConstant(rewriter: Rewriter, node: Call): void {
  const names = new Set<string>();
  for (const { value } of node.args) walk(value, (one) => one.type === "Name" && names.add(one.id));
  walk(rewriter.program.module, (one) => {
    if (one.type !== "Name" || !names.has(one.id) || !isTarget(one)) return;
    if (one.start > node.end || isInLoop(node))
      throw new Unsupported(node, `\`${one.id}\` changes after this schedule is made`);
  });
}

function grouped(factor: string): string {
  return factor.includes(" ") && !factor.includes(" ** ") ? `(${factor})` : factor;
}

/** Whether it is the learning rate of an optimizer, or goes to a function of the script. */
function isGiven(rewriter: Rewriter, { parent }: Node): boolean {
  if (parent?.type !== "Argument" || parent.parent?.type !== "Call") return false;
  const callee = rewriter.program.valueOf(parent.parent.func);
  const [fact] = rewriter.program.calls.get(parent.parent) ?? [];
  return (
    fact?.construct.kind === "optimizer" ||
    (callee !== undefined && alternatives(callee).every(({ kind }) => kind === "function"))
  );
}

/** What only a number can go through: comparisons, and functions of Python. */
const OF_NUMBERS = ["min(", "max(", "math.", "bisect_left(", " if ", "cosine_restarts("];

/** `schedule(step)` gives a number, or an array for one. */
function rewriteCall(rewriter: Rewriter, call: Call, factor: string): void {
  const [step] = call.args;
  const value = step && rewriter.program.valueOf(step.value);
  const isNumber = step?.value.type === "Number" || value?.kind === "num";
  const isArray = value?.kind === "array" && value.container === "ndarray";
  if (!step || call.args.length > 1 || step.star)
    throw new Unsupported(call, "this call of a schedule is not supported yet");
  if (!isNumber && (!isArray || OF_NUMBERS.some((one) => factor.includes(one))))
    throw new Unsupported(step, "whether this is a number, which the schedule is for, is not known here");
  const { parent } = call;
  const outer = parent?.type === "Attribute" && parent.attr === "numpy" ? parent.parent : undefined;
  if (outer?.type === "Call") rewriter.edits.remove(call.end, outer.end, RULE);
  const shown =
    parent?.type === "Argument" && parent.parent?.type === "Call" ? parent.parent.func : undefined;
  if (shown?.type === "Name" && shown.id === "print")
    rewriter.note(call, RULE, "this prints a number where it printed `tf.Tensor(...)`");
}
