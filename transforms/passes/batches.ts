/** Data that come batch by batch: what the loop needs for them. */
import type { Expr, FunctionDef, Lambda } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives, type Batches, type Instance, UNKNOWN, type Value } from "../../src/analysis/values.ts";
import { IMAGE_BATCHES } from "../images.ts";
import { ENDLESS, ENDLESS_STREAM, isLoader, ROWS } from "../pipelines.ts";
import type { Rewriter } from "../rewriter.ts";
import { isIterated } from "./image-batches.ts";
import { isLooped } from "./pipelines.ts";

/** How a call of `fit`, `evaluate` or `predict` is fed. */
export type Feed = "arrays" | "batches" | "unknown";

/** Classes of Keras whose subclasses give batches by their index. */
const SEQUENCES = new Set(["keras.utils.Sequence", "keras.utils.PyDataset"]);

/** An object of a class of the script that derives from Keras's `Sequence`. */
export function isSequence(rewriter: Rewriter, value: Value): value is Instance {
  return value.kind === "instance" && sequenceBase(rewriter, value.cls);
}

function sequenceBase(rewriter: Rewriter, cls: Instance["cls"]): boolean {
  return cls.bases.some((base) =>
    base.kind === "class"
      ? sequenceBase(rewriter, base)
      : base.kind === "ref" && SEQUENCES.has(rewriter.program.registry.canonical(base.path)),
  );
}

/** Classes that derive from Keras's `Sequence` derive from PyTorch's `Dataset`: an item is a batch. */
export function rewriteSequences(rewriter: Rewriter): void {
  const { machine, registry } = rewriter.program;
  for (const { cls } of machine.prototypes.values()) {
    for (const base of cls.node.bases) {
      const value = rewriter.program.valueOf(base.value);
      if (value?.kind !== "ref" || !SEQUENCES.has(registry.canonical(value.path))) continue;
      rewriter.edits.replace(base.start, base.end, rewriter.use("torch.utils.data.Dataset"), "sequence");
    }
  }
  for (const [node, value] of machine.values) {
    if (!alternatives(value).some((one) => isSequence(rewriter, one)) || !isIterated(node)) continue;
    // A Dataset has no end by itself.
    if (node.type === "Name" && isLooped(node) && rewriter.program.version !== "keras3") {
      const name = rewriter.source(node);
      rewriter.edits.replace(node.start, node.end, `(${name}[i] for i in range(len(${name})))`, "sequence");
    } else
      rewriter.report(
        node,
        "sequence",
        "a loop over a `Sequence` is not supported yet",
        "Loop over its indices.",
      );
  }
}

/** What one batch is, for every kind of batches that a value may be; undefined where that is not known. */
export function batchesIn(rewriter: Rewriter, value: Value): (Value | undefined)[] {
  return alternatives(value).map((one) => {
    if (one.kind === "batches") return one.element;
    if (!isSequence(rewriter, one)) return undefined;
    const member = methodOf(one.cls, "__getitem__");
    return member && rewriter.program.machine.results.get(member);
  });
}

