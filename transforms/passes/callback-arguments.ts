/** What callbacks of Keras are given: what their classes in the output have to do, and what goes. */
import type { Call } from "../../grammars/nodes.ts";
import type { CallFact } from "../../src/analysis/machine.ts";
import type { Value } from "../../src/analysis/values.ts";
import type { Arguments } from "../arguments.ts";
import type { CallbackEntry } from "../callbacks.ts";
import type { Rewriter } from "../rewriter.ts";
import { settleSchedule } from "./epoch-schedules.ts";
import { loadsWhole } from "./persistence.ts";

/** Checks what a callback is given, and sets what its class has to do: the arguments that it takes no longer. */
export function settle(
  rewriter: Rewriter,
  entry: CallbackEntry,
  args: Arguments,
  { given: all }: CallFact["args"],
  call: Call,
): ReadonlySet<string> {
  const { name } = entry;
  for (const given of all.keys()) if (!entry.rejects?.includes(given)) args.value(given);
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
  return drops;
}

/** Whether the monitored value should grow, as Keras decides it; undefined where only the run can tell. */
export function rises(args: Arguments, entry: CallbackEntry, keras3: boolean): boolean | undefined {
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
