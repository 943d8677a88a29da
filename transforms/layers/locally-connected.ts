/** LocallyConnected1D and LocallyConnected2D: convolutions with weights of their own at each place. */
import type { TensorType } from "../../src/analysis/model.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type Fans, fansOf, scalingLine } from "../initializers.ts";
import { type Emission, type LayerCases, type LayerContext, layer, type Module } from "../layer.ts";
import { call, namesGiven, tuple } from "../python.ts";
import { isFirst } from "../releases.ts";
import { productOf, windowed } from "../sizes.ts";
import { kernelDims, namesSizes } from "./convolutional.ts";
import { activationOf, activityPenalty } from "./core.ts";
import { parameterOf, together, withoutBias } from "./parameters.ts";
import { allOne, channelsFirst, numbers, requireRank, spatialLayout } from "./spatial.ts";

function shape(args: Arguments, input: TensorType, axes: number): TensorType | undefined {
  if (input.shape.length !== axes + 1 || channelsFirst(args) !== false) return undefined;
  const [kernel, stride] = [kernelDims(args, axes), args.perAxis("strides", axes)];
  const places = input.shape.slice(0, -1).map((dim, i) => windowed(dim, kernel[i], stride[i], "valid"));
  return { dtype: "float", shape: [...places, args.size("filters")] };
}

type Kept = "places" | "places-map" | "places-row";

/** How each `implementation` keeps the weights, all of which compute the same. */
const KEPT: Readonly<Record<number, Kept>> = { 1: "places", 2: "places-map", 3: "places-row" };

function emit(context: LayerContext, axes: number): Emission {
  const { args, input, node } = context;
  requireRank(context, axes);
  if (args.option("padding") !== "valid")
    throw new Unsupported(args.argument("padding") ?? node, "this layer has no other padding than valid");
  const kept = KEPT[args.number("implementation") ?? -1];
  if (!kept) throw args.unknown("implementation");
  if (channelsFirst(args))
    throw new Unsupported(args.argument("data_format") ?? node, "channels-first maps are not supported here");
  const known = numbers([...input.shape, ...(context.output?.shape ?? [undefined])]);
  const [kernel, stride] = [numbers(kernelDims(args, axes)), numbers(args.perAxis("strides", axes))];
  if (!known || !kernel || !stride)
    throw new Unsupported(
      node,
      "this layer has weights at each place: all its sizes have to be known",
      "Write the sizes of the input, of the kernel and the strides as literals.",
    );
  const [channels, filters] = [known[axes] as number, known.at(-1) as number];
  const places = known.slice(axes + 1, -1);
  const window = productOf(kernel) * channels;
  const bias = args.flag("use_bias");
  const keywords = {
    stride: allOne(args.perAxis("strides", axes)) ? undefined : each(stride),
    bias: bias ? undefined : "False",
  };
  const dims = {
    places: [productOf(places), window, filters],
    "places-map": [...known.slice(0, axes + 1), ...places, filters],
    "places-row": [productOf(places) * window * filters],
  }[kept];
  const fans = countedFans(context, dims);
  const weight = parameterOf(context, "kernel", { torch: "weight", form: kept, rank: dims.length, fans });
  if (kept === "places-map") requirePlain(context);
  const biases = bias
    ? parameterOf(context, "bias", {
        torch: "bias",
        form: "map",
        rank: axes + 1,
        fans: countedFans(context, [...places, filters]),
      })
    : undefined;
  if (!bias) withoutBias(args);
  const said = biases ? together(weight, biases) : weight;
  const helper = `LocallyConnected${axes}d`;
  const module: Module = {
    code: call(
      helper,
      [context.size(input.shape[axes]), args.required("filters"), each(places), each(kernel)],
      keywords,
    ),
    helper,
    keywords: namesGiven(keywords),
    ...said,
    initialize: [
      ...(weight.initialize.length === 0 ? otherStart(context, kept, fans) : []),
      ...said.initialize,
    ],
    weights: said.weights.map((map) =>
      map.form === kept ? { ...map, sizes: [...places, ...kernel, channels, filters], strides: stride } : map,
    ),
  };
  return { modules: [module, ...activationOf(context, context.output), ...activityPenalty(context)] };
}

const each = (values: readonly number[]) => (values.length === 1 ? String(values[0]) : tuple(values));

/** Whether a kernel starts as in Keras 1: where its initializer is named, or a release of Keras 1 is pinned. */
function startsAsFirst({ args }: LayerContext): boolean {
  const { release } = args.machine;
  return isFirst(args.version, release) && (release !== undefined || args.isGiven("kernel_initializer"));
}

/** Keras counts fans by the axes of its own array. */
function countedFans(context: LayerContext, dims: readonly number[]): Exclude<Fans, "swapped"> {
  if (startsAsFirst(context) && dims.length === 3) {
    const root = Math.sqrt(productOf(dims));
    return { in: root, out: root };
  }
  return fansOf(dims);
}

