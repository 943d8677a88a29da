/** The PyTorch modules of LSTM, GRU and SimpleRNN, alone, in both directions, or as a part of a wrapper. */
import type { Node } from "../../grammars/nodes.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { LayerContext, Module } from "../layer.ts";
import { call, namesGiven } from "../python.ts";
import { weightsInside } from "../weights.ts";
import { type Said, together } from "./parameters.ts";
import { initLines, recurrentParameters } from "./recurrent-parameters.ts";
import { stepFunction } from "./step-functions.ts";

interface Kind {
  /** PyTorch's class, and the helpers over it: its own step, one with a state, and one of any activation. */
  readonly type: string;
  readonly module: string;
  readonly stateful: string;
  readonly loop: string;
  /** The activations of PyTorch's own step. */
  readonly activations: readonly string[];
  readonly gated: boolean;
}

const LSTM: Kind = {
  type: "nn.LSTM",
  module: "LSTM",
  stateful: "StatefulLSTM",
  loop: "LoopLSTM",
  activations: ["tanh"],
  gated: true,
};
const GRU: Kind = { ...LSTM, type: "nn.GRU", module: "GRU", stateful: "StatefulGRU", loop: "LoopGRU" };

const KINDS: Readonly<Record<string, Kind>> = {
  LSTM,
  GRU,
  SimpleRNN: {
    type: "nn.RNN",
    module: "SimpleRNN",
    stateful: "StatefulRNN",
    loop: "LoopRNN",
    activations: ["tanh", "relu"],
    gated: false,
  },
};

/** Which of Keras's layers it is, and what is known of it. */
export interface Part {
  readonly name: string;
  /** Its weights are in the order of the library that it is for; both biases of an LSTM are trained. */
  readonly cudnn?: boolean;
  readonly context: LayerContext;
}

/** One recurrent layer as a module. */
export interface RecurrentModule {
  readonly module: Module;
  /** Whether it is PyTorch's own step, and keeps no state: `nn.LSTM` itself would do. */
  readonly own: boolean;
  readonly backwards: boolean;
  /** Dropout of the inputs that the module itself does not make. */
  readonly dropout: Module | undefined;
}

/**
 * @param form `alone`; `both` for one module that runs both ways; `part` of a wrapper, which makes
 * its own dropout
 */
