/** SimpleRNN, LSTM, GRU. */

import type { TensorType } from "../../src/analysis/model.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type Emission, type LayerCases, type LayerContext, layer, type Module } from "../layer.ts";
import { activityPenalty } from "./core.ts";
import { dropoutCases } from "./recurrent-dropout.ts";
import { type RecurrentModule, recurrentKind, recurrentModule } from "./recurrent-modules.ts";
import { standIn } from "./stand-in.ts";

const TAIL =
  "kernel_regularizer=None, recurrent_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, recurrent_constraint=None, bias_constraint=None, dropout=0., recurrent_dropout=0., return_sequences=False, return_state=False, go_backwards=False, stateful=False, unroll=False, time_major=False, use_cudnn='auto', seed=None, zero_output_for_mask=False, implementation=2, return_runtime=None";
const INITIALIZERS =
  "use_bias=True, kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', bias_initializer='zeros'";
const KERAS1_TAIL =
  "W_regularizer:kernel_regularizer=None, U_regularizer:recurrent_regularizer=None, b_regularizer:bias_regularizer=None, dropout_W:dropout=0., dropout_U:recurrent_dropout=0., return_sequences=False, go_backwards=False, stateful=False, unroll=False, consume_less:implementation='cpu', weights=None, return_state=False, use_bias=True, bias_initializer='zeros', activity_regularizer=None, kernel_constraint=None, recurrent_constraint=None, bias_constraint=None";

function recurrentShape(args: Arguments, input: TensorType): TensorType | undefined {
  if (input.shape.length !== 2) return undefined;
  const sequences = args.value("return_sequences");
  if (sequences.kind !== "bool" && sequences.kind !== "num") return undefined;
  const units = args.size("units");
  return { dtype: "float", shape: sequences.value ? [input.shape[0], units] : [units] };
}

const signature = (name: string) => {
  const recurrentActivation = name === "SimpleRNN" ? "" : "recurrent_activation='sigmoid', ";
  const own = name === "LSTM" ? ", unit_forget_bias=True" : name === "GRU" ? ", reset_after=True" : "";
  const keras1Gates =
    name === "SimpleRNN"
      ? "activation='tanh'"
      : `${name === "LSTM" ? "forget_bias_init:forget_bias_initializer='one', " : ""}activation='tanh', inner_activation:recurrent_activation='sigmoid'`;
  return {
    keras1: `output_dim:units, init:kernel_initializer='glorot_uniform', inner_init:recurrent_initializer='orthogonal', ${keras1Gates}, ${KERAS1_TAIL}${own}`,
    keras2: `units, activation='tanh', ${recurrentActivation}${INITIALIZERS}${name === "LSTM" ? own : ""}, ${TAIL}${name === "GRU" ? own : ""}`,
  };
};

/** The layers for one kind of GPU of Keras 2.0 to 2.3: what cuDNN has no form for, they do not take. */
const CUDNN =
  "kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', bias_initializer='zeros', kernel_regularizer=None, recurrent_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, recurrent_constraint=None, bias_constraint=None, return_sequences=False, return_state=False, go_backwards=False, stateful=False, activation='tanh', recurrent_activation='sigmoid', use_bias=True, dropout=0., recurrent_dropout=0., time_major=False";

/** What stands before a recurrent module: reversal and dropout. */
export function preceding({ backwards, dropout }: RecurrentModule): Module[] {
  return [...(backwards ? [{ code: "Flip()", helper: "Flip" }] : []), ...(dropout ? [dropout] : [])];
}

const FLAGS = ["", "True"];
const INPUTS = [[4, 3]];

function cases(name: string): LayerCases[] {
  const gated = name !== "SimpleRNN";
  const gate = gated ? { recurrent_activation: ["", "'hard_sigmoid'", "'relu'"] } : {};
  return [
    {
      inputs: [...INPUTS, [1, 1], [3, 5]],
      args: { units: ["4", "1"], return_sequences: FLAGS, go_backwards: FLAGS, use_bias: ["", "False"] },
      mutant:
        name === "LSTM" ? ["Flip()", "nn.Identity()"] : ["return_sequences=True", "return_sequences=False"],
    },
    {
      inputs: INPUTS,
      args: {
        units: ["3"],
        activation: [
          "'relu'",
          "'linear'",
          "None",
          "'softsign'",
          "'hard_sigmoid'",
          "activations.sigmoid",
          "'softmax'",
        ],
        ...gate,
        return_sequences: ["", "True"],
      },
      ...(gated && { mutant: ["recurrent_activation=hard_sigmoid", "recurrent_activation=torch.sigmoid"] }),
    },
    {
      inputs: INPUTS,
      // A state that goes on from batch to batch has a script of its own: snapshots/stateful_lstm.
      args: {
        units: ["3"],
        activation: ["'relu'", "'gelu'"],
        use_bias: ["False"],
        go_backwards: FLAGS,
        stateful: ["False"],
      },
    },
    ...(name === "GRU"
      ? [
          {
            inputs: INPUTS,
            args: {
              units: ["3"],
              reset_after: ["False"],
              use_bias: ["", "False"],
              return_sequences: FLAGS,
              recurrent_activation: ["", "'hard_sigmoid'"],
            },
            mutant: ["reset_after=False", "reset_after=True"] as const,
          },
        ]
      : []),
    {
      inputs: INPUTS,
      args: {
        units: ["3"],
        kernel_initializer: ["'he_normal'"],
        recurrent_initializer: ["initializers.RandomNormal(stddev=0.1)"],
        bias_initializer: ["", "'ones'"],
        kernel_regularizer: ["regularizers.l2(0.1)"],
        recurrent_regularizer: ["'l1'"],
        bias_regularizer: ["'l2'"],
        activity_regularizer: ["'l2'"],
        ...(name === "LSTM" && { unit_forget_bias: FLAGS.map((flag) => flag || "False") }),
      },
    },
    ...dropoutCases(name, INPUTS),
    {
      inputs: [[6, "<", 3]],
      before: ["layers.Embedding(3, 4, mask_zero=True)", "layers.Dropout(0.0)"],
      args: { units: ["4"], use_bias: ["", "False"] },
      mutant: ["mask = x != 0", "mask = x >= 0"] as const,
    },
    {
      inputs: [
        [6, "<", 3],
        [7, "<", 2],
      ],
      before: ["layers.Embedding(3, 4, mask_zero=True)"],
      after: ["layers.Dense(3, activation='relu')", "layers.Flatten()"],
      args: { units: ["4"], return_sequences: ["True"], dropout: ["", "0"] },
      mutant: ["(position > 0)", "(position >= 0)"] as const,
    },
    {
      inputs: INPUTS,
      versions: ["keras3"],
      args: {
        units: ["3"],
        activation: ["'squareplus'", "'leaky_relu'", "'hard_tanh'", "'tanh_shrink'"],
        ...(gated && { recurrent_activation: ["'sparse_sigmoid'"] }),
      },
    },
    { inputs: [[6, 4]], before: ["layers.Conv1D(3, 2)"], after: ["layers.Dense(2)"], args: { units: ["3"] } },
    {
      inputs: [[6, 4]],
      after: ["layers.Conv1D(3, 2)", "layers.Flatten()", "layers.Dense(2)"],
      args: { units: ["3"], return_sequences: ["True"] },
    },
  ];
}

