/** Normalizations of each sample by itself. */
import type { TensorType } from "../../src/analysis/model.ts";
import { Unsupported } from "../arguments.ts";
import { type Emission, type LayerContext, layer, type Module } from "../layer.ts";
import { call, tuple } from "../python.ts";
import { axesOf, torchAxis } from "./axes.ts";
import { scaleAndOffset, unscaled } from "./normalization.ts";
import { type Place, parameterOf } from "./parameters.ts";

const TAIL =
  "center=True, scale=True, beta_initializer='zeros', gamma_initializer='ones', beta_regularizer=None, gamma_regularizer=None, beta_constraint=None, gamma_constraint=None";

/** Sizes as source; reported where one is not known. */
function sizesOf(context: LayerContext, axes: readonly number[], name: string): string[] {
  return axes.map((axis) => {
    const size = context.size(context.input.shape[axis - 1]);
    if (size === undefined)
      throw new Unsupported(context.node, `the number of features that \`${name}\` gets is not known`);
    return size;
  });
}

/** Scale and offset have the sizes of the axes. */
function placeOf({ shape }: TensorType, axes: readonly number[]): Omit<Place, "torch"> {
  return { form: "same", rank: axes.length, shape: axes.map((axis) => shape[axis - 1]) };
}

/** The modules between permutes that bring the axes to the end, if they are not there. */
function atTheEnd(rank: number, axes: readonly number[], module: Module): readonly Module[] {
  const order = [...Array(rank + 1).keys()].filter((axis) => !axes.includes(axis)).concat(axes);
  if (order.every((axis, i) => axis === i)) return [module];
  const back = order.map((_, axis) => order.indexOf(axis));
  const permute = (dims: readonly number[]): Module => ({
    code: call("Permute", dims.map(String)),
    helper: "Permute",
  });
  return [permute(order), module, permute(back)];
}

function layerNormalization(context: LayerContext): Emission {
  const { args, input } = context;
  const rank = input.shape.length;
  const axes = axesOf(context);
  if (axes.some((axis, i) => i > 0 && axis <= (axes[i - 1] as number)))
    throw new Unsupported(args.argument("axis") ?? context.node, "axes in this order are not supported");
  const sizes = sizesOf(context, axes, "LayerNormalization");
  const { said, weight, bias } = scaleAndOffset(context, placeOf(input, axes));
  const code = call("nn.LayerNorm", [sizes.length === 1 ? sizes[0] : tuple(sizes)], {
    eps: args.text("epsilon") ?? "1e-3",
    elementwise_affine: weight || bias ? undefined : "False",
    bias: weight && !bias ? "False" : undefined,
  });
  const initialize = unscaled(said, weight, weight ? true : bias);
  const module: Module = { code, ...said, initialize: weight || bias ? initialize : [] };
  return { modules: atTheEnd(rank, axes, module) };
}

function groupNormalization(context: LayerContext): Emission {
  const { args, input, node } = context;
  const rank = input.shape.length;
  const [axis, ...more] = axesOf(context);
  if (axis !== rank || more.length > 0)
    throw new Unsupported(
      args.argument("axis") ?? node,
      "`GroupNormalization` is supported over the last axis only",
    );
  const [channels] = sizesOf(context, [rank], "GroupNormalization");
  const groups = args.number("groups") === -1 ? channels : (args.text("groups") ?? "32");
  const { said, weight, bias } = scaleAndOffset(context, placeOf(input, [rank]));
  const code = call("nn.GroupNorm", [groups, channels], {
    eps: args.text("epsilon") ?? "1e-3",
    affine: weight || bias ? undefined : "False",
  });
  return { modules: [{ code, ...said, initialize: weight || bias ? unscaled(said, weight, bias) : [] }] };
}

const PARTS = { center: ["", "False"], scale: ["", "False"] };

