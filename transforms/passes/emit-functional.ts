/**
 * `Model(inputs, outputs)` of layers that are called one after the other is an `nn.Sequential(...)`:
 * where the calls follow each other, each becomes a line of it; else all of them move to the model.
 */
import type { Call, Expr, Node, Stmt } from "../../grammars/nodes.ts";
import { boundName, enclosingStatement, isWithin, walk } from "../../grammars/walk.ts";
import { rootsOf } from "../../src/analysis/functional.ts";
import type { Chain } from "../../src/analysis/model.ts";
import { alternatives, UNKNOWN } from "../../src/analysis/values.ts";
import { deeper, indentation, lineBreak, lineEnd, lineStart } from "../../src/emit/lines.ts";
import { Unsupported } from "../arguments.ts";
import { type ModelPlan, modulesIn, type PlannedLayer } from "../plan.ts";
import { FUNCTIONAL } from "../registry.ts";
import type { Rewriter } from "../rewriter.ts";
import { inARow, reindentComments, replaceByLines } from "./emit-adds.ts";
import { blockAround, isWhole, leaveOut, ownStatement, requireNames } from "./functional-statements.ts";
import { closed, finishStatement, headOf, lines, sequential } from "./model-code.ts";

const RULE = "model";

/** A statement that calls layers, and those layers. */
interface Group {
  readonly statement: Stmt;
  readonly layers: PlannedLayer[];
}

export function emitFunctional(rewriter: Rewriter, plan: ModelPlan, chain: Chain): void {
  const own = ownStatement(plan);
  const groups = groupsOf(plan, chain);
  const dead = deadCalls(rewriter, plan, chain, groups);
  const before = groups.filter(({ statement }) => statement !== own);
  const statements = before.map(({ statement }) => statement);
  const block = blockAround(own, statements, dead);
  const [first, ...rest] = before;
  const whole = isWhole(own, plan);
  const free = first && !rewriter.edits.covers(first.statement.start, first.statement.end);
  leaveOut(rewriter, dead);
  if (first && free && whole && inARow(rewriter, block, first.statement, [...statements.slice(1), own]))
    inPlace(rewriter, plan, own, first, rest, groups.at(-1)?.statement === own ? groups.at(-1) : undefined);
  else gathered(rewriter, plan, own, statements);
}

/** Reported where a functional model is not followed. */
export function reportBranching(rewriter: Rewriter): void {
  for (const [call, facts] of rewriter.program.calls)
    for (const { construct, value, args } of facts) {
      if (construct !== FUNCTIONAL || value.kind !== "unknown") continue;
      const outputs = args.given.get("outputs")?.value;
      const several = (outputs?.kind === "list" || outputs?.kind === "tuple") && outputs.elements.length > 1;
      rewriter.report(
        call.func,
        "unsupported",
        several
          ? "a functional model of several outputs is not supported yet"
          : "a functional model is supported where its layers are called one by one, from its inputs to one output",
      );
    }
}

/** The statements that call the layers, in order; the input is the first. */
function groupsOf(plan: ModelPlan, chain: Chain): Group[] {
  const groups: Group[] = [];
  for (const layer of plan.layers) {
    const call = callOf(layer, chain);
    const statement = enclosingStatement(call);
    if (!statement) throw new Unsupported(call, "this call of a layer is not supported");
    const last = groups.at(-1);
    if (last?.statement === statement) last.layers.push(layer);
    else groups.push({ statement, layers: [layer] });
  }
  for (const { statement, layers } of groups) {
    const last = callOf(layers.at(-1) as PlannedLayer, chain);
    const inModel = isWithin(last, plan.node);
    const named =
      statement.type === "Assign" && statement.value === last && boundName(statement) !== undefined;
    if (!named && !inModel)
      throw new Unsupported(
        statement,
        "a layer that is called inside another statement is not supported yet",
      );
  }
  if (new Set(groups.map(({ statement }) => statement)).size < groups.length)
    throw new Unsupported(plan.node, "layers of this model are called in another order than they stand in");
  return groups;
}

