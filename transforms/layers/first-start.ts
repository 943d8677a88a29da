/** How weights start in Keras 1, where later versions do it in another way. */

import { Unsupported } from "../arguments.ts";
import { type Fans, scalingLine } from "../initializers.ts";
import type { LayerContext } from "../layer.ts";
import { isFirst } from "../releases.ts";
import type { Dim } from "../sizes.ts";
import { productOf } from "../sizes.ts";
import { channelsFirst, channelsOf, numbers } from "./spatial.ts";

export type Numbers = Exclude<Fans, "swapped">;

/** The default of most kernels. */
export const GLOROT = { scale: "1.0", mode: "fan_avg", distribution: "uniform" };

/** How Keras 1 counts the fans of a weight that is no kernel of a convolution, and those of its first axes for others. */
export function firstFans(dims: readonly (number | undefined)[]): Numbers {
  const all = dims.flatMap((dim) => (dim === undefined ? [] : [dim]));
  if (all.length < dims.length) return { in: undefined, out: undefined };
  const [first = 1, second = 1, ...rest] = all;
  if (all.length === 2) return { in: first, out: second };
  if (all.length > 3) return { in: second * productOf(rest), out: first * productOf(rest) };
  const root = Math.sqrt(productOf(all));
  return { in: root, out: root };
}

/**
 * A kernel that starts as in Keras 1: where the script names its initializer, is for a release of
 * Keras 1, or uses a layer that no later version has. Defaults are today's otherwise, as everywhere.
 */
export function startedAsFirst<T extends { readonly initialize: readonly string[] }>(
  { args, node }: LayerContext,
  said: T,
  fans: Numbers,
  only = false,
): T {
  const wanted = args.isGiven("kernel_initializer") || args.machine.release || only;
  const value = args.value("kernel_initializer");
  if (!wanted || said.initialize.some((line) => line.includes("weight")) || value.kind === "none")
    return said;
  const made = scalingLine("{}.weight", GLOROT, fans);
  if (!made)
    throw new Unsupported(
      args.argument("kernel_initializer") ?? node,
      "the sizes that this initializer depends on are not known here",
    );
  return { ...said, initialize: [made.line, ...said.initialize] };
}

/** Keras 1 counts the fans of these kernels in its own way, where the channels are the last axis. */
export function firstFansOf({ args, input }: LayerContext, kernel: readonly Dim[]): Numbers | undefined {
  if (!isFirst(args.version, args.machine.release) || kernel.length === 2 || channelsFirst(args)) return;
  const [known, channels] = [numbers(kernel), channelsOf(args, input)?.value];
  const filters = args.size("filters")?.value;
  if (!known || channels === undefined || filters === undefined) return { in: undefined, out: undefined };
  const [first = 1, second = 1] = known;
  // A kernel (k, 1, in, out) is read as (out, in, ...); of three sizes two count.
  if (known.length === 1) return { in: channels * filters, out: first * channels * filters };
  return { in: channels * first * second, out: filters * first * second };
}
