/** TimeDistributed: a layer for every step of a sequence. */
import type { TensorType } from "../../src/analysis/model.ts";
import { isLayer } from "../../src/analysis/model.ts";
import { declaredInput, outputOf } from "../../src/analysis/models.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import {
  type Emission,
  ignoredBy,
  type LayerContext,
  type Layout,
  layer,
  layoutRule,
  type Module,
} from "../layer.ts";
import { weightsInside } from "../weights.ts";
import { turn } from "./axes.ts";
import { innerContext, wrapped } from "./inner.ts";

/** Modules that work on each number by itself: a step more or less is nothing to them. */
const ELEMENTWISE =
  "ReLU ReLU6 LeakyReLU ELU SELU CELU GELU SiLU Mish Tanh Sigmoid Softplus Softsign Hardsigmoid Dropout"
    .split(" ")
    .map((name) => `nn.${name}(`);

function emit(context: LayerContext): Emission {
  const inner = context.args.value("layer");
  if (context.input.shape.length < 2) {
    throw new Unsupported(context.node, "`TimeDistributed` takes sequences, but gets vectors");
  }
  if (inner.kind === "model" && context.masked)
    throw new Unsupported(context.node, "masked steps before a model are not supported yet");
  if (inner.kind === "model") return ofModel(context);
  const object = wrapped(context.args);
  if (!object) throw context.args.unknown("layer");
  const step = { ...context.input, shape: context.input.shape.slice(1) };
  const { entry, context: own } = innerContext({ ...context, masked: false }, object, step);
  const name = object.construct.path.slice("keras.layers.".length);
  const rank = step.shape.length;
  const rule = layoutRule(entry, own.args, step);
  let { layout } = context;
  const before: Module[] = [];
  const become = (wanted: Layout): void => {
    const own = rank > 1 ? wanted : "last";
    if (layout !== own) before.push(turn(rank + 1, layout, own));
    layout = own;
  };
  const finish = (emission: Emission): Emission => {
    own.args.finish(name, ignoredBy(entry));
    const passes = entry.names.includes("Dense") || rule === "elementwise";
    if (context.masked && !passes)
      throw new Unsupported(object.node, "masked steps before this layer are not supported yet");
    return { ...emission, modules: [...before, ...emission.modules], masked: context.masked };
  };
  const whole = { ...own, input: context.input, output: context.output };
  // A Linear works on the last axis, whatever stands before it; an activation anywhere.
  if (entry.names.includes("Dense")) {
    become("last");
    return finish({ ...entry.emit({ ...whole, layout }), layout });
  }
  if (rule === "elementwise" && entry.frames && !own.args.has("noise_shape")) {
    return finish({ ...entry.emit({ ...whole, layout }), layout });
  }
  if (entry.names.includes("Flatten")) {
    own.args.value("data_format");
    if (!own.args.isNone("data_format")) throw own.args.unknown("data_format");
    become("last");
    return finish({ modules: rank > 1 ? [{ code: "nn.Flatten(2)" }] : [], layout: "last" });
  }
  if (entry.names.includes("Embedding"))
    throw new Unsupported(object.node, "`TimeDistributed` around an `Embedding` is not supported yet");
  if (entry.names.includes("BatchNormalization") && context.version === "keras3")
    throw new Unsupported(
      object.node,
      "Keras 3 normalizes the batch of each step by itself, which is not supported",
    );
  if (rule === "spatial" && rank > 1) become("frames");
  else become("last");
  const first = layout === "frames";
  const emission = entry.emit({ ...own, layout: first ? "first" : "last", orderObserved: true });
  const output = own.output ?? context.input;
  const stays = (emission.layout ?? (first ? "first" : "last")) === "first" && output.shape.length > 1;
  return finish({ modules: emission.modules.map(everyStep), layout: stays ? "frames" : "last" });
}

/** A model for every step. */
function ofModel(context: LayerContext): Emission {
  const { args, input } = context;
  const rank = input.shape.length;
  const expr = args.expr("layer");
  if (!expr) throw args.unknown("layer");
  const step = { ...input, shape: input.shape.slice(1) };
  const made = context.nestedModel(args.value("layer"), expr, step);
  const wanted: Layout = rank > 2 && made.inputLayout === "first" ? "frames" : "last";
  const before = rank > 2 && wanted !== context.layout ? [turn(rank, context.layout, wanted)] : [];
  const maps = (context.output?.shape.length ?? 0) > 2 && made.outputLayout === "first";
  return {
    modules: [
      ...before,
      { ...made.module, code: "TimeDistributed({})", helper: "TimeDistributed", keywords: [] },
    ],
    layout: maps ? "frames" : "last",
  };
}