export function recurrentModule(
  { name, context, cudnn = false }: Part,
  form: "alone" | "both" | "part",
): RecurrentModule {
  const { args, input } = context;
  const kind = KINDS[name] as Kind;
  if (input.shape.length !== 2) {
    throw new Unsupported(
      context.node,
      `\`${name}\` takes inputs of shape (steps, features), but gets ${input.shape.length} axes besides the batch`,
    );
  }
  reportUnsupported(args, context.node);
  const features = context.size(input.shape[1]);
  if (features === undefined) {
    throw new Unsupported(
      context.node,
      `the number of features that \`${name}\` gets is not known`,
      "Give the model an input shape with a literal or a name in it.",
    );
  }
  const activation = stepFunction(context, "activation");
  const gate = kind.gated ? stepFunction(context, "recurrent_activation") : undefined;
  const [rate, recurrentRate] = [rateOf(args, "dropout"), rateOf(args, "recurrent_dropout")];
  const resetAfter = name !== "GRU" || args.flag("reset_after");
  const own =
    kind.activations.includes(activation.name ?? "") &&
    (!gate || gate.name === "sigmoid") &&
    resetAfter &&
    recurrentRate === undefined;
  if (!own && recurrentRate === undefined && rate !== undefined && args.number("implementation") === 1) {
    throw new Unsupported(
      args.argument("implementation") ?? context.node,
      "`implementation=1` drops other inputs for each gate, which is not supported",
    );
  }
  const choice = own && form === "alone" && !context.masked ? context.flagParameter("stateful") : undefined;
  const stateful = choice !== undefined || args.flag("stateful");
  const bias = args.flag("use_bias");
  const outside = own && form !== "part" ? rate : undefined;
  const dropped = rate !== undefined || recurrentRate !== undefined;
  const same = dropped && sameAtEveryStep(context, outside === undefined);
  const keywords = {
    nonlinearity: own && activation.name === "relu" ? '"relu"' : undefined,
    activation: own || activation.name === "tanh" ? undefined : activation.code,
    recurrent_activation: own || !gate || gate.name === "sigmoid" ? undefined : gate.code,
    bias: bias ? undefined : "False",
    dropout: outside === undefined ? rate : undefined,
    recurrent_dropout: recurrentRate,
    reset_after: resetAfter ? undefined : "False",
    return_sequences: args.flag("return_sequences") ? "True" : undefined,
    stateful: choice ?? (stateful && !own ? "True" : undefined),
    bidirectional: form === "both" ? "True" : undefined,
  };
  const helper = own ? (stateful ? kind.stateful : kind.module) : kind.loop;
  const said = (form === "both" ? ["_l0", "_l0_reverse"] : ["_l0"]).map((suffix) =>
    recurrentParameters(context, { name, bias, cudnn, resetAfter }, suffix),
  );
  const module: Module = {
    code: call(helper, [features, args.required("units")], keywords),
    helper,
    keywords: namesGiven(keywords),
    init: { type: kind.type, lines: initLines(name, bias, form === "both") },
    ...together(...said),
    ...(stateful && { stateful: true }),
    switches: [
      ...(form === "both" ? [`${kind.type.slice("nn.".length)}_BOTH_WAYS`] : []),
      ...(same && outside === undefined ? ["SAME_MASK"] : []),
    ],
  };
  const dropout = outside === undefined ? undefined : dropoutOf(outside, same);
  const made = { module, own: own && !stateful, backwards: args.flag("go_backwards"), dropout };
  return context.masked ? masked(made, kind, context, form) : made;
}

/**
 * Whether what is dropped is the same at every step: the loop of TensorFlow 2 before Keras 3 draws in
 * each of its rounds, and its layers that can run on cuDNN drop all their inputs alike.
 *
 * @param inside whether the module itself drops
 */
export function sameAtEveryStep({ args, version }: LayerContext, inside: boolean): boolean {
  const { release } = args.machine;
  const [major, minor] = release?.package === "tensorflow" ? [2, 0] : [2, 4];
  const before =
    release !== undefined && (release.major < major || (release.major === major && release.minor < minor));
  if (version === "keras3" || before) return true;
  const unrolled = args.has("unroll") && args.flag("unroll");
  if (unrolled && inside)
    throw new Unsupported(
      args.argument("unroll") as Node,
      "`unroll=True` drops the same at every step, which is not supported here",
    );
  return unrolled;
}

function dropoutOf(rate: string, same: boolean): Module {
  return same
    ? { code: call("DropSteps", [rate]), helper: "DropSteps" }
    : { code: call("nn.Dropout", [rate]) };
}

/** The same with steps that are masked: PyTorch's class itself, or any other, in a module that skips them. */
function masked(
  made: RecurrentModule,
  kind: Kind,
  context: LayerContext,
  form: "alone" | "both" | "part",
): RecurrentModule {
  const { args, input } = context;
  const { module } = made;
  if (args.has("zero_output_for_mask") && args.flag("zero_output_for_mask"))
    throw new Unsupported(
      args.argument("zero_output_for_mask") ?? context.node,
      "`zero_output_for_mask=True` is not supported",
    );
  const stateful = module.helper === kind.stateful;
  if (form === "part" && made.backwards)
    throw new Unsupported(
      context.node,
      "masked steps before a layer that runs both ways over reversed steps are not supported",
    );
  if ((made.own || stateful) && form !== "part") {
    const rnn = call(kind.type, [context.size(input.shape[1]), args.required("units")], {
      nonlinearity: module.keywords?.includes("nonlinearity") ? '"relu"' : undefined,
      bias: module.keywords?.includes("bias") ? "False" : undefined,
      batch_first: "True",
      bidirectional: form === "both" ? "True" : undefined,
    });
    return skipping(made, args, { helper: "Masked", rnn, stateful, both: form === "both" });
  }
  if (form === "both") return made;
  if (module.stateful)
    throw new Unsupported(
      context.node,
      "masked steps before a stateful layer are supported with the usual activations only, in one direction",
    );
  const all = module.keywords?.includes("return_sequences")
    ? module.code
    : `${module.code.slice(0, -1)}, return_sequences=True)`;
  return skipping(made, args, { helper: "MaskedLoop", rnn: all, stateful: false, both: false });
}

