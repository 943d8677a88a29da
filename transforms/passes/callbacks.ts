/** Callbacks: Keras's own become helper classes, those of the script derive from the helper of that name. */
import type { Attribute, Call, ClassDef, FunctionDef, Node } from "../../grammars/nodes.ts";
import { isTarget, walk } from "../../grammars/walk.ts";
import type { CallFact } from "../../src/analysis/machine.ts";
import { alternatives, type ClassValue, type Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type CallbackEntry, callbackNamed, HOOKS, PREDICT_HOOKS } from "../callbacks.ts";
import type { Rewriter } from "../rewriter.ts";
import { removeArguments } from "./edit-call.ts";
import { scheduleArity, settleSchedule } from "./epoch-schedules.ts";
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
  for (const facts of rewriter.program.calls.values()) {
    const [fact] = facts as [CallFact];
    const entry = entryOf(fact);
    if (!entry) continue;
    const args = joined(rewriter, facts);
    if (scheduleArity(rewriter, args) === 2) switches.set("SCHEDULE_TAKES_RATE", true);
    if (entry.monitors) rising.add(rises(args, entry, rewriter.program.version === "keras3"));
    for (const name of entry.hooks) hook(name);
    for (const name of fact.args.given.keys()) {
      hook(name);
      const value = args.value(name);
      const off = value.kind === "none" || value.kind === "str" || (value.kind === "bool" && !value.value);
      for (const needed of (!off && entry.hooksOf?.[name]) || []) hook(needed);
    }
  }
  for (const { members } of callbackClasses(rewriter)) for (const name of members.values.keys()) hook(name);
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
  return cls.bases.some(
    (base) => isBase(rewriter, base) || (base.kind === "class" && isCallback(rewriter, base)),
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
  for (const cls of callbackClasses(rewriter)) rewriter.attempt(RULE, () => checkClass(rewriter, cls.node));
  // Whatever else names the class, such as `Callback.__init__(self)`.
  walk(rewriter.program.module, (node) => {
    if (node.type === "Import" || node.type === "ImportFrom") return false;
    if (node.type !== "Name" && node.type !== "Attribute") return true;
    if (isTarget(node) || !isBase(rewriter, rewriter.program.valueOf(node))) return true;
    rewriter.edits.replace(node.start, node.end, rewriter.helper("Callback"), RULE);
    return false;
  });
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

/** Whether the monitored value should grow, as Keras decides it; undefined where only the run can tell. */
function rises(args: Arguments, entry: CallbackEntry, keras3: boolean): boolean | undefined {
  const [mode, monitor] = [args.value("mode"), args.value("monitor")];
  if (mode.kind === "str" && mode.value === "max") return true;
  if (mode.kind === "str" && mode.value === "min") return false;
  if (monitor.kind !== "str") return undefined;
  const name = monitor.value;
  const measure = name.startsWith("val_") ? name.slice("val_".length) : name;
  if (keras3 && entry.name === "EarlyStopping" && RISING_IN_KERAS3.has(measure)) return true;
  return entry.name === "EarlyStopping"
    ? ["acc", "accuracy", "auc"].some((ending) => name.endsWith(ending))
    : name.includes("acc") || (entry.name === "ModelCheckpoint" && name.startsWith("fmeasure"));
}

/** Names of metrics of which Keras 3 knows that they should grow. */
const RISING_IN_KERAS3 = new Set(["precision", "recall", "f1_score", "r2_score", "cosine_similarity"]);

export function rewriteCallback(rewriter: Rewriter, call: Call, facts: readonly CallFact[]): void {
  const [fact] = facts as [CallFact];
  const entry = entryOf(fact);
  const name = fact.construct.path.slice("keras.callbacks.".length);
  if (!entry) throw new Unsupported(call, `the callback \`${name}\` is not supported yet`);
  const args = joined(rewriter, facts);
  for (const given of fact.args.given.keys()) if (!entry.rejects?.includes(given)) args.value(given);
  args.finish(name, new Set(entry.drops));
  const drops = new Set([...entry.drops, ...(entry.rejects ?? [])]);
  if (entry.saves) {
    const kinds = loadsWhole(rewriter) ? kindsSaved(rewriter) : new Set();
    rewriter.switches.set("WHOLE", kinds.has("whole"));
    rewriter.switches.set("BOTH", kinds.size > 1);
    if (kinds.size < 2) drops.add("save_weights_only");
    const frequency = args.value("save_freq");
    if (frequency.kind === "str") drops.add("save_freq");
    else if (frequency.kind === "num") rewriter.switches.set("SAVES_BY_BATCHES", true);
    else if (args.has("save_freq")) throw args.unknown("save_freq");
  }
  if (name === "CSVLogger" && fitsWithoutValidation(rewriter))
    rewriter.note(
      call,
      "left-out",
      "where nothing is validated Keras adds columns of validation that say NA: they are left out",
    );
  for (const [argument, what] of Object.entries(entry.leavesOut ?? {})) {
    const node = args.argument(argument);
    if (node && asksForMore(args.value(argument)))
      rewriter.note(node, "left-out", `\`${argument}\` is left out: ${what} are not written`);
  }
  if (args.value("histogram_freq").kind === "num" && !asksForMore(args.value("histogram_freq")))
    drops.add("histogram_freq");
  if (name === "LearningRateScheduler") settleSchedule(rewriter, args, call);
  // Where all values should grow, or none, the class says which, not each call.
  if (!rewriter.switches.get("MIXED")) drops.add("mode");
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

/** What the script's checkpoints hold, where models are read back as a whole. */
function kindsSaved({ program }: Rewriter): ReadonlySet<"weights" | "whole"> {
  const facts = [...program.calls.values()].flat();
  const saving = facts.filter(({ construct }) => construct.path === "keras.callbacks.ModelCheckpoint");
  return new Set(
    saving.map(({ args }) => {
      const value = args.given.get("save_weights_only")?.value;
      return value?.kind === "bool" && value.value ? "weights" : "whole";
    }),
  );
}

/** Whether an argument of TensorBoard has something written beside the values of each epoch. */
function asksForMore(value: Value): boolean {
  if (value.kind === "bool" || value.kind === "num") return Boolean(value.value ?? true);
  return value.kind !== "none" && !(value.kind === "str" && value.value === "epoch");
}

/** Whether some `fit` has callbacks and no validation. */
function fitsWithoutValidation({ program }: Rewriter): boolean {
  const given = (fact: CallFact, name: string) =>
    (fact.args.given.get(name)?.value.kind ?? "none") !== "none";
  return [...program.calls.values()]
    .flat()
    .some(
      (fact) =>
        fact.construct.path.startsWith("Model.fit") &&
        given(fact, "callbacks") &&
        !given(fact, "validation_data") &&
        !given(fact, "validation_split"),
    );
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
