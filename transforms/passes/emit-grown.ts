/**
 * Models from lists that stand elsewhere, and from lists that `add` makes longer: each layer is written
 * where it stands, `append` stays `append`, and the model takes the lists apart.
 */
import type { Call, Expr, Node, Stmt } from "../../grammars/nodes.ts";
import { blockOf, enclosingStatement, isWithin } from "../../grammars/walk.ts";
import { alternatives } from "../../src/analysis/values.ts";
import { indentation, lineBreak } from "../../src/emit/lines.ts";
import { Unsupported } from "../arguments.ts";
import type { ModelPlan, PlannedLayer } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { addStatement, checkPaths } from "./emit-adds.ts";
import { type Display, writeElements } from "./emit-list.ts";
import { isInlined } from "./inlined.ts";
import { after, checkNameless, closed, codeOf, sequential, targetOf, writeBelow } from "./model-code.ts";

const RULE = "model";

export function emitGrown(rewriter: Rewriter, plan: ModelPlan): void {
  const statement = enclosingStatement(plan.node);
  const target = targetOf(plan, statement);
  checkReads(rewriter, plan);
  const [argument, ...others] = plan.node.args.filter(({ name }) => name !== "name");
  if (others.length > 0 || argument?.star)
    throw new Unsupported(plan.node, "a model made from a list that stands elsewhere is not supported so");
  const first = argument?.value;
  for (const [display, layers] of displays(plan, first)) {
    if (display.elements.length !== layers.length)
      throw new Unsupported(plan.node, "the layers of this list are not known one by one");
    writeElements(
      rewriter,
      layers.map((one) => [one]),
      display,
      "",
    );
  }
  if (first && isDisplay(first)) writeElements(rewriter, ownGroups(plan, first), first, "");
  const added = writeAdds(rewriter, plan, target);
  const open = `${sequential(rewriter, plan)}(`;
  const close = plan.inline || added.length > 0 ? ")" : closed(rewriter, plan, statement);
  if (first?.type === "List" || first?.type === "Tuple") {
    rewriter.edits.replace(plan.node.start, first.start + 1, open, RULE);
    rewriter.edits.replace(first.end - 1, plan.node.end, close, RULE);
  } else {
    const parts = first ? joined(rewriter, plan, taken(rewriter, plan, first)) : "";
    rewriter.edits.absorb(rewriter.text, plan.node.start, plan.node.end);
    rewriter.edits.replace(plan.node.start, plan.node.end, open + parts + close, RULE);
  }
  if (plan.inline) return;
  if (!target || !statement) {
    if (added.length > 0)
      throw new Unsupported(
        plan.node,
        "a model that layers are added to has to be assigned to a name of its own",
      );
    checkNameless(rewriter, plan);
    return;
  }
  finishAfter(rewriter, plan, statement, rewriter.source(target), added);
}

/** The lists taken apart, as arguments of `nn.Sequential`. */
function taken(rewriter: Rewriter, plan: ModelPlan, expr: Expr): string[] {
  if (expr.type === "BinOp" && expr.op === "+")
    return [...taken(rewriter, plan, expr.left), ...taken(rewriter, plan, expr.right)];
  // Layers that functions and comprehensions make, and those beside them.
  const own = plan.layers.filter(({ use }) => isWithin(use.expr, expr));
  const inlined = plan.layers.some(({ use }) => isInlined(use, use.layer));
  if (own.length > 0 && inlined)
    return own.flatMap(({ modules }) => modules.map((module) => codeOf(rewriter, module)));
  return [`*${rewriter.source(expr)}`];
}

const WIDTH = 80;

/** The arguments on one line, or a line each. */
function joined({ text }: Rewriter, plan: ModelPlan, parts: readonly string[]): string {
  const line = parts.join(", ");
  const lists = parts.every((part) => part.startsWith("*"));
  if (lists || line.length < WIDTH) return line;
  const indent = indentation(text, (enclosingStatement(plan.node) ?? plan.node).start);
  const start = lineBreak(text) + indent;
  return `${parts.map((part) => `${start}    ${part},`).join("")}${start}`;
}

function isDisplay(expr: Expr): expr is Display {
  return expr.type === "List" || expr.type === "Tuple";
}

/** The layers of each element of the model's own list; none for lists that are written elsewhere. */
function ownGroups(plan: ModelPlan, own: Display): (PlannedLayer[] | undefined)[] {
  return own.elements.map((element) => {
    const layers = plan.layers.filter(({ use }) => !use.add && isWithin(use.expr, element));
    if (layers.length > 0) return layers;
    if (element.type !== "Starred")
      throw new Unsupported(plan.node, "the layers of this list are not known one by one");
    return undefined;
  });
}

