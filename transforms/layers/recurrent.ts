/** SimpleRNN, LSTM, GRU, Bidirectional, TimeDistributed. */
import type { BoundArgs } from "../../src/analysis/constructs.ts";
import type { Machine } from "../../src/analysis/machine.ts";
import type { TensorType } from "../../src/analysis/model.ts";
import { declaredInput } from "../../src/analysis/models.ts";
import { int, type KerasObject, type Value } from "../../src/analysis/values.ts";
import { activationNamed } from "../activations.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type Emission, type LayerConstruct, type LayerContext, layer, type Module } from "../layer.ts";
import { call } from "../python.ts";
import { times } from "../sizes.ts";

const TAIL =
  "kernel_regularizer=None, recurrent_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, recurrent_constraint=None, bias_constraint=None, dropout=0., recurrent_dropout=0., return_sequences=False, return_state=False, go_backwards=False, stateful=False, unroll=False, time_major=False, use_cudnn='auto', seed=None, zero_output_for_mask=False, implementation=2, return_runtime=None";
const INITIALIZERS =
  "use_bias=True, kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', bias_initializer='zeros'";
const KERAS1_TAIL =
  "W_regularizer:kernel_regularizer=None, U_regularizer:recurrent_regularizer=None, b_regularizer:bias_regularizer=None, dropout_W:dropout=0., dropout_U:recurrent_dropout=0., return_sequences=False, go_backwards=False, stateful=False, unroll=False, consume_less:implementation='cpu', weights=None, return_state=False, use_bias=True, bias_initializer='zeros'";

const IGNORED = ["unroll", "implementation", "use_cudnn", "seed", "zero_output_for_mask"];

function recurrentShape(args: Arguments, input: TensorType): TensorType | undefined {
  if (input.shape.length !== 2) return undefined;
  const sequences = args.value("return_sequences");
  if (sequences.kind !== "bool" && sequences.kind !== "num") return undefined;
  const units = args.size("units");
  return { dtype: "float", shape: sequences.value ? [input.shape[0], units] : [units] };
}

interface Kind {
  /** PyTorch's class, and the helpers over it: its own step, and one of any activation. */
  readonly type: string;
  readonly module: string;
  readonly loop: string;
  /** The activations of PyTorch's own step. */
  readonly activations: readonly string[];
  readonly gated: boolean;
}

const KINDS: Record<string, Kind> = {
  LSTM: { type: "nn.LSTM", module: "LSTM", loop: "LoopLSTM", activations: ["tanh"], gated: true },
  GRU: { type: "nn.GRU", module: "GRU", loop: "LoopGRU", activations: ["tanh"], gated: true },
  SimpleRNN: {
    type: "nn.RNN",
    module: "SimpleRNN",
    loop: "LoopRNN",
    activations: ["tanh", "relu"],
    gated: false,
  },
};

/**
 * The default initialization in the module's own parameters. Keras has one bias where PyTorch
 * adds two: the second stays 0, but for a GRU that resets after its product.
 */
function initOf(name: string, bidirectional: boolean): readonly string[] {
  const forward = [
    "nn.init.xavier_uniform_(module.weight_ih_l0)",
    "nn.init.orthogonal_(module.weight_hh_l0)",
    "nn.init.zeros_(module.bias_ih_l0)",
    ...(name === "LSTM"
      ? ["nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])"]
      : []),
    name === "GRU"
      ? "nn.init.zeros_(module.bias_hh_l0)"
      : "nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)",
  ];
  return bidirectional
    ? [...forward, ...forward.map((line) => line.replaceAll("_l0", "_l0_reverse"))]
    : forward;
}

