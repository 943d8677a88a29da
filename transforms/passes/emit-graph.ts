/**
 * A model that branches is a class: its `__init__` makes the modules, its `forward` is the script's own calls of
 * the layers. Where these follow each other, each stays where it is; else all of them move to the model.
 */
import type { Node, Stmt } from "../../grammars/nodes.ts";
import { boundName, enclosingStatement, isTarget, isWithin, walk } from "../../grammars/walk.ts";
import type { Model } from "../../src/analysis/model.ts";
import { alternatives, UNKNOWN } from "../../src/analysis/values.ts";
import { deeper, indentation, lineBreak, lineEnd, lineStart } from "../../src/emit/lines.ts";
import { Unsupported } from "../arguments.ts";
import type { ModelPlan, PlannedGraph } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { inARow, reindentComments } from "./emit-adds.ts";
import { emitMerged } from "./emit-merged.ts";
import { blockAround, isWhole, leaveOut, ownStatement, requireNames } from "./functional-statements.ts";
import { blankBefore, classHead, indented } from "./graph-class.ts";
import { Forward } from "./graph-forward.ts";
import { isOutputOfModel, tensorKind } from "./graph-tensors.ts";
import { closed, finishStatement, headOf } from "./model-code.ts";
import { loadsWhole } from "./persistence.ts";

const RULE = "model";

export function emitGraph(rewriter: Rewriter, plan: ModelPlan, graph: PlannedGraph): void {
  if (enclosingFunction(plan.node) && loadsWhole(rewriter))
    throw new Unsupported(
      plan.node,
      "`load_model` of a model that branches is supported where the model is made at the top of the script only, so far: its class has to be found",
    );
  if (plan.models.every(({ layers }) => layers.some(({ add }) => add))) {
    emitMerged(rewriter, plan, graph);
    return;
  }
  const own = ownStatement(plan);
  if (plan.layers.some(({ modules }) => modules.some(({ code }) => code.startsWith("nn.Lazy"))))
    throw new Unsupported(plan.node, "the sizes between the layers of this model are not known");
  const found = statementsOf(rewriter, plan, graph, own);
  const statements = found.kept.filter((statement) => statement !== own);
  const block = blockAround(own, statements, found.dead);
  leaveOut(rewriter, found.dead);
  const forward = new Forward(rewriter, plan, graph);
  const lines = new Map(statements.map((statement) => [statement, forward.lines(statement)]));
  const result = `return ${forward.output()}`;
  const whole = isWhole(own, plan);
  const parts: Parts = { rewriter, plan, graph, own, lines, result, outside: forward.models };
  const row = whole ? rowOf(parts, block, statements) : undefined;
  const [first, ...rest] = row ?? [];
  if (row && first) {
    rewriter.removeStatements(statements.slice(0, -row.length), RULE);
    inPlace(parts, first, rest);
  } else gathered(parts, statements);
}

/** Whether a node stands in a function: its classes are not found by what reads a file. */
function enclosingFunction(node: Node): boolean {
  for (let at: Node | null = node; at; at = at.parent) if (at.type === "FunctionDef") return true;
  return false;
}

interface Parts {
  readonly rewriter: Rewriter;
  readonly plan: ModelPlan;
  readonly graph: PlannedGraph;
  readonly own: Stmt;
  readonly lines: ReadonlyMap<Stmt, readonly string[]>;
  readonly result: string;
  /** Models that are layers: the class is given them, by these names. */
  readonly outside: ReadonlyMap<string, string>;
}

/**
 * The statements that follow each other up to the model: what only makes inputs or layers may stand before.
 * Undefined where others do.
 */
function rowOf(
  { rewriter, own, lines }: Parts,
  block: readonly Stmt[],
  all: readonly Stmt[],
): Stmt[] | undefined {
  const calls = all.findIndex((statement) => (lines.get(statement)?.length ?? 0) > 0);
  for (let from = 0; from <= calls; from++) {
    const [first, ...rest] = all.slice(from) as [Stmt, ...Stmt[]];
    const free = !rewriter.edits.covers(first.start, first.end);
    if (free && inARow(rewriter, block, first, [...rest, own])) return [first, ...rest];
  }
  return undefined;
}

/** The statements that make the tensors, and those whose tensors no model takes. */
function statementsOf(
  rewriter: Rewriter,
  plan: ModelPlan,
  graph: PlannedGraph,
  own: Stmt,
): { kept: Stmt[]; dead: Stmt[] } {
  const tensors = [...graph.inputs, ...graph.steps].map(({ tensor }) => tensor);
  const kept = new Set<Stmt>();
  for (const tensor of tensors) {
    const { made } = tensor;
    if (isOutputOfModel(tensor)) continue;
    const statement = enclosingStatement(made);
    if (!statement) throw new Unsupported(made, "this call of a layer is not supported");
    kept.add(statement);
  }
  for (const statement of layerVariables(rewriter, graph)) kept.add(statement);
  const dead = new Set<Stmt>();
  const aliases = new Set<Stmt>();
  const others = rewriter.program.models.filter((model) => !plan.models.includes(model));
  const foreign = new Set(others.flatMap((model) => statementsOfModel(model)));
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Name" || isWithin(node, plan.node)) return;
    const statement = enclosingStatement(node);
    if (!statement || kept.has(statement) || dead.has(statement) || foreign.has(statement)) return;
    const kind = tensorKind(rewriter, node, tensors);
    if (!kind) return;
    const plain = statement.type === "Assign" && boundName(statement) !== undefined;
    const value = plain && tensorKind(rewriter, statement.value, tensors);
    if (!value)
      throw new Unsupported(
        node,
        "a tensor of a functional model that is used elsewhere is not supported yet",
      );
    if (value === "own") aliases.add(statement);
    else dead.add(statement);
  });
  addAliases(kept, aliases, plan.node);
  const within = (statement: Stmt) => others.some(({ node }) => readsTargetOf(statement, node));
  for (const statement of aliases)
    if (!within(statement) && ![...foreign].some((one) => readsTargetOf(statement, one))) dead.add(statement);
  kept.delete(own);
  return { kept: [...kept].sort((a, b) => a.start - b.start), dead: [...dead] };
}

