/** What a script does with `tf.data` pipelines besides training on them. */
import type { Expr } from "../../grammars/nodes.ts";
import { alternatives } from "../../src/analysis/values.ts";
import { isPipeline } from "../pipelines.ts";
import type { Rewriter } from "../rewriter.ts";
import { isIterated } from "./image-batches.ts";

const RULE = "pipeline";

/** Reports loops over data sets, whose tensors are not followed, and methods that no table has. */
export function checkPipelines(rewriter: Rewriter): void {
  for (const [node, value] of rewriter.program.machine.values) {
    if (!alternatives(value).some(isPipeline)) continue;
    const { parent } = node;
    if (parent?.type === "Attribute" && parent.value === node) {
      const call = parent.parent;
      const fact = call?.type === "Call" && call.func === parent && rewriter.program.calls.get(call);
      const known = alternatives(value).every((one) => isPipeline(one) && one.attributes.has(parent.attr));
      if (!fact && !known)
        rewriter.report(parent, RULE, `\`${parent.attr}\` of a data set is not supported yet`);
    } else if (isIterated(node) && !isOwnFunction(rewriter, node))
      rewriter.report(
        node,
        RULE,
        "a loop over a data set, or a function that may have one, is not supported yet",
        "Loop over the arrays that it is made of.",
      );
  }
}

/** Whether a value is given to a function of the script, which is followed. */
function isOwnFunction(rewriter: Rewriter, node: Expr): boolean {
  const call = node.parent?.type === "Argument" ? node.parent.parent : undefined;
  return call?.type === "Call" && rewriter.program.valueOf(call.func)?.kind === "function";
}
