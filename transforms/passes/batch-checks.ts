/** Reports what is not known of data that come batch by batch. */
import type { Call } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { isLoader } from "../pipelines.ts";
import type { Rewriter } from "../rewriter.ts";
import { batchesIn, isBatches, isEndless, isLength, isWeighted, isZero, PREDICTIONS } from "./batches.ts";

/** Reports what is not known of a call that is fed with batches. */
export function checkBatches(rewriter: Rewriter, use: ModelUse & { call: Call }, args: Arguments): void {
  const predicts = PREDICTIONS.has(use.name);
  for (const name of ["y", "batch_size", "validation_split", "sample_weight"])
    if (args.has(name) && !args.isNone(name) && !isZero(args.value(name)))
      throw new Unsupported(
        args.argument(name) ?? use.call,
        `\`${name}\` beside a generator is not supported`,
      );
  checkElements(rewriter, args, "x", use, predicts);
  checkSteps(
    rewriter,
    args,
    "x",
    use,
    predicts || use.name.startsWith("evaluate") ? "steps" : "steps_per_epoch",
  );
  if (rewriter.switches.get("BATCH_METRICS"))
    throw new Unsupported(use.call, "this metric is not supported with batches of a generator yet");
  if (predicts || !args.has("validation_data") || args.isNone("validation_data")) return;
  const validation = args.value("validation_data");
  if (isBatches(rewriter, validation)) checkValidation(rewriter, use, args);
  else if (validation.kind !== "tuple" || validation.open || ![2, 3].includes(validation.elements.length))
    throw new Unsupported(
      args.argument("validation_data") ?? use.call,
      "this `validation_data` is not known to be batches or a pair of arrays",
    );
  else if (!args.isNone("validation_steps") && rewriter.program.version === "keras3")
    throw new Unsupported(use.call, "`validation_steps` for arrays beside a generator is not supported yet");
}

/** Reports what is not known of batches to validate with. */
export function checkValidation(rewriter: Rewriter, use: ModelUse & { call: Call }, args: Arguments): void {
  checkFrequency(use, args);
  if (!isBatches(rewriter, args.value("validation_data"))) return;
  checkElements(rewriter, args, "validation_data", use, false);
  checkSteps(rewriter, args, "validation_data", use, "validation_steps");
}

/** Between which epochs there are no validation values, which callbacks that watch them then do without in Keras. */
function checkFrequency(use: ModelUse & { call: Call }, args: Arguments): void {
  const name = "validation_freq";
  if (!args.has(name)) return;
  const every = alternatives(args.value(name));
  if (!every.every(({ kind }) => kind === "num")) throw args.unknown(name);
  if (every.every((one) => one.kind === "num" && one.value === 1)) return;
  if (args.isGiven(name) && args.isGiven("callbacks"))
    throw new Unsupported(
      args.argument(name) ?? use.call,
      "`validation_freq` beside callbacks is not supported yet",
    );
}

function checkElements(
  rewriter: Rewriter,
  args: Arguments,
  name: string,
  use: ModelUse,
  alone: boolean,
): void {
  for (const batch of batchesIn(rewriter, args.value(name))) {
    const pair =
      (batch?.kind === "tuple" || batch?.kind === "list") && !batch.open && batch.elements.length === 2;
    if (alone && !pair && args.has("val_samples"))
      throw new Unsupported(use.node, "samples of inputs alone are not counted yet");
    if (
      pair ||
      isWeighted(batch) ||
      (alone && (batch?.kind === "array" || (batch?.kind === "tuple" && !batch.open)))
    )
      continue;
    throw new Unsupported(
      args.argument(name) ?? use.node,
      "what a batch of this generator is, is not known to be inputs and targets",
    );
  }
}

/** A generator has no length: Keras is told how many batches make an epoch. */
function checkSteps(rewriter: Rewriter, args: Arguments, name: string, use: ModelUse, steps: string): void {
  const samples = {
    steps_per_epoch: "samples_per_epoch",
    validation_steps: "nb_val_samples",
    steps: "val_samples",
  };
  const counted = args.has(steps) && !args.isNone(steps) && !isLength(rewriter, use, steps);
  const bySamples = args.has(samples[steps as keyof typeof samples]);
  for (const one of alternatives(args.value(name))) {
    const endless = one.kind === "batches" && isEndless(one);
    const generator = endless || (one.kind === "batches" && one.made === undefined);
    if (generator && !counted && !bySamples)
      throw new Unsupported(
        args.argument(name) ?? use.node,
        `a generator without \`${steps}\` is not supported`,
      );
    if (counted && steps === "steps_per_epoch" && isLoader(one))
      // It goes on where an epoch has left it: only epochs that are as long as it begin anew.
      throw new Unsupported(
        args.argument(steps) ?? use.node,
        `\`${steps}\` of a data set that is not known to be as long is not supported yet`,
        "Leave it out where the data set has an end.",
      );
    if (
      counted &&
      (!generator || (endless && steps === "validation_steps")) &&
      rewriter.program.version === "keras3"
    )
      throw new Unsupported(
        args.argument(steps) ?? use.node,
        `Keras 3 goes on from batch to batch over epochs with \`${steps}\`, which is not supported yet`,
      );
  }
}
