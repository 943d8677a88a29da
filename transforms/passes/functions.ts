/** Calls of functions of Keras that stand by themselves. */
import type { Call } from "../../grammars/nodes.ts";
import { enclosingStatement } from "../../grammars/walk.ts";
import type { CallFact } from "../../src/analysis/machine.ts";
import { type ClassValue, join, type Value } from "../../src/analysis/values.ts";
import { Arguments, Unsupported } from "../arguments.ts";
import { callbackNamed, HOOKS } from "../callbacks.ts";
import { type FunctionEntry, functionConstructs } from "../functions.ts";
import type { Rewriter } from "../rewriter.ts";
import { removeArguments } from "./edit-call.ts";
import { loadsWhole } from "./persistence.ts";

/** Calls in the order of the source, the innermost first. */
export function rewriteFunctions(rewriter: Rewriter): void {
  const calls = [...rewriter.program.calls].sort(([a], [b]) => a.end - b.end || b.start - a.start);
  for (const [call, facts] of calls) {
    // A statement that is gone takes its calls with it.
    if (rewriter.edits.covers(call.start, call.end)) continue;
    const [fact] = facts as [CallFact, ...CallFact[]];
    const found = functionConstructs.get(fact.construct.path);
    if (found) rewriter.attempt("function", () => rewriteFunction(rewriter, call, facts, found.entry));
    // A callback for a model that stays Keras stays one of Keras's.
    else if (fact.construct.kind === "callback" && rewriter.left.size === 0)
      rewriter.attempt("callback", () => rewriteCallback(rewriter, call, facts));
  }
}

/** The arguments over all times that the call was reached. */
function joined(rewriter: Rewriter, facts: readonly CallFact[]): Arguments {
  const [first, ...rest] = facts as [CallFact, ...CallFact[]];
  const given = new Map(first.args.given);
  for (const fact of rest) {
    for (const [name, bound] of fact.args.given) {
      const before = given.get(name);
      if (before) given.set(name, { ...before, value: join(before.value, bound.value) });
    }
  }
  const args = { ...first.args, given };
  return new Arguments(args, first.call, rewriter.program.machine, (expr) => rewriter.source(expr));
}

function rewriteFunction(
  rewriter: Rewriter,
  call: Call,
  facts: readonly CallFact[],
  entry: FunctionEntry,
): void {
  const args = joined(rewriter, facts);
  const replacement = entry.replace(args, rewriter, call);
  const [fact] = facts as [CallFact];
  switch (replacement.kind) {
    case "done":
      return;
    case "unsupported":
      throw new Unsupported(call, replacement.reason);
    case "expression":
      rewriter.edits.absorb(rewriter.text, call.start, call.end);
      rewriter.edits.replace(call.start, call.end, replacement.text, "function");
      return;
    case "callee": {
      for (const name of fact.args.given.keys()) args.value(name);
      args.finish(fact.construct.path, new Set());
      const helper = rewriter.helper(replacement.helper, fact.args.given.keys());
      rewriter.edits.replace(call.func.start, call.func.end, helper, "function");
      for (const [name, bound] of fact.args.given) {
        const node = bound.node;
        if (node?.name && node.name !== name)
          rewriter.edits.replace(node.start, node.start + node.name.length, name, "function");
      }
      return;
    }
    case "remove": {
      const statement = enclosingStatement(call);
      if (statement?.type !== "ExprStmt" || statement.value !== call) {
        throw new Unsupported(
          call,
          `what \`${rewriter.text.slice(call.func.start, call.func.end)}\` returns has no meaning in PyTorch`,
        );
      }
      if (replacement.note !== undefined) rewriter.note(call, "left-out", replacement.note);
      rewriter.removeStatement(statement, "function");
    }
  }
}

/** What the callbacks of the script have in common: hooks, and whether their values should grow. */
export function setCallbacks(rewriter: Rewriter): void {
  const rising = new Set<boolean | undefined>();
  for (const facts of rewriter.program.calls.values()) {
    const [fact] = facts as [CallFact];
    const entry =
      fact.construct.kind === "callback"
        ? callbackNamed(fact.construct.path.slice("keras.callbacks.".length))
        : undefined;
    if (!entry) continue;
    const args = joined(rewriter, facts);
    if (entry.monitors) rising.add(rises(args));
    for (const hook of entry.hooks) rewriter.switches.set(hook, true);
    const restores = args.value("restore_best_weights");
    if (restores.kind !== "none" && !(restores.kind === "bool" && !restores.value))
      rewriter.switches.set("ON_TRAIN_END", true);
  }
  for (const { members } of callbackClasses(rewriter)) {
    for (const name of members.values.keys()) if (HOOKS[name]) rewriter.switches.set(HOOKS[name], true);
  }
  rewriter.switches.set("LEARNING_RATE_KEY", rewriter.program.version === "keras3");
  rewriter.switches.set("MIXED", rising.size > 1 || rising.has(undefined));
  rewriter.switches.set("RISING", rising.size === 1 && rising.has(true));
}

