/** The passes, in order: from what the analysis found to edits. */
import type { Stmt } from "../grammars/nodes.ts";
import type { Model } from "../src/analysis/model.ts";
import type { Program } from "../src/analysis/program.ts";
import { emitCompile, planCompile } from "./passes/compile.ts";
import { foldConditionals, inDeadBranch, settledConditionals } from "./passes/conditionals.ts";
import { reportLeftovers } from "./passes/coverage.ts";
import { emitModel } from "./passes/emit-model.ts";
import { rewriteFunctions, setCallbacks } from "./passes/functions.ts";
import { removeAliases, rewriteImports } from "./passes/imports.ts";
import { emitLoading, renameFiles } from "./passes/persistence.ts";
import { planModel } from "./passes/layers.ts";
import { chooseNames } from "./passes/names.ts";
import { emitTraining, setBoundary, setLoop } from "./passes/training.ts";
import { emitUses, planUses, reportUnknownReceivers, rewriteHistory } from "./passes/uses.ts";
import type { ModelPlan } from "./plan.ts";
import { Rewriter } from "./rewriter.ts";

export interface Transformed {
  readonly rewriter: Rewriter;
  /** The first Keras import at module level: new imports take its place. */
  readonly importPlace: Stmt | undefined;
}

export function transform(program: Program): Transformed {
  const rewriter = new Rewriter(program);
  const settled = settledConditionals(rewriter);
  // What stands alone first: models and calls take its text into theirs.
  renameFiles(rewriter);
  setCallbacks(rewriter);
  rewriteFunctions(rewriter);
  const plans = planModels(rewriter, program, settled);
  setLoop(rewriter, plans);
  chooseNames(rewriter, plans);
  for (const plan of plans) {
    rewriter.attempt("model", () => emitModel(rewriter, plan));
    if (plan.compile) rewriter.attempt("compile", () => emitCompile(rewriter, plan));
    rewriter.attempt("training", () => emitTraining(rewriter, plan));
    rewriter.attempt("model-use", () => emitUses(rewriter, plan));
  }
  emitLoading(rewriter);
  rewriteHistory(rewriter, program);
  foldConditionals(rewriter, settled);
  removeAliases(rewriter);
  const importPlace = rewriteImports(rewriter);
  reportUnknownReceivers(rewriter, program);
  reportLeftovers(rewriter);
  return { rewriter, importPlace };
}

function planModels(
  rewriter: Rewriter,
  program: Program,
  settled: ReturnType<typeof settledConditionals>,
): ModelPlan[] {
  const plans: ModelPlan[] = [];
  const byNode = new Map<Model["node"], Model[]>();
  for (const model of program.models) byNode.set(model.node, [...(byNode.get(model.node) ?? []), model]);
  for (const [node, models] of byNode) {
    if (inDeadBranch(settled, node)) continue;
    rewriter.attempt("model", () => {
      const plan = planModel(rewriter, models);
      planCompile(rewriter, plan);
      planUses(plan);
      setBoundary(rewriter, plan);
      plans.push(plan);
    });
  }
  return plans;
}
