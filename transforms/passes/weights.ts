/** `class_weight` and `sample_weight`: then losses come one by one, and each is multiplied. */
import type { Call } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives, type Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { batchesIn, isWeighted } from "./batches.ts";

type Use = ModelUse & { call: Call };

const given = (use: ModelUse, name: string): Value | undefined => {
  const value = use.args?.given.get(name)?.value;
  return value?.kind === "none" ? undefined : value;
};

function hasThree(use: ModelUse): boolean {
  const data = given(use, "validation_data");
  return (data?.kind === "tuple" || data?.kind === "list") && data.elements.length === 3;
}

/** What the loop needs of weights, for all calls of the script. */
export function setWeights(rewriter: Rewriter, uses: readonly Use[]): void {
  const weighted = (use: Use) =>
    given(use, "class_weight") !== undefined || given(use, "sample_weight") !== undefined || hasThree(use);
  const batches = uses.some((use) =>
    ["x", "validation_data"].some((name) => {
      const data = given(use, name);
      return data && batchesIn(rewriter, data).some(isWeighted);
    }),
  );
  rewriter.switches.set("WEIGHTS", batches || uses.some(weighted));
  rewriter.switches.set(
    "WEIGHTED_BATCHES",
    batches || uses.some((use) => given(use, "sample_weight") !== undefined || hasThree(use)),
  );
  rewriter.switches.set(
    "VALIDATION_WEIGHTS",
    uses.some(
      (use) =>
        hasThree(use) ||
        (use.name === "fit" && given(use, "sample_weight") && given(use, "validation_split")),
    ),
  );
}

/** Reports weights that Keras refuses, or that are no weights of samples. */
export function checkWeights(rewriter: Rewriter, plan: ModelPlan, use: Use, args: Arguments): void {
  const forms = [...plan.compiles.values()].map(({ lossForm }) => lossForm);
  if (rewriter.switches.get("WEIGHTS") && forms.some(({ keywords }) => keywords?.reduction)) {
    throw new Unsupported(use.call, "a sum of weighed losses is not supported yet");
  }
  if (rewriter.switches.get("WEIGHTS") && forms.some(({ partial }) => partial))
    throw new Unsupported(
      use.call,
      "a loss that is divided by its weights, or leaves out a class, cannot be weighed by samples yet",
    );
  if (rewriter.switches.get("WEIGHTS") && forms.some(({ whole }) => whole))
    throw new Unsupported(use.call, "a loss of whole batches cannot be weighed by samples");
  const classes = given(use, "class_weight");
  if (classes) {
    const at = args.argument("class_weight") ?? use.call;
    for (const one of alternatives(classes)) {
      if (["str", "list", "tuple", "array", "num"].includes(one.kind))
        throw new Unsupported(at, "`class_weight` is a dict of weights by class index in Keras");
    }
    const shape = plan.output?.shape ?? [];
    if (shape.length !== 1 || plan.compile?.lone)
      throw new Unsupported(at, "`class_weight` for targets of several axes is not supported");
    setOneHot(rewriter, plan, use, shape[0]?.value);
  }
  const samples = given(use, "sample_weight");
  if (samples && (plan.output?.shape.length ?? 0) < 2 && mayHaveSteps(samples, false))
    throw new Unsupported(
      args.argument("sample_weight") ?? use.call,
      "weights of each step of a sample are not supported for this output",
    );
}

/** Whether weights may be of each step, (N, T). */
function mayHaveSteps(weights: Value, unknown: boolean): boolean {
  return alternatives(weights).some((one) =>
    one.kind === "array" && one.shape ? one.shape.length > 1 && one.shape.at(-1)?.value !== 1 : unknown,
  );
}

/** Whether some weights are of each step of a sequence. */
export function setStepWeights(rewriter: Rewriter, plan: ModelPlan, uses: readonly Use[]): void {
  const weights = uses.flatMap((use) => {
    const data = given(use, "validation_data");
    const third = (data?.kind === "tuple" || data?.kind === "list") && data.elements[2];
    return [given(use, "sample_weight"), third || undefined].filter((one) => one !== undefined);
  });
  if ((plan.output?.shape.length ?? 0) > 1 && weights.some((one) => mayHaveSteps(one, true)))
    rewriter.switches.set("STEP_WEIGHTS", true);
}

/** Whether classes are read from one-hot rows or from indices; models of a script must agree. */
function setOneHot(rewriter: Rewriter, plan: ModelPlan, use: Use, units: number | undefined): void {
  const loss = plan.compile?.loss;
  const index = loss?.targets === "index" || units === 1;
  // A crossentropy of classes is 0 where there is only one, whatever its weight.
  const categorical = loss?.classes && loss.logits && plan.last === "softmax";
  if (!index && units === undefined && !categorical)
    throw new Unsupported(use.call, "whether the targets are one-hot rows or class indices is not known");
  const before = rewriter.switches.get("ONE_HOT_TARGETS");
  if (before !== undefined && before === index)
    throw new Unsupported(
      use.call,
      "class weights for one-hot rows and for class indices in one script are not supported yet",
    );
  rewriter.switches.set("ONE_HOT_TARGETS", !index);
}