/** A module of one step as one of all steps. */
function everyStep(module: Module): Module {
  if (ELEMENTWISE.some((head) => module.code.startsWith(head))) return module;
  const moved = (lines: readonly string[] = []) => lines.map((line) => line.replaceAll("{}", "{}.module"));
  const { helper, keywords = [], inner = [] } = module;
  return {
    ...module,
    code: `TimeDistributed(${module.code})`,
    helper: "TimeDistributed",
    keywords: [],
    inner: [...(helper === undefined ? [] : [{ helper, keywords }]), ...inner],
    initialize: moved(module.initialize),
    penalties: moved(module.penalties),
    constraints: moved(module.constraints),
    ...(module.weights && { weights: weightsInside("module", module.weights) }),
  };
}

function shape(args: Arguments, input: TensorType): TensorType | undefined {
  const inner = args.value("layer");
  if (!isLayer(inner) || input.shape.length < 2) return undefined;
  const output = outputOf(args.machine, inner, { ...input, shape: input.shape.slice(1) });
  return output && { ...output, shape: [input.shape[0], ...output.shape] };
}

const MAPS = [[3, 6, 5, 2]];

export const timeDistributed = [
  layer({
    names: ["TimeDistributed"],
    signatures: { keras2: "layer" },
    layout: "reorders",
    frames: true,
    torch:
      "`nn.Linear` for Dense, activations and Dropout as they are; `TimeDistributed` around other modules",
    declaredInput: (args, m) => declaredInput(m, args),
    shape,
    emit,
    cases: () => [
      {
        inputs: [
          [4, 3],
          [2, 3, 4],
        ],
        args: {
          layer: [
            "layers.Dense(5, activation='softmax')",
            "layers.Dense(2)",
            "layers.Activation('softmax')",
            "layers.Reshape((-1,))",
          ],
        },
      },
      {
        inputs: [[4, 3], ...MAPS],
        versions: ["keras2"],
        args: { layer: ["layers.BatchNormalization()"] },
      },
      { inputs: [[4, 3]], args: { layer: ["layers.Flatten()"] }, after: ["layers.Dense(2)"] },
      {
        inputs: [[4, 3]],
        before: ["layers.Conv1D(4, 2, padding='same')"],
        args: {
          layer: [
            "layers.Dense(5, activation='softmax')",
            "layers.Activation('softmax')",
            "layers.BatchNormalization()",
            "layers.Flatten()",
          ],
        },
        versions: ["keras2"],
        mutant: ["Permute(0, 2, 1)", "Permute(0, 1, 2)"],
      },
      {
        inputs: [[2, 5, 4]],
        args: {
          layer: [
            "layers.LSTM(3)",
            "layers.GRU(2, return_sequences=True)",
            "layers.Conv1D(3, 2, padding='same')",
            "layers.Bidirectional(layers.SimpleRNN(2))",
          ],
        },
        after: ["layers.Flatten()", "layers.Dense(2)"],
      },
      {
        inputs: MAPS,
        args: {
          layer: [
            "layers.Conv2D(4, 3, activation='relu')",
            "layers.Conv2D(4, 2, strides=2, padding='same', activation='softmax')",
            "layers.MaxPooling2D()",
            "layers.AveragePooling2D((2, 1))",
            "layers.ZeroPadding2D(1)",
            "layers.UpSampling2D()",
            "layers.Flatten()",
            "layers.GlobalAveragePooling2D()",
          ],
        },
        mutant: ["Permute(0, 1, 4, 2, 3)", "Permute(0, 1, 4, 3, 2)"],
      },
      {
        inputs: MAPS,
        before: ["layers.TimeDistributed(layers.Conv2D(3, 3, padding='same'))", "layers.LeakyReLU()"],
        args: { layer: ["layers.Flatten()", "layers.GlobalMaxPooling2D()"] },
        after: ["layers.LSTM(3)", "layers.Dense(2)"],
        mutant: ["Permute(0, 1, 3, 4, 2)", "Permute(0, 1, 4, 3, 2)"],
      },
      {
        inputs: MAPS,
        before: [
          "layers.TimeDistributed(layers.Conv2D(3, 3, padding='same'))",
          "layers.Activation('softmax')",
        ],
        args: {
          layer: ["layers.MaxPooling2D()", "layers.Dense(3, activation='tanh')", "layers.Activation('relu')"],
        },
        after: ["layers.Conv3D(2, 2)", "layers.Flatten()"],
      },
      {
        inputs: [...MAPS, [3, 4]],
        args: { layer: ["layers.Dropout(0.5)", "layers.GaussianNoise(0.5)"] },
        random: true,
        mutant: ["nn.Dropout(0.5)", "nn.Dropout1d(0.5)"],
      },
    ],
  }),
];
