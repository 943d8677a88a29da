/** Dense, Activation, Dropout, Flatten, Reshape, ... */
import type { TensorType } from "../../src/analysis/model.ts";
import { dimensions, shapeType } from "../../src/analysis/models.ts";
import type { Num } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type InitRule, type LayerContext, layer, type Module } from "../layer.ts";
import { call } from "../python.ts";
import { penaltyTerms } from "../regularizers.ts";
import { over, product } from "../sizes.ts";
import { linearWeights } from "../weights.ts";

export const KERNEL_AND_BIAS = ["nn.init.xavier_uniform_(module.weight)", "nn.init.zeros_(module.bias)"];
/** For modules of which one has no bias. */
export const KERNEL_ONLY = ["nn.init.xavier_uniform_(module.weight)"];

/** Initializers, `use_bias` and the rest that layers with a kernel and a bias share. */
export function kernelAndBias(
  context: LayerContext,
  type: string,
): { init: InitRule; initialize: string[]; bias: boolean; penalties: string[] } {
  const bias = context.args.flag("use_bias");
  const initialize = [
    ...context.initializer("kernel_initializer", "weight"),
    ...(bias ? context.initializer("bias_initializer", "bias") : []),
  ];
  const penalties = [
    ...penaltyTerms(context.args, "kernel_regularizer", "weight"),
    ...(bias ? penaltyTerms(context.args, "bias_regularizer", "bias") : []),
  ];
  return { init: { type, lines: bias ? KERNEL_AND_BIAS : KERNEL_ONLY }, initialize, bias, penalties };
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
  const { init, initialize, bias, penalties } = kernelAndBias(context, "nn.Linear");
  const features = context.size(input.shape.at(-1));
  const linear =
    features === undefined
      ? call("nn.LazyLinear", [args.required("units")], { bias: bias ? undefined : "False" })
      : call("nn.Linear", [features, args.required("units")], { bias: bias ? undefined : "False" });
  return {
    modules: [
      { code: linear, init, initialize, penalties, weights: linearWeights(bias) },
      ...activationOf(context, context.output),
    ],
  };
}

