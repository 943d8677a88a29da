/** The statements of a functional model, whether it becomes an `nn.Sequential(...)` or a class. */
import type { Stmt } from "../../grammars/nodes.ts";
import { blockOf, enclosingStatement } from "../../grammars/walk.ts";
import { Unsupported } from "../arguments.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { rebound } from "./layer-variables.ts";

const RULE = "model";

/** The statement that makes the model; reported for one that stands in the place of a layer. */
export function ownStatement(plan: ModelPlan): Stmt {
  const own = enclosingStatement(plan.node);
  if (!own || plan.inline)
    throw new Unsupported(plan.node, "a functional model inside another model is not supported yet");
  return own;
}

/** Whether a statement does nothing but to make the model. */
export function isWhole(own: Stmt, plan: ModelPlan): boolean {
  return (own.type === "Assign" || own.type === "Return") && own.value === plan.node;
}

/** The statements around the model, without dead ones; reported where some that call its layers stand elsewhere. */
export function blockAround(own: Stmt, calls: readonly Stmt[], dead: readonly Stmt[]): Stmt[] {
  const block = blockOf(own).filter((statement) => !dead.includes(statement));
  const stray = calls.find((statement) => !block.includes(statement));
  if (stray)
    throw new Unsupported(
      stray,
      "layers that are called in another block than the model stands in are not supported yet",
    );
  return block;
}

/** Removes statements that call layers for tensors which no model takes. */
export function leaveOut(rewriter: Rewriter, dead: readonly Stmt[]): void {
  for (const statement of dead)
    rewriter.note(statement, RULE, "no model takes what is made of this layer: it is left out");
  rewriter.removeStatements(dead, RULE);
}

/** Reported where names in the layers mean something else where the model is made, to which they move. */
export function requireNames(rewriter: Rewriter, plan: ModelPlan): void {
  for (const layer of plan.layers) {
    const { layer: value } = layer.use;
    if (value?.kind === "object" && rebound(rewriter, layer, value, plan.node))
      throw new Unsupported(value.node, "a name in this layer means something else where the model is made");
  }
}
