/** Dense, Activation, Dropout, Flatten, Reshape, ... */
import type { TensorType } from "../../src/analysis/model.ts";
import type { Num } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type InitRule, type LayerContext, layer, type Module } from "../layer.ts";
import { call, namesGiven } from "../python.ts";
import { regularization } from "../regularizers.ts";
import { isFirst } from "../releases.ts";
import { requireChannelBias } from "./added-bias.ts";
import { biasPlace, type Place, parameterOf, type Said, together, withoutBias } from "./parameters.ts";
import { channelsFirst } from "./spatial.ts";

/** Weights start as Keras's do by default; these have a bias. */
export const KERNEL_AND_BIAS = ["nn.init.xavier_uniform_(module.weight)", "nn.init.zeros_(module.bias)"];
/** For modules of which one has no bias. */
export const KERNEL_ONLY = ["nn.init.xavier_uniform_(module.weight)"];

/** What layers with a kernel and a bias share: `type` is PyTorch's, whose default initialization is Keras's. */
export function kernelAndBias(
  context: LayerContext,
  type: string,
  place: Partial<Place> = {},
): Said & { readonly init: InitRule; readonly bias: boolean } {
  const bias = context.args.flag("use_bias");
  const linear = type === "nn.Linear";
  const rank = linear ? 2 : Number(type.at(-2)) + 2;
  const said = parameterOf(context, "kernel", {
    torch: "weight",
    form: linear ? "transpose" : "kernel",
    rank,
    ...place,
  });
  const kernel = linear ? said : { ...said, initialize: firstOrthogonal(context, said.initialize, rank) };
  const units = context.args.size(linear ? "units" : "filters");
  if (bias && !linear) requireChannelBias(context, rank - 2, units);
  const all = bias ? together(kernel, parameterOf(context, "bias", biasPlace(units))) : kernel;
  if (!bias) withoutBias(context.args);
  return { ...all, init: { type, lines: bias ? KERNEL_AND_BIAS : KERNEL_ONLY }, bias };
}

/** Keras 1 makes the first axis of its own array orthogonal, which is one of the kernel's sizes with the channels last. */
function firstOrthogonal({ args }: LayerContext, lines: readonly string[], rank: number): readonly string[] {
  if (!isFirst(args.version, args.machine.release) || channelsFirst(args)) return lines;
  const head = "nn.init.orthogonal_({}.weight";
  const sizes = Array.from({ length: rank - 2 }, (_, i) => i + 2);
  const back = [rank - 1, rank - 2, ...sizes.map((axis) => axis - 2)];
  return lines.map((line) => {
    if (!line.startsWith(head)) return line;
    const empty = `torch.empty({}.weight.permute(${[...sizes, 1, 0].join(", ")}).shape)`;
    return `{}.weight.data.copy_(nn.init.orthogonal_(${empty}${line.slice(head.length)}.permute(${back.join(", ")}))`;
  });
}

/** What `activity_regularizer` adds to the loss: a mean over samples of the layer's outputs. */
export function activityPenalty(context: LayerContext): readonly Module[] {
  const own = ownActivityPenalty(context);
  if (own) return [own];
  const terms = regularization(context.args, "activity_regularizer");
  if (terms.length === 0) return [];
  const factors = new Map(terms.map(({ factor, sum }) => [sum === "abs" ? "l1" : "l2", factor]));
  return [activityModule(factors.get("l1"), factors.get("l2"))];
}

/** The same of a function of the script, which gets the outputs as Keras has them. */
function ownActivityPenalty({ args, layout, output, node, ...context }: LayerContext): Module | undefined {
  const argument = "activity_regularizer";
  const own = context.weightFunction(args.value(argument), args.expr(argument));
  if (!own) return undefined;
  const at = args.argument(argument) ?? node;
  if (!own.scalar) throw new Unsupported(at, "what this regularizer gives is not known to be one number");
  if (layout !== "last" && (output?.shape.length ?? 0) !== 1)
    throw new Unsupported(
      at,
      "a regularizer of the script's own is not supported for maps that a layer gives",
    );
  return {
    code: call("ActivityPenalty", [own.name ?? `lambda x: ${own.on("x")}`]),
    helper: "ActivityPenalty",
    penalties: ["{}.penalty"],
  };
}

