/** ConvLSTM1D, ConvLSTM2D, ConvLSTM3D: LSTMs over maps. */
import type { TensorType } from "../../src/analysis/model.ts";
import { int } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type Emission, type LayerCases, type LayerContext, layer, type Module } from "../layer.ts";
import { call, namesGiven, sizes } from "../python.ts";
import { type Dim, samePadding, times, windowed } from "../sizes.ts";
import { activityPenalty, KERNEL_AND_BIAS, KERNEL_ONLY } from "./core.ts";
import { biasPlace, type Place, parameterOf, together, withoutBias } from "./parameters.ts";
import { rateOf, sameAtEveryStep } from "./recurrent-modules.ts";
import { aroundForgetGate } from "./recurrent-parameters.ts";
import { stepFunction } from "./step-functions.ts";

const HELPER = "ConvLSTM";
const REST =
  "use_bias=True, kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', bias_initializer='zeros', unit_forget_bias=True, kernel_regularizer=None, recurrent_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, recurrent_constraint=None, bias_constraint=None";
const HEAD =
  "filters, kernel_size, strides=1, padding='valid', data_format=None, dilation_rate=1, activation='tanh'";
const FLAGS =
  "return_sequences=False, return_state=False, go_backwards=False, stateful=False, dropout=0., recurrent_dropout=0.";

function shape(args: Arguments, input: TensorType, axes: number): TensorType | undefined {
  const padding = args.value("padding");
  const sequences = args.value("return_sequences");
  if (input.shape.length !== axes + 2 || padding.kind !== "str" || sequences.kind !== "bool")
    return undefined;
  const [kernel, stride, dilation] = windows(args, axes);
  const spatial = input.shape
    .slice(1, -1)
    .map((dim, i) => windowed(dim, kernel[i], stride[i], padding.value.toLowerCase(), dilation[i]));
  const map = [...spatial, args.size("filters")];
  return { dtype: "float", shape: sequences.value ? [input.shape[0], ...map] : map };
}

function windows(args: Arguments, axes: number): [Dim[], Dim[], Dim[]] {
  return [
    args.perAxis("kernel_size", axes),
    args.perAxis("strides", axes),
    args.perAxis("dilation_rate", axes),
  ];
}

/** The padding of the convolution of the inputs; that of the states is always "same". */
function padding({ args, input, node }: LayerContext, axes: number): string | undefined {
  const option = args.option("padding");
  if (option === "valid") return undefined;
  const [kernel, stride, dilation] = windows(args, axes).map((dims) => dims.map((dim) => dim?.value));
  if (option !== "same") throw args.unknown("padding");
  if (stride?.every((step) => step === 1)) return '"same"';
  const pads = input.shape.slice(1, -1).map((dim, i) => {
    const [size, k, s, d] = [dim?.value, kernel?.[i], stride?.[i], dilation?.[i]];
    if (size === undefined || k === undefined || s === undefined || d === undefined)
      throw new Unsupported(node, "the sizes that this padding depends on are not known");
    return samePadding(size, k, s, d);
  });
  if (pads.some(([before, after]) => before !== after))
    throw new Unsupported(node, "padding that differs before and after is not supported here");
  return sizes(pads.map(([before]) => before));
}

