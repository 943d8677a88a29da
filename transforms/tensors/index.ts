/**
 * Functions of TensorFlow, of Keras's backend and of `keras.ops` on the data around a model, such
 * as `tf.argmax(predictions, axis=1)`: NumPy's function takes their place. What they are given
 * must be known to be NumPy data; inside losses, layers and training steps the call stays.
 */
import type { Call, Node } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import { alternatives, UNKNOWN } from "../../src/analysis/values.ts";
import type { FunctionEntry } from "../functions.ts";
import type { Rewriter } from "../rewriter.ts";
import { type Given, isData, NotNumPy } from "./operands.ts";
import { ROWS } from "./rows.ts";
import { writeTemplate } from "./template.ts";

export const TENSORS: readonly FunctionEntry[] = ROWS.flatMap((row) =>
  row.apis.map(
    ({ paths, signature }): FunctionEntry => ({
      paths,
      signature,
      result: ({ args }) => {
        const given: Given = {
          value: (name) => args.given.get(name)?.value ?? args.default(name) ?? { kind: "none" },
          expr: (name) => args.given.get(name)?.expr,
        };
        // A function whose own parameters are not known may be given tensors of a model.
        return row.data.every((name) => isData(given.value(name)))
          ? (orLeave(() => row.type(given)) ?? UNKNOWN)
          : UNKNOWN;
      },
      replace: (args, rewriter, call) => {
        const whole = call.args.every((arg) => !arg.star) && args.unbound.length === 0;
        if (whole && row.data.every((name) => isData(args.value(name))) && !seesTensors(rewriter, call))
          orLeave(() => writeTemplate(rewriter, call, args, row.form(args)));
        return { kind: "done" };
      },
    }),
  ),
);

/** The paths of the table: calls of these that stay are reported with their reason. */
export const TENSOR_PATHS: ReadonlySet<string> = new Set(TENSORS.flatMap((entry) => entry.paths));

function orLeave<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof NotNumPy) return undefined;
    throw error;
  }
}

/** Whether a call stands in a function with parameters of which nothing is known. */
function seesTensors(rewriter: Rewriter, call: Call): boolean {
  for (let node: Node | null = call; node; node = node.parent) {
    if (node.type !== "FunctionDef" && node.type !== "Lambda") continue;
    const names = new Set(node.params.map((parameter) => parameter.name));
    names.delete("self");
    let found = false;
    walk(node.type === "Lambda" ? node.body : node, (one) => {
      if (one.type !== "Name" || !names.has(one.id)) return !found;
      const value = rewriter.program.valueOf(one);
      found ||=
        value !== undefined && alternatives(value).some((each) => each.kind === "unknown" && !each.library);
      return !found;
    });
    if (found) return true;
  }
  return false;
}
