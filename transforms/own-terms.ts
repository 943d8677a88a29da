/** What the script itself does with weights: regularizers, constraints and initializers of its own. */
import type { FunctionValue } from "../src/analysis/values.ts";

/** A regularizer or constraint of the script's own. */
export interface WeightFunction {
  readonly rule: FunctionValue;
  /** Whether it is known to give one number. */
  readonly scalar: boolean;
  /** The text of what it gives for a weight. */
  readonly on: (weight: string) => string;
  /** What is called; an expression over the weight stands in the place of a call where there is none. */
  readonly name?: string;
}

/** An initializer of the script's own. */
export interface MakingFunction {
  readonly rule: FunctionValue;
  /** Whether it gives a tensor, not an array. */
  readonly tensor: boolean;
  /** The text of what it gives for a shape. */
  readonly on: (shape: string) => string;
}
