/** `fit`, `evaluate`, `predict` and their kin become calls of functions of the script. */
import type { Argument, Call } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { Unsupported } from "../arguments.ts";
import type { ModelPlan } from "../plan.ts";
import type { Body, Rewriter } from "../rewriter.ts";
import { wrapArrays, wrapPair } from "./array-batches.ts";
import { feedOf, isBatches, isLength } from "./batches.ts";
import { targetBody } from "./boundary.ts";
import { CALLS, checkCall, emitAugmentation, modelOf, wholeBatch } from "./called-models.ts";
import { metricsOf, place } from "./compile.ts";
import { eachPart } from "./model-parts.ts";
import { readingBody } from "./several-inputs.ts";
import { dropSteps, looseSteps } from "./steps.ts";
import { checkArguments, rewriteArguments, saysNothing } from "./training-arguments.ts";
import { TARGETS, type Target, usesOf } from "./training-calls.ts";

const RULE = "training";

/** The parts of the boundary that this model needs; two models of a script must agree on them. */
export function setBoundary(rewriter: Rewriter, plan: ModelPlan): void {
  const all = usesOf(plan);
  const estimators = plan.models.flatMap((model) => model.estimators);
  if (all.length === 0 && estimators.length === 0) return;
  const bodies: [string, Body | undefined][] = [["to_inputs", readingBody(rewriter, plan)]];
  if (estimators.length > 0 || all.some((use) => TARGETS[use.name]?.leading.includes("loss")))
    bodies.push(["to_targets", targetBody(rewriter, plan)]);
  for (const [name, body] of bodies) {
    if (!body)
      throw new Unsupported(
        (all[0] ?? estimators[0])?.node ?? plan.node,
        "this model is trained or evaluated, but no `compile` of it is known",
      );
    const isLocal = name === "to_inputs" && plan.prepared?.isLocal;
    plan.boundary.set(name, isLocal ? rewriter.addLocalBody(name, body) : rewriter.addBody(name, body));
  }
}

export function emitTraining(rewriter: Rewriter, plan: ModelPlan): void {
  for (const use of usesOf(plan)) emitCall(rewriter, plan, use);
}

function emitCall(rewriter: Rewriter, plan: ModelPlan, use: ModelUse & { call: Call }): void {
  const { call } = use;
  const target = TARGETS[use.name] as Target;
  const args = rewriter.arguments(use.args as NonNullable<ModelUse["args"]>, call);
  if (use.name === "__call__" && emitAugmentation(rewriter, use)) return;
  if (CALLS.includes(use.name)) checkCall(rewriter, plan, use, args);
  checkArguments(rewriter, plan, use, args, target);
  const owner = rewriter.source(modelOf(rewriter, call));
  const model = eachPart(rewriter, plan, call, owner) ?? owner;
  const names = plan.compile?.names;
  const leading = target.leading.map((what) => {
    if (what === "model") return model;
    if (!names)
      throw new Unsupported(call, "this model is trained or evaluated, but no `compile` of it is known");
    return place(names, model, what);
  });
  // What the call leaves out is no parameter either.
  const passes = new Set(
    [...(use.args?.given.keys() ?? [])].filter(
      (name) => !saysNothing(rewriter, name, use.args?.given.get(name)?.value),
    ),
  );
  const trailing: string[] = [];
  if (target.metrics && plan.compile) {
    if (metricsOf(plan).length > 0 && names) {
      trailing.push(`metrics=${place(names, model, "metrics")}`);
      passes.add("metrics");
    } else if (rewriter.switches.get("WITH_METRICS")) {
      trailing.push("metrics={}");
      passes.add("metrics");
    }
  }
  const whole = wholeBatch(rewriter, plan, use, args);
  if (whole) {
    trailing.push(whole);
    passes.add("batch_size");
  }
  if (passes.has("initial_epoch")) rewriter.switches.set("INITIAL_EPOCH", true);
  if (passes.has("validation_freq")) rewriter.switches.set("VALIDATION_FREQ", true);
  const form = [target.helper, ...leading, ...trailing].join(", ");
  if ((rewriter.callForms.get(call) ?? form) !== form) {
    throw new Unsupported(
      call,
      "what this model is compiled with depends on the path taken here, which is not supported yet",
    );
  }
  rewriter.callForms.set(call, form);
  const wraps = wrapsArrays(rewriter, use, target);
  for (const name of looseSteps(rewriter, use)) passes.delete(name);
  const lengths = ["steps_per_epoch", "validation_steps", "steps"].filter((name) =>
    isLength(rewriter, use, name),
  );
  // Batches have sizes of their own.
  const sized = rewriter.switches.get("BATCHES") && target.helper === "fit" ? ["validation_batch_size"] : [];
  for (const name of [...lengths, ...sized]) passes.delete(name);
  if (wraps)
    for (const name of ["y", "batch_size", "shuffle", "sample_weight", "validation_split"])
      passes.delete(name);
  const helper = rewriter.helper(
    target.helper,
    [...passes].filter(
      (name) => target.keeps.includes(name) || name === "metrics" || (whole && name === "batch_size"),
    ),
  );
  const taken = new Set<Argument>(dropSteps(rewriter, use, args));
  for (const node of [...lengths, ...sized].map((name) => args.argument(name))) if (node) taken.add(node);
  if (wraps) wrapArrays(rewriter, call, args, target.helper as "fit" | "evaluate" | "predict", taken);
  if (rewriter.switches.get("BATCHES") && target.helper === "fit") {
    const validation = args.argument("validation_data");
    if (validation && !args.isNone("validation_data") && !isBatches(rewriter, args.value("validation_data")))
      wrapPair(rewriter, validation.value);
  }
  rewriteArguments(rewriter, use, target, `${helper}(${leading.join(", ")}`, trailing, taken);
  if (use.name === "predict_classes") {
    const units = plan.output?.shape.at(-1)?.value;
    if (units === undefined) throw new Unsupported(call, "the number of classes is not known");
    if (units === 1) {
      rewriter.edits.insert(call.start, "(", RULE);
      rewriter.edits.insert(call.end, ' > 0.5).astype("int32")', RULE);
    } else rewriter.edits.insert(call.end, ".argmax(-1)", RULE);
  }
}

/** Whether a call on arrays gets batches, as all calls of the script do. */
function wrapsArrays(rewriter: Rewriter, use: ModelUse, target: Target): boolean {
  const batches = { fit: "BATCHES", evaluate: "BATCHES", predict: "PREDICT_BATCHES" }[target.helper];
  return (
    batches !== undefined && rewriter.switches.get(batches) === true && feedOf(rewriter, use) === "arrays"
  );
}
