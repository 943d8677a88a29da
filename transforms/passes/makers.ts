/** What made layers that are written elsewhere now goes where nothing reads it. */
import type { Expr, Node, Stmt } from "../../grammars/nodes.ts";
import { isTarget, walk } from "../../grammars/walk.ts";
import { lineStart, nextLine, standsAlone } from "../../src/emit/lines.ts";
import { isBlankLine } from "../removal.ts";
import type { Rewriter } from "../rewriter.ts";

/** Removes what made layers that are written elsewhere now: functions, lambdas, `partial`, options in dicts. */
export function removeMakers(rewriter: Rewriter): void {
  const removed: Stmt[] = [];
  walk(rewriter.program.module, (node) => {
    if (node.type === "FunctionDef" && rewriter.inlined.has(node)) {
      if (isRead(rewriter, node.name, node)) return true;
      removed.push(node);
      return false;
    }
    if (node.type !== "Assign" || node.targets.length !== 1) return true;
    const [target] = node.targets;
    if (target?.type !== "Name" || !isMaker(rewriter, node.value, target.id)) return true;
    if (!isRead(rewriter, target.id, node)) removed.push(node);
    return true;
  });
  for (const statement of removed) removeWithBlank(rewriter, statement);
  if (removed.length > 0) removePartialImport(rewriter);
}

/** Removes a statement with the empty lines below it, where there are some above it too. */
function removeWithBlank(rewriter: Rewriter, statement: Stmt): void {
  const { text } = rewriter;
  rewriter.edits.absorb(text, statement.start, statement.end);
  rewriter.removeStatements([statement], "model");
  const start = lineStart(text, statement.start);
  if (!standsAlone(text, statement) || !isBlankLine(text, lineStart(text, start - 1))) return;
  let end = nextLine(text, statement.end);
  for (; isBlankLine(text, end); end = nextLine(text, end))
    if (!rewriter.edits.covers(end, nextLine(text, end)))
      rewriter.edits.remove(end, nextLine(text, end), "model");
}

function isMaker(rewriter: Rewriter, value: Expr, name: string): boolean {
  if (rewriter.edits.covers(value.start, value.end)) return false;
  if (value.type === "Lambda") return rewriter.inlined.has(value);
  const known = rewriter.program.valueOf(value);
  if (known?.kind === "partial") return true;
  if (known?.kind !== "dict" || (value.type !== "Dict" && value.type !== "Call")) return false;
  let pure = true;
  walk(value, (one) => {
    if (one.type === "Call" && one !== value)
      pure &&= rewriter.program.calls.get(one)?.every((fact) => fact.value.kind === "object") ?? false;
  });
  return pure && isSpread(rewriter, name);
}

/** Whether all reads of a dict take it apart or take something out of it, and none is left. */
function isSpread(rewriter: Rewriter, name: string): boolean {
  let reads = 0;
  let others = 0;
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Name" || node.id !== name || isTarget(node)) return;
    const { parent } = node;
    const taken = parent?.type === "Argument" && parent.star === "**";
    const item = (parent?.type === "Subscript" || parent?.type === "Attribute") && parent.value === node;
    if (taken || item) reads++;
    else others++;
  });
  return reads > 0 && others === 0;
}

/** Whether something that stays, or that was written, reads a name. */
function isRead(rewriter: Rewriter, name: string, but: Node): boolean {
  let found = false;
  walk(rewriter.program.module, (node) => {
    if (node === but) return false;
    if (node.type === "Name" && node.id === name && !isTarget(node))
      found ||= !rewriter.edits.covers(node.start, node.end);
    return !found;
  });
  return found || rewriter.edits.all.some(({ text }) => mentions(text, name));
}

/** Whether a text that was written holds a name. */
function mentions(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const [before, after] = [text[at - 1] ?? " ", text[at + name.length] ?? " "];
    if (!/\w/.test(before) && !/\w/.test(after)) return true;
  }
  return false;
}

function removePartialImport(rewriter: Rewriter): void {
  for (const statement of rewriter.program.module.body) {
    if (statement.type !== "ImportFrom" || statement.module !== "functools" || statement.names.length !== 1)
      continue;
    const [alias] = statement.names;
    const name = alias?.asname ?? alias?.name ?? "";
    if (alias?.name === "partial" && !isRead(rewriter, name, statement))
      rewriter.removeStatement(statement, "imports");
  }
}
