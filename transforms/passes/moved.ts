/** Optimizers and schedules made before the model: PyTorch's want its parameters, so they move to `compile`. */
import type { Call, Expr, Node, Stmt } from "../../grammars/nodes.ts";
import { enclosingStatement, isInLoop, isTarget, walk } from "../../grammars/walk.ts";
import type { CallFact } from "../../src/analysis/machine.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives, type KerasObject, type Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { OptimizerEntry } from "../optimizers.ts";
import type { Rewriter } from "../rewriter.ts";
import { isGivenOnce } from "./optimizer-factories.ts";

/**
 * The assignment of an optimizer or a schedule that `compile` is given by its name: it goes when
 * its arguments are written. Reported where they would mean something else at `compile`.
 *
 * @param entry of an optimizer; undefined for a schedule
 */
export function moveToCompile(
  rewriter: Rewriter,
  value: KerasObject,
  given: Expr | undefined,
  use: ModelUse & { call: Call },
  entry: OptimizerEntry | undefined,
): Stmt | undefined {
  if (entry) requireFresh(rewriter, value, entry);
  if (given === value.node) return undefined;
  const what = entry ? "an optimizer" : "a schedule";
  const statement = enclosingStatement(value.node);
  if (
    statement?.type !== "Assign" ||
    statement.value !== value.node ||
    statement.targets[0]?.type !== "Name" ||
    given?.type !== "Name"
  ) {
    throw new Unsupported(
      value.node,
      `${what} that is not given directly or by a name of its own is not supported yet`,
    );
  }
  requireStable(rewriter, value.node, statement, use.call);
  requireUnread(rewriter, value, statement.targets[0].id);
  return statement;
}

function isSame(value: Value | undefined, object: KerasObject): boolean {
  return (
    value !== undefined &&
    alternatives(value).some((one) => one.kind === "object" && one.node === object.node)
  );
}

/** The calls that compile models with an object, for each time that it is made. */
function compiledWith(rewriter: Rewriter, value: KerasObject): CallFact[][] {
  const made = (rewriter.program.calls.get(value.node) ?? []).map((fact) => fact.time);
  const groups = new Map<number, CallFact[]>();
  for (const facts of rewriter.program.calls.values()) {
    for (const fact of facts) {
      if (fact.construct.path !== "Model.compile") continue;
      if (!isSame(fact.args.given.get("optimizer")?.value, value)) continue;
      const from = Math.max(...made.filter((time) => time <= fact.time));
      groups.set(from, [...(groups.get(from) ?? []), fact]);
    }
  }
  return [...groups.values()];
}

/**
 * PyTorch gets a new optimizer with each `compile`. Keras goes on with the one that it is given,
 * with its count of steps, and with what it keeps of a model that it has trained before.
 */
export function requireFresh(rewriter: Rewriter, value: KerasObject, entry: OptimizerEntry): void {
  if (sharesSteps(rewriter, value)) return;
  for (const facts of compiledWith(rewriter, value)) {
    const again = modelsOf(facts).size < facts.length;
    if (isGivenOnce(rewriter, value, facts)) continue;
    if (facts.length > 1 && (isCounting(value, entry) || (again && keepsState(value, entry)))) {
      throw new Unsupported(
        value.node,
        "an optimizer that is given to `compile` again goes on with its state in Keras, which is not supported yet",
        "Make a new optimizer for each `compile`.",
      );
    }
  }
}

/**
 * Whether several models are compiled with one object of Adam, each once: all of them step on with its
 * count of steps, as its optimizers before TensorFlow 2.11 do; later ones refuse a second model.
 */
export function sharesSteps(rewriter: Rewriter, value: KerasObject): boolean {
  if (rewriter.program.version === "keras3" || value.construct.path !== "keras.optimizers.Adam") return false;
  const clips = ["clipnorm", "clipvalue", "global_clipnorm"];
  const plain = ["learning_rate", "beta_1", "beta_2", "epsilon", "name", ...clips];
  if ([...value.args.given.keys()].some((name) => !plain.includes(name))) return false;
  if (value.args.given.get("learning_rate")?.value.kind === "object") return false;
  const groups = compiledWith(rewriter, value);
  return (
    groups.some((facts) => modelsOf(facts).size > 1 && !isGivenOnce(rewriter, value, facts)) &&
    groups.every((facts) => modelsOf(facts).size === facts.length)
  );
}

function modelsOf(facts: readonly CallFact[]): Set<unknown> {
  return new Set(facts.map(({ receiver }) => (receiver?.kind === "model" ? receiver.model : receiver)));
}

function isCounting({ args }: KerasObject, entry: OptimizerEntry): boolean {
  const rate = args.given.get("learning_rate")?.value;
  const decay = args.given.get("decay")?.value;
  return (
    entry.counts === true ||
    rate?.kind === "object" ||
    (decay !== undefined && !(decay.kind === "num" && decay.value === 0))
  );
}

