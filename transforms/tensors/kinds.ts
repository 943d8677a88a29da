/** What expressions are inside functions that are given tensors, and what becomes of them together. */
import type { Value } from "../../src/analysis/values.ts";
import { NotNumPy, type Pieces } from "./operands.ts";
import type { Kind } from "./torch.ts";

export const NUMBER: Kind = { tensor: false };
export const TENSOR: Kind = { tensor: true };
export const SHAPE: Kind = { tensor: false, shape: true };

export function isNumber(value: Value): boolean {
  return value.kind === "num" || isNumberArray(value);
}

/** A number of NumPy, without axes. */
export function isNumberArray(value: Value): boolean {
  return value.kind === "array" && value.shape?.length === 0;
}

export function joined(kinds: readonly Kind[]): Kind {
  const tensors = kinds.filter((kind) => kind.tensor);
  if (tensors.length === 0)
    return kinds.length > 0 && kinds.every((kind) => kind.number) ? { tensor: false, number: true } : NUMBER;
  return { tensor: true, scalar: tensors.every((kind) => kind.scalar === true) };
}

export function either(a: Kind | undefined, b: Kind): Kind {
  return a ? { tensor: a.tensor || b.tensor, scalar: a.scalar === true && b.scalar === true } : b;
}

/** What PyTorch has for a call; undefined where it has nothing for numbers. */
export function piecesOf(pieces: () => Pieces | undefined, numbers: boolean): Pieces | undefined {
  try {
    return pieces();
  } catch (error) {
    if (numbers && error instanceof NotNumPy) return undefined;
    throw error;
  }
}
