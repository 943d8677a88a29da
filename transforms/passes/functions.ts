/** Calls of functions of Keras that stand by themselves. */
import type { Call, Expr, Node } from "../../grammars/nodes.ts";
import { enclosingStatement } from "../../grammars/walk.ts";
import type { CallFact } from "../../src/analysis/machine.ts";
import { join } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type FunctionEntry, functionConstructs } from "../functions.ts";
import type { Rewriter } from "../rewriter.ts";
import { rewriteCallback } from "./callbacks.ts";

/** Calls in the order of the source, the innermost first. */
export function rewriteFunctions(rewriter: Rewriter): void {
  const calls = [...rewriter.program.calls].sort(([a], [b]) => a.end - b.end || b.start - a.start);
  for (const [call, facts] of calls) {
    // A statement that is gone takes its calls with it.
    if (rewriter.edits.covers(call.start, call.end)) continue;
    const [fact] = facts as [CallFact, ...CallFact[]];
    const found = functionConstructs.get(fact.construct.path);
    if (found) rewriter.attempt("function", () => rewriteFunction(rewriter, call, facts, found.entry));
    // A callback for a model that stays Keras stays one of Keras's.
    else if (fact.construct.kind === "callback" && rewriter.left.size === 0)
      rewriter.attempt("callback", () => rewriteCallback(rewriter, call, facts));
  }
}

/** The arguments over all times that the call was reached. */
export function joined(rewriter: Rewriter, facts: readonly CallFact[]): Arguments {
  const [first, ...rest] = facts as [CallFact, ...CallFact[]];
  const given = new Map(first.args.given);
  for (const fact of rest) {
    for (const [name, bound] of fact.args.given) {
      const before = given.get(name);
      if (before) given.set(name, { ...before, value: join(before.value, bound.value) });
    }
  }
  return rewriter.arguments({ ...first.args, given }, first.call);
}

function rewriteFunction(
  rewriter: Rewriter,
  call: Call,
  facts: readonly CallFact[],
  entry: FunctionEntry,
): void {
  const args = joined(rewriter, facts);
  const replacement = entry.replace(args, rewriter, call);
  const [fact] = facts as [CallFact];
  switch (replacement.kind) {
    case "done":
      return;
    case "unsupported":
      throw new Unsupported(call, replacement.reason);
    case "expression":
      rewriter.edits.absorb(rewriter.text, call.start, call.end);
      rewriter.edits.replace(call.start, call.end, replacement.text, "function");
      return;
    case "callee": {
      for (const name of fact.args.given.keys()) args.value(name);
      args.finish(fact.construct.path, new Set());
      const kept = [...fact.args.given].filter(([name]) => !replacement.drops?.includes(name));
      const helper = rewriter.helper(
        replacement.helper,
        kept.map(([name]) => name),
      );
      if (kept.length < fact.args.given.size) {
        const passed = kept.map(([name]) => `${name}=${args.required(name)}`);
        rewriter.edits.absorb(rewriter.text, call.start, call.end);
        rewriter.edits.replace(call.start, call.end, `${helper}(${passed.join(", ")})`, "function");
        return;
      }
      rewriter.edits.replace(call.func.start, call.func.end, helper, "function");
      for (const [name, bound] of fact.args.given) {
        const node = bound.node;
        if (node?.name && node.name !== name)
          rewriter.edits.replace(node.start, node.start + node.name.length, name, "function");
      }
      return;
    }
    case "remove": {
      const statement = enclosingStatement(call);
      const whole = replacement.shown === true ? shown(call) : call;
      if (statement?.type !== "ExprStmt" || statement.value !== whole) {
        throw new Unsupported(
          call,
          `what \`${rewriter.text.slice(call.func.start, call.func.end)}\` returns has no meaning in PyTorch`,
        );
      }
      if (replacement.note !== undefined) rewriter.note(call, "left-out", replacement.note);
      rewriter.removeStatement(statement, "function");
    }
  }
}

/** Where notebooks show pictures. */
const DISPLAYS: ReadonlySet<string> = new Set(["SVG", "Image", "display"]);

/** What is written of a picture: its methods, and the call that shows it. */
function shown(call: Call): Node {
  let at: Node = call;
  for (let parent = at.parent; parent; parent = parent.parent) {
    const method: boolean = parent.type === "Attribute" || (parent.type === "Call" && parent.func === at);
    const display: boolean = parent.type === "Call" && DISPLAYS.has(nameOf(parent.func));
    if (!method && !display && parent.type !== "Argument") break;
    at = parent;
  }
  return at;
}

function nameOf(func: Expr): string {
  if (func.type === "Attribute") return func.attr;
  return func.type === "Name" ? func.id : "";
}