export const core = [
  layer({
    names: ["Dense", "TimeDistributedDense"],
    signatures: {
      keras1: `output_dim:units, init:kernel_initializer='glorot_uniform', activation=None, weights=None, W_regularizer:kernel_regularizer=None, b_regularizer:bias_regularizer=None, activity_regularizer=None, W_constraint:kernel_constraint=None, b_constraint:bias_constraint=None, bias:use_bias=True, input_dim=None, bias_initializer='zeros'`,
      keras2: `units, activation=None, use_bias=True, kernel_initializer='glorot_uniform', bias_initializer='zeros', ${REGULARIZERS}`,
      keras3: `units, activation=None, use_bias=True, kernel_initializer='glorot_uniform', bias_initializer='zeros', ${REGULARIZERS}, lora_rank=None`,
    },
    layout: "last-axis",
    torch: "`nn.Linear` and the activation's module",
    reports: { lora_rank: "2" },
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
    names: ["Activation"],
    signatures: { keras2: "activation" },
    layout: "elementwise",
    shape: (_, input) => input,
    emit: (context) => ({ modules: activationOf(context, context.input) }),
  }),
  layer({
    names: ["Dropout"],
    signatures: { keras1: "p:rate", keras2: "rate, noise_shape=None, seed=None" },
    layout: "elementwise",
    ignores: ["seed"],
    shape: (_, input) => input,
    emit: ({ args }) => ({ modules: [{ code: call("nn.Dropout", [args.required("rate")]) }] }),
  }),
  layer({
    names: ["Flatten"],
    signatures: { keras2: "data_format=None" },
    layout: "reorders",
    shape: (args, input) => {
      args.value("data_format");
      return { ...input, shape: [product(input.shape)] };
    },
    emit: (context) => {
      const { input, layout, orderObserved } = context;
      if (!context.args.isNone("data_format") && context.args.option("data_format") !== "channels_last") {
        throw new Unsupported(
          context.node,
          "`Flatten` with data_format='channels_first' is not supported yet",
        );
      }
      if (input.shape.length === 1) return { modules: [], layout: "last" };
      const spatial =
        input.shape.slice(0, -1).every((dim) => dim?.value === 1) || input.shape.at(-1)?.value === 1;
      const permute: Module[] =
        layout === "first" && orderObserved && !spatial
          ? [toLast(input.shape.length, "the flat order is Keras's")]
          : [];
      return {
        modules: [...permute, { code: "nn.Flatten()" }],
        layout: "last",
        ...(layout === "first" && permute.length === 0 && !spatial && { reordered: true }),
      };
    },
  }),
  layer({
    names: ["Reshape"],
    signatures: { keras1: "target_shape, dims:target_shape_=None", keras2: "target_shape" },
    layout: "last-axis",
    shape: (args, input) => {
      const target = reshaped(args, input);
      return target && { ...input, shape: target };
    },
    emit: (context) => {
      const { args, output } = context;
      args.value("target_shape");
      const sizes = output?.shape.map((dim) => context.size(dim));
      const unknown = sizes?.filter((size) => size === undefined).length ?? 2;
      if (!sizes || unknown > 1) throw args.unknown("target_shape");
      const target = sizes.map((size) => size ?? "-1");
      if (context.input.shape.length === 1) {
        return {
          modules: [
            { code: call("nn.Unflatten", ["1", `(${target.join(", ")}${target.length === 1 ? "," : ""})`]) },
          ],
        };
      }
      return { modules: [{ code: call("Reshape", target), helper: "Reshape" }] };
    },
  }),
  layer({
    names: ["Permute"],
    signatures: { keras2: "dims" },
    layout: "last-axis",
    shape: (args, input) => {
      const dims = args.perAxis("dims", input.shape.length);
      if (dims.some((dim) => dim?.value === undefined)) return undefined;
      return { ...input, shape: dims.map((dim) => input.shape[(dim?.value ?? 1) - 1]) };
    },
    emit: ({ args, input }) => {
      const dims = args.perAxis("dims", input.shape.length).map((dim) => dim?.value);
      if (dims.some((dim) => dim === undefined)) throw args.unknown("dims");
      return { modules: [{ code: call("Permute", ["0", ...dims.map(String)]), helper: "Permute" }] };
    },
  }),
  layer({
    names: ["RepeatVector"],
    signatures: { keras2: "n" },
    layout: "last-axis",
    shape: (args, input) => ({ ...input, shape: [sizeArgument(args, "n"), ...input.shape] }),
    emit: ({ args }) => ({
      modules: [{ code: call("RepeatVector", [args.required("n")]), helper: "RepeatVector" }],
    }),
  }),
  layer({
    names: ["Embedding"],
    signatures: {
      keras1:
        "input_dim, output_dim, init:embeddings_initializer='uniform', input_length=None, W_regularizer:embeddings_regularizer=None, activity_regularizer=None, W_constraint:embeddings_constraint=None, mask_zero=False, weights=None, dropout=0.",
      keras2:
        "input_dim, output_dim, embeddings_initializer='uniform', embeddings_regularizer=None, activity_regularizer=None, embeddings_constraint=None, mask_zero=False, input_length=None",
    },
    layout: "last-axis",
    shape: (args, input) => ({ shape: [...input.shape, sizeArgument(args, "output_dim")], dtype: "float" }),
    declaredInput: (args, m) => {
      const batch = args.given.get("batch_input_shape");
      if (batch) return shapeType(m, batch.value, batch.expr, "int", 1);
      const shape = args.given.get("input_shape");
      if (shape) return shapeType(m, shape.value, shape.expr, "int", 0);
      const length = args.given.get("input_length");
      // `input_length` may also be a tuple; without it the number of steps is free.
      if (length && length.value.kind !== "num") {
        const dims = dimensions(m, length.value, length.expr);
        if (dims) return { shape: dims, dtype: "int" };
      }
      return { shape: [length && m.sizeOf(length.value, length.expr)], dtype: "int" };
    },
    emit: (context) => {
      const { args } = context;
      if (args.flag("mask_zero")) {
        throw new Unsupported(
          args.argument("mask_zero") ?? context.node,
          "`mask_zero=True` is not supported yet",
          "Masked steps change what the recurrent layers after it compute.",
        );
      }
      args.value("input_length");
      const initialize = context.initializer("embeddings_initializer", "weight");
      const init = { type: "nn.Embedding", lines: ["nn.init.uniform_(module.weight, -0.05, 0.05)"] };
      return {
        modules: [
          {
            code: call("nn.Embedding", [args.required("input_dim"), args.required("output_dim")]),
            init,
            initialize,
          },
        ],
      };
    },
  }),
  layer({
    names: ["Input", "InputLayer"],
    signatures: {
      keras2:
        "shape=None, batch_size=None, name=None, dtype=None, sparse=None, tensor=None, ragged=None, batch_shape=None, input_shape=None, batch_input_shape=None",
    },
    layout: "elementwise",
    ignores: ["shape", "batch_shape", "sparse", "ragged", "dtype"],
    shape: (_, input) => input,
    emit: () => ({ modules: [] }),
  }),
];

/** A size given as an argument, in the form in which later layers can use it. */
export function sizeArgument(args: Arguments, name: string): Num | undefined {
  return args.size(name);
}

export function toLast(rank: number, note?: string): Module {
  const dims = ["0", ...Array.from({ length: rank - 1 }, (_, i) => String(i + 2)), "1"];
  return { code: call("Permute", dims), helper: "Permute", ...(note !== undefined && { note }) };
}

export function toFirst(rank: number): Module {
  const dims = ["0", String(rank), ...Array.from({ length: rank - 1 }, (_, i) => String(i + 1))];
  return { code: call("Permute", dims), helper: "Permute" };
}

/** The target shape with its -1 worked out. */
function reshaped(args: Arguments, input: TensorType): (Num | undefined)[] | undefined {
  const target = args.dimensions("target_shape");
  if (!target) return undefined;
  const free = target.findIndex((dim) => dim?.value === -1);
  if (free < 0) return target;
  const rest = product(target.filter((_, i) => i !== free));
  const total = product(input.shape);
  return target.map((dim, i) => (i === free ? over(total, rest) : dim));
}
