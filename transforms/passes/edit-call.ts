/** Changes inside the parentheses of a call that otherwise stays as it is written. */
import type { Argument, Call } from "../../grammars/nodes.ts";
import { lineStart } from "../../src/emit/lines.ts";
import type { Rewriter } from "../rewriter.ts";

const RULE = "call";

/** Removes arguments with the comma and white space that belong to them. */
export function removeArguments(rewriter: Rewriter, call: Call, removed: ReadonlySet<Argument>): void {
  const kept = call.args.filter((arg) => !removed.has(arg));
  const [first] = call.args;
  if (kept.length === 0 && first) {
    rewriter.edits.remove(first.start, (call.args.at(-1) as Argument).end, RULE);
    return;
  }
  for (const [i, arg] of call.args.entries()) {
    if (!removed.has(arg)) continue;
    const next = call.args[i + 1];
    const before = call.args.slice(0, i).findLast((one) => !removed.has(one));
    if (next && (!before || kept.some((one) => one.start > arg.start)))
      rewriter.edits.remove(arg.start, next.start, RULE);
    else rewriter.edits.remove(call.args[i - 1]?.end ?? arg.start, arg.end, RULE);
  }
}

/** Lines that were aligned with the opening parenthesis stay aligned with it. */
export function realignArguments(rewriter: Rewriter, call: Call, headLength: number): void {
  const { text } = rewriter;
  const start = lineStart(text, call.start);
  const name = headLength;
  const before = call.argsSpan.start + 1 - start;
  const after = call.start - start + name;
  for (
    let at = text.indexOf("\n", call.argsSpan.start);
    at >= 0 && at < call.end;
    at = text.indexOf("\n", at + 1)
  ) {
    const line = at + 1;
    const blank = text.slice(line, line + before);
    if (blank.length < before || blank.trim() !== "" || text[line + before] === " ") continue;
    if (rewriter.edits.covers(line, line + before)) continue;
    if (after < before) rewriter.edits.remove(line + after, line + before, RULE);
    else if (after > before) rewriter.edits.insert(line + before, " ".repeat(after - before), RULE);
  }
}
