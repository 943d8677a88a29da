/** The weights of recurrent layers: how they start, and what the arguments say about them. */
import { int } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import { scalingLine } from "../initializers.ts";
import type { InitRule, LayerContext } from "../layer.ts";
import { isFirst } from "../releases.ts";
import { type Dim, times } from "../sizes.ts";
import type { WeightForm } from "../weights.ts";
import { GLOROT } from "./first-start.ts";
import { type Place, parameterOf, type Said, together } from "./parameters.ts";

/**
 * The default initialization in the module's own parameters. Keras has one bias where PyTorch
 * adds two: the second stays 0, but for a GRU that resets after its product.
 */
export function initLines(name: string, bias: boolean, both: boolean): InitRule["lines"] {
  const forward = [
    "nn.init.xavier_uniform_(module.weight_ih_l0)",
    "nn.init.orthogonal_(module.weight_hh_l0)",
    ...(bias ? biasLines(name) : []),
  ];
  return both ? [...forward, ...forward.map((line) => line.replaceAll("_l0", "_l0_reverse"))] : forward;
}

function biasLines(name: string): string[] {
  return [
    "nn.init.zeros_(module.bias_ih_l0)",
    ...(name === "LSTM"
      ? ["nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])"]
      : []),
    name === "GRU"
      ? "nn.init.zeros_(module.bias_hh_l0)"
      : "nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)",
  ];
}

/** What the arguments say about the weights of one direction; `cudnn` are the layers for that library alone. */
export function recurrentParameters(
  context: LayerContext,
  { name, bias, cudnn, resetAfter }: { name: string; bias: boolean; cudnn: boolean; resetAfter: boolean },
  suffix: string,
): Said {
  const form = cudnn ? CUDNN_KERNEL[name] : name === "GRU" ? "gru-kernel" : "transpose";
  if (!form) throw new Error(name);
  const kernels = together(
    gatesStart(context, name, "kernel", { torch: `weight_ih${suffix}`, form, rank: 2 }),
    gatesStart(context, name, "recurrent", {
      torch: `weight_hh${suffix}`,
      form,
      rank: 2,
      keras: "recurrent_kernel",
    }),
  );
  // The gates of a GRU stand in another order here, those of cuDNN are turned: only what treats all alike is the same.
  if ((name === "GRU" || cudnn) && kernels.initialize.some((line) => line.includes("eye_(")))
    throw new Unsupported(context.node, `this initializer of a \`${name}\` is not supported`);
  if (!bias) {
    for (const what of ABOUT_BIAS) context.args.value(what);
    return kernels;
  }
  const own = `bias_ih${suffix}`;
  const other = `bias_hh${suffix}`;
  const biasForm = cudnn ? CUDNN_BIAS[name] : name === "GRU" ? "gru-bias" : "same";
  if (!biasForm) throw new Error(name);
  const shape = biasShape(name, context.args.size("units"), cudnn, resetAfter);
  const place = { torch: own, form: biasForm, rank: 1, shape } as const;
  const first = parameterOf(context, "bias", place);
  const second = parameterOf(context, "bias", { ...place, torch: other });
  const both = { keras: "bias", torch: [own, other], form: biasForm, rank: cudnn ? 1 : 2 };
  if (cudnn && name === "LSTM") {
    // The two get the same gradients: where the ones of the forget gate stand makes no difference.
    if (first.penalties.length + first.constraints.length > 0)
      throw new Unsupported(
        context.node,
        "regularizers and constraints of two biases are not supported here",
      );
    const trained = `{}.${other}.requires_grad_(True)`;
    const start = [...forgetting(context, name, place, first), ...second.initialize];
    return {
      ...together(kernels, { ...first, initialize: [...start, trained] }),
      weights: [...kernels.weights, both],
    };
  }
  if (name !== "GRU")
    return together(kernels, { ...first, initialize: forgetting(context, name, place, first) });
  if (resetAfter) return { ...together(kernels, first, second), weights: [...kernels.weights, both] };
  // Without the product there is one bias: the second stays 0.
  const fixed = `{}.${other}.requires_grad_(False)`;
  return together(kernels, { ...first, initialize: [...first.initialize, fixed] });
}

