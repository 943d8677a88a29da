/** Pooling over all of a map. */
import type { TensorType } from "../../src/analysis/model.ts";
import { int } from "../../src/analysis/values.ts";
import type { Arguments } from "../arguments.ts";
import { type LayerCases, type LayerContext, type LayerEntry, type LayoutRule, layer } from "../layer.ts";
import { call, sizes } from "../python.ts";
import { channelsFirst, channelsOf, mapShape, requireRank, spatialLayout, spatialOf } from "./spatial.ts";

const keeps = (args: Arguments) => {
  const keep = args.value("keepdims");
  return keep.kind === "bool" ? keep.value : keep.kind === "none" ? false : undefined;
};

/** Over sequences nothing has to be turned, whichever axis the steps are. */
const layoutOf =
  (axes: number) =>
  (args: Arguments): LayoutRule => {
    const rule = spatialLayout(args);
    return axes === 1 && keeps(args) === false ? "reorders" : rule;
  };

const shapeOf = (axes: number) => (args: Arguments, input: TensorType) => {
  const keep = keeps(args);
  if (input.shape.length !== axes + 1 || channelsFirst(args) === undefined || keep === undefined)
    return undefined;
  const channels = channelsOf(args, input);
  const shape = keep
    ? mapShape(
        args,
        channels,
        spatialOf(args, input).map(() => int(1)),
      )
    : [channels];
  return { ...input, shape };
};

/** The axes of the map in PyTorch. */
function dims(context: LayerContext, axes: number): number[] {
  if (axes > 1) return Array.from({ length: axes }, (_, i) => i + 2);
  const stepsLast = channelsFirst(context.args) !== (context.layout === "first");
  return [stepsLast ? 2 : 1];
}

function average(axes: number): LayerEntry["emit"] {
  return (context) => {
    requireRank(context, axes);
    const pool = { code: `nn.AdaptiveAvgPool${axes}d(1)` };
    if (context.args.flag("keepdims")) return { modules: [pool] };
    const [dim] = dims(context, axes);
    if (axes === 1 && dim === 1) {
      if (context.masked) {
        const switches = ["MASKED_POOL"];
        const pool = {
          code: "MaskedAveragePool()",
          helper: "MaskedAveragePool",
          switches,
          takesMask: true as const,
        };
        return { modules: [pool], layout: "last", masked: false };
      }
      const code = "GlobalAveragePool(dim=1)";
      return { modules: [{ code, helper: "GlobalAveragePool" }], layout: "last" };
    }
    return { modules: [pool, { code: "nn.Flatten()" }], layout: "last" };
  };
}

/** `amax` shares the gradient among equal values as TensorFlow does; PyTorch's own modules pick one. */
function largest(axes: number): LayerEntry["emit"] {
  return (context) => {
    requireRank(context, axes);
    const keep = context.args.flag("keepdims");
    const keepdim = keep ? "True" : undefined;
    const code = call("GlobalMaxPool", [], { dim: sizes(dims(context, axes)), keepdim });
    const keywords = keep ? ["keepdim"] : [];
    return {
      modules: [{ code, helper: "GlobalMaxPool", keywords }],
      ...(!keep && { layout: "last" as const }),
    };
  };
}

/** Keras 2 has no `keepdims` for the average over sequences. */
function casesFor(axes: number, kind: "Average" | "Max"): LayerCases[] {
  const map = [4, 5, 3].slice(0, axes);
  const args = { keepdims: ["", "True"] };
  const versions = axes === 1 && kind === "Average" ? { versions: ["keras3"] as const } : {};
  const inputs = [
    [...map, 3],
    [...map.map(() => 1), 2],
    [...map.map((size) => size + 2), 1],
  ];
  return [
    {
      inputs,
      args: {},
      before: ["layers.ReLU()"],
      mutant:
        kind === "Max"
          ? ["x.amax(self.dim)", "x.mean(self.dim)"]
          : axes === 1
            ? ["x.mean(self.dim)", "x.amax(self.dim)"]
            : ["AdaptiveAvgPool", "AdaptiveMaxPool"],
    },
    { inputs, args, ...versions },
    { inputs, args, before: [`layers.Conv${axes}D(3, 1)`], after: ["layers.ReLU()"], ...versions },
    { inputs: [[3, ...map]], args: { ...args, data_format: ["'channels_first'"] }, ...versions },
  ];
}

export const globalPooling = ([1, 2, 3] as const).flatMap((axes) =>
  (["Average", "Max"] as const).map((kind) => {
    const format = axes === 1 ? "data_format='channels_last'" : "data_format=None";
    return layer({
      names: [`Global${kind}Pooling${axes}D`],
      signatures: {
        keras1: axes === 1 ? format : "dim_ordering:data_format=None",
        keras2: `${format}, keepdims=False`,
        keras3: "data_format=None, keepdims=False",
      },
      layout: layoutOf(axes),
      rank: axes + 1,
      torch:
        kind === "Max"
          ? `a small module over \`amax\``
          : `\`nn.AdaptiveAvgPool${axes}d(1)\` and \`nn.Flatten\`${axes === 1 ? ", or a mean over the steps" : ""}`,
      shape: shapeOf(axes),
      emit: kind === "Max" ? largest(axes) : average(axes),
      cases: () => casesFor(axes, kind),
    });
  }),
);