/** Other names of tensors go with the statements that read them. */
function addAliases(kept: Set<Stmt>, aliases: Set<Stmt>, node: Node): void {
  for (let found = true; found; ) {
    found = false;
    for (const statement of aliases) {
      if (![node, ...kept].some((one) => readsTargetOf(statement, one))) continue;
      aliases.delete(statement);
      kept.add(statement);
      found = true;
    }
  }
}

/** Whether the name that a statement binds is read there, behind it. */
function readsTargetOf(statement: Stmt, node: Node): boolean {
  const target = statement.type === "Assign" ? statement.targets[0] : undefined;
  let found = false;
  walk(node, (one) => {
    if (one.type === "Name" && target?.type === "Name" && one.id === target.id && one.start > statement.end)
      found ||= !isTarget(one);
    return !found;
  });
  return found;
}

/** Statements that another model is made by. */
function statementsOfModel({ node, graph, chain }: Model): Stmt[] {
  const steps = (graph ?? chain)?.steps.filter((tensor) => !isOutputOfModel(tensor)) ?? [];
  return [node, ...steps.map(({ made }) => made)].flatMap((one) => enclosingStatement(one) ?? []);
}

/** Statements that only give a layer a name, by which it is called. */
function layerVariables(rewriter: Rewriter, graph: PlannedGraph): Stmt[] {
  const found = new Set<Stmt>();
  const calls = new Set<Node>(graph.steps.map(({ tensor }) => tensor.expr));
  for (const { tensor } of graph.steps) {
    const { layer, expr } = tensor;
    if (layer.kind !== "object" || expr.type !== "Name") continue;
    const statement = enclosingStatement(layer.node);
    const target = boundName(statement);
    if (statement?.type !== "Assign" || statement.value !== layer.node || !target)
      throw new Unsupported(layer.node, "a layer without a name of its own is not supported here yet");
    walk(rewriter.program.module, (node) => {
      if (node.type !== "Name" || node === target || calls.has(node)) return;
      const means = alternatives(rewriter.program.valueOf(node) ?? UNKNOWN).some((one) => one === layer);
      if (means) throw new Unsupported(node, "a layer that is also used otherwise is not supported yet");
    });
    found.add(statement);
  }
  return [...found];
}

/** The class's own call in the place of the model. */
function callText({ rewriter, plan, graph, own, outside }: Parts): string {
  return `${graph.className}(${[...outside.values()].join(", ")}${closed(rewriter, plan, own)}`;
}

function inPlace(parts: Parts, first: Stmt, rest: readonly Stmt[]): void {
  const { rewriter, plan, own, lines, result } = parts;
  const { text } = rewriter;
  const nl = lineBreak(text);
  const indent = indentation(text, own.start);
  const inner = deeper(deeper(indent));
  const head = indented(classHead(rewriter, plan, parts.graph, [...parts.outside.keys()]), indent);
  const opening = [...head, ...indented(lines.get(first) ?? [], inner)].join(nl).slice(indent.length);
  reindentComments(rewriter, first, [...rest, own], deeper(indent));
  rewriter.edits.replace(first.start, first.end, blankBefore(rewriter, first) + opening, RULE);
  for (const statement of rest) {
    const code = indented(lines.get(statement) ?? [], inner).join(nl);
    const start = lineStart(text, statement.start);
    if (code !== "") rewriter.edits.replace(start, statement.end, code, RULE);
    else rewriter.edits.remove(start, lineEnd(text, statement.end) + nl.length, RULE);
  }
  const apart = own.parent?.type === "Module" ? ["", ""] : [""];
  const closing = [inner + result, ...apart, `${indent}${headOf(rewriter, plan, own)}${callText(parts)}`];
  const last = rest.at(-1) ?? first;
  const previous = (lines.get(last)?.length ?? 0) > 0 || last === first ? lineEnd(text, last.end) : undefined;
  const bare = previous !== undefined && text.slice(previous, lineStart(text, own.start)).trim() === "";
  if (bare) rewriter.edits.replace(previous, own.end, nl + closing.join(nl), RULE);
  else rewriter.edits.replace(lineStart(text, own.start), own.end, closing.join(nl), RULE);
  finishStatement(rewriter, plan, own);
}

/** The whole class stands before the model. */
function gathered(parts: Parts, statements: readonly Stmt[]): void {
  const { rewriter, plan, own, lines, result } = parts;
  requireNames(rewriter, plan);
  const { text } = rewriter;
  const nl = lineBreak(text);
  const indent = indentation(text, own.start);
  const body = [...statements.flatMap((statement) => lines.get(statement) ?? []), result];
  const all = [
    ...classHead(rewriter, plan, parts.graph, [...parts.outside.keys()]),
    ...body.map((line) => deeper(deeper("")) + line),
  ];
  const apart = own.parent?.type === "Module" ? [nl, nl] : [nl];
  const lead = blankBefore(rewriter, own);
  const code = lead + all.map((line) => (line === "" ? "" : indent + line)).join(nl) + nl + apart.join("");
  rewriter.removeStatements(statements, RULE);
  rewriter.edits.absorb(text, own.start, plan.node.end);
  const call = indent + headOf(rewriter, plan, own) + callText(parts);
  rewriter.edits.replace(lineStart(text, own.start), plan.node.end, code + call, RULE);
  finishStatement(rewriter, plan, own);
}
