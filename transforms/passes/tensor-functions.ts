/** Functions of the script that are given tensors, such as its own losses: TensorFlow's calls become PyTorch's. */
import type { FunctionValue } from "../../src/analysis/values.ts";
import type { Rewriter } from "../rewriter.ts";
import { NUMBER, SHAPE, TENSOR } from "../tensors/kinds.ts";
import type { Kind } from "../tensors/torch.ts";
import type { Owner } from "./method-owner.ts";
import { Translator } from "./translator.ts";

/** Rewrites what a function of targets and outputs calls; whether its value is known to have no axes. */
export function translateMeasure(rewriter: Rewriter, value: FunctionValue): boolean {
  return new Translator(rewriter).callee(value, [TENSOR, TENSOR], value.node).scalar === true;
}

/** Rewrites what a function of one batch calls, which a layer applies. */
export function translateFunction(rewriter: Rewriter, value: FunctionValue): void {
  new Translator(rewriter).callee(value, [TENSOR], value.node);
}

/** Rewrites what a function of one weight calls; whether its value is known to have no axes. */
export function translateWeightFunction(rewriter: Rewriter, value: FunctionValue): boolean {
  return new Translator(rewriter).callee(value, [TENSOR], value.node).scalar === true;
}

/** Rewrites what a schedule of learning rates calls, which is given a number of steps as a tensor. */
export function translateSchedule(rewriter: Rewriter, value: FunctionValue): void {
  new Translator(rewriter).callee(value, [{ tensor: true, scalar: true }], value.node);
}

/** The same of a function of a shape; whether it gives a tensor. */
export function translateShapeFunction(rewriter: Rewriter, value: FunctionValue): boolean {
  const kinds = value.node.params.slice(value.self ? 1 : 0).map((_, i) => (i === 0 ? SHAPE : NUMBER));
  return new Translator(rewriter).callee(value, kinds, value.node).tensor;
}

/** Rewrites what methods of an object call that keeps tensors; whether its value is known to have no axes. */
export function translateMethod(
  rewriter: Rewriter,
  value: FunctionValue,
  kinds: readonly Kind[],
  owner: Owner,
): void {
  new Translator(rewriter, owner).callee(value, kinds, value.node);
}