function emitRecurrent(context: LayerContext, name: string, mergeMode?: Value): Emission {
  const { args, input } = context;
  const kind = KINDS[name] as Kind;
  if (input.shape.length !== 2) {
    throw new Unsupported(
      context.node,
      `\`${name}\` takes inputs of shape (steps, features), but gets ${input.shape.length} axes besides the batch`,
    );
  }
  reportUnsupported(context, name);
  const features = context.size(input.shape[1]);
  if (features === undefined) {
    throw new Unsupported(
      context.node,
      `the number of features that \`${name}\` gets is not known`,
      "Give the model an input shape with a literal or a name in it.",
    );
  }
  const activation = stepFunction(context, "activation", args.isNone("activation") ? "linear" : undefined);
  const gate = kind.gated ? stepFunction(context, "recurrent_activation") : undefined;
  const [rate, recurrentRate] = [rateOf(args, "dropout"), rateOf(args, "recurrent_dropout")];
  const resetAfter = name !== "GRU" || args.flag("reset_after");
  const own =
    kind.activations.includes(activation.name) &&
    (!gate || gate.name === "sigmoid") &&
    resetAfter &&
    recurrentRate === undefined;
  const sequences = args.flag("return_sequences") ? "True" : undefined;
  const merge = mergeMode && mergeMode.kind === "str" ? mergeMode.value : "concat";
  const native = mergeMode !== undefined && own && merge === "concat" && rate === undefined;
  const keywords = own
    ? {
        nonlinearity: activation.name === "relu" ? '"relu"' : undefined,
        return_sequences: sequences,
        bidirectional: native ? "True" : undefined,
      }
    : {
        activation: activation.name === "tanh" ? undefined : activation.code,
        recurrent_activation: gate && gate.name !== "sigmoid" ? gate.code : undefined,
        dropout: rate,
        recurrent_dropout: recurrentRate,
        reset_after: resetAfter ? undefined : "False",
        return_sequences: sequences,
      };
  const helper = own ? kind.module : kind.loop;
  const module: Module = {
    code: call(helper, [features, args.required("units")], keywords),
    helper,
    keywords: Object.entries(keywords).flatMap(([key, value]) => (value === undefined ? [] : [key])),
    init: { type: kind.type, lines: initOf(name, native) },
    // Without the product there is one bias: the second stays 0.
    initialize: resetAfter ? [] : ["{}.bias_hh_l0.requires_grad_(False)"],
  };
  const before = [
    ...(args.flag("go_backwards") ? [{ code: "Flip()", helper: "Flip" }] : []),
    // Masks of one step for all: an own step has no other place for them.
    ...(own && rate !== undefined ? [{ code: call("DropSteps", [rate]), helper: "DropSteps" }] : []),
  ];
  if (mergeMode === undefined || native) return { modules: [...before, module], layout: "last" };
  if (before.length > 0)
    throw new Unsupported(
      context.node,
      "`Bidirectional` around a layer with dropout or go_backwards is not supported yet",
    );
  const both: Module = {
    ...module,
    initialize: (module.initialize ?? []).flatMap((line) =>
      ["ahead", "back"].map((part) => line.replace("{}", `{}.${part}`)),
    ),
    code: call("Bidirectional", [module.code, module.code], {
      merge: merge === "concat" ? undefined : JSON.stringify(merge),
    }),
    helper: "Bidirectional",
    keywords: merge === "concat" ? [] : ["merge"],
    inner: [{ helper, keywords: module.keywords ?? [] }],
  };
  return { modules: [both], layout: "last" };
}

/** Arguments that change what the layer computes and have no form here yet. */
function reportUnsupported(context: LayerContext, name: string): void {
  const { args } = context;
  const node = (argument: string) => args.argument(argument) ?? context.node;
  if (args.flag("stateful")) throw new Unsupported(node("stateful"), "`stateful=True` is not supported yet");
  if (args.flag("return_state"))
    throw new Unsupported(node("return_state"), "`return_state=True` does not fit a Sequential model");
  if (args.has("time_major") && args.flag("time_major"))
    throw new Unsupported(node("time_major"), "`time_major=True` is not supported");
  if (name === "LSTM" && !args.flag("unit_forget_bias")) {
    throw new Unsupported(node("unit_forget_bias"), "`unit_forget_bias=False` is not supported yet");
  }
  if (!args.flag("use_bias"))
    throw new Unsupported(node("use_bias"), "recurrent layers without bias are not supported yet");
  for (const initializer of ["kernel_initializer", "recurrent_initializer", "bias_initializer"]) {
    if (context.initializer(initializer, "").length > 0) {
      throw new Unsupported(
        node(initializer),
        `\`${initializer}\` of a recurrent layer is not supported yet`,
      );
    }
  }
}

/** A function of the steps: its name, and Python source of it. */
function stepFunction(
  context: LayerContext,
  argument: string,
  name = context.args.option(argument),
): { name: string; code: string } {
  if (name === "hard_sigmoid" && context.version !== "keras3") {
    context.helper("hard_sigmoid");
    return { name, code: "hard_sigmoid" };
  }
  const code = activationNamed(name)?.functional;
  if (code === undefined)
    throw new Unsupported(
      context.args.argument(argument) ?? context.node,
      `the activation '${name}' of a recurrent layer is not supported yet`,
    );
  return { name, code };
}

