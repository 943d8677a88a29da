/** Callbacks: Keras's own become helper classes, those of the script derive from the helper of that name. */
import type { Attribute, Call, ClassDef, FunctionDef, Node } from "../../grammars/nodes.ts";
import { isTarget, walk } from "../../grammars/walk.ts";
import type { CallFact } from "../../src/analysis/machine.ts";
import { alternatives, type ClassValue, type Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type CallbackEntry, callbackNamed, HOOKS, PREDICT_HOOKS } from "../callbacks.ts";
import type { Rewriter } from "../rewriter.ts";
import { rises, settle } from "./callback-arguments.ts";
import { callOf, checkDerived, keptBase, type Making, makingsOf } from "./derived-callbacks.ts";
import { removeArguments } from "./edit-call.ts";
import { scheduleArity } from "./epoch-schedules.ts";
import { joined } from "./functions.ts";
import { requireParams } from "./history.ts";
import { loadsWhole } from "./persistence.ts";

const RULE = "callback";
const BASE = "keras.callbacks.Callback";

function entryOf(fact: CallFact): CallbackEntry | undefined {
  return fact.construct.kind === "callback"
    ? callbackNamed(fact.construct.path.slice("keras.callbacks.".length))
    : undefined;
}

/** What the callbacks of the script have in common: hooks, and whether their values should grow. */
export function setCallbacks(rewriter: Rewriter): void {
  const rising = new Set<boolean | undefined>();
  const { switches } = rewriter;
  const predicts = predictsWithCallbacks(rewriter);
  const hook = (name: string) => {
    const wanted = HOOKS[name] ?? (predicts ? PREDICT_HOOKS[name] : undefined);
    if (wanted) switches.set(wanted, true);
    // What a batch of an evaluation gives is worked out as in training.
    if (name === "on_test_batch_end") switches.set("ON_BATCH_END", true);
    if (name.startsWith("on_train_batch_")) switches.set("TRAIN_BATCH_HOOKS", true);
  };
  const use = (entry: CallbackEntry, args: Arguments, { given }: CallFact["args"]) => {
    if (scheduleArity(rewriter, args) === 2) switches.set("SCHEDULE_TAKES_RATE", true);
    if (entry.monitors) rising.add(rises(args, entry, rewriter.program.version === "keras3"));
    for (const name of entry.hooks) hook(name);
    for (const name of given.keys()) {
      hook(name);
      const value = args.value(name);
      const off = value.kind === "none" || value.kind === "str" || (value.kind === "bool" && !value.value);
      for (const needed of (!off && entry.hooksOf?.[name]) || []) hook(needed);
    }
  };
  for (const facts of rewriter.program.calls.values()) {
    const [fact] = facts as [CallFact];
    const entry = entryOf(fact);
    if (entry) use(entry, joined(rewriter, facts), fact.args);
  }
  const classes = callbackClasses(rewriter);
  for (const { entry, call, args } of makingsOf(rewriter, classes))
    use(entry, rewriter.arguments(args, call), args);
  for (const { members } of classes) for (const name of members.values.keys()) hook(name);
  switches.set("HISTORY_GOES_ON", goesOn(rewriter));
  switches.set("LEARNING_RATE_KEY", rewriter.program.version === "keras3");
  switches.set("MIXED", rising.size > 1 || rising.has(undefined));
  switches.set("RISING", rising.size === 1 && rising.has(true));
}

/** Whether a `History` may be given to several calls of `fit`: since Keras 2 it then has the values of all. */
function goesOn({ program }: Rewriter): boolean {
  const all = [...program.calls.values()].flat();
  if (program.version === "keras1") return false;
  if (!all.some(({ construct }) => construct.path === "keras.callbacks.History")) return false;
  const fits = all.filter(
    ({ construct, args }) =>
      construct.path.startsWith("Model.fit") &&
      (args.given.get("callbacks")?.value.kind ?? "none") !== "none",
  );
  return fits.length !== 1 || fits.some(({ call, owner }) => owner !== undefined || isInLoop(call));
}

function isInLoop(node: Node): boolean {
  for (let at = node.parent; at; at = at.parent) if (at.type === "For" || at.type === "While") return true;
  return false;
}