const emit =
  (layerName: string) =>
  (context: LayerContext): Emission => {
    const kind = recurrentKind(layerName);
    if (!kind) throw new Error(layerName);
    const made = recurrentModule({ ...kind, context }, "alone");
    return {
      modules: [...preceding(made), made.module, ...activityPenalty(context)],
      layout: "last",
      masked: context.masked && context.args.flag("return_sequences"),
    };
  };

/** Arguments of the plain layers that these have not: only their defaults are read. */
const NOT_CUDNN: Readonly<Record<string, string>> = {
  activation: "'relu'",
  recurrent_activation: "'relu'",
  use_bias: "False",
  dropout: "0.2",
  recurrent_dropout: "0.2",
};

/** What runs on a GPU only is tested by a layer of the same weights: `test/layers/cudnn.py`. */
function cudnnCases(name: string): LayerCases[] {
  const stand = standIn(`cudnn.${name}`);
  return [
    {
      inputs: [...INPUTS, [1, 1], [3, 5]],
      args: {
        units: ["4", "1"],
        return_sequences: FLAGS,
        go_backwards: FLAGS,
        stateful: ["False"],
        ...(name === "CuDNNLSTM" && { unit_forget_bias: ["", "False"] }),
      },
      versions: ["keras2"],
      stand,
      mutant: ["Flip()", "nn.Identity()"],
    },
    {
      inputs: INPUTS,
      args: { units: ["3"], return_sequences: FLAGS },
      versions: ["keras2"],
      before: ["layers.Conv1D(3, 2)"],
      after: ["layers.Dense(2)"],
      stand,
      ...(name === "CuDNNLSTM" && { mutant: [".requires_grad_(True)", ".requires_grad_(False)"] as const }),
    },
  ];
}

const cudnnLayer = (name: string) => {
  const notCudnn = name === "CuDNNGRU" ? { ...NOT_CUDNN, reset_after: "False" } : NOT_CUDNN;
  return layer({
    names: [name],
    signatures: {
      keras2: `units, ${CUDNN}, ${name === "CuDNNLSTM" ? "unit_forget_bias=True" : "reset_after=True"}`,
    },
    layout: "last-axis",
    torch: name === "CuDNNGRU" ? "`nn.GRU`, as `GRU`" : "`nn.LSTM`, as `LSTM`, with both biases trained",
    reports: { return_state: "True", time_major: "True", ...notCudnn },
    shape: recurrentShape,
    emit: (context) => {
      for (const what of Object.keys(notCudnn))
        if (context.args.has(what))
          throw new Unsupported(
            context.args.argument(what) ?? context.node,
            `\`${name}\` takes no \`${what}\``,
          );
      return emit(name)(context);
    },
    cases: () => cudnnCases(name),
  });
};

const DROPOUT =
  "`dropout` and `recurrent_dropout` draw anew at every step, as TensorFlow 2 does in `fit`; in Keras 3, before TensorFlow 2 and with `unroll=True` once a batch.";

const recurrentLayer = (name: string, torch: string, notes = DROPOUT) =>
  layer({
    names: [name],
    signatures: signature(name),
    layout: "last-axis",
    torch,
    notes,
    ignores: ["unroll", "implementation", "use_cudnn", "seed", "zero_output_for_mask"],
    reports: {
      return_state: "True",
      time_major: "True",
      return_runtime: "True",
    },
    shape: recurrentShape,
    emit: emit(name),
    cases: () => cases(name),
  });

export const recurrent = [
  cudnnLayer("CuDNNLSTM"),
  cudnnLayer("CuDNNGRU"),
  recurrentLayer(
    "LSTM",
    "`nn.LSTM` in a class that gives its last output or all; a loop over the steps for other activations and for `recurrent_dropout`",
  ),
  recurrentLayer(
    "GRU",
    "`nn.GRU` in a class that gives its last output or all; a loop over the steps for other activations, `reset_after=False` and `recurrent_dropout`",
  ),
  recurrentLayer(
    "SimpleRNN",
    "`nn.RNN` in a class that gives its last output or all; a loop over the steps for activations but tanh and relu, and for `recurrent_dropout`",
  ),
];
