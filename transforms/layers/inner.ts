/** Layers inside the arguments of another. */
import type { TensorType } from "../../src/analysis/model.ts";
import type { KerasObject } from "../../src/analysis/values.ts";
import type { Arguments } from "../arguments.ts";
import type { LayerConstruct, LayerContext } from "../layer.ts";

/** The layer that a wrapper wraps. */
export function wrapped(args: Arguments, name = "layer"): KerasObject | undefined {
  const inner = args.value(name);
  return inner.kind === "object" && inner.construct.kind === "layer" ? inner : undefined;
}

/** The context of a layer inside another one. */
export function innerContext(
  context: LayerContext,
  inner: KerasObject,
  input: TensorType,
): { entry: LayerConstruct["entry"]; context: LayerContext } {
  const { entry } = inner.construct as LayerConstruct;
  const args = context.args.of(inner.args, inner.node);
  return { entry, context: { ...context, args, input, output: entry.shape(args, input), node: inner.node } };
}