/** The layers that are elements of lists, list by list. */
function displays(plan: ModelPlan, own: Expr | undefined): Map<Display, PlannedLayer[]> {
  const found = new Map<Display, PlannedLayer[]>();
  plan.layers.forEach((layer) => {
    const { add, expr } = layer.use;
    if (add && isWithin(expr, add)) return;
    if (!add && own && isWithin(expr, own) && (isDisplay(own) || isInlined(layer.use, layer.use.layer)))
      return;
    const display = expr.parent;
    if (display?.type !== "List" && display?.type !== "Tuple")
      throw new Unsupported(
        expr,
        "a layer that has a name of its own before it comes into a list is not supported yet",
      );
    found.set(display, [...(found.get(display) ?? []), layer]);
  });
  for (const layers of found.values()) layers.sort((a, b) => a.use.expr.start - b.use.expr.start);
  return found;
}

/** Writes every `append` and `add`; the statements that add to the model itself. */
function writeAdds(rewriter: Rewriter, plan: ModelPlan, target: Expr | undefined): Stmt[] {
  const added: Stmt[] = [];
  const done = new Set<Call>();
  for (const { use, modules } of plan.layers) {
    const { add, expr } = use;
    if (!add || done.has(add)) continue;
    done.add(add);
    const statement = addStatement(add);
    const owner = add.func.type === "Attribute" ? add.func.value : undefined;
    const isList = owner && isListed(rewriter, owner);
    if (!isList) added.push(statement);
    const to = owner && (isList || !target) ? rewriter.source(owner) : rewriter.source(target ?? plan.node);
    const own = isWithin(expr, add)
      ? modules.map((module) => codeOf(rewriter, module))
      : add.args.slice(0, 1).map((one) => rewriter.source(one.value));
    if (own.length === 0) rewriter.removeStatement(statement, RULE);
    else {
      const text = own.length === 1 ? `${to}.append(${own[0]})` : `${to}.extend([${own.join(", ")}])`;
      rewriter.edits.absorb(rewriter.text, statement.start, statement.end);
      rewriter.edits.replace(statement.start, statement.end, text, RULE);
    }
  }
  return added;
}

function isListed(rewriter: Rewriter, owner: Expr): boolean {
  const value = rewriter.program.valueOf(owner);
  return value !== undefined && alternatives(value).some((one) => one.kind === "list");
}

/** Writes what follows the finished model after the last layer that is added to it. */
function finishAfter(
  rewriter: Rewriter,
  plan: ModelPlan,
  statement: Stmt,
  target: string,
  added: readonly Stmt[],
): void {
  const block = blockOf(statement);
  if (added.length > 0) checkPaths(plan, block, statement, added);
  const last = block.findLast((one) => added.some((add) => isWithin(add, one))) ?? statement;
  const moved = added.length > 0 ? [`${target}.to(${rewriter.helper("device")})`] : [];
  writeBelow(rewriter, last, [...moved, ...after(rewriter, plan, target)], statement);
}

/** Reported where a list of layers is read in a way that a list of modules would answer otherwise. */
function checkReads(rewriter: Rewriter, plan: ModelPlan): void {
  const layers = new Set<Node>();
  for (const { use } of plan.layers) if (use.layer?.kind === "object") layers.add(use.layer.node);
  for (const [node, value] of rewriter.program.machine.values) {
    const holds = alternatives(value).some(
      (one) =>
        (one.kind === "list" || one.kind === "tuple") &&
        one.elements.some((layer) => layer.kind === "object" && layers.has(layer.node)),
    );
    if (holds && !isFollowed(rewriter, plan, node))
      throw new Unsupported(
        node,
        "what is done with this list of layers is not supported: there may be more modules than layers",
      );
  }
}

/** Whether it is `*hidden` in the list of the model. */
function isOwnStar(plan: ModelPlan, node: Node): boolean {
  return node.type === "Starred" && node.parent?.parent === plan.node.args[0];
}

function isFollowed(rewriter: Rewriter, plan: ModelPlan, node: Expr): boolean {
  const { parent } = node;
  switch (parent?.type) {
    case "Assign":
    case "AnnAssign":
    case "AugAssign":
    case "Return":
    case "ExprStmt":
      return true;
    case "Starred":
      return isOwnStar(plan, parent);
    case "List":
      return isOwnStar(plan, node);
    case "BinOp":
      return parent.op === "+";
    case "For":
      return parent.iter === node;
    case "Attribute": {
      const call = parent.parent;
      const grows = parent.attr === "append" || parent.attr === "extend";
      return grows && call?.type === "Call" && call.parent?.type === "ExprStmt";
    }
    case "Argument": {
      const call = parent.parent;
      if (call === plan.node) return true;
      if (call?.type !== "Call") return false;
      const callee = rewriter.program.valueOf(call.func);
      const extended = call.func.type === "Attribute" && call.func.attr === "extend";
      return extended || callee?.kind === "function";
    }
    default:
      return false;
  }
}
