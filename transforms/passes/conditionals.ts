/**
 * `if K.image_data_format() == "channels_first": ... else: ...` keeps the branch that is taken:
 * the answer is settled by the conversion.
 */
import type { If, Module, Node, Stmt, With } from "../../grammars/nodes.ts";
import { isWithin, walk } from "../../grammars/walk.ts";
import { truth } from "../../src/analysis/values.ts";
import { indentation, lineStart, nextLine } from "../../src/emit/lines.ts";
import { Unsupported } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";

/** Conditionals on Keras whose answer is known, outermost first. */
export function settledConditionals(rewriter: Rewriter): { node: If; taken: boolean }[] {
  const found: { node: If; taken: boolean }[] = [];
  walk(rewriter.program.module as Module, (node: Node) => {
    if (node.type !== "If") return true;
    const value = rewriter.program.valueOf(node.test);
    const taken = value && truth(value);
    if (taken === undefined || !rewriter.kerasIn(node.test)) return true;
    found.push({ node, taken });
    return true;
  });
  return found;
}

/** Whether a node stands in a branch that is never taken. */
export function inDeadBranch(settled: readonly { node: If; taken: boolean }[], node: Node): boolean {
  return settled.some(({ node: conditional, taken }) => {
    const dead = taken ? conditional.orelse : conditional.body;
    return dead.some((statement) => isWithin(node, statement));
  });
}

export function foldConditionals(rewriter: Rewriter, settled: readonly { node: If; taken: boolean }[]): void {
  for (const { node, taken } of [...settled].reverse())
    rewriter.attempt("conditional", () => {
      const branch = taken ? node.body : node.orelse;
      for (const statement of branch) {
        const left = rewriter.kerasIn(statement);
        if (left)
          throw new Unsupported(
            left,
            `\`${rewriter.text.slice(left.start, left.end)}\` is not supported here`,
          );
      }
      fold(rewriter, node, branch);
    });
}

/** Moves the statements of blocks out of them, when all else is written. */
export function openBlocks(rewriter: Rewriter, blocks: readonly With[]): void {
  for (const node of [...blocks].reverse()) fold(rewriter, node, node.body);
}

function fold(rewriter: Rewriter, node: If | With, branch: readonly Stmt[]): void {
  const { text } = rewriter;
  const [first] = branch;
  if (!first) {
    rewriter.edits.absorb(text, node.start, node.end);
    rewriter.removeStatement(node, "conditional");
    return;
  }
  const last = branch.at(-1) as Stmt;
  const own = indentation(text, node.start);
  const inner = indentation(text, first.start);
  const start = branchStart(text, first, node);
  const body = rewriter.edits.absorb(text, start, last.end);
  const dedented = body
    .split("\n")
    .map((line) => (line.startsWith(inner) ? own + line.slice(inner.length) : line))
    .join("\n");
  rewriter.edits.absorb(text, node.start, node.end);
  rewriter.edits.replace(lineStart(text, node.start), node.end, dedented, "conditional");
}

/** The first line of a branch, comments above its first statement included. */
function branchStart(text: string, first: Stmt, node: If | With): number {
  let at = lineStart(text, first.start);
  while (at > node.start) {
    const before = lineStart(text, at - 1);
    if (before <= node.start || !text.slice(before, nextLine(text, before)).trim().startsWith("#")) break;
    at = before;
  }
  return at;
}