/** What the arguments say about a kernel. Keras 1 has one for each gate, but where it is told to be quick on a GPU. */
function gatesStart(context: LayerContext, name: string, weight: string, place: Place): Said {
  const { args, input } = context;
  const gates = { LSTM: 4, GRU: 3 }[name];
  const joint = args.takes("implementation") && args.value("implementation");
  const together = joint && joint.kind === "str" && joint.value === "gpu";
  const argument = `${weight}_initializer`;
  const wanted = args.isGiven(argument) || args.machine.release !== undefined;
  if (!gates || together || !wanted || !isFirst(args.version, args.machine.release))
    return parameterOf(context, weight, place);
  const units = args.size("units")?.value;
  const fans = { in: weight === "kernel" ? input.shape[1]?.value : units, out: units };
  const value = args.value(argument);
  if (value.kind === "str" && value.value === "orthogonal") {
    const line = `${context.helper("orthogonal_gates_")}({}.${place.torch}, ${gates})`;
    return { ...parameterOf(context, weight, place), initialize: [line] };
  }
  const said = parameterOf(context, weight, { ...place, fans });
  if (said.initialize.length > 0) return said;
  const made = scalingLine(`{}.${place.torch}`, GLOROT, fans);
  if (!made) throw args.unknown(argument);
  return { ...said, initialize: [made.line] };
}

const CUDNN_KERNEL: Readonly<Record<string, WeightForm>> = {
  LSTM: "cudnn-lstm-kernel",
  GRU: "cudnn-gru-kernel",
};
const CUDNN_BIAS: Readonly<Record<string, WeightForm>> = { LSTM: "cudnn-lstm-bias", GRU: "cudnn-gru-bias" };

/** Arguments about a bias that is not there. */
const ABOUT_BIAS = [
  "bias_initializer",
  "bias_regularizer",
  "bias_constraint",
  "unit_forget_bias",
  "forget_bias_initializer",
];

/** The initial bias of an LSTM, of which Keras starts the part of the forget gate at 1. */
function forgetting(context: LayerContext, name: string, place: Place, said: Said): readonly string[] {
  const { args } = context;
  if (name !== "LSTM") return said.initialize;
  const bias = place.torch;
  const forget = `${bias}[{}.hidden_size : 2 * {}.hidden_size]`;
  const start = args.value("forget_bias_initializer");
  const usual = start.kind === "none" || (start.kind === "str" && ["one", "ones"].includes(start.value));
  if (!usual) return [...said.initialize, ...context.initializer("forget_bias_initializer", forget)];
  if (!args.flag("unit_forget_bias"))
    return said.initialize.length > 0 ? said.initialize : [`nn.init.zeros_({}.${bias})`];
  if (said.initialize.length === 0) return [];
  const around = aroundForgetGate(context, place, "{}.hidden_size", args.size("units"));
  return [...around, `nn.init.ones_({}.${forget})`];
}

/** The initial bias of an LSTM but for its forget gate: Keras makes what is before it and what follows by themselves. */
export function aroundForgetGate(
  context: LayerContext,
  place: Place,
  hidden: string,
  units: Dim,
): readonly string[] {
  const part = (cells: string, size: Dim) =>
    parameterOf(context, "bias", { ...place, torch: place.torch + cells, shape: [size] }).initialize;
  const [one, two] = [part("", units), part("", times(units, int(2)))];
  // Most initializers make each number alike, however many there are.
  if (one.join() === two.join()) return one;
  return [...part(`[: ${hidden}]`, units), ...part(`[2 * ${hidden} :]`, times(units, int(2)))];
}

/** The shape of Keras's bias, where all of it is made at once. */
function biasShape(name: string, units: Dim, cudnn: boolean, resetAfter: boolean): readonly Dim[] {
  const gates = { LSTM: 4, GRU: 3 }[name] ?? 1;
  if (cudnn) return [name === "GRU" ? times(units, int(6)) : undefined];
  const all = times(units, int(gates));
  return name === "GRU" && resetAfter ? [int(2), all] : [all];
}
