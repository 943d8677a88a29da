/** Bidirectional. */
import type { BoundArgs } from "../../src/analysis/constructs.ts";
import type { Machine } from "../../src/analysis/machine.ts";
import type { TensorType } from "../../src/analysis/model.ts";
import { declaredInput } from "../../src/analysis/models.ts";
import { int } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import { type Emission, ignoredBy, type LayerContext, layer, type Module } from "../layer.ts";
import { call, string } from "../python.ts";
import { times } from "../sizes.ts";
import { innerContext, wrapped } from "./inner.ts";
import { together } from "./parameters.ts";
import { preceding } from "./recurrent.ts";
import { inside, type Part, recurrentKind, recurrentModule } from "./recurrent-modules.ts";

/** A wrapper's input may be declared by the layer inside it. */
function innerInput(args: BoundArgs, m: Machine): TensorType | undefined {
  const inner = args.given.get("layer")?.value;
  return inner?.kind === "object" ? declaredInput(m, inner.args, inner.construct) : undefined;
}

/** A recurrent layer in one of the arguments of a `Bidirectional`. */
function recurrentPart(context: LayerContext, argument: string): Part & { finish(): void } {
  const inner = wrapped(context.args, argument);
  const name = inner?.construct.path.slice("keras.layers.".length) ?? "";
  const kind = recurrentKind(name);
  if (!inner || !kind) throw context.args.unknown(argument);
  const { entry, context: own } = innerContext(context, inner, context.input);
  return {
    ...kind,
    context: own,
    finish: () => own.args.finish(name, ignoredBy(entry)),
  };
}

const MERGES = ["concat", "sum", "mul", "ave"];

function bidirectional(context: LayerContext): Emission {
  const { args } = context;
  const mode = args.value("merge_mode");
  if (mode.kind === "none") {
    throw new Unsupported(
      args.argument("merge_mode") ?? context.node,
      "`merge_mode=None` gives two outputs, which does not fit a Sequential model",
    );
  }
  if (mode.kind !== "str" || !MERGES.includes(mode.value)) throw args.unknown("merge_mode");
  const part = recurrentPart(context, "layer");
  const apart = !args.isNone("backward_layer");
  const first = recurrentModule(part, apart ? "part" : "both");
  const rate = part.context.args.number("dropout");
  if (!apart && first.own && mode.value === "concat" && rate === 0) {
    part.finish();
    return {
      modules: [...preceding(first), first.module],
      layout: "last",
      masked: context.masked && part.context.args.flag("return_sequences"),
    };
  }
  const ahead = recurrentModule(part, "part");
  part.finish();
  let back = ahead;
  if (apart) {
    const other = recurrentPart(context, "backward_layer");
    back = recurrentModule(other, "part");
    other.finish();
    // Keras asks for layers that go opposite ways.
    if (back.backwards === ahead.backwards) throw args.unknown("backward_layer");
  }
  const merge = mode.value === "concat" ? undefined : string(mode.value);
  const helper = context.masked ? "MaskedBidirectional" : "Bidirectional";
  const module: Module = {
    code: call(helper, [ahead.module.code, back.module.code], { merge }),
    helper,
    keywords: merge === undefined ? [] : ["merge"],
    inner: [ahead, back].flatMap(({ module }) => [
      { helper: module.helper as string, keywords: module.keywords ?? [] },
      ...(module.inner ?? []),
    ]),
    ...(context.masked && { takesMask: true, switches: ["MASKED_OTHERS"] }),
    switches: [ahead, back].flatMap(({ module }) => module.switches ?? []),
    ...((ahead.module.stateful || back.module.stateful) && { stateful: true }),
    ...(ahead.module.init && { init: ahead.module.init }),
    ...(back.module.init && back !== ahead && { inits: [back.module.init] }),
    ...together(inside("ahead", ahead), inside("back", back)),
  };
  // What runs backwards first runs over the reverse: both directions over what is turned around.
  return {
    modules: [...preceding({ ...ahead, dropout: undefined }), module],
    layout: "last",
    masked: context.masked && part.context.args.flag("return_sequences"),
  };
}

const INNER = [
  "layers.LSTM(3, return_sequences=True)",
  "layers.LSTM(3)",
  "layers.GRU(3, return_sequences=True)",
  "layers.GRU(3, reset_after=False)",
  "layers.GRU(3, use_bias=False)",
  "layers.SimpleRNN(3, activation='relu')",
  "layers.LSTM(3, activation='relu', recurrent_activation='hard_sigmoid', return_sequences=True)",
];
const BACKWARDS = [
  "layers.LSTM(3, go_backwards=True, return_sequences=True)",
  "layers.GRU(3, activation='softsign', go_backwards=True)",
];

export const bidirectionalLayer = [
  layer({
    names: ["Bidirectional"],
    signatures: {
      keras2: "layer, merge_mode='concat', weights=None, backward_layer=None",
      keras3: "layer, merge_mode='concat', weights=None, backward_layer=None",
    },
    layout: "last-axis",
    torch:
      "`bidirectional=True` of the recurrent module; two modules for other merges, activations and dropout",
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
    emit: bidirectional,
    reports: { merge_mode: "None" },
    cases: () => [
      {
        inputs: [[4, 5]],
        args: { layer: INNER, merge_mode: ["", "'sum'", "'mul'", "'ave'"] },
        mutant: ["bidirectional=True", "bidirectional=False"],
      },
      { inputs: [[4, 5]], versions: ["keras2"], args: { layer: BACKWARDS, merge_mode: ["", "'mul'"] } },
      {
        inputs: [[4, 5]],
        args: {
          layer: ["layers.LSTM(3)"],
          backward_layer: ["layers.LSTM(3, activation='relu', go_backwards=True)"],
        },
      },
      {
        inputs: [[4, 5]],
        random: true,
        args: {
          layer: ["layers.LSTM(3, dropout=0.5)", "layers.GRU(3, dropout=0.1, recurrent_dropout=0.3)"],
          merge_mode: ["", "'sum'"],
        },
        mutant: ["F.dropout(x, self.drop", "F.dropout1d(x, self.drop"],
      },
      {
        inputs: [[6, "<", 3]],
        before: [
          "layers.Embedding(3, 4, mask_zero=True)",
          "layers.Bidirectional(layers.GRU(2, return_sequences=True))",
        ],
        args: { layer: ["layers.LSTM(3)", "layers.LSTM(3, return_sequences=True)"] },
        after: ["layers.Flatten()", "layers.Dense(2)"],
        mutant: ["outputs * mask", "outputs + 0 * mask"],
      },
      {
        inputs: [[4, 5]],
        before: ["layers.Bidirectional(layers.LSTM(2, return_sequences=True))"],
        after: ["layers.Dense(2)"],
        args: { layer: ["layers.GRU(3)"], merge_mode: ["", "'sum'"] },
        mutant: ['merge="sum"', 'merge="mul"'],
      },
    ],
  }),
];