export function activityModule(l1: string | undefined, l2: string | undefined): Module {
  const keywords = { l1, l2 };
  return {
    code: call("ActivityRegularization", [], keywords),
    helper: "ActivityRegularization",
    keywords: namesGiven(keywords),
    penalties: ["{}.penalty"],
  };
}

export function activationOf(
  context: LayerContext,
  shape: TensorType | undefined,
  layout = context.layout,
): readonly Module[] {
  const value = context.args.value("activation");
  const known = shape ?? { shape: [], dtype: "float" as const };
  return context.activation(value, known, layout, context.args.expr("activation") ?? context.node);
}

const REGULARIZERS =
  "kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, bias_constraint=None";

function dense(context: LayerContext): { modules: Module[] } {
  const { args, input } = context;
  const { bias, ...said } = kernelAndBias(context, "nn.Linear");
  const features = context.size(input.shape.at(-1));
  const linear =
    features === undefined
      ? call("nn.LazyLinear", [args.required("units")], { bias: bias ? undefined : "False" })
      : call("nn.Linear", [features, args.required("units")], { bias: bias ? undefined : "False" });
  return {
    modules: [
      { code: linear, ...said },
      ...activationOf(context, context.output),
      ...activityPenalty(context),
    ],
  };
}

export const core = [
  layer({
    usualRank: 1,
    names: ["Dense", "TimeDistributedDense"],
    signatures: {
      keras1: `output_dim:units, init:kernel_initializer='glorot_uniform', activation=None, weights=None, W_regularizer:kernel_regularizer=None, b_regularizer:bias_regularizer=None, activity_regularizer=None, W_constraint:kernel_constraint=None, b_constraint:bias_constraint=None, bias:use_bias=True, input_dim=None, bias_initializer='zeros'`,
      keras2: `units, activation=None, use_bias=True, kernel_initializer='glorot_uniform', bias_initializer='zeros', ${REGULARIZERS}`,
      keras3: `units, activation=None, use_bias=True, kernel_initializer='glorot_uniform', bias_initializer='zeros', ${REGULARIZERS}, lora_rank=None, lora_alpha=None, quantization_config=None`,
    },
    layout: "last-axis",
    torch: "`nn.Linear` and the activation's module",
    reports: { lora_rank: "2", lora_alpha: "2", quantization_config: "{}" },
    shape: (args, input) => ({
      ...input,
      dtype: "float",
      shape: [...input.shape.slice(0, -1), sizeArgument(args, "units")],
    }),
    emit: dense,
    cases: () => [
      {
        inputs: [[5], [4, 5], [2, 3, 4]],
        args: {
          units: ["3"],
          activation: ["", "'relu'", "'softmax'", "'tanh'"],
          use_bias: ["", "False"],
        },
        mutant: ["nn.Softmax(dim=", "nn.LogSoftmax(dim="],
      },
      {
        inputs: [[3, 4, 2]],
        before: ["layers.Conv2D(3, 2)"],
        args: { units: ["3"], activation: ["'softmax'"] },
      },
    ],
  }),
  layer({
    names: ["ActivityRegularization"],
    signatures: { keras2: "l1=0.0, l2=0.0" },
    layout: "elementwise",
    torch: "`ActivityRegularization`, an own module that keeps the term for the loss",
    shape: (_, input) => input,
    emit: ({ args }) => {
      const factors = (["l1", "l2"] as const).map((name) => args.factor(name));
      const [l1, l2] = factors.map((text) => (Number(text ?? 0) === 0 ? undefined : text));
      return { modules: l1 === undefined && l2 === undefined ? [] : [activityModule(l1, l2)] };
    },
    cases: () => [{ inputs: [[5], [4, 3]], args: { l1: ["0.01"], l2: ["", "0.1"] } }],
  }),
  layer({
    names: ["Input", "InputLayer"],
    givesTensor: true,
    signatures: {
      keras2:
        "shape=None, batch_size=None, name=None, dtype=None, sparse=None, tensor=None, ragged=None, batch_shape=None, input_shape=None, batch_input_shape=None",
    },
    layout: "elementwise",
    torch: "nothing: sizes are in the modules",
    ignores: ["shape", "batch_shape", "sparse", "ragged", "dtype"],
    shape: (_, input) => input,
    emit: () => ({ modules: [] }),
  }),
];

/** A size given as an argument, in the form in which later layers can use it. */
export function sizeArgument(args: Arguments, name: string): Num | undefined {
  return args.size(name);
}
