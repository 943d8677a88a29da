/** What a script does with `tf.data` pipelines besides training on them. */
import type { Expr } from "../../grammars/nodes.ts";
import { alternatives, type Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import { isPipeline, ROWS, WINDOWS } from "../pipelines.ts";
import type { Rewriter } from "../rewriter.ts";
import { isIterated } from "./image-batches.ts";

const RULE = "pipeline";

/** Loops over data sets get arrays; methods that no table has, and unknown functions, are reported. */
export function rewritePipelines(rewriter: Rewriter): void {
  for (const [node, value] of rewriter.program.machine.values) {
    if (!alternatives(value).some(isPipeline)) continue;
    const { parent } = node;
    if (parent?.type === "Attribute" && parent.value === node) {
      const call = parent.parent;
      const fact = call?.type === "Call" && call.func === parent && rewriter.program.calls.get(call);
      const known = alternatives(value).every((one) => isPipeline(one) && one.attributes.has(parent.attr));
      if (!fact && !known)
        rewriter.report(parent, RULE, `\`${parent.attr}\` of a data set is not supported yet`);
    } else if (isGivenToKnown(rewriter, node)) continue;
    else if (isLooped(node)) rewriter.attempt(RULE, () => rewriteLoop(rewriter, node, value));
    else if (isIterated(node) && !isOwnFunction(rewriter, node))
      rewriter.report(
        node,
        RULE,
        "what this function does with a data set is not known here",
        "Loop over the data set, or give the function arrays.",
      );
  }
}

/** Functions of Python that go through what they are given, one by one. */
const LOOPS = new Set(["enumerate", "zip", "iter", "list"]);

/** Whether something goes through a data set: what it gets is arrays then. */
export function isLooped(node: Expr): boolean {
  const { parent } = node;
  if (parent?.type === "For") return parent.iter === node;
  if (parent?.type === "Comprehension") return parent.clauses.some((clause) => clause.iter === node);
  const call = parent?.type === "Argument" ? parent.parent : undefined;
  return call?.type === "Call" && call.func.type === "Name" && LOOPS.has(call.func.id);
}

function rewriteLoop(rewriter: Rewriter, node: Expr, value: Value): void {
  for (const one of alternatives(value)) {
    if (!isPipeline(one) || one.made === WINDOWS)
      throw new Unsupported(node, "a loop over windows that are not put together is not supported yet");
    if (one.made === ROWS && one.args)
      throw new Unsupported(node, "a loop over rows that are shuffled one by one is not supported yet");
  }
  const call = node.parent?.type === "Argument" ? node.parent.parent : undefined;
  const isIter = call?.type === "Call" && call.func.type === "Name" && call.func.id === "iter";
  const [fact] = (node.type === "Call" && rewriter.program.calls.get(node)) || [];
  const takes = fact?.construct.path.endsWith(".take") ? fact : undefined;
  const data = takes && node.type === "Call" && node.func.type === "Attribute" ? node.func.value : node;
  const count = takes && rewriter.arguments(takes.args, node).required("count");
  const { start, end } = isIter ? call : node;
  const text = asArrays(rewriter, data, count);
  rewriter.edits.absorb(rewriter.text, start, end);
  rewriter.edits.replace(start, end, text, RULE);
}

/** What a data set holds, or the first of it, as arrays. */
export function asArrays(rewriter: Rewriter, data: Expr, count?: string): string {
  const value = rewriter.program.valueOf(data);
  for (const one of value ? alternatives(value) : []) {
    if (one.kind !== "batches") continue;
    rewriter.switches.set(one.seen?.kind === "tuple" ? "ARRAYS_TOGETHER" : "ARRAYS_ALONE", true);
  }
  const helper = rewriter.helper("as_arrays", count === undefined ? [] : ["count"]);
  return `${helper}(${[rewriter.source(data), ...(count === undefined ? [] : [count])].join(", ")})`;
}

/** Whether a value is an argument of a function that a table takes care of. */
function isGivenToKnown(rewriter: Rewriter, node: Expr): boolean {
  const call = node.parent?.type === "Argument" ? node.parent.parent : undefined;
  const [fact] = (call?.type === "Call" && rewriter.program.calls.get(call)) || [];
  const path = fact?.construct.path ?? "";
  return path.startsWith("tensorflow.data.") || path.endsWith(".adapt");
}

/** Whether a value is given to a function of the script, which is followed. */
function isOwnFunction(rewriter: Rewriter, node: Expr): boolean {
  const call = node.parent?.type === "Argument" ? node.parent.parent : undefined;
  return call?.type === "Call" && rewriter.program.valueOf(call.func)?.kind === "function";
}
