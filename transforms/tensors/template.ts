/** Writes a call anew from pieces of text and its own arguments. */
import type { Call, Expr, Node } from "../../grammars/nodes.ts";
import { outerSpan, walk } from "../../grammars/walk.ts";
import type { Arguments } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";
import { NotNumPy, type Pieces } from "./operands.ts";

const RULE = "tensors";

/**
 * Arguments that keep their order stay where they are, and only the text around them is edited: a
 * `model.predict(x)` among them is still to be rewritten by the rule for it.
 */
export function writeTemplate(rewriter: Rewriter, call: Call, args: Arguments, pieces: Pieces): void {
  const named = pieces.map((part) =>
    typeof part !== "string" && "helper" in part ? rewriter.helper(part.helper, part.passes) : part,
  );
  const parts = joinTexts(named);
  const used = parts.flatMap((part) => (typeof part === "string" ? [] : [exprOf(args, part.arg)]));
  rewriter.use(parts.filter((part) => typeof part === "string").join(" "));
  if (used.every((expr, i) => i === 0 || (used[i - 1] as Expr).end <= expr.start)) {
    let at = call.start;
    let gap = "";
    for (const part of parts) {
      if (typeof part === "string") {
        gap = part;
        continue;
      }
      const span = outerSpan(exprOf(args, part.arg));
      edit(rewriter, at, span.start, gap);
      at = span.end;
      gap = "";
    }
    edit(rewriter, at, call.end, gap);
    return;
  }
  if (used.some((expr) => usesModel(rewriter, expr))) throw new NotNumPy();
  const text = parts.map((part) => (typeof part === "string" ? part : (args.text(part.arg) ?? ""))).join("");
  rewriter.edits.absorb(rewriter.text, call.start, call.end);
  rewriter.edits.replace(call.start, call.end, text, RULE);
}

function exprOf(args: Arguments, name: string): Expr {
  const expr = args.expr(name);
  if (!expr) throw new NotNumPy();
  return expr;
}

type Part = string | { readonly arg: string };

/** Texts that follow one another are one. */
function joinTexts(pieces: readonly Part[]): readonly Part[] {
  const joined: Part[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (typeof piece === "string" && typeof last === "string") joined[joined.length - 1] = last + piece;
    else joined.push(piece);
  }
  return joined;
}

/** What the source has already, but for white space, stays: arguments keep their lines. */
function edit(rewriter: Rewriter, start: number, end: number, text: string): void {
  const before = rewriter.text.slice(start, end);
  if (before === text) return;
  if (before.replaceAll(/\s/g, "") === text.replaceAll(/\s/g, "") && !before.includes("#")) return;
  rewriter.edits.absorb(rewriter.text, start, end);
  rewriter.edits.replace(start, end, text, RULE);
}

function usesModel(rewriter: Rewriter, expr: Expr): boolean {
  let found = false;
  walk(expr, (node) => {
    if (
      node.type === "Call" &&
      rewriter.program.calls.get(node)?.some((fact) => fact.receiver?.kind === "model")
    )
      found = true;
    return !found;
  });
  return found;
}

/** Indices that PyTorch takes as TensorFlow does: numbers, slices forwards and `...`. */
export function isPlainIndex(index: Node): boolean {
  let plain = true;
  walk(index, (one) => {
    if (one.type === "Slice" && one.step) plain = false;
    if (one.type === "Attribute" && one.attr === "newaxis") return false;
    if (one.type === "Call" || one.type === "Attribute" || one.type === "Compare") plain = false;
    return plain;
  });
  return plain;
}