function keepsState({ args }: KerasObject, entry: OptimizerEntry): boolean {
  const momentum = args.given.get("momentum")?.value;
  return (
    entry.torch !== "SGD" || (momentum !== undefined && !(momentum.kind === "num" && momentum.value === 0))
  );
}

/** It is a PyTorch object only from `compile` on: nothing else may read it, but for its learning rate. */
function requireUnread(rewriter: Rewriter, value: KerasObject, name: string): void {
  const given = new Set<Node | undefined>();
  for (const [{ args, construct }] of rewriter.program.calls.values() as Iterable<[CallFact]>) {
    if (construct.path === "Model.compile") given.add(args.given.get("optimizer")?.expr);
    if (construct.kind === "optimizer") given.add(args.given.get("learning_rate")?.expr);
  }
  walk(rewriter.program.module, (one) => {
    if (one.type !== "Name" || one.id !== name || isTarget(one) || given.has(one)) return;
    if (isSame(rewriter.program.valueOf(one), value) && !rewriter.edits.covers(one.start, one.end))
      throw new Unsupported(one, `reading \`${name}\` outside of \`compile\` is not supported yet`);
  });
}

const CHANGING = new Set(["update", "pop", "popitem", "setdefault", "clear"]);

/** The names that the optimizer's arguments read are read by `compile` now: they must mean the same there. */
function requireStable(rewriter: Rewriter, node: Call, statement: Stmt, compile: Call): void {
  const names = new Set<string>();
  const parts = [...node.args.map(({ value }) => value), ...(isNamedCall(node) ? [] : [node.func])];
  for (const part of parts) walk(part, (one) => one.type === "Name" && names.add(one.id));
  const around = functionsAround(compile);
  const inner = around.filter((one) => one.start > statement.end);
  // What comes after a `compile` that is reached once does not matter to it.
  const isOnce = functionsAround(statement)[0] === around[0] && !isInLoop(compile) && !inner.length;
  // A mapping may have other names.
  const mapped = node.args.some((arg) => arg.star);
  const changesMapping = (one: Node) =>
    mapped &&
    one.type !== "Name" &&
    (one.start > statement.end || functionsAround(one)[0] !== around[0]) &&
    changedName(one) !== undefined &&
    mappingIn(rewriter, one);
  walk(rewriter.program.module, (one) => {
    const binds =
      one.type === "Parameter"
        ? names.has(one.name) && inner.some((owner) => owner === one.parent)
        : (one.start > statement.end && names.has(changedName(one) ?? "")) || changesMapping(one);
    if (!binds || (isOnce && one.start > compile.end && functionsAround(one)[0] === around[0])) return;
    const [owner] = functionsAround(one);
    // What another function binds is its own, unless it says otherwise.
    if (one.type === "Name" && owner && !around.includes(owner) && !declaresGlobal(owner)) return;
    throw new Unsupported(
      node,
      `\`${rewriter.text.slice(one.start, one.end)}\` changes between this optimizer and its \`compile\``,
    );
  });
}

/** Whether a call names what it calls, and does not find it first. */
function isNamedCall({ func }: Call): boolean {
  return func.type === "Name" || func.type === "Attribute";
}

/** The name that is bound there, or that of what is changed in its parts: `options["lr"] = 0.1`. */
function changedName(node: Node): string | undefined {
  if (node.type === "Name") return isTarget(node) ? node.id : undefined;
  if (node.type === "Attribute") return isTarget(node) ? rootOf(node) : undefined;
  if (node.type === "Subscript") {
    const { parent } = node;
    const isSet =
      (parent?.type === "Assign" && parent.targets.includes(node)) ||
      (parent?.type === "AugAssign" && parent.target === node) ||
      parent?.type === "Delete";
    return isSet ? rootOf(node) : undefined;
  }
  if (node.type !== "Call" || node.func.type !== "Attribute" || !CHANGING.has(node.func.attr))
    return undefined;
  return rootOf(node.func);
}

/** Whether what is changed there is a mapping, or may be one. */
function mappingIn(rewriter: Rewriter, node: Node): boolean {
  const owner =
    node.type === "Subscript"
      ? node.value
      : node.type === "Call" && node.func.type === "Attribute"
        ? node.func.value
        : undefined;
  const value = owner && rewriter.program.valueOf(owner);
  return value === undefined || alternatives(value).some(({ kind }) => kind === "dict" || kind === "unknown");
}

function rootOf(node: Node): string | undefined {
  if (node.type === "Name") return node.id;
  return node.type === "Subscript" || node.type === "Attribute" ? rootOf(node.value) : undefined;
}

function functionsAround(node: Node): Node[] {
  const found: Node[] = [];
  for (let at = node.parent; at; at = at.parent)
    if (at.type === "FunctionDef" || at.type === "Lambda" || at.type === "Comprehension") found.push(at);
  return found;
}

function declaresGlobal(owner: Node): boolean {
  let found = false;
  walk(owner, (one) => {
    found ||= one.type === "Global" || one.type === "Nonlocal";
  });
  return found;
}
