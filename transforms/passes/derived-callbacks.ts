/** Classes of the script that derive from Keras's own callbacks: how they make them, and what they read of them. */
import type { Argument, Call, ClassDef, Node } from "../../grammars/nodes.ts";
import { isBaseInit, isTarget, walk } from "../../grammars/walk.ts";
import type { BoundArgs, Construct } from "../../src/analysis/constructs.ts";
import { evaluate } from "../../src/analysis/expressions.ts";
import { bindCall, parseSignature } from "../../src/analysis/signature.ts";
import { alternatives, type ClassValue, type Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import { type CallbackEntry, callbackNamed, HOOKS, PREDICT_HOOKS } from "../callbacks.ts";
import type { Rewriter } from "../rewriter.ts";
import { methodOf } from "./own-classes.ts";

const PREFIX = "keras.callbacks.";
/** Callbacks that a class may derive from. */
const BASES: ReadonlySet<string> = new Set([
  "EarlyStopping",
  "ModelCheckpoint",
  "ReduceLROnPlateau",
  "LearningRateScheduler",
  "TensorBoard",
  "CSVLogger",
]);

/** The callback of Keras that a class derives from, at whatever remove. */
export function keptBase(rewriter: Rewriter, cls: ClassValue): CallbackEntry | undefined {
  for (const base of cls.bases) {
    const path = base.kind === "ref" ? rewriter.program.registry.canonical(base.path) : "";
    const entry = path.startsWith(PREFIX) ? callbackNamed(path.slice(PREFIX.length)) : undefined;
    const found = entry ?? (base.kind === "class" ? keptBase(rewriter, base) : undefined);
    if (found && BASES.has(found.name)) return found;
  }
  return undefined;
}

/** How a callback of Keras is made by a class that derives from it, with all that it is given. */
export interface Making {
  readonly entry: CallbackEntry;
  readonly construct: Construct;
  /** The call in `__init__`, or the one that makes an object of the class. */
  readonly call: Call;
  readonly args: BoundArgs;
}

/** All of them: what is passed on as `**kwargs` is what the calls of the class give by name. */
export function makingsOf(rewriter: Rewriter, classes: readonly ClassValue[]): Making[] {
  return classes.flatMap((cls) => {
    const entry = keptBase(rewriter, cls);
    const construct = entry && rewriter.program.registry.find(PREFIX + entry.name);
    if (!entry || !construct) return [];
    const made = callsOf(rewriter, cls);
    const init = methodOf(cls, "__init__");
    const calls = init ? initCalls(init.node).flatMap((call) => passedOn(init.node, call, made)) : made;
    return calls.map((call) => ({ entry, construct, call, args: bound(rewriter, construct, call) }));
  });
}

function bound(rewriter: Rewriter, construct: Construct, call: Call): BoundArgs {
  const { machine, version } = rewriter.program;
  return bindCall(construct, call, version, (expr) => machine.values.get(expr) ?? evaluate(machine, expr));
}

/** The calls that make an object of the class. */
function callsOf(rewriter: Rewriter, cls: ClassValue): Call[] {
  const calls: Call[] = [];
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Call") return;
    const callee = rewriter.program.valueOf(node.func);
    if (callee?.kind === "class" && callee.node === cls.node) calls.push(node);
  });
  return calls;
}

function initCalls(init: Node): Call[] {
  const calls: Call[] = [];
  walk(init, (node) => {
    if (isBaseInit(node)) calls.push(node as Call);
  });
  return calls;
}

/** The call of `super().__init__` with what each call of the class gives it through `**kwargs`. */
function passedOn(init: Node, call: Call, made: readonly Call[]): Call[] {
  const rest = call.args.find(({ star }) => star === "**");
  if (!rest || init.type !== "FunctionDef" || rest.value.type !== "Name") return [call];
  const { id } = rest.value;
  if (!init.params.some(({ name, kind }) => kind === "**" && name === id)) return [call];
  const own = new Set(init.params.map(({ name }) => name));
  const explicit = call.args.filter((arg) => arg !== rest);
  return made.map((one) => ({
    ...call,
    args: [...explicit, ...one.args.filter(({ name, star }) => star || (name !== null && !own.has(name)))],
  }));
}

