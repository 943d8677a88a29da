/** What the arguments of a layer say about one of its weights: initializer, regularizer, constraint. */
import { constraintLines } from "../constraints.ts";
import type { Fans } from "../initializers.ts";
import type { LayerContext, Module } from "../layer.ts";
import { penaltyTerms } from "../regularizers.ts";
import { axisIn, type WeightForm } from "../weights.ts";

/** Where a weight of Keras's is kept. */
export interface Place {
  /** The module's parameter. */
  readonly torch: string;
  readonly form: WeightForm;
  /** Axes of Keras's array. */
  readonly rank: number;
  readonly fans?: Fans;
  /** The last part of the weight's name in Keras, where it is not that of the arguments. */
  readonly keras?: string;
}

export type Said = Required<Pick<Module, "initialize" | "penalties" | "constraints" | "weights">>;

/** @param name what the arguments begin with: `kernel` of `kernel_initializer` */
export function parameterOf(context: LayerContext, name: string, place: Place): Said {
  const { args } = context;
  const { torch, form, rank, fans, keras } = place;
  return {
    initialize: context.initializer(`${name}_initializer`, torch, fans),
    penalties: penaltyTerms(args, `${name}_regularizer`, torch),
    constraints: constraintLines(
      args,
      `${name}_constraint`,
      torch,
      (axis) => axisIn(form, rank, axis),
      (helper) => context.helper(helper),
    ),
    weights: [{ keras: keras ?? name, torch: [torch], form, rank }],
  };
}

/** What is said about several weights of one module. */
export function together(...all: readonly Said[]): Said {
  return {
    initialize: all.flatMap((one) => one.initialize),
    penalties: all.flatMap((one) => one.penalties),
    constraints: all.flatMap((one) => one.constraints),
    weights: all.flatMap((one) => one.weights),
  };
}

/** A bias: Keras counts its length as both of its fans. */
export function biasPlace(units: number | undefined): Place {
  return { torch: "bias", form: "same", rank: 1, fans: { in: units, out: units } };
}
