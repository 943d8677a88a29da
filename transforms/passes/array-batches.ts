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
 * @param taken collects the arguments that move into it
 */
export function wrapArrays(
  rewriter: Rewriter,
  call: Call,
  args: Arguments,
  fits: boolean,
  taken: Set<Argument>,
): void {
  const [x, y] = [args.argument("x"), args.argument("y")];
  if (!x || !y || call.args[0] !== x || call.args[1] !== y)
    throw new Unsupported(call, "arrays beside generators are only supported as the first arguments, `x, y`");
  if (args.has("validation_split") && !isZero(args.value("validation_split")))
    throw new Unsupported(call, "`validation_split` in a script with generators is not supported yet");
  const options: string[] = [];
  const passes = ["x", "y"];
  for (const name of ["batch_size", ...(fits ? ["shuffle"] : [])]) {
    const node = args.argument(name);
    if (node) taken.add(node);
    if (node && !args.isNone(name)) options.push(`${name}=${args.text(name)}`);
    else if (name === "shuffle") options.push("shuffle=True");
    else continue;
    passes.push(name);
  }
  const helper = rewriter.helper("array_batches", passes);
  for (const node of [x, y])
    if (node.name !== null) rewriter.edits.remove(node.start, outerSpan(node.value).start, RULE);
  rewriter.edits.insert(outerSpan(x.value).start, `${helper}(`, RULE);
  rewriter.edits.insert(outerSpan(y.value).end, `${options.map((one) => `, ${one}`).join("")})`, RULE);
}

/** A pair of arrays as `validation_data`. */
export function wrapPair(rewriter: Rewriter, pair: Expr): void {
  const helper = rewriter.helper("array_batches", ["x", "y"]);
  const span = outerSpan(pair);
  const display = pair.type === "Tuple" && rewriter.text[span.start] === "(";
  rewriter.edits.insert(span.start, display ? helper : `${helper}(*`, RULE);
  if (!display) rewriter.edits.insert(span.end, ")", RULE);
}
