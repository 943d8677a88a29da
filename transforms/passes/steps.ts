/** `steps_per_epoch` and its kin beside arrays: how many batches are taken of them. */
import type { Argument, Call } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";
import { feedOf, isBatches } from "./batches.ts";

function isGiven(use: ModelUse, name: string): boolean {
  const value = use.args?.given.get(name)?.value;
  return value !== undefined && value.kind !== "none";
}

/** What the loop needs where `fit` takes a number of batches of its arrays for an epoch. */
export function setSteps(rewriter: Rewriter, uses: readonly ModelUse[]): void {
  const stepped = uses.filter(
    (use) => use.name === "fit" && feedOf(rewriter, use) === "arrays" && isGiven(use, "steps_per_epoch"),
  );
  rewriter.switches.set("ARRAY_STEPS", stepped.length > 0);
  rewriter.switches.set(
    "STEPS_GIVE_SIZE",
    stepped.some((use) => !isGiven(use, "batch_size")),
  );
}

/** Reports numbers of steps that the loop does not take. */
export function checkSteps(rewriter: Rewriter, use: ModelUse & { call: Call }, args: Arguments): void {
  const fail = (name: string, reason: string) => {
    throw new Unsupported(args.argument(name) ?? use.call, reason);
  };
  if (rewriter.switches.get("ARRAY_STEPS") && use.name === "fit") {
    if (!isGiven(use, "steps_per_epoch"))
      throw new Unsupported(
        use.call,
        "`fit` with and without `steps_per_epoch` in one script is not supported yet",
      );
    if (rewriter.program.version === "keras3")
      fail("steps_per_epoch", "`steps_per_epoch` beside arrays means something else in Keras 3");
    if (rewriter.switches.get("STEPS_GIVE_SIZE") && isGiven(use, "batch_size"))
      fail(
        "steps_per_epoch",
        "`fit` with and without `batch_size` beside `steps_per_epoch` is not supported yet",
      );
    if (rewriter.switches.get("BATCHES") || rewriter.switches.get("BATCH_METRICS"))
      fail("steps_per_epoch", "`steps_per_epoch` of `fit` is not supported beside this yet");
    if (isGiven(use, "initial_epoch"))
      fail("initial_epoch", "`initial_epoch` beside `steps_per_epoch` is not supported yet");
  }
  for (const name of looseSteps(rewriter, use))
    if (!args.isNone(name) && isGiven(use, "batch_size"))
      fail(name, `\`${name}\` beside arrays and \`batch_size\` is not supported yet`);
}

/** Numbers of steps that count batches of arrays, in a call that evaluates all rows anyway. */
export function looseSteps(rewriter: Rewriter, use: ModelUse): string[] {
  const counted = { validation_steps: "validation_data", steps: "x" };
  return Object.entries(counted).flatMap(([name, data]) =>
    isBatches(rewriter, use.args?.given.get(data)?.value) ? [] : [name],
  );
}

/** Without a batch size, steps of evaluation cut all rows into so many batches: nothing depends on them. */
export function dropSteps(rewriter: Rewriter, use: ModelUse, args: Arguments): Argument[] {
  return looseSteps(rewriter, use).flatMap((name) => {
    const node = args.argument(name);
    if (!node) return [];
    if (!args.isNone(name))
      rewriter.note(
        node,
        "left-out",
        `\`${name}\` goes: all rows are evaluated, as Keras does in so many batches`,
      );
    return [node];
  });
}
