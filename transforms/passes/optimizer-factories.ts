/**
 * Optimizers that reach `compile` as one of several, or through calls, containers and attributes: PyTorch's
 * class with its arguments, `partial(torch.optim.SGD, lr=0.1)`, which `compile` calls with the parameters.
 */
import type { Call, Expr, For, Node } from "../../grammars/nodes.ts";
import { enclosingStatement, isTarget, isWithin, walk } from "../../grammars/walk.ts";
import type { CallFact } from "../../src/analysis/machine.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives, type KerasObject, type Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";
import { sharesSteps } from "./moved.ts";
import { heldClass } from "./optimizer-classes.ts";

/** The optimizers that a `compile` may be given; undefined where it is one, made there or under a name of its own. */
export function factoriesIn(
  rewriter: Rewriter,
  value: Value,
  given: Expr | undefined,
): readonly KerasObject[] | undefined {
  const found = alternatives(value).filter((one): one is KerasObject => isOptimizer(one));
  const [first] = found;
  if (!first || !given || found.length < alternatives(value).length) return undefined;
  const alone =
    found.length === 1 &&
    (given === first.node || isNamed(first.node, given)) &&
    !heldClass(rewriter, first.node);
  if (alone && !sharesSteps(rewriter, first)) return undefined;
  return found;
}

function isOptimizer(value: Value): boolean {
  return value.kind === "object" && value.construct.kind === "optimizer";
}

/** Whether a call is assigned to a name, and `given` is a name. */
function isNamed(call: Call, given: Expr): boolean {
  const statement = enclosingStatement(call);
  return (
    given.type === "Name" &&
    statement?.type === "Assign" &&
    statement.value === call &&
    statement.targets[0]?.type === "Name"
  );
}

/** Writes what makes it where an optimizer is made. */
export function emitFactory(rewriter: Rewriter, node: Call, text: string): void {
  const before = rewriter.factories.get(node);
  if (before !== undefined && before !== text)
    throw new Unsupported(node, "an optimizer that is another one for each model is not supported yet");
  if (before !== undefined) return;
  rewriter.factories.set(node, text);
  requireOnlyGiven(rewriter, node);
  rewriter.edits.absorb(rewriter.text, node.start, node.end);
  rewriter.edits.replace(node.start, node.end, rewriter.use(text), "compile");
}

/** Optimizers that stand in one container with one, be they used or not. */
export function neighboursOf(rewriter: Rewriter, { node }: KerasObject): readonly KerasObject[] {
  const { parent } = node;
  const all =
    parent?.type === "Dict"
      ? parent.items.map(({ value }) => value)
      : parent?.type === "List" || parent?.type === "Tuple"
        ? parent.elements
        : [];
  return all.flatMap((one) => {
    const value = one === node ? undefined : rewriter.program.valueOf(one);
    return value?.kind === "object" && isOptimizer(value) ? [value] : [];
  });
}

/** It is no optimizer before `compile`: nothing may be asked of it, and nothing else be done with it. */
function requireOnlyGiven(rewriter: Rewriter, made: Call): void {
  walk(rewriter.program.module, (node) => {
    if (node !== made && !["Name", "Attribute", "Subscript", "Call"].includes(node.type)) return;
    const value = rewriter.program.valueOf(node as Expr);
    const may = value && alternatives(value).some((one) => one.kind === "object" && one.node === made);
    if (!may || ((node.type === "Name" || node.type === "Attribute") && isTarget(node))) return;
    if (!isHandedOn(rewriter, node as Expr))
      throw new Unsupported(
        node,
        "one of several optimizers is supported where it is given to `compile` only",
      );
  });
}

const HOLDERS = new Set([
  "Assign",
  "AnnAssign",
  "Return",
  "List",
  "Tuple",
  "Dict",
  "Parameter",
  "IfExp",
  "For",
]);

function isHandedOn(rewriter: Rewriter, node: Expr): boolean {
  const { parent } = node;
  if (parent?.type !== "Argument") return parent !== null && HOLDERS.has(parent.type);
  const call = parent.parent as Call;
  if (rewriter.program.calls.get(call)?.[0]?.construct.path === "Model.compile") return true;
  if (call.func.type === "Attribute" && call.func.attr === "append") return true;
  const callee = rewriter.program.valueOf(call.func);
  return (
    callee !== undefined &&
    alternatives(callee).every((one) => one.kind === "function" || one.kind === "class")
  );
}

/**
 * Whether a loop gives each of its optimizers to one `compile`, once: over a display of them, or a name
 * that holds one. The analysis goes through a loop twice, with all of them each time.
 */
export function isGivenOnce(rewriter: Rewriter, { node }: KerasObject, uses: readonly CallFact[]): boolean {
  const [fact] = uses;
  const given = fact?.args.given.get("optimizer")?.expr;
  if (!fact || uses.some((use) => use.call !== fact.call) || given?.type !== "Name") return false;
  const loop = loopOf(fact.call, given.id);
  if (!loop || uses.length > 2) return false;
  const own = isWithin(node, loop.iter);
  if (own) return true;
  const statement = enclosingStatement(node);
  return (
    statement?.type === "Assign" &&
    statement.parent === loop.parent &&
    !isRepeated(loop) &&
    mentions(loop.iter, statement.targets) &&
    isReadOnce(rewriter, statement.targets)
  );
}

/** The innermost loop around a call, where it binds that name. */
function loopOf(call: Node, name: string): For | undefined {
  for (let at = call.parent; at; at = at.parent) {
    if (at.type === "For") return binds(at.target, name) ? at : undefined;
    if (["While", "FunctionDef", "Lambda", "Comprehension"].includes(at.type)) return undefined;
  }
  return undefined;
}

function binds(target: Expr, name: string): boolean {
  let found = false;
  walk(target, (one) => {
    found ||= one.type === "Name" && one.id === name;
  });
  return found;
}

function isRepeated(loop: For): boolean {
  for (let at = loop.parent; at; at = at.parent) if (at.type === "For" || at.type === "While") return true;
  return false;
}

function mentions(iter: Expr, targets: readonly Expr[]): boolean {
  return targets.some((target) => target.type === "Name" && binds(iter, target.id));
}

/** Whether nothing but one expression reads a name. */
function isReadOnce(rewriter: Rewriter, targets: readonly Expr[]): boolean {
  let reads = 0;
  walk(rewriter.program.module, (one) => {
    const named = one.type === "Name" && targets.some((target) => binds(target, one.id));
    if (named && !isTarget(one)) reads++;
  });
  return reads === 1;
}

/** The name of the variable that an optimizer stands in when `compile` is given it, where it has one. */
export function variableOf(rewriter: Rewriter, use: ModelUse): string | undefined {
  const given = use.args?.given.get("optimizer");
  if (given?.expr?.type !== "Name" || factoriesIn(rewriter, given.value, given.expr)) return undefined;
  const value = rewriter.program.valueOf(given.expr);
  return value && isOptimizer(value) ? given.expr.id : undefined;
}
