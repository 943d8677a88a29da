/** Where the data and the model stand, channels first or last: the permutes between layers. */
import type { LayerUse, Model, TensorType } from "../../src/analysis/model.ts";
import type { FunctionValue, KerasObject, Value } from "../../src/analysis/values.ts";
import type { Arguments } from "../arguments.ts";
import { type LayerConstruct, type LayerEntry, type LayoutRule, layoutRule } from "../layer.ts";
import { drawsCells } from "../layers/parameters.ts";
import { channelsFirst } from "../layers/spatial.ts";
import type { Rewriter } from "../rewriter.ts";
import { inferFunction } from "../tensors/inference.ts";
import { showsArrays } from "./array-weights.ts";
import { methodOf } from "./own-classes.ts";
import { fileOf } from "./persistence.ts";

export function entryOf(use: LayerUse): LayerEntry | undefined {
  return use.layer?.kind === "object" ? (use.layer.construct as LayerConstruct).entry : undefined;
}

/** What channel order means to a layer; undefined for what is no layer, or gets nothing that is known. */
export function ruleOf(rewriter: Rewriter, use: LayerUse): LayoutRule | undefined {
  const entry = entryOf(use);
  if (!entry || use.layer?.kind !== "object") return undefined;
  return layoutRule(entry, argumentsOf(rewriter, use.layer), use.input ?? NO_AXES);
}
/** A type without axes, where none is known. */
export const NO_AXES: TensorType = { shape: [], dtype: "float" };

export function argumentsOf(rewriter: Rewriter, { args, node }: KerasObject): Arguments {
  return rewriter.arguments(args, node);
}

export function readsChannelsFirst(rewriter: Rewriter, uses: readonly LayerUse[]): boolean {
  for (const use of uses) {
    if (use.layer?.kind === "model") return readsChannelsFirst(rewriter, use.layer.model.layers);
    const layout = ruleOf(rewriter, use);
    if (layout === "spatial") return true;
    if (layout !== "elementwise") return false;
  }
  return false;
}

/** Whether the first layer that has channels takes them from the first axis. */
export function hasChannelsFirst(rewriter: Rewriter, uses: readonly LayerUse[]): boolean {
  for (const { layer } of uses) {
    if (layer?.kind !== "object") return false;
    const args = argumentsOf(rewriter, layer);
    if (args.takes("data_format")) return channelsFirst(args) === true;
  }
  return false;
}

/** Whether it tells the rows of a kernel apart: what the script itself makes of it, or a start as an identity. */
function tellsRows(rewriter: Rewriter, { layer }: LayerUse): boolean {
  if (layer?.kind !== "object") return false;
  const args = argumentsOf(rewriter, layer);
  const own = (name: string): FunctionValue | undefined => {
    const value = args.value(name);
    if (value.kind === "instance") return methodOf(value.cls, "__call__");
    if (value.kind === "class") return methodOf(value, "__call__");
    return value.kind === "function" ? value : undefined;
  };
  const [start, penalty, bound] = ["initializer", "regularizer", "constraint"].map((one) =>
    own(`kernel_${one}`),
  );
  const kernel = { shape: [undefined], dtype: "float" as const };
  return (
    penalty !== undefined ||
    (start !== undefined && !drawsCells(start)) ||
    (bound !== undefined && !inferFunction(args.machine, bound, kernel).elementwise) ||
    startsAsIdentity(args.value("kernel_initializer"))
  );
}

function startsAsIdentity(value: Value): boolean {
  const name =
    value.kind === "str"
      ? value.value
      : value.kind === "object"
        ? value.construct.path
        : value.kind === "ref"
          ? value.path
          : "";
  return name.toLowerCase().includes("identity");
}

/** Whether weights of this model come from Keras or are shown as arrays: their order is Keras's. */
export function showsOrder(rewriter: Rewriter, model: Model): boolean {
  const given = model.layers.some(({ layer }) => {
    if (layer?.kind !== "object" || layer.construct.path.endsWith(".Embedding")) return false;
    return argumentsOf(rewriter, layer).isGiven("weights");
  });
  if (given) return true;
  return model.uses.some(
    (use) => showsArrays(use) || (use.name === "load_weights" && !fileOf(rewriter, use)),
  );
}

/** Whether what comes after a flattening is no Dense that learns any order. */
export function orderObserved(rewriter: Rewriter, after: readonly LayerUse[]): boolean {
  for (const use of after) {
    const entry = entryOf(use);
    if (!entry) return true;
    if (entry.names.includes("Dense")) return tellsRows(rewriter, use);
    if (ruleOf(rewriter, use) !== "elementwise") return true;
  }
  return true;
}

/** Whether a part of the model gives flattened maps, whose order shows. */
export function showsFlattened(rewriter: Rewriter, model: Model): boolean {
  const parts = rewriter.program.models.flatMap((one) => (one.part?.of === model ? [one.part] : []));
  return parts.some(({ ends }) =>
    ends.some((end) => {
      for (const use of model.layers.slice(0, end).reverse()) {
        if (entryOf(use)?.names.includes("Dense")) return false;
        if (ruleOf(rewriter, use) === "reorders") return true;
      }
      return false;
    }),
  );
}