function callOf({ use }: PlannedLayer, chain: Chain): Call {
  return use.expr === chain.input.expr ? (chain.input.made as Call) : (use.expr.parent as Call);
}

/**
 * The tensors between the layers are gone: nothing else may look at them. Statements that call layers
 * for a tensor which no model takes are given back.
 */
function deadCalls(rewriter: Rewriter, plan: ModelPlan, chain: Chain, groups: readonly Group[]): Stmt[] {
  const others = rewriter.program.models.filter(
    (model) => (model.chain ?? model.part?.of.chain)?.input.made === chain.input.made,
  );
  const within: Node[] = [
    plan.node,
    ...groups.map(({ statement }) => statement),
    ...others.flatMap(({ node, chain: other }) => [
      node,
      ...(other?.steps ?? []).flatMap(({ made }) => enclosingStatement(made) ?? []),
    ]),
  ];
  const isTensor = (node: Expr) =>
    alternatives(rewriter.program.valueOf(node) ?? UNKNOWN).some(
      (one) =>
        (one.kind === "keras-tensor" && rootsOf(one).includes(chain.input.made)) ||
        (one.kind === "object" && one.node === chain.input.made),
    );
  const dead = new Set<Stmt>();
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Name" || within.some((one) => isWithin(node, one))) return;
    if (!isTensor(node)) return;
    const statement = enclosingStatement(node);
    if (statement?.type !== "Assign" || !boundName(statement) || !isTensor(statement.value))
      throw new Unsupported(
        node,
        "a tensor of a functional model that is used elsewhere is not supported yet",
      );
    dead.add(statement);
  });
  return [...dead];
}

/** Each statement that calls a layer becomes a line, the first opens the model and the last closes it. */
function inPlace(
  rewriter: Rewriter,
  plan: ModelPlan,
  own: Stmt,
  first: Group,
  rest: readonly Group[],
  last: Group | undefined,
): void {
  const { text } = rewriter;
  const nl = lineBreak(text);
  const indent = indentation(text, own.start);
  const inner = deeper(indent);
  const opening = `${headOf(rewriter, plan, own)}${sequential(rewriter, plan)}(`;
  const opened = lines(rewriter, modulesIn(first));
  rewriter.edits.replace(
    first.statement.start,
    first.statement.end,
    [opening, ...opened].join(nl + inner),
    RULE,
  );
  reindentComments(rewriter, first.statement, [...rest.map(({ statement }) => statement), own], indent);
  for (const { statement, layers } of rest) {
    const code = lines(rewriter, modulesIn({ layers }));
    if (code.length > 0) replaceByLines(rewriter, statement, code, inner);
    else
      rewriter.edits.remove(lineStart(text, statement.start), lineEnd(text, statement.end) + nl.length, RULE);
  }
  const closing = last ? lines(rewriter, modulesIn(last)).map((line) => inner + line) : [];
  const close = indent + closed(rewriter, plan, own);
  rewriter.edits.replace(lineStart(text, own.start), own.end, [...closing, close].join(nl), RULE);
  finishStatement(rewriter, plan, own);
}

/** All layers move to where the model is made. */
function gathered(rewriter: Rewriter, plan: ModelPlan, own: Stmt, statements: readonly Stmt[]): void {
  requireNames(rewriter, plan);
  const { text } = rewriter;
  const nl = lineBreak(text);
  const indent = indentation(text, own.start);
  const code = lines(rewriter, modulesIn(plan)).map((line) => deeper(indent) + line);
  const whole = [`${sequential(rewriter, plan)}(`, ...code, indent + closed(rewriter, plan, own)].join(nl);
  rewriter.removeStatements(statements, RULE);
  rewriter.edits.absorb(text, plan.node.start, plan.node.end);
  if (own.type === "Return")
    rewriter.edits.replace(own.start, plan.node.start, headOf(rewriter, plan, own), RULE);
  rewriter.edits.replace(plan.node.start, plan.node.end, whole, RULE);
  finishStatement(rewriter, plan, own);
}