export const sampleNormalization = [
  layer({
    names: ["LayerNormalization"],
    signatures: {
      keras2: `axis=-1, epsilon=1e-3, ${TAIL}`,
      keras3: `axis=-1, epsilon=1e-3, ${TAIL}, rms_scaling=False`,
    },
    layout: "last-axis",
    torch: "`nn.LayerNorm`",
    reports: { rms_scaling: "True" },
    shape: (_, input) => input,
    emit: layerNormalization,
    cases: () => [
      { inputs: [[5], [4, 3]], args: { ...PARTS, epsilon: ["", "1e-5"] }, mutant: ["eps=1e-3", "eps=1e-5"] },
      {
        inputs: [[4, 3]],
        args: { axis: ["1", "2", "-2", "[1]", "[1, 2]", "(-2, -1)"], scale: ["", "False"] },
        mutant: ["Permute(0, 2, 1)", "nn.Identity()"],
      },
      { inputs: [[3, 4, 2]], args: { axis: ["1", "2", "3", "[1, 2]", "[2, 3]", "[1, 3]", "[1, 2, 3]"] } },
      {
        inputs: [[4, 5, 2]],
        before: ["layers.Conv2D(3, 2)"],
        args: { axis: ["", "[1, 2, 3]"], center: ["", "False"] },
      },
    ],
  }),
  layer({
    names: ["GroupNormalization"],
    signatures: { keras2: `groups=32, axis=-1, epsilon=1e-3, ${TAIL}` },
    layout: "spatial",
    torch: "`nn.GroupNorm`",
    shape: (_, input) => input,
    emit: groupNormalization,
    cases: () => [
      {
        inputs: [[6], [5, 4], [4, 3, 8]],
        args: { groups: ["1", "2", "-1"], ...PARTS },
        mutant: ["nn.GroupNorm(2", "nn.GroupNorm(1"],
      },
      {
        inputs: [[4, 4, 2]],
        before: ["layers.Conv2D(4, 2)"],
        args: { groups: ["2"], epsilon: ["", "1e-5"], axis: ["", "3"] },
      },
    ],
  }),
  layer({
    names: ["UnitNormalization"],
    signatures: { keras2: "axis=-1" },
    layout: "reorders",
    torch: "`Normalize`, an own module over `F.normalize`",
    shape: (_, input) => input,
    emit: (context) => {
      const { input, layout } = context;
      const dims = axesOf(context).map((axis) => torchAxis(axis, input.shape.length, layout));
      return { modules: [{ code: call("Normalize", dims.map(String)), helper: "Normalize" }], layout };
    },
    cases: () => [
      { inputs: [[5], [4, 3]], args: { axis: ["", "1", "-1", "[1]"] } },
      {
        inputs: [[4, 3, 2]],
        args: { axis: ["", "1", "2", "[1, 2]", "[1, 2, 3]"] },
        mutant: ["Normalize(3)", "Normalize(1)"],
      },
      {
        inputs: [[4, 4, 2]],
        before: ["layers.Conv2D(3, 2)"],
        args: { axis: ["", "1", "[1, 2]"] },
        mutant: ["Normalize(1)", "Normalize(3)"],
      },
    ],
  }),
  layer({
    names: ["RMSNormalization"],
    signatures: { keras3: "axis=-1, epsilon=1e-6" },
    layout: "last-axis",
    torch: "`nn.RMSNorm`",
    shape: (_, input) => input,
    emit: (context) => {
      const { args, input } = context;
      const axes = axesOf(context);
      const sizes = sizesOf(context, axes, "RMSNormalization");
      const scale = parameterOf(context, "scale", { ...placeOf(input, axes), torch: "weight" });
      const code = call("nn.RMSNorm", [sizes.length === 1 ? sizes[0] : tuple(sizes)], {
        eps: args.text("epsilon") ?? "1e-6",
      });
      return { modules: atTheEnd(input.shape.length, axes, { code, ...scale }) };
    },
    cases: () => [
      {
        inputs: [[5], [4, 3]],
        versions: ["keras3"],
        args: { axis: ["", "-1"], epsilon: ["", "1e-2"] },
        mutant: ["eps=1e-2", "eps=1e-6"],
      },
      { inputs: [[4, 4, 2]], before: ["layers.Conv2D(3, 2)"], versions: ["keras3"], args: {} },
    ],
  }),
];
