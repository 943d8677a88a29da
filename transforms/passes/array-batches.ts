/** Arrays that stand beside data that come batch by batch. */
import type { Argument, Call, Expr } from "../../grammars/nodes.ts";
import { outerSpan } from "../../grammars/walk.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";
import { isZero } from "./batches.ts";

const RULE = "training";

/**
 * Arrays that are given where other calls give batches become batches: `x, y, batch_size=32` is
 * `array_batches(x, y, batch_size=32)`.
 *
 * @param helper the function that the arrays are given to
 * @param taken collects the arguments that move into it
 */
export function wrapArrays(
  rewriter: Rewriter,
  call: Call,
  args: Arguments,
  helper: "fit" | "evaluate" | "predict",
  taken: Set<Argument>,
): void {
  const names = helper === "predict" ? ["x"] : ["x", "y"];
  const arrays = names.map((name) => args.argument(name));
  const [first] = arrays;
  const last = arrays.at(-1);
  if (!first || !last || arrays.some((array, i) => call.args[i] !== array))
    throw new Unsupported(call, "arrays beside generators are only supported as the first arguments, `x, y`");
  const split = args.has("validation_split") && !isZero(args.value("validation_split"));
  const moves: string[] = [];
  const passes = split ? ["x", "y"] : [];
  const weights = args.argument("sample_weight");
  if (weights && !args.isNone("sample_weight")) {
    if (split)
      throw new Unsupported(
        weights,
        "`sample_weight` with `validation_split` in a script with generators is not supported yet",
      );
    moves.push(args.required("sample_weight"));
  }
  if (split) moves.push(args.required("validation_split"));
  for (const name of ["batch_size", ...(helper === "fit" ? ["shuffle"] : [])]) {
    const node = args.argument(name);
    if (node) taken.add(node);
    if (node && !args.isNone(name)) moves.push(`${name}=${args.text(name)}`);
    else if (name === "shuffle" && !split) moves.push("shuffle=True");
    else continue;
    passes.push(name);
  }
  for (const name of ["sample_weight", "validation_split"]) {
    const node = args.argument(name);
    if (node) taken.add(node);
  }
  const wrapper = split
    ? `**${rewriter.helper("split_batches", passes)}`
    : rewriter.helper("array_batches", passes);
  for (const node of arrays)
    if (node && node.name !== null) rewriter.edits.remove(node.start, outerSpan(node.value).start, RULE);
  rewriter.edits.insert(outerSpan(first.value).start, `${wrapper}(`, RULE);
  rewriter.edits.insert(outerSpan(last.value).end, `${moves.map((one) => `, ${one}`).join("")})`, RULE);
}

/** A pair of arrays as `validation_data`, or three with weights. */
export function wrapPair(rewriter: Rewriter, pair: Expr): void {
  const helper = rewriter.helper("array_batches");
  const span = outerSpan(pair);
  const display = pair.type === "Tuple" && rewriter.text[span.start] === "(";
  rewriter.edits.insert(span.start, display ? helper : `${helper}(*`, RULE);
  if (!display) rewriter.edits.insert(span.end, ")", RULE);
}