/** The module that tells a recurrent one which steps to skip. */
function skipping(
  made: RecurrentModule,
  args: Arguments,
  own: { helper: "Masked" | "MaskedLoop"; rnn: string; stateful: boolean; both: boolean },
): RecurrentModule {
  const { helper, rnn, stateful, both } = own;
  const { module, backwards } = made;
  const sequences = args.flag("return_sequences");
  const keywords = {
    return_sequences: sequences ? "True" : undefined,
    stateful: stateful ? "True" : undefined,
  };
  const loop = helper === "MaskedLoop";
  const skips: Module = {
    ...inside("rnn", made),
    code: call(helper, [rnn], keywords),
    helper,
    keywords: namesGiven(keywords),
    inner: loop
      ? [
          {
            helper: module.helper as string,
            keywords: [...new Set([...(module.keywords ?? []), "return_sequences"])],
          },
        ]
      : [],
    takesMask: true,
    switches: [
      ...(loop || backwards ? ["MASKED_OTHERS"] : ["MASKED_RNN"]),
      ...(both ? ["MASKED_BOTH_WAYS"] : []),
    ],
    ...(module.init && { init: module.init }),
    ...(stateful && { stateful: true }),
  };
  if (!backwards) return { ...made, module: skips };
  const turned: Module = {
    ...skips,
    ...inside("module", { ...made, module: skips }),
    code: `Backwards(${skips.code})`,
    helper: "Backwards",
    keywords: [],
    inner: [{ helper, keywords: skips.keywords ?? [] }, ...(skips.inner ?? [])],
  };
  return { ...made, module: turned, backwards: false };
}

/** What is said about a module that is an attribute of another. */
export function inside(part: string, { module }: RecurrentModule): Said {
  const moved = (lines: readonly string[] = []) => lines.map((line) => line.replaceAll("{}", `{}.${part}`));
  return {
    initialize: moved(module.initialize),
    penalties: moved(module.penalties),
    constraints: moved(module.constraints),
    weights: weightsInside(part, module.weights),
  };
}

/** Arguments that change what the layer computes and have no form here. */
function reportUnsupported(args: Arguments, at: Node): void {
  const node = (argument: string) => args.argument(argument) ?? at;
  if (args.flag("return_state"))
    throw new Unsupported(node("return_state"), "`return_state=True` does not fit a Sequential model");
  if (args.has("time_major") && args.flag("time_major"))
    throw new Unsupported(node("time_major"), "`time_major=True` is not supported");
  const ragged = args.has("return_runtime") && args.flag("return_runtime");
  if (ragged) throw new Unsupported(node("return_runtime"), "`return_runtime=True` is not supported");
}

/** A rate of dropout as written; undefined for none. */
export function rateOf(args: Arguments, name: string): string | undefined {
  if (args.isNone(name) || args.number(name) === 0) return undefined;
  return args.required(name);
}

/** Which recurrent layer a name of Keras's means; undefined for another layer. */
export function recurrentKind(layer: string): Pick<Part, "name" | "cudnn"> | undefined {
  if (layer in KINDS) return { name: layer };
  if (layer === "CuDNNGRU") return { name: "GRU", cudnn: true };
  return layer === "CuDNNLSTM" ? { name: "LSTM", cudnn: true } : undefined;
}
