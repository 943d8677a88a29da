/** Output sizes of convolutions and pooling, as Keras computes them, on symbolic dimensions. */
import { numericBinOp } from "../src/analysis/operators.ts";
import { int, type Num } from "../src/analysis/values.ts";

export type Dim = Num | undefined;

export function plus(a: Dim, b: Dim): Dim {
  return a && b && numericBinOp("+", a, b);
}
export function minus(a: Dim, b: Dim): Dim {
  return a && b && numericBinOp("-", a, b);
}
export function times(a: Dim, b: Dim): Dim {
  return a && b && numericBinOp("*", a, b);
}
export function over(a: Dim, b: Dim): Dim {
  return a && b && numericBinOp("//", a, b);
}
export function product(dims: readonly Dim[]): Dim {
  return dims.reduce<Dim>((a, b) => times(a, b), int(1));
}

/**
 * The size of one axis after a window of `kernel` cells moved by `stride`.
 *
 * valid: (h - (k - 1) * d - 1 + s) // s; same and causal: ceil(h / s).
 */
export function windowed(size: Dim, kernel: Dim, stride: Dim, padding: string, dilation: Dim = int(1)): Dim {
  if (padding === "same" || padding === "causal") {
    if (stride?.value === 1) return size;
    return over(minus(plus(size, stride), int(1)), stride);
  }
  const extent = times(minus(kernel, int(1)), dilation);
  return over(plus(minus(minus(size, extent), int(1)), stride), stride);
}

/**
 * TensorFlow's "same" padding of one axis: cells before and after; the odd one goes after.
 *
 * total = max((ceil(h / s) - 1) * s + (k - 1) * d + 1 - h, 0)
 */
export function samePadding(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
): [number, number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

/** The product of numbers that are known. */
export function productOf(values: readonly number[]): number {
  return values.reduce((a, b) => a * b, 1);
}
