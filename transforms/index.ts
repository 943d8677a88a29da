/** The passes, in order: from what the analysis found to edits. */
import type { Stmt } from "../grammars/nodes.ts";
import type { Model } from "../src/analysis/model.ts";
import type { Program } from "../src/analysis/program.ts";
import { setKeptSteps } from "./masks.ts";
import { rewriteAnnotations } from "./passes/annotations.ts";
import { rewriteSequences } from "./passes/batches.ts";
import { checkCallbackReads, rewriteCallbackClasses, setCallbacks } from "./passes/callbacks.ts";
import { rewriteChosenClasses } from "./passes/chosen-layers.ts";
import { emitCompile, planCompile } from "./passes/compile.ts";
import { removeCompileValues } from "./passes/compile-leftovers.ts";
import { foldConditionals, inDeadBranch, openBlocks, settledConditionals } from "./passes/conditionals.ts";
import { markLeftovers, reportLeftovers, reportStrangers } from "./passes/coverage.ts";
import { reportBranching } from "./passes/emit-functional.ts";
import { emitModel } from "./passes/emit-model.ts";
import { emitEstimators } from "./passes/estimators.ts";
import { renameFiles } from "./passes/file-names.ts";
import { rewriteFunctions } from "./passes/functions.ts";
import { planGraph } from "./passes/graph-plan.ts";
import { rewriteHistory, setHistory } from "./passes/history.ts";
import { rewriteImageBatches } from "./passes/image-batches.ts";
import { removeAliases, rewriteImports } from "./passes/imports.ts";
import { settleInitialization } from "./passes/initialization.ts";
import { checkKept } from "./passes/kept-by-compile.ts";
import { planModel } from "./passes/layers.ts";
import { removeMakers } from "./passes/makers.ts";
import { planPart } from "./passes/model-parts.ts";
import { chooseNames } from "./passes/names.ts";
import { settleOutputs } from "./passes/outputs.ts";
import { rewriteOwnClasses } from "./passes/own-classes.ts";
import { rewriteOwnMetrics } from "./passes/own-metrics.ts";
import { emitLoading, emitLoads } from "./passes/persistence.ts";
import { rewritePipelines } from "./passes/pipelines.ts";
import { requireKeepable } from "./passes/prepared.ts";
import { rewriteRates } from "./passes/rates.ts";
import { noteFormerDefaults } from "./passes/releases.ts";
import { removeSetup } from "./passes/setup.ts";
import { checkSeveral } from "./passes/several-inputs.ts";
import { noteSourcePrints } from "./passes/source-prints.ts";
import { rewriteStanding } from "./passes/standing-layers.ts";
import { rewriteStandingMetrics } from "./passes/standing-metrics.ts";
import { removeNumpyCalls, reportTensors, rewriteNewAxes, rewriteShapes } from "./passes/tensors.ts";
import { emitTraining, setBoundary } from "./passes/training.ts";
import { setLoop } from "./passes/training-loop.ts";
import { checkEscapes, emitUses, reportUnknownReceivers } from "./passes/uses.ts";
import { removeValueVariables } from "./passes/value-variables.ts";
import { setWeightTerms } from "./passes/weight-terms.ts";
import type { ModelPlan } from "./plan.ts";
import { Rewriter } from "./rewriter.ts";

export interface Transformed {
  readonly rewriter: Rewriter;
  /** The first Keras import at module level: new imports take its place. */
  readonly importPlace: Stmt | undefined;
  readonly models: readonly ModelPlan[];
}

/** Models that stay Keras, by the call that makes them. */
type Left = ReadonlySet<Model["node"]>;

/**
 * All of the script, or nothing of a model: where one of its parts has no translation, the whole
 * of it stays Keras, with what it needs.
 *
 * @param partial translate what can be translated and mark the rest; otherwise whatever is
 *   reported keeps the file as it is
 */
export function transform(program: Program, partial = false, torchvisionWeights = false): Transformed {
  const run = (at: Program, left: Left | undefined) => runPasses(at, left, torchvisionWeights);
  const first = run(program, undefined);
  if (!partial || !first.rewriter.hasErrors) return first;
  const second = run(program, first.failed);
  return second.failed.size > 0 ? run(program, new Set(program.models.map((model) => model.node))) : second;
}

