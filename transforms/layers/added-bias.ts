/** Along which axis Keras 3 adds a bias: not always the one that it is the bias of. */
import { int } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { LayerContext } from "../layer.ts";
import type { Dim } from "../sizes.ts";
import { channelsFirst } from "./spatial.ts";

/** What users should know of it, for the table of layers. */
export const BIAS_NOTE =
  "With the channels first, Keras 3 adds the bias along the last axis where that is as long as the channels: reported.";

const HINT = "Leave the bias out (`use_bias=False`), put the channels last, or choose another size.";

/**
 * Reports a bias that Keras 3 adds along another axis than its own: its `ops.add` takes whatever has one
 * axis longer than 1 for a bias of TensorFlow's, which it adds along the last axis if that is as long,
 * else along the first if that one is.
 *
 * @param bias its sizes, as they stand against the last ones of what the layer gives
 */
export function requireOwnAxis(context: LayerContext, bias: readonly Dim[]): void {
  if (context.version !== "keras3" || !context.output) return;
  const { shape } = context.output;
  const [one, ...others] = bias.flatMap((dim, i) =>
    dim?.value === 1 ? [] : [{ dim, axis: shape.length - bias.length + i }],
  );
  if (!one || others.length > 0) return;
  for (const axis of [shape.length - 1, 0]) {
    if (axis === one.axis) return;
    const known = one.dim?.value !== undefined && shape[axis]?.value !== undefined;
    if (known && one.dim?.value !== shape[axis]?.value) continue;
    const place = axis === 0 ? "first" : "last";
    if (known)
      throw new Unsupported(
        context.node,
        `Keras 3 adds this layer's bias along the ${place} axis, because that is as long: a bug of Keras`,
        HINT,
      );
    context.note(
      `Keras 3 adds this layer's bias along the ${place} axis where that turns out to be as long, a bug of Keras; here it is added along its own`,
    );
  }
}

/** The same of the bias of a layer over maps, one number a channel. */
export function requireChannelBias(context: LayerContext, axes: number, channels: Dim): void {
  if (channelsFirst(context.args)) requireOwnAxis(context, [channels, ...Array<Dim>(axes).fill(int(1))]);
}