/** Whether some `predict` is given callbacks. */
function predictsWithCallbacks(rewriter: Rewriter): boolean {
  return [...rewriter.program.calls.values()]
    .flat()
    .some(
      ({ construct, args }) =>
        construct.path.startsWith("Model.predict") &&
        (args.given.get("callbacks")?.value.kind ?? "none") !== "none",
    );
}

/** Classes of the script that derive from Keras's `Callback`, at whatever remove. */
function callbackClasses(rewriter: Rewriter): ClassValue[] {
  return [...rewriter.program.machine.prototypes.values()]
    .map((prototype) => prototype.cls)
    .filter((cls) => isCallback(rewriter, cls));
}

function isCallback(rewriter: Rewriter, cls: ClassValue): boolean {
  return (
    keptBase(rewriter, cls) !== undefined ||
    cls.bases.some((base) => isBase(rewriter, base) || (base.kind === "class" && isCallback(rewriter, base)))
  );
}

function isBase(rewriter: Rewriter, value: Value | undefined): boolean {
  return value?.kind === "ref" && rewriter.program.registry.canonical(value.path) === BASE;
}

/** Whether an expression is the model of a callback of the script, `self.model`. */
export function isModelOfCallback(rewriter: Rewriter, node: Node): node is Attribute {
  if (node.type !== "Attribute" || node.attr !== "model") return false;
  const owner = rewriter.program.valueOf(node.value);
  return owner?.kind === "instance" && isCallback(rewriter, owner.cls);
}

/** Classes of the script that derive from Keras's `Callback` derive from the helper of that name. */
export function rewriteCallbackClasses(rewriter: Rewriter): void {
  const classes = callbackClasses(rewriter);
  for (const cls of classes) rewriter.attempt(RULE, () => checkClass(rewriter, cls.node));
  for (const cls of classes) rewriter.attempt(RULE, () => deriveFromHelper(rewriter, cls));
  for (const making of makingsOf(rewriter, classes))
    rewriter.attempt(RULE, () => rewriteMaking(rewriter, making));
  // Whatever else names the class, such as `Callback.__init__(self)`.
  walk(rewriter.program.module, (node) => {
    if (node.type === "Import" || node.type === "ImportFrom") return false;
    if (node.type !== "Name" && node.type !== "Attribute") return true;
    if (isTarget(node) || !isBase(rewriter, rewriter.program.valueOf(node))) return true;
    rewriter.edits.replace(node.start, node.end, rewriter.helper("Callback"), RULE);
    return false;
  });
}

/** `class Patient(EarlyStopping)` derives from the helper of that name. */
function deriveFromHelper(rewriter: Rewriter, cls: ClassValue): void {
  const entry = keptBase(rewriter, cls);
  if (!entry) return;
  checkDerived(rewriter, cls);
  const [base] = cls.node.bases;
  if (base) rewriter.edits.replace(base.start, base.end, rewriter.helper(entry.name), RULE);
}

/** What a class gives its base of Keras: the arguments that the helper has not go where they are written. */
function rewriteMaking(rewriter: Rewriter, { entry, call, args }: Making): void {
  if (entry.saves && loadsWhole(rewriter))
    throw new Unsupported(
      call,
      "a class over `ModelCheckpoint` beside `load_model` is not supported yet: what its files hold is not followed",
    );
  const drops = settle(rewriter, entry, rewriter.arguments(args, call), args, call);
  const kept = [...args.given.keys()].filter((given) => !drops.has(given));
  rewriter.helper(entry.name, kept);
  const removed = [...args.given].flatMap(([given, { node }]) => (drops.has(given) && node ? [node] : []));
  for (const [given, { node }] of args.given) {
    if (!node || removed.includes(node)) continue;
    if (node.name === null && removed.some((gone) => gone.start < node.start))
      throw new Unsupported(node, `give \`${given}\` by its name: an argument before it is left out`);
    if (node.name !== null && node.name !== given)
      rewriter.edits.replace(node.start, node.start + node.name.length, given, RULE);
  }
  for (const node of removed) {
    const owner = callOf(node);
    if (!owner || rewriter.edits.covers(node.start, node.end)) continue;
    removeArguments(rewriter, owner, new Set(removed.filter((one) => callOf(one) === owner)));
  }
}