function runPasses(
  program: Program,
  left: Left | undefined,
  torchvisionWeights: boolean,
): Transformed & { failed: Set<Model["node"]> } {
  const rewriter = new Rewriter(program, left, torchvisionWeights);
  const settled = settledConditionals(rewriter);
  // What stands alone first: models and calls take its text into theirs.
  renameFiles(rewriter);
  setCallbacks(rewriter);
  removeNumpyCalls(rewriter);
  const blocks = removeSetup(rewriter);
  rewriteNewAxes(rewriter);
  rewriteShapes(rewriter);
  if (rewriter.left.size === 0) {
    rewriteCallbackClasses(rewriter);
    checkCallbackReads(rewriter);
    setHistory(rewriter);
  }
  rewriteFunctions(rewriter);
  if (rewriter.left.size === 0) {
    rewriteOwnClasses(rewriter);
    rewriteOwnMetrics(rewriter);
    rewriteStandingMetrics(rewriter);
  }
  rewriteStanding(rewriter);
  rewriteImageBatches(rewriter);
  rewriteSequences(rewriter);
  rewritePipelines(rewriter);
  const failed = new Set<Model["node"]>();
  const plans = planModels(rewriter, program, settled, failed);
  for (const plan of settleOutputs(rewriter, plans)) failed.add(plan.node);
  if (!rewriter.attempt("model", () => settleWeights(rewriter, plans)))
    for (const plan of plans) failed.add(plan.node);
  setLoop(rewriter, plans);
  const settle = () => {
    setKeptSteps(rewriter, plans);
    checkSeveral(rewriter, plans);
  };
  if (!rewriter.attempt("training", settle)) for (const plan of plans) failed.add(plan.node);
  chooseNames(rewriter, plans);
  rewriteRates(rewriter, plans);
  emitLoads(rewriter);
  for (const plan of plans) {
    const done = [
      rewriter.attempt("model", () => emitModel(rewriter, plan)),
      !plan.compile || rewriter.attempt("compile", () => emitCompile(rewriter, plan)),
      rewriter.attempt("training", () => emitTraining(rewriter, plan)),
      rewriter.attempt("model-use", () => emitUses(rewriter, plan)),
    ];
    if (done.includes(false)) failed.add(plan.node);
  }
  if (failed.size === 0) removeCompileValues(rewriter);
  emitLoading(rewriter);
  emitEstimators(rewriter);
  rewriteHistory(rewriter, program);
  rewriteAnnotations(rewriter);
  noteFormerDefaults(rewriter);
  removeValueVariables(rewriter);
  rewriteChosenClasses(rewriter);
  removeMakers(rewriter);
  removeAliases(rewriter);
  const importPlace = rewriteImports(rewriter);
  foldConditionals(rewriter, settled);
  reportTensors(rewriter);
  reportBranching(rewriter);
  reportUnknownReceivers(rewriter, program);
  noteSourcePrints(rewriter);
  reportLeftovers(rewriter);
  if (!rewriter.hasErrors) reportUnknownReceivers(rewriter, program, true);
  reportStrangers(rewriter);
  openBlocks(rewriter, blocks);
  if (left) markLeftovers(rewriter);
  return { rewriter, importPlace, models: plans, failed };
}

/** What stands about weights beside the models. */
function settleWeights(rewriter: Rewriter, plans: readonly ModelPlan[]): void {
  settleInitialization(rewriter, plans);
  setWeightTerms(rewriter, plans);
}

function planModels(
  rewriter: Rewriter,
  program: Program,
  settled: ReturnType<typeof settledConditionals>,
  failed: Set<Model["node"]>,
): ModelPlan[] {
  const plans: ModelPlan[] = [];
  const byNode = new Map<Model["node"], Model[]>();
  for (const model of program.models) byNode.set(model.node, [...(byNode.get(model.node) ?? []), model]);
  for (const [node, models] of innerFirst(byNode)) {
    if (inDeadBranch(settled, node)) continue;
    const empty = (model: Model) => model.layers.length + model.uses.length === 0;
    if (models.every((model) => empty(model) && !model.unclear && !model.part)) {
      rewriter.edits.replace(node.start, node.end, rewriter.use("nn.Sequential()"), "model");
      continue;
    }
    const done = rewriter.attempt("model", () => {
      const plan = models.some((model) => model.part)
        ? planPart(rewriter, models)
        : models.every((model) => model.graph)
          ? planGraph(rewriter, models)
          : planModel(rewriter, models);
      planCompile(rewriter, plan);
      checkKept(rewriter, plan);
      checkEscapes(plan);
      requireKeepable(rewriter, plan);
      rewriter.plans.set(node, plan);
      setBoundary(rewriter, plan);
      if (!rewriter.left.has(node)) plans.push(plan);
    });
    if (!done) failed.add(node);
  }
  return plans;
}

/** Models that are layers of others come before those. */
function innerFirst(byNode: ReadonlyMap<Model["node"], Model[]>): Map<Model["node"], Model[]> {
  const ordered = new Map<Model["node"], Model[]>();
  const visit = (node: Model["node"], within: readonly Model["node"][]): void => {
    if (ordered.has(node) || within.includes(node)) return;
    const models = byNode.get(node) ?? [];
    for (const { layer } of models.flatMap((model) => model.layers))
      if (layer?.kind === "model") visit(layer.model.node, [...within, node]);
    for (const { part } of models) if (part) visit(part.of.node, [...within, node]);
    ordered.set(node, models);
  };
  for (const node of byNode.keys()) visit(node, []);
  return ordered;
}
