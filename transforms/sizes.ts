/** Output sizes of convolutions and pooling, as Keras computes them, on symbolic dimensions; sizes as text. */
import type { Node } from "../grammars/nodes.ts";
import { numericBinOp } from "../src/analysis/operators.ts";
import { Scope } from "../src/analysis/scope.ts";
import * as symbolic from "../src/analysis/symbolic.ts";
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

/** A size as it is written at a place and time; undefined where what it is made of means something else there. */
export function sizeAt(dim: Dim, place: Node, time: number): string | undefined {
  if (dim?.value !== undefined) return String(dim.value);
  const readable = dim?.sym && symbolic.isCurrent(dim.sym, time) && meansTheSame(dim.sym, place);
  return readable ? symbolic.render(dim.sym) : undefined;
}

/** Whether a name is one of a function that the place does not stand in; attributes of `self` are read elsewhere too. */
function isElsewhere({ scope, name }: symbolic.NameUse, place: Node): boolean {
  const node = scope instanceof Scope ? scope.made?.node : undefined;
  if (!node || name === "self" || name.startsWith("self.")) return false;
  for (let at: Node | null = place; at; at = at.parent) if (at === node) return false;
  return true;
}

/** Whether no parameter around the place hides a name of a scope outside of it. */
function meansTheSame(sym: symbolic.Sym, place: Node): boolean {
  const all = symbolic.usesOf(sym);
  if (all.some((use) => isElsewhere(use, place))) return false;
  const uses = all.filter(({ scope }) => scope instanceof Scope && scope.kind === "module");
  for (let at: Node | null = place; at; at = at.parent) {
    if (at.type !== "FunctionDef" && at.type !== "Lambda") continue;
    if (at.params.some((parameter) => uses.some((use) => use.name === parameter.name))) return false;
  }
  return true;
}

/** The product of numbers that are known. */
export function productOf(values: readonly number[]): number {
  return values.reduce((a, b) => a * b, 1);
}