/** Reports what such a class does that its base in the output has not. */
export function checkDerived(rewriter: Rewriter, cls: ClassValue): void {
  const entry = keptBase(rewriter, cls);
  if (!entry) return;
  const [base, ...others] = cls.bases;
  if (base?.kind !== "ref" || others.length > 0)
    throw new Unsupported(
      cls.node.bases[0] ?? cls.node,
      `a class that derives from \`${entry.name}\` and from others is not supported`,
    );
  const init = methodOf(cls, "__init__");
  if (init && initCalls(init.node).length !== 1)
    throw new Unsupported(
      init.node,
      `an own \`__init__\` has to call that of \`${entry.name}\` once, by \`super()\``,
    );
  const inner = internals(entry);
  const bound = boundIn(cls.node);
  walk(cls.node, (node) => {
    if (node.type !== "Attribute") return;
    if (isTarget(node) && node.value.type === "Name" && node.value.id === "self" && inner.has(node.attr))
      throw new Unsupported(
        node,
        `\`${node.attr}\` of \`${entry.name}\` is set by the class, which is not supported`,
      );
    const isSuper =
      node.value.type === "Call" && node.value.func.type === "Name" && node.value.func.id === "super";
    if (isSuper) checkSuper(node.attr, node, entry);
  });
  for (const node of rewriter.program.machine.values.keys()) {
    if (node.type !== "Attribute" || isTarget(node)) continue;
    const owner = rewriter.program.valueOf(node.value);
    if (!owner || !alternatives(owner).some((one) => one.kind === "instance" && one.cls.node === cls.node))
      continue;
    if (bound.has(node.attr) || FROM_FIT.has(node.attr) || isHook(node.attr) || methodOf(cls, node.attr))
      continue;
    readFromBase(rewriter, entry, node.attr, node);
  }
}

/** What `fit` gives to each callback. */
const FROM_FIT: ReadonlySet<string> = new Set(["model", "params", "validation_data"]);

/** Something that the base holds is read: it has to hold it in the output, too. */
function readFromBase(rewriter: Rewriter, entry: CallbackEntry, name: string, node: Node): void {
  const signed = name === "best" && rewriter.switches.get("MIXED");
  if (signed || !entry.attributes?.includes(name))
    throw new Unsupported(node, `\`${name}\` of \`${entry.name}\` is not supported yet`);
  if (name === "stopped_epoch") rewriter.switches.set("STOPPED_EPOCH", true);
  if (parametersOf(entry).has(name)) rewriter.helper(entry.name, [name]);
}

function checkSuper(name: string, node: Node, entry: CallbackEntry): void {
  if (name === "__init__") return;
  const call = node.parent;
  const given = call?.type === "Call" ? call.args.length : 0;
  const wanted = name.includes("epoch") || name.includes("batch") ? 2 : 1;
  if (!isHook(name) || given < wanted)
    throw new Unsupported(
      node,
      `this use of \`${entry.name}\` is not supported: only its hooks are there, with all that Keras gives them`,
    );
}

function isHook(name: string): boolean {
  return HOOKS[name] !== undefined || PREDICT_HOOKS[name] !== undefined;
}

function parametersOf(entry: CallbackEntry): ReadonlySet<string> {
  return new Set(parseSignature(entry.signatures.keras2 ?? "").parameters.map(({ name }) => name));
}

/** Attributes that the base keeps its state in. */
function internals(entry: CallbackEntry): ReadonlySet<string> {
  return new Set([
    ...parametersOf(entry),
    ...(entry.attributes ?? []),
    ..."sign best wait cooling batches epochs epoch best_weights writers stopped_epoch optimizer".split(" "),
  ]);
}

function boundIn(cls: ClassDef): ReadonlySet<string> {
  const names = new Set<string>();
  walk(cls, (node) => {
    if (node.type === "Attribute" && isTarget(node)) names.add(node.attr);
  });
  return names;
}

/** The call that an argument stands in. */
export function callOf(argument: Argument): Call | undefined {
  return argument.parent?.type === "Call" ? argument.parent : undefined;
}

/** Whether a value is an object of such a class. */
export function isDerived(rewriter: Rewriter, value: Value): boolean {
  return value.kind === "instance" && keptBase(rewriter, value.cls) !== undefined;
}
