/** ConvLSTM2D: an LSTM over maps. */
import type { TensorType } from "../../src/analysis/model.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type Emission, type LayerContext, layer, type Module } from "../layer.ts";
import { call, sizes } from "../python.ts";
import { type Dim, samePadding, windowed } from "../sizes.ts";
import { activityPenalty, KERNEL_AND_BIAS, KERNEL_ONLY } from "./core.ts";
import { parameterOf, together } from "./parameters.ts";
import { rateOf } from "./recurrent-modules.ts";
import { stepFunction } from "./step-functions.ts";

const REST =
  "use_bias=True, kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', bias_initializer='zeros', unit_forget_bias=True, kernel_regularizer=None, recurrent_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, recurrent_constraint=None, bias_constraint=None";
const HEAD =
  "filters, kernel_size, strides=1, padding='valid', data_format=None, dilation_rate=1, activation='tanh'";
const FLAGS =
  "return_sequences=False, return_state=False, go_backwards=False, stateful=False, dropout=0., recurrent_dropout=0.";

function shape(args: Arguments, input: TensorType): TensorType | undefined {
  const padding = args.value("padding");
  const sequences = args.value("return_sequences");
  if (input.shape.length !== 4 || padding.kind !== "str" || sequences.kind !== "bool") return undefined;
  const [kernel, stride, dilation] = windows(args);
  const spatial = input.shape
    .slice(1, 3)
    .map((dim, i) => windowed(dim, kernel[i], stride[i], padding.value.toLowerCase(), dilation[i]));
  const map = [...spatial, args.size("filters")];
  return { dtype: "float", shape: sequences.value ? [input.shape[0], ...map] : map };
}

function windows(args: Arguments): [Dim[], Dim[], Dim[]] {
  return [args.perAxis("kernel_size", 2), args.perAxis("strides", 2), args.perAxis("dilation_rate", 2)];
}

/** The padding of the convolution of the inputs; that of the states is always "same". */
function padding({ args, input, node }: LayerContext): string | undefined {
  const option = args.option("padding");
  if (option === "valid") return undefined;
  const [kernel, stride, dilation] = windows(args).map((dims) => dims.map((dim) => dim?.value));
  if (option !== "same") throw args.unknown("padding");
  if (stride?.every((step) => step === 1)) return '"same"';
  const pads = input.shape.slice(1, 3).map((dim, i) => {
    const [size, k, s, d] = [dim?.value, kernel?.[i], stride?.[i], dilation?.[i]];
    if (size === undefined || k === undefined || s === undefined || d === undefined)
      throw new Unsupported(node, "the sizes that this padding depends on are not known");
    return samePadding(size, k, s, d);
  });
  if (pads.some(([before, after]) => before !== after))
    throw new Unsupported(node, "padding that differs before and after is not supported here");
  return sizes(pads.map(([before]) => before));
}

function emit(context: LayerContext): Emission {
  const { args, input, node } = context;
  if (input.shape.length !== 4) throw new Unsupported(node, "`ConvLSTM2D` takes sequences of maps");
  if (!args.isNone("data_format") && args.option("data_format") !== "channels_last")
    throw new Unsupported(args.argument("data_format") ?? node, "channels-first maps are not supported here");
  for (const rate of ["dropout", "recurrent_dropout"])
    if (rateOf(args, rate) !== undefined)
      throw new Unsupported(
        args.argument(rate) ?? node,
        `\`${rate}\` of \`ConvLSTM2D\` is not supported yet`,
      );
  if (args.flag("return_state"))
    throw new Unsupported(node, "`return_state=True` does not fit a Sequential model");
  const channels = context.size(input.shape[3]);
  if (channels === undefined) throw new Unsupported(node, "the number of channels is not known");
  const activation = stepFunction(context, "activation");
  const gate = stepFunction(context, "recurrent_activation");
  const bias = args.flag("use_bias");
  const sequences = args.flag("return_sequences");
  const [, strides, dilation] = windows(args);
  const plain = (dims: Dim[]) => dims.every((dim) => dim?.value === 1);
  const stateful = args.flag("stateful");
  const keywords = {
    stride: plain(strides) ? undefined : args.required("strides"),
    padding: padding(context),
    dilation: plain(dilation) ? undefined : args.required("dilation_rate"),
    bias: bias ? undefined : "False",
    activation: activation.name === "tanh" ? undefined : activation.code,
    recurrent_activation: gate.name === "sigmoid" ? undefined : gate.code,
    return_sequences: sequences ? "True" : undefined,
    stateful: stateful ? "True" : undefined,
  };
  const forget = "module.input.bias[module.hidden.in_channels : 2 * module.hidden.in_channels]";
  const own = ["nn.init.orthogonal_(module.hidden.weight)", ...(bias ? [`nn.init.ones_(${forget})`] : [])];
  const said = [
    parameterOf(context, "kernel", { torch: "input.weight", form: "kernel", rank: 4 }),
    parameterOf(context, "recurrent", {
      torch: "hidden.weight",
      form: "kernel",
      rank: 4,
      keras: "recurrent_kernel",
    }),
    ...(bias ? [parameterOf(context, "bias", { torch: "input.bias", form: "same", rank: 1 })] : []),
  ];
  if (!bias) for (const what of ["bias_initializer", "bias_regularizer", "bias_constraint"]) args.value(what);
  if (bias && together(...said).initialize.some((line) => line.includes("input.bias")))
    throw new Unsupported(node, "`bias_initializer` of `ConvLSTM2D` is not supported yet");
  const module: Module = {
    code: call("ConvLSTM2d", [channels, args.required("filters"), args.required("kernel_size")], keywords),
    helper: "ConvLSTM2d",
    keywords: Object.entries(keywords).flatMap(([key, value]) => (value === undefined ? [] : [key])),
    init: { type: "nn.Conv2d", lines: KERNEL_ONLY },
    inits: [
      ...(bias ? [{ type: "nn.Conv2d", lines: KERNEL_AND_BIAS }] : []),
      { type: context.helper("ConvLSTM2d"), lines: own },
    ],
    ...together(...said),
    initialize: [
      ...together(...said).initialize,
      ...(bias && !args.flag("unit_forget_bias") ? ["nn.init.zeros_({}.input.bias)"] : []),
    ],
    ...(stateful && { stateful: true }),
  };
  const flip = args.flag("go_backwards") ? [{ code: "Flip()", helper: "Flip" }] : [];
  return {
    modules: [...flip, module, ...activityPenalty(context)],
    layout: sequences ? "frames" : "first",
  };
}

export const convLstm = [
  layer({
    names: ["ConvLSTM2D"],
    signatures: {
      keras1:
        "nb_filter:filters, nb_row, nb_col, border_mode:padding='valid', subsample:strides=1, inner_activation:recurrent_activation='hard_sigmoid'",
      keras2: `${HEAD}, recurrent_activation='hard_sigmoid', ${REST}, ${FLAGS}, unroll=False`,
      keras3: `${HEAD}, recurrent_activation='sigmoid', ${REST}, dropout=0., recurrent_dropout=0., seed=None, ${FLAGS}, unroll=False`,
    },
    layout: "frames",
    frames: true,
    torch: "`ConvLSTM2d`, an own module of two `nn.Conv2d`, on (N, T, C, H, W)",
    ignores: ["unroll", "seed"],
    reports: {
      data_format: "'channels_first'",
      return_state: "True",
      dropout: "0.2",
      recurrent_dropout: "0.2",
    },
    shape,
    emit,
    cases: () => [
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
    ],
  }),
];