function methodOf(cls: Instance["cls"], name: string): FunctionDef | Lambda | undefined {
  const member = cls.members.values.get(name);
  if (member?.kind === "function") return member.node;
  for (const base of cls.bases) {
    const found = base.kind === "class" ? methodOf(base, name) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** Whether a value is batches, and not an array. */
export function isBatches(rewriter: Rewriter, value: Value | undefined): boolean {
  return (
    value !== undefined &&
    alternatives(value).every(
      (one) => (one.kind === "batches" && one.made !== ROWS) || isSequence(rewriter, one),
    )
  );
}

export function feedOf(rewriter: Rewriter, use: ModelUse): Feed {
  const x = use.args?.given.get("x")?.value;
  if (isBatches(rewriter, x)) return "batches";
  const kinds = x ? alternatives(x) : [];
  if (kinds.some((one) => one.kind === "batches" || one.kind === "object" || isSequence(rewriter, one)))
    return "unknown";
  return use.name.endsWith("_generator") ? "unknown" : "arrays";
}

/** Whether batches go on for ever by themselves. */
export function isEndless({ made }: Batches): boolean {
  return made === ENDLESS || made === ENDLESS_STREAM;
}

interface Source {
  readonly value: Value;
  readonly training: boolean;
  readonly bySamples?: boolean;
}

/** Sets what the loop needs, if any of the calls is fed with batches. */
export function setBatches(rewriter: Rewriter, uses: readonly ModelUse[]): void {
  const set = (name: string, on: boolean) => {
    if (on) rewriter.switches.set(name, true);
  };
  const given = (use: ModelUse, name: string) => use.args?.given.get(name)?.value;
  const counts = (use: ModelUse, name: string) =>
    (given(use, name)?.kind ?? "none") !== "none" &&
    isBatches(rewriter, given(use, COUNTS[name] ?? "")) &&
    !isLength(rewriter, use, name);
  const sources: Source[] = [];
  const loops = uses.filter((use) => LOOPS.has(use.name));
  const predictions = uses.filter((use) => PREDICTIONS.has(use.name));
  const batched = (use: ModelUse) =>
    feedOf(rewriter, use) === "batches" || isBatches(rewriter, given(use, "validation_data"));
  const any = loops.some(batched);
  set("BATCHES", any);
  for (const use of any ? loops : []) {
    const x = given(use, "x");
    if (x)
      sources.push({
        value: x,
        training: use.name.startsWith("fit"),
        bySamples: use.args?.given.has("samples_per_epoch") ?? false,
      });
    const validation = given(use, "validation_data");
    if (validation && validation.kind !== "none") sources.push({ value: validation, training: false });
    for (const name of ["steps_per_epoch", "validation_steps", "steps"]) set("STEPS", counts(use, name));
    set("EVALUATE_STEPS", counts(use, "steps"));
    set("SAMPLES", use.args?.given.has("samples_per_epoch") ?? false);
    set(
      "SAMPLES",
      ["nb_val_samples", "val_samples"].some((name) => use.args?.given.has(name)),
    );
  }
  const predicted = predictions.filter((use) => feedOf(rewriter, use) === "batches");
  set("PREDICT_BATCHES", predicted.length > 0);
  // Arrays become batches of one part.
  const arrays = predicted.length > 0 && predicted.length < predictions.length;
  set("PREDICT_PAIRS", arrays);
  if (arrays) sources.push({ value: UNKNOWN, training: false });
  for (const use of predicted) {
    const x = given(use, "x") as Value;
    sources.push({ value: x, training: false });
    for (const name of ["STEPS", "PREDICT_STEPS"]) set(name, counts(use, "steps"));
    set("SAMPLES", use.args?.given.has("val_samples") ?? false);
    for (const batch of batchesIn(rewriter, x)) {
      const pair = batch?.kind === "tuple" || batch?.kind === "list";
      set("PREDICT_PAIRS", pair || batch === undefined);
      set("PREDICT_INPUTS", !pair);
    }
  }
  // Keras 1 asks for the next batch, and the order is made anew when all have been had.
  if (rewriter.switches.get("SAMPLES")) rewriter.switches.set("IMAGES_NEXT", true);
  setSources(rewriter, sources);
}

const LOOPS = new Set(["fit", "fit_generator", "evaluate", "evaluate_generator"]);
export const PREDICTIONS = new Set([
  "predict",
  "predict_generator",
  "predict_classes",
  "predict_proba",
  "predict_on_batch",
]);

function setSources(rewriter: Rewriter, sources: readonly Source[]): void {
  for (const { value, training, bySamples } of sources) {
    for (const one of alternatives(value)) {
      if (training && one.kind === "batches" && isEndless(one)) rewriter.switches.set("ENDLESS", true);
      const indexed = isSequence(rewriter, one) || (one.kind === "batches" && one.indexed);
      rewriter.switches.set(indexed ? "INDEXED_BATCHES" : "ITERATED_BATCHES", true);
      if (bySamples) continue;
      const ends = hasEnd(rewriter, one, training);
      const name = training ? "EPOCH_END" : "VALIDATION_END";
      rewriter.switches.set(ends ? name : `${name}_MIXED`, true);
    }
  }
}

/** Whether something happens to the batches at the end of an epoch. */
function hasEnd(rewriter: Rewriter, value: Value, training: boolean): boolean {
  if (isSequence(rewriter, value)) return methodOf(value.cls, "on_epoch_end") !== undefined;
  if (value.kind !== "batches" || value.made !== IMAGE_BATCHES) return false;
  // A new order matters to training only.
  const shuffle = value.args?.given.get("shuffle")?.value;
  return training && !(shuffle?.kind === "bool" && !shuffle.value);
}

export function isZero(value: Value): boolean {
  return value.kind === "num" && value.value === 0;
}

/** Whether a batch has a weight for each sample, as its third part. */
export function isWeighted(batch: Value | undefined): boolean {
  const [parts, open] = batch?.kind === "tuple" || batch?.kind === "list" ? [batch.elements, batch.open] : [];
  const weights = parts?.[2];
  if (parts?.length !== 3 || open || !weights) return false;
  return alternatives(weights).every(
    (one) => one.kind !== "array" || (one.shape?.length ?? 1) === 1 || one.shape?.at(-1)?.value === 1,
  );
}

/** What each argument counts the batches of. */
const COUNTS: Record<string, string> = {
  steps_per_epoch: "x",
  validation_steps: "validation_data",
  steps: "x",
};

/** Whether a number of steps is written as the length of the very data set: it says nothing then. */
export function isLength(rewriter: Rewriter, use: ModelUse, steps: string): boolean {
  const data = use.args?.given.get(COUNTS[steps] ?? "");
  const count = use.args?.given.get(steps)?.expr;
  if (!data?.expr || !alternatives(data.value).every((one) => isLoader(one))) return false;
  const text = (node: Expr) => rewriter.text.slice(node.start, node.end);
  const counted = count?.type === "Call" && text(count.func) === "len" && count.args[0]?.value;
  return counted ? text(counted) === text(data.expr) : false;
}
