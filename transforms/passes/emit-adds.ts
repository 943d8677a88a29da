/** `add` calls in a row become one `nn.Sequential(...)`, a line a layer; others `append` and `extend`. */
import type { Call, Stmt } from "../../grammars/nodes.ts";
import { blockOf, enclosingStatement, isWithin, walk } from "../../grammars/walk.ts";
import { deeper, indentation, lineBreak, lineEnd, lineStart } from "../../src/emit/lines.ts";
import { Unsupported } from "../arguments.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { after, codeOf, lines, sequential, targetOfValue } from "./model-code.ts";

const RULE = "model";

export function emitAdds(rewriter: Rewriter, plan: ModelPlan): void {
  const { text } = rewriter;
  const assignment = enclosingStatement(plan.node);
  const own = targetOfValue(assignment, plan.node);
  if (!assignment || !own) {
    throw new Unsupported(
      plan.node,
      "a model that layers are added to has to be assigned to a name of its own",
    );
  }
  const target = rewriter.source(own);
  const adds = plan.layers.map((layer) => addStatement(layer.use.add as Call));
  const block = blockOf(assignment);
  const indent = indentation(text, assignment.start);
  const nl = lineBreak(text);
  if (inARow(rewriter, block, assignment, adds)) {
    const inner = deeper(indent);
    rewriter.edits.replace(plan.node.start, plan.node.end, `${sequential(rewriter, plan)}(`, RULE);
    reindentComments(rewriter, assignment, adds, indent);
    const closing = [
      `${indent}).to(${rewriter.helper("device")})`,
      ...after(rewriter, plan, target).map((line) => indent + line),
    ].join(nl);
    plan.layers.forEach((layer, i) => {
      const add = adds[i] as Stmt;
      const made = indentation(text, layer.use.expr.start);
      const own = lines(rewriter, layer.modules).map((line) => shifted(line, nl, made, inner));
      if (own.length === 0) {
        const end = lineEnd(text, add.end);
        if (i === adds.length - 1) rewriter.edits.replace(lineStart(text, add.start), end, closing, RULE);
        else rewriter.edits.remove(lineStart(text, add.start), end + nl.length, RULE);
        return;
      }
      rewriter.edits.absorb(text, layer.use.expr.start, layer.use.expr.end);
      replaceByLines(rewriter, add, own, inner);
    });
    if (plan.layers.at(-1)?.modules.length !== 0)
      rewriter.edits.insert(lineEnd(text, (adds.at(-1) as Stmt).end), nl + closing, RULE);
    return;
  }
  checkPaths(plan, block, assignment, adds);
  rewriter.edits.replace(plan.node.start, plan.node.end, `${sequential(rewriter, plan)}()`, RULE);
  // After the last statement of the model's own block that a layer is added in.
  const lastInBlock = block.findLast((statement) => adds.some((add) => isWithin(add, statement)));
  const place = lastInBlock ?? assignment;
  const finishing = [`${target}.to(${rewriter.helper("device")})`, ...after(rewriter, plan, target)];
  const last = adds.indexOf(place as (typeof adds)[number]);
  // Where the last layer leaves nothing, its line is there for what follows.
  if (last >= 0 && plan.layers[last]?.modules.length === 0) {
    rewriter.edits.replace(place.start, place.end, finishing.join(nl + indent), RULE);
  } else
    rewriter.edits.insert(
      lineEnd(text, place.end),
      finishing.map((line) => nl + indent + line).join(""),
      RULE,
    );
  plan.layers.forEach((layer, i) => {
    const add = adds[i] as Stmt;
    const own = layer.modules.map((module) => codeOf(rewriter, module));
    if (own.length === 0 && i === last) return;
    if (own.length === 0) rewriter.removeStatement(add, RULE);
    else if (own.length === 1)
      rewriter.edits.replace(add.start, add.end, `${target}.append(${own[0]})`, RULE);
    else rewriter.edits.replace(add.start, add.end, `${target}.extend([${own.join(", ")}])`, RULE);
  });
}