/** The default where fans are counted in another way than the module does: in Keras 1, and where weights are kept otherwise. */
function otherStart(context: LayerContext, kept: Kept, fans: Exclude<Fans, "swapped">): string[] {
  if (!startsAsFirst(context) && kept === "places") return [];
  const glorot = { scale: "1.0", mode: "fan_avg", distribution: "uniform" };
  const made = scalingLine("{}.weight", glorot, fans);
  return made ? [made.line] : [];
}

/** Weights of the whole map count where all of them are looked at, also those that no place reads. */
function requirePlain({ args, node }: LayerContext): void {
  for (const name of ["kernel_initializer", "kernel_regularizer", "kernel_constraint"]) {
    const value = args.value(name);
    if (value.kind === "none" || (value.kind === "str" && value.value === "glorot_uniform")) continue;
    throw new Unsupported(
      args.argument(name) ?? node,
      "this is about all weights that `implementation=2` keeps, most of which no place reads: it is not supported",
    );
  }
}

const TAIL =
  "kernel_initializer='glorot_uniform', bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, bias_constraint=None, implementation=1";
const KERAS1_TAIL =
  "W_regularizer:kernel_regularizer=None, b_regularizer:bias_regularizer=None, activity_regularizer=None, W_constraint:kernel_constraint=None, b_constraint:bias_constraint=None, bias:use_bias=True, bias_initializer='zeros', implementation=1";
const KERAS1_HEAD =
  "init:kernel_initializer='glorot_uniform', activation=None, weights=None, border_mode:padding='valid'";

function casesFor(axes: number): LayerCases[] {
  const maps =
    axes === 1
      ? [
          [7, 3],
          [4, 1],
        ]
      : [
          [6, 5, 3],
          [4, 4, 1],
        ];
  return [
    {
      inputs: maps,
      args: {
        filters: ["4", "1"],
        kernel_size: axes === 1 ? ["3", "(1,)"] : ["3", "(1, 2)"],
        strides: axes === 1 ? ["", "2"] : ["", "2", "(1, 2)"],
        use_bias: ["", "False"],
        activation: ["", "'relu'"],
        padding: ["'valid'"],
      },
      versions: ["keras2"],
      mutant:
        axes === 1
          ? ["(2, self.kernel_size, self.stride)", "(2, self.kernel_size, 1)[:, :, : len(self.weight)]"]
          : ["nchwij", "nchwji"],
    },
    ...["2", "3"].map((implementation) => ({
      inputs: maps,
      args: {
        filters: ["4"],
        kernel_size: axes === 1 ? ["3"] : ["(2, 3)"],
        strides: axes === 1 ? ["", "2"] : ["", "2", "(1, 2)"],
        use_bias: ["", "False"],
        implementation: [implementation],
      },
      versions: ["keras2"] as const,
    })),
    {
      inputs: maps.slice(0, 1),
      args: {
        filters: ["3"],
        kernel_size: ["2"],
        implementation: ["3"],
        kernel_initializer: ["'he_normal'"],
        kernel_regularizer: ["'l2'"],
        kernel_constraint: ["'non_neg'"],
      },
      versions: ["keras2"],
    },
    {
      inputs: maps.slice(0, 1),
      before: [`layers.Conv${axes}D(2, 2)`],
      args: { filters: ["3"], kernel_size: ["2"], kernel_regularizer: ["'l2'"], activation: ["'softmax'"] },
      after: ["layers.Flatten()", "layers.Dense(2)"],
      versions: ["keras2"],
    },
  ];
}

export const locallyConnected = ([1, 2] as const).map((axes) =>
  layer({
    names: [`LocallyConnected${axes}D`],
    signatures: {
      keras1:
        axes === 1
          ? `nb_filter:filters, filter_length:kernel_size, ${KERAS1_HEAD}, subsample_length:strides=1, ${KERAS1_TAIL}, data_format='channels_last'`
          : `nb_filter:filters, nb_row, nb_col, ${KERAS1_HEAD}, subsample:strides=(1, 1), dim_ordering:data_format=None, ${KERAS1_TAIL}`,
      keras2: `filters, kernel_size, strides=${axes === 1 ? "1" : "(1, 1)"}, padding='valid', data_format=${axes === 1 ? "'channels_last'" : "None"}, activation=None, use_bias=True, ${TAIL}`,
    },
    layout: spatialLayout,
    rank: axes + 1,
    torch: `\`LocallyConnected${axes}d\`, an own module with weights for each place`,
    notes:
      "Keras 3 has no such layer. With `implementation=2` no `kernel_initializer`, `kernel_regularizer`, `kernel_constraint`.",
    reports: { data_format: "'channels_first'" },
    accepts: namesSizes(axes),
    shape: (args, input) => shape(args, input, axes),
    emit: (context) => emit(context, axes),
    cases: () => casesFor(axes),
  }),
);