/** Reports what Keras gives to a callback and `fit` does not, and the hooks that it does not call. */
function checkClass(rewriter: Rewriter, cls: ClassDef): void {
  for (const member of cls.body) {
    if (member.type !== "FunctionDef" || HOOKS[member.name]) continue;
    if (PREDICT_HOOKS[member.name]) {
      checkPredictHook(rewriter, member);
      continue;
    }
    if (member.name.startsWith("on_") || member.name === "set_model" || member.name === "set_params")
      throw new Unsupported(member, `the hook \`${member.name}\` of a callback is not supported yet`);
  }
  walk(cls, (node) => {
    if (node.type !== "Attribute" || node.value.type !== "Name" || node.value.id !== "self") return;
    if (node.attr === "validation_data" && !bindsAttribute(cls, node.attr))
      throw new Unsupported(
        node,
        "`validation_data` of a callback is not supported",
        "Give it to `__init__`.",
      );
    if (node.attr === "params" && !bindsAttribute(cls, node.attr)) {
      requireParams(rewriter, node);
      rewriter.switches.set("CALLBACK_PARAMS", true);
    }
  });
}

/** Keras gives `on_predict_batch_end` the outputs of the batch. */
function checkPredictHook(rewriter: Rewriter, member: FunctionDef): void {
  const logs = member.params[2]?.name;
  if (member.name !== "on_predict_batch_end" || !predictsWithCallbacks(rewriter)) return;
  walk(member, (node) => {
    if (node.type === "Name" && node.id === logs)
      throw new Unsupported(
        node,
        "the outputs in the `logs` of `on_predict_batch_end` are not supported yet",
      );
  });
}

function bindsAttribute(cls: ClassDef, name: string): boolean {
  let found = false;
  walk(cls, (node) => {
    found ||= node.type === "Attribute" && node.attr === name && isTarget(node);
  });
  return found;
}

export function rewriteCallback(rewriter: Rewriter, call: Call, facts: readonly CallFact[]): void {
  const [fact] = facts as [CallFact];
  const entry = entryOf(fact);
  const name = fact.construct.path.slice("keras.callbacks.".length);
  if (!entry) throw new Unsupported(call, `the callback \`${name}\` is not supported yet`);
  const drops = settle(rewriter, entry, joined(rewriter, facts), fact.args, call);
  const helper = rewriter.helper(
    name,
    [...fact.args.given.keys()].filter((given) => !drops.has(given)),
  );
  rewriter.edits.replace(call.func.start, call.func.end, helper, RULE);
  const removed = new Set(
    [...fact.args.given].flatMap(([given, { node }]) => (drops.has(given) && node ? [node] : [])),
  );
  for (const [given, { node }] of fact.args.given) {
    if (!node || removed.has(node)) continue;
    // After an argument that goes, those given by position need their names.
    if (node.name === null && [...removed].some((gone) => gone.start < node.start))
      rewriter.edits.insert(node.start, `${given}=`, RULE);
    else if (node.name !== null && node.name !== given)
      rewriter.edits.replace(node.start, node.start + node.name.length, given, RULE);
  }
  removeArguments(rewriter, call, removed);
}

/** What the script reads of a callback of Keras's after training. */
export function checkCallbackReads(rewriter: Rewriter): void {
  for (const node of rewriter.program.machine.values.keys()) {
    if (node.type !== "Attribute") continue;
    const owner = rewriter.program.valueOf(node.value);
    for (const one of owner ? alternatives(owner) : []) {
      if (one.kind !== "object" || one.construct.kind !== "callback") continue;
      const entry = callbackNamed(one.construct.path.slice("keras.callbacks.".length));
      if (!entry) continue;
      const signed = node.attr === "best" && rewriter.switches.get("MIXED");
      if (node.attr === "stopped_epoch") rewriter.switches.set("STOPPED_EPOCH", true);
      if (signed || isTarget(node) || !entry.attributes?.includes(node.attr))
        rewriter.report(node, RULE, `\`${node.attr}\` of \`${entry.name}\` is not supported yet`);
    }
  }
}