function emit(context: LayerContext, axes: number): Emission {
  const { args, input, node } = context;
  if (input.shape.length !== axes + 2)
    throw new Unsupported(node, `\`ConvLSTM${axes}D\` takes sequences of maps with ${axes} axes`);
  if (!args.isNone("data_format") && args.option("data_format") !== "channels_last")
    throw new Unsupported(args.argument("data_format") ?? node, "channels-first maps are not supported here");
  if (args.flag("return_state"))
    throw new Unsupported(node, "`return_state=True` does not fit a Sequential model");
  const channels = context.size(input.shape.at(-1));
  if (channels === undefined) throw new Unsupported(node, "the number of channels is not known");
  const activation = stepFunction(context, "activation");
  const gate = stepFunction(context, "recurrent_activation");
  const bias = args.flag("use_bias");
  const sequences = args.flag("return_sequences");
  const [, strides, dilation] = windows(args, axes);
  const plain = (dims: Dim[]) => dims.every((dim) => dim?.value === 1);
  const stateful = args.flag("stateful");
  const keywords = {
    stride: plain(strides) ? undefined : args.required("strides"),
    padding: padding(context, axes),
    dilation: plain(dilation) ? undefined : args.required("dilation_rate"),
    bias: bias ? undefined : "False",
    activation: activation.name === "tanh" ? undefined : activation.code,
    recurrent_activation: gate.name === "sigmoid" ? undefined : gate.code,
    return_sequences: sequences ? "True" : undefined,
    stateful: stateful ? "True" : undefined,
    dropout: rateOf(args, "dropout"),
    recurrent_dropout: rateOf(args, "recurrent_dropout"),
    axes: axes === 2 ? undefined : String(axes),
  };
  const forget = "module.input.bias[module.hidden.in_channels : 2 * module.hidden.in_channels]";
  const own = ["nn.init.orthogonal_(module.hidden.weight)", ...(bias ? [`nn.init.ones_(${forget})`] : [])];
  const place = biasPlace(times(args.size("filters"), int(4)), "input.bias");
  const said = [
    parameterOf(context, "kernel", { torch: "input.weight", form: "kernel", rank: axes + 2 }),
    parameterOf(context, "recurrent", {
      torch: "hidden.weight",
      form: "kernel",
      rank: axes + 2,
      keras: "recurrent_kernel",
    }),
    ...(bias ? [parameterOf(context, "bias", place)] : []),
  ];
  if (!bias) withoutBias(args);
  const { initialize } = together(...said);
  const drops = keywords.dropout !== undefined || keywords.recurrent_dropout !== undefined;
  const module: Module = {
    code: call(HELPER, [channels, args.required("filters"), args.required("kernel_size")], keywords),
    helper: HELPER,
    keywords: namesGiven(keywords),
    init: { type: `nn.Conv${axes}d`, lines: KERNEL_ONLY },
    inits: [
      ...(bias ? [{ type: `nn.Conv${axes}d`, lines: KERNEL_AND_BIAS }] : []),
      { type: context.helper(HELPER), lines: own },
    ],
    ...together(...said),
    initialize: bias ? forgetting(context, initialize, place) : initialize,
    ...(stateful && { stateful: true }),
    ...(drops && sameAtEveryStep(context, true) && { switches: ["SAME_MASK"] }),
  };
  const flip = args.flag("go_backwards") ? [{ code: "Flip()", helper: "Flip" }] : [];
  return {
    modules: [...flip, module, ...activityPenalty(context)],
    layout: sequences ? "frames" : "first",
  };
}

const FORGET = "{}.input.bias[{}.hidden.in_channels : 2 * {}.hidden.in_channels]";

/** The start of a bias whose forget gate starts at 1 by default. */
function forgetting(context: LayerContext, initialize: readonly string[], place: Place): string[] {
  const unit = context.args.flag("unit_forget_bias");
  const others = initialize.filter((line) => !line.includes("input.bias"));
  if (others.length === initialize.length)
    return unit ? others : [...others, "nn.init.zeros_({}.input.bias)"];
  if (!unit) return [...initialize];
  const around = aroundForgetGate(context, place, "{}.hidden.in_channels", context.args.size("filters"));
  return [...others, ...around, `nn.init.ones_(${FORGET})`];
}

const convLstmLayer = (axes: number, input: readonly number[]) =>
  layer({
    names: [`ConvLSTM${axes}D`],
    signatures: {
      ...(axes === 2 && {
        keras1:
          "nb_filter:filters, nb_row, nb_col, border_mode:padding='valid', subsample:strides=1, inner_activation:recurrent_activation='hard_sigmoid'",
      }),
      keras2: `${HEAD}, recurrent_activation='hard_sigmoid', ${REST}, ${FLAGS}, unroll=False`,
      keras3: `${HEAD}, recurrent_activation='sigmoid', ${REST}, dropout=0., recurrent_dropout=0., seed=None, ${FLAGS}, unroll=False`,
    },
    layout: "frames",
    frames: true,
    torch: `\`ConvLSTM\`, an own module of two \`nn.Conv${axes}d\`, on (N, T, C, ...)`,
    ignores: ["unroll", "seed"],
    reports: { data_format: "'channels_first'", return_state: "True" },
    shape: (args, type) => shape(args, type, axes),
    emit: (context) => emit(context, axes),
    cases: () => (axes === 2 ? mapCases() : casesFor(axes, input)),
  });