/** A rate of dropout as written; undefined for none. */
function rateOf(args: Arguments, name: string): string | undefined {
  if (args.isNone(name) || args.number(name) === 0) return undefined;
  return args.required(name);
}

const signature = (name: string) => {
  const recurrentActivation = name === "SimpleRNN" ? "" : "recurrent_activation='sigmoid', ";
  const own = name === "LSTM" ? ", unit_forget_bias=True" : name === "GRU" ? ", reset_after=True" : "";
  const keras1Gates =
    name === "SimpleRNN"
      ? "activation='tanh'"
      : `${name === "LSTM" ? "forget_bias_init='one', " : ""}activation='tanh', inner_activation:recurrent_activation='sigmoid'`;
  return {
    keras1: `output_dim:units, init:kernel_initializer='glorot_uniform', inner_init:recurrent_initializer='orthogonal', ${keras1Gates}, ${KERAS1_TAIL}${own}`,
    keras2: `units, activation='tanh', ${recurrentActivation}${INITIALIZERS}${name === "LSTM" ? own : ""}, ${TAIL}${name === "GRU" ? own : ""}`,
  };
};

const recurrentLayers = ["LSTM", "GRU", "SimpleRNN"].map((name) =>
  layer({
    names: [name],
    signatures: signature(name),
    layout: "last-axis",
    ignores: IGNORED,
    shape: recurrentShape,
    emit: (context) => emitRecurrent(context, name),
  }),
);

/** The layer that a wrapper wraps. */
function wrapped(args: Arguments): KerasObject | undefined {
  const inner = args.value("layer");
  return inner.kind === "object" && inner.construct.kind === "layer" ? inner : undefined;
}

function innerContext(
  context: LayerContext,
  inner: KerasObject,
  input: TensorType,
): { entry: LayerConstruct["entry"]; context: LayerContext } {
  const { entry } = inner.construct as LayerConstruct;
  const args = context.args.of(inner.args, inner.node);
  return { entry, context: { ...context, args, input, output: entry.shape(args, input), node: inner.node } };
}

/** A wrapper's input may be declared by the layer inside it. */
function innerInput(args: BoundArgs, m: Machine): TensorType | undefined {
  const inner = args.given.get("layer")?.value;
  return inner?.kind === "object" ? declaredInput(m, inner.args, inner.construct.path) : undefined;
}

export const recurrent = [
  ...recurrentLayers,
  layer({
    names: ["Bidirectional"],
    signatures: { keras2: "layer, merge_mode='concat', weights=None, backward_layer=None" },
    layout: "last-axis",
    shape: (args, input) => {
      const inner = wrapped(args);
      const output = inner?.construct.shape?.(inner.args, input, args.machine);
      const merge = args.value("merge_mode");
      if (!output || merge.kind !== "str") return undefined;
      if (merge.value !== "concat") return output;
      const units = output.shape.at(-1);
      const double = times(units, int(2));
      return { ...output, shape: [...output.shape.slice(0, -1), double] };
    },
    declaredInput: (args, m) => declaredInput(m, args) ?? innerInput(args, m),
    emit: (context) => {
      const inner = wrapped(context.args);
      const name = inner?.construct.path.slice("keras.layers.".length);
      if (!inner || !name || !(name in KINDS)) throw context.args.unknown("layer");
      const { entry, context: own } = innerContext(context, inner, context.input);
      const mode = context.args.value("merge_mode");
      if (mode.kind !== "str") throw context.args.unknown("merge_mode");
      const emission = emitRecurrent(own, name, mode);
      own.args.finish(name, new Set([...(entry.ignores ?? []), "name", "input_shape"]));
      return emission;
    },
  }),
  layer({
    names: ["TimeDistributed"],
    signatures: { keras2: "layer" },
    layout: "last-axis",
    declaredInput: (args, m) => declaredInput(m, args),
    shape: (args, input) => {
      const inner = wrapped(args);
      const step = { ...input, shape: input.shape.slice(1) };
      const output = inner?.construct.shape?.(inner.args, step, args.machine);
      return output && { ...output, shape: [input.shape[0], ...output.shape] };
    },
    emit: (context) => {
      const inner = wrapped(context.args);
      if (inner?.construct.path !== "keras.layers.Dense") {
        throw new Unsupported(context.node, "`TimeDistributed` is supported around `Dense` only, so far");
      }
      // A Linear works on the last axis, whatever stands before it.
      const { entry, context: own } = innerContext(context, inner, context.input);
      const emission = entry.emit(own);
      own.args.finish("Dense", new Set(["name"]));
      return emission;
    },
  }),
];