/** The model is finished after the last `add` of its block: every path has to come by there. */
export function checkPaths(plan: ModelPlan, block: readonly Stmt[], from: Stmt, adds: readonly Stmt[]): void {
  const last = block.findLastIndex((statement) => adds.some((add) => isWithin(add, statement)));
  for (const model of plan.models) {
    const add = model.layers.at(-1)?.add;
    const finished = add && block[last] && isWithin(addStatement(add), block[last]);
    if (add && (!finished || block[last]?.type === "FunctionDef")) {
      throw new Unsupported(
        add,
        "a last layer that is added outside the block that makes the model is not supported yet",
      );
    }
  }
  for (const statement of block.slice(block.indexOf(from), last + 1)) {
    walk(statement, (node) => {
      if (node.type === "Return")
        throw new Unsupported(
          node,
          "a model that is returned before all its layers are added is not supported yet",
        );
      return node.type !== "FunctionDef" && node.type !== "Lambda";
    });
  }
}

export function addStatement(add: Call): Stmt {
  const statement = enclosingStatement(add);
  if (statement?.type !== "ExprStmt" || statement.value !== add) {
    throw new Unsupported(add, "`add` inside another expression is not supported");
  }
  return statement;
}

/** Whether the `add` calls follow the assignment with nothing but comments between them, a line each. */
export function inARow(
  rewriter: Rewriter,
  block: readonly Stmt[],
  assignment: Stmt,
  adds: readonly Stmt[],
): boolean {
  // `model.pop()` goes with the layer that it takes off.
  const left = block.filter((one) => !isPop(one) || !rewriter.edits.covers(one.start, one.end));
  const first = left.indexOf(assignment);
  if (adds.some((add, i) => left[first + 1 + i] !== add)) return false;
  const { text } = rewriter;
  const last = adds.at(-1) as Stmt;
  const after = text.slice(last.end, lineEnd(text, last.end)).trim();
  if (after !== "" && !after.startsWith("#")) return false;
  return [assignment, ...adds].every((statement, i) => {
    const alone = text.slice(lineStart(text, statement.start), statement.start).trim() === "";
    const next = adds[i];
    const between = next ? text.slice(statement.end, next.start) : "";
    return (
      alone && (!next || (between.includes("\n") && !between.slice(0, between.indexOf("\n")).includes(";")))
    );
  });
}

function isPop(statement: Stmt): boolean {
  const call = statement.type === "ExprStmt" && statement.value.type === "Call" ? statement.value : undefined;
  return call?.func.type === "Attribute" && call.func.attr === "pop";
}

/** Puts modules in the place of a statement, a line each; a comment after it stays with the first of them. */
export function replaceByLines(
  rewriter: Rewriter,
  statement: Stmt,
  code: readonly string[],
  indent: string,
): void {
  const { text } = rewriter;
  const start = lineBreak(text) + indent;
  const [head, ...rest] = comment(text, statement)
    ? [bare(code[0] as string), ...code.slice(1)]
    : [code.join(start)];
  rewriter.edits.replace(lineStart(text, statement.start), statement.end, indent + head, RULE);
  if (rest.length > 0)
    rewriter.edits.insert(lineEnd(text, statement.end), rest.map((line) => start + line).join(""), RULE);
}

/** Lines of a model that is made in the place of a layer, moved with it to another indentation. */
function shifted(code: string, nl: string, from: string, to: string): string {
  return code.split(`${nl}${from}`).join(nl + to);
}

/** Whether a comment stands on the line after the statement. */
function comment(text: string, statement: Stmt): boolean {
  return text.slice(statement.end, lineEnd(text, statement.end)).trimStart().startsWith("#");
}

/** A module without its note, which gives way to the script's own comment. */
function bare(line: string): string {
  const note = line.indexOf(",  # ");
  return note < 0 ? line : line.slice(0, note + 1);
}

/** Comments between the layers move in with them. */
export function reindentComments(
  rewriter: Rewriter,
  from: Stmt,
  adds: readonly Stmt[],
  indent: string,
): void {
  const { text } = rewriter;
  const to = adds.at(-1) as Stmt;
  for (const one of rewriter.program.module.comments) {
    if (one.start < from.end || one.start > to.start) continue;
    if (adds.some((add) => add.start < one.start && one.start < add.end)) continue;
    const start = lineStart(text, one.start);
    if (text.slice(start, one.start).trim() !== "") continue;
    rewriter.edits.replace(start, one.start, deeper(indent), RULE);
  }
}
