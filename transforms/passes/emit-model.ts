import type { Expr } from "../../grammars/nodes.ts";
import { enclosingStatement, isWithin } from "../../grammars/walk.ts";
import { Unsupported } from "../arguments.ts";
import { type ModelPlan, modulesIn } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { emitAdds } from "./emit-adds.ts";
import { emitFunctional } from "./emit-functional.ts";
import { emitGraph } from "./emit-graph.ts";
import { emitGrown } from "./emit-grown.ts";
import { emitList } from "./emit-list.ts";
import { checkShared, removeLayerVariables } from "./layer-variables.ts";
import { codeOf, finish } from "./model-code.ts";
import { emitPart } from "./model-parts.ts";

const RULE = "model";

export function emitModel(rewriter: Rewriter, plan: ModelPlan): void {
  if (plan.part) {
    emitPart(rewriter, plan, plan.part);
    return;
  }
  rewriter.imports.add("from torch import nn");
  for (const module of modulesIn(plan).flatMap((one) => one.chosen ?? [one])) {
    rewriter.use(module.code);
    if (module.helper) rewriter.helper(module.helper, module.keywords);
    for (const inner of module.inner ?? []) rewriter.helper(inner.helper, inner.keywords);
    for (const rule of [module.init, ...(module.inits ?? [])])
      if (rule && rule.lines.length > 0) rewriter.initRules.set(rule.type + rule.lines.join(), rule);
    for (const name of module.switches ?? []) rewriter.switches.set(name, true);
  }
  if (plan.layers.length === 1 && plan.layers[0]?.use.expr === plan.node) {
    emitBase(rewriter, plan);
    return;
  }
  removePops(rewriter, plan);
  checkShared(rewriter, plan);
  if (plan.graph) {
    emitGraph(rewriter, plan, plan.graph);
    return;
  }
  removeLayerVariables(rewriter, plan);
  const given = plan.node.args.some(({ name }) => name === null || name === "layers");
  const display = plan.node.args[0]?.value.type;
  const whole = display === "List" || display === "Tuple";
  const listed = plan.node.args[0]?.value;
  // `*hidden` in the list of a model brings layers that are written elsewhere.
  const named =
    whole &&
    plan.layers.some(({ use }) => !use.add && listed && !isWithin(use.expr, listed)) &&
    hasStar(listed);
  const chain = plan.models[0]?.chain;
  if (chain) emitFunctional(rewriter, plan, chain);
  else if (whole && !named && plan.layers.every(({ use }) => use.add === undefined)) emitList(rewriter, plan);
  else if (!given && plan.layers.every(({ use }) => use.add && isWithin(use.expr, use.add)))
    emitAdds(rewriter, plan);
  else emitGrown(rewriter, plan);
}

function hasStar(display: Expr | undefined): boolean {
  return display?.type === "List" && display.elements.some((element) => element.type === "Starred");
}

/** Layers that are taken off again have left nothing: the calls that did go too. */
function removePops(rewriter: Rewriter, plan: ModelPlan): void {
  for (const { name, call } of plan.models.flatMap(({ uses }) => uses)) {
    if (name !== "pop" || !call) continue;
    if (call.parent?.type !== "ExprStmt")
      throw new Unsupported(call, "a layer that is taken off a model and used is not supported");
    if (!rewriter.edits.covers(call.start, call.end)) rewriter.removeStatement(call.parent, RULE);
  }
}

/** A pretrained base, which one call makes with all its layers. */
function emitBase(rewriter: Rewriter, plan: ModelPlan): void {
  const modules = modulesIn(plan);
  const codes = modules.map((module) => codeOf(rewriter, module));
  const [only] = codes;
  const code = codes.length === 1 && only ? only : `nn.Sequential(${codes.join(", ")})`;
  if (modules[0]?.note)
    rewriter.note(
      plan.node,
      "not-equivalent",
      "the model starts from torchvision's weights, not from Keras's: its results differ",
    );
  if (plan.inline) {
    rewriter.edits.replace(plan.node.start, plan.node.end, code, RULE);
    return;
  }
  const statement = enclosingStatement(plan.node);
  const target =
    statement?.type === "Assign" && statement.targets.length === 1 ? statement.targets[0] : undefined;
  if (!target || !statement || (statement.type === "Assign" && statement.value !== plan.node))
    throw new Unsupported(plan.node, "a pretrained model without a name of its own is not supported yet");
  const device = rewriter.helper("device");
  const note = modules[0]?.note ? `  # ${modules[0].note}` : "";
  rewriter.edits.replace(plan.node.start, plan.node.end, `${code}.to(${device})${note}`, RULE);
  finish(rewriter, plan, statement, rewriter.source(target));
}