function callbackClasses(rewriter: Rewriter): ClassValue[] {
  const { machine, registry } = rewriter.program;
  return [...machine.prototypes.values()]
    .map((prototype) => prototype.cls)
    .filter((cls) =>
      cls.bases.some(
        (base) => base.kind === "ref" && registry.canonical(base.path) === "keras.callbacks.Callback",
      ),
    );
}

/** Classes of the script that derive from Keras's `Callback` derive from the helper of that name. */
export function rewriteCallbackClasses(rewriter: Rewriter): void {
  for (const cls of callbackClasses(rewriter)) {
    rewriter.attempt("callback", () => {
      for (const [name, member] of cls.members.values) {
        const batches = name.startsWith("on_") && !HOOKS[name] && member.kind === "function";
        if (batches)
          throw new Unsupported(member.node, `the hook \`${name}\` of a callback is not supported yet`);
      }
      for (const base of cls.node.bases) {
        const value = rewriter.program.valueOf(base.value);
        if (
          value?.kind !== "ref" ||
          rewriter.program.registry.canonical(value.path) !== "keras.callbacks.Callback"
        )
          continue;
        rewriter.edits.replace(base.start, base.end, rewriter.helper("Callback"), "callback");
      }
    });
  }
}

/** The number of arguments that a schedule of learning rates takes; undefined where it is not known. */
function arity(value: Value): number | undefined {
  if (value.kind !== "function") return undefined;
  return value.node.params.length - (value.self ? 1 : 0);
}

/** Whether the monitored value should grow, as Keras decides it; undefined where only the run can tell. */
function rises(args: Arguments): boolean | undefined {
  const [mode, monitor] = [args.value("mode"), args.value("monitor")];
  if (mode.kind === "str" && mode.value === "max") return true;
  if (mode.kind === "str" && mode.value === "min") return false;
  if (monitor.kind !== "str") return undefined;
  return ["acc", "accuracy", "auc"].some((ending) => monitor.value.endsWith(ending));
}

function rewriteCallback(rewriter: Rewriter, call: Call, facts: readonly CallFact[]): void {
  const [fact] = facts as [CallFact];
  const name = fact.construct.path.slice("keras.callbacks.".length);
  const entry = callbackNamed(name);
  if (!entry) throw new Unsupported(call, `the callback \`${name}\` is not supported yet`);
  const args = joined(rewriter, facts);
  for (const given of fact.args.given.keys()) args.value(given);
  args.finish(name, new Set(entry.drops));
  if (entry.saves) {
    rewriter.switches.set("WHOLE_MODULE", loadsWhole(rewriter));
    if (args.value("save_freq").kind !== "str") {
      throw new Unsupported(
        args.argument("save_freq") ?? call,
        "`save_freq` in batches is not supported yet",
      );
    }
  }
  if (name === "LearningRateScheduler") {
    const taken = arity(args.value("schedule"));
    if (taken !== 1 && taken !== 2)
      throw new Unsupported(call, "which arguments this schedule takes is not known");
    const before = rewriter.switches.get("SCHEDULE_TAKES_RATE");
    if (before !== undefined && before !== (taken === 2))
      throw new Unsupported(call, "schedules of both kinds in one script are not supported yet");
    rewriter.switches.set("SCHEDULE_TAKES_RATE", taken === 2);
  }
  const drops = new Set(entry.drops);
  // Where all values should grow, or none, the class says which, not each call.
  if (!rewriter.switches.get("MIXED")) drops.add("mode");
  const helper = rewriter.helper(
    name,
    [...fact.args.given.keys()].filter((given) => !drops.has(given)),
  );
  rewriter.edits.replace(call.func.start, call.func.end, helper, "callback");
  const removed = new Set(
    [...fact.args.given].flatMap(([given, { node }]) => (drops.has(given) && node ? [node] : [])),
  );
  for (const [given, { node }] of fact.args.given) {
    // After an argument that goes, those given by position need their names.
    if (node && node.name === null && !removed.has(node) && removed.size > 0)
      rewriter.edits.insert(node.start, `${given}=`, "callback");
  }
  removeArguments(rewriter, call, removed);
}