function casesFor(axes: number, input: readonly number[]): LayerCases[] {
  return [
    {
      inputs: [input],
      args: {
        filters: ["2"],
        kernel_size: ["2", axes === 1 ? "(3,)" : "(1, 3, 2)"],
        padding: ["", "'same'"],
        return_sequences: ["", "True"],
      },
    },
    {
      inputs: [input],
      args: {
        filters: ["2"],
        kernel_size: ["3"],
        padding: ["'same'"],
        strides: [axes === 1 ? "1" : "(1, 1, 1)"],
        dilation_rate: ["1"],
        use_bias: ["", "False"],
        activation: ["'relu'"],
        recurrent_activation: ["'sigmoid'"],
        go_backwards: ["", "True"],
        stateful: ["False"],
      },
      mutant: ["Flip()", "nn.Identity()"],
    },
    ...sharedCases(input),
    {
      inputs: [input],
      args: { filters: ["3"], kernel_size: ["2"] },
      after: [
        axes === 1 ? "layers.Conv1D(2, 2)" : "layers.Conv3D(2, 1)",
        "layers.Flatten()",
        "layers.Dense(2)",
      ],
    },
  ];
}

/** What is said of weights, and dropout. */
const sharedCases = (input: readonly number[]): LayerCases[] => [
  {
    inputs: [input],
    args: {
      filters: ["2"],
      kernel_size: ["2"],
      kernel_initializer: ["'he_normal'"],
      recurrent_initializer: ["'glorot_uniform'"],
      bias_initializer: ["", "'ones'"],
      unit_forget_bias: ["", "False"],
      kernel_regularizer: ["'l2'"],
      recurrent_regularizer: ["'l1'"],
      bias_regularizer: ["'l2'"],
      activity_regularizer: ["'l1'"],
    },
  },
  {
    inputs: [input],
    random: true,
    args: {
      filters: ["2"],
      kernel_size: ["2"],
      dropout: ["", "0.2"],
      recurrent_dropout: ["0.3"],
      return_sequences: ["True"],
    },
    mutant: ["enumerate(kept)", "enumerate(kept[:1].expand_as(kept))"],
  },
];

const mapCases = (): LayerCases[] => [
  {
    inputs: [[3, 5, 4, 2]],
    args: {
      filters: ["2"],
      kernel_size: ["2", "3"],
      padding: ["", "'same'"],
      return_sequences: ["", "True"],
    },
    mutant: ["Permute(0, 1, 4, 2, 3)", "Permute(0, 1, 4, 3, 2)"],
  },
  {
    inputs: [[2, 5, 6, 2]],
    args: {
      filters: ["2"],
      kernel_size: ["(1, 3)"],
      strides: ["(1, 2)"],
      dilation_rate: ["1"],
      use_bias: ["", "False"],
      activation: ["", "'relu'"],
      recurrent_activation: ["", "'sigmoid'"],
      go_backwards: ["True"],
      stateful: ["False"],
    },
  },
  {
    inputs: [[3, 5, 4, 1]],
    args: {
      filters: ["2"],
      kernel_size: ["3"],
      padding: ["'same'"],
      return_sequences: ["True"],
      unit_forget_bias: ["", "False"],
    },
    after: [
      "layers.ConvLSTM2D(3, 3, padding='same', return_sequences=True)",
      "layers.Conv3D(1, 3, activation='sigmoid', padding='same')",
    ],
  },
  {
    inputs: [[3, 5, 4, 1]],
    args: { filters: ["2"], kernel_size: ["3"] },
    after: ["layers.Flatten()", "layers.Dense(2)"],
  },
  ...sharedCases([3, 4, 5, 2]),
];

export const convLstm = [
  convLstmLayer(1, [3, 5, 2]),
  convLstmLayer(2, [3, 4, 5, 2]),
  convLstmLayer(3, [2, 3, 4, 3, 2]),
];
