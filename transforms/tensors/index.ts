/**
 * Functions of TensorFlow, of Keras's backend and of `keras.ops` on the data around a model, such
 * as `tf.argmax(predictions, axis=1)`: NumPy's function takes their place. What they are given
 * must be known to be NumPy data; inside losses, layers and training steps the call stays.
 */
import { UNKNOWN } from "../../src/analysis/values.ts";
import type { FunctionEntry } from "../functions.ts";
import { seesTensors } from "./callers.ts";
import { isChanged } from "./in-place.ts";
import { type Given, isData, NotNumPy } from "./operands.ts";
import { callOf } from "./row.ts";
import { ROWS } from "./rows.ts";
import { writeTemplate } from "./template.ts";

export const TENSORS: readonly FunctionEntry[] = ROWS.flatMap((row) =>
  row.apis.map(
    ({ paths, signature }): FunctionEntry => ({
      paths,
      signature,
      result: ({ args, machine }) => {
        const given: Given = {
          version: machine.version,
          value: (name) => args.given.get(name)?.value ?? args.default(name) ?? { kind: "none" },
          expr: (name) => args.given.get(name)?.expr,
        };
        return row.data.every((name) => isData(given.value(name)))
          ? (orLeave(() => row.type(given)) ?? UNKNOWN)
          : UNKNOWN;
      },
      replace: (args, rewriter, call) => {
        const whole = call.args.every((arg) => !arg.star) && args.unbound.length === 0;
        if (whole && row.data.every((name) => isData(args.value(name))) && !seesTensors(rewriter, call))
          orLeave(() => {
            const pieces = row.form({
              version: rewriter.program.version,
              value: (name) => args.value(name),
              expr: (name) => args.expr(name),
            });
            const copied = row.views && row.data.some((name) => isChanged(rewriter, args.expr(name)));
            writeTemplate(rewriter, call, args, copied ? callOf("np.array", [pieces]) : pieces);
          });
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
