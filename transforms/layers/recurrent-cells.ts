/** RNN over the cells of LSTM, GRU and SimpleRNN: the same as the layers of these names, one after another. */
import type { BoundArg, BoundArgs } from "../../src/analysis/constructs.ts";
import type { TensorType } from "../../src/analysis/model.ts";
import type { KerasObject } from "../../src/analysis/values.ts";
import { bool } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type Emission, ignoredBy, type LayerContext, layer, type Module } from "../layer.ts";
import { activityPenalty } from "./core.ts";
import { innerContext, wrapped } from "./inner.ts";
import { preceding } from "./recurrent.ts";
import { rateOf, recurrentModule } from "./recurrent-modules.ts";

const WEIGHTS =
  "use_bias=True, kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', bias_initializer='zeros'";
const TAIL =
  "kernel_regularizer=None, recurrent_regularizer=None, bias_regularizer=None, kernel_constraint=None, recurrent_constraint=None, bias_constraint=None, dropout=0., recurrent_dropout=0.";

const SIGNATURES: Readonly<Record<string, string>> = {
  SimpleRNN: `units, activation='tanh', ${WEIGHTS}, ${TAIL}, seed=None`,
  LSTM: `units, activation='tanh', recurrent_activation='sigmoid', ${WEIGHTS}, unit_forget_bias=True, ${TAIL}, implementation=2, seed=None`,
  GRU: `units, activation='tanh', recurrent_activation='sigmoid', ${WEIGHTS}, ${TAIL}, reset_after=True, implementation=2, seed=None`,
};

/** What `RNN` says about all of its cells. */
const ABOUT_ALL = ["return_state", "time_major", "zero_output_for_mask"];
const OF_FIRST = ["go_backwards"];

/** The cells of an `RNN`, in their order; undefined where they are not known. */
function cellsOf(args: Arguments): readonly KerasObject[] | undefined {
  const one = wrapped(args, "cell");
  const stack = one && nameOf(one) === "StackedRNNCells" ? args.of(one.args, one.node) : undefined;
  if (one && !stack) return kindOf(one) === undefined ? undefined : [one];
  const value = stack ? stack.value("cells") : args.value("cell");
  stack?.finish("StackedRNNCells", new Set(["name"]));
  if ((value.kind !== "list" && value.kind !== "tuple") || value.open) return undefined;
  const cells = value.elements.flatMap((cell) =>
    cell.kind === "object" && kindOf(cell) !== undefined ? [cell] : [],
  );
  const known = cells.length > 0 && cells.length === value.elements.length;
  return known ? cells : undefined;
}

const nameOf = ({ construct }: KerasObject) => construct.path.slice("keras.layers.".length);

/** The layer that a cell makes. */
function kindOf(cell: KerasObject): string | undefined {
  const name = nameOf(cell);
  const kind = name.endsWith("Cell") ? name.slice(0, -"Cell".length) : "";
  return kind in SIGNATURES ? kind : undefined;
}

/** The arguments of the layer that a cell makes: its own, and those of the `RNN`. */
function layerArguments(
  own: BoundArgs,
  outer: Arguments,
  { first, last }: { first: boolean; last: boolean },
): BoundArgs {
  const given = new Map<string, BoundArg>(own.given);
  const names = [...ABOUT_ALL, "stateful", ...(first ? OF_FIRST : []), ...(last ? ["return_sequences"] : [])];
  for (const name of names) {
    if (!outer.has(name)) continue;
    given.set(name, { node: outer.argument(name), expr: outer.expr(name), value: outer.value(name) });
  }
  if (!last) given.set("return_sequences", { node: undefined, expr: undefined, value: bool(true) });
  return { ...own, given, default: (name) => own.default(name) ?? DEFAULTS.get(name) };
}

const DEFAULTS = new Map(
  [...ABOUT_ALL, ...OF_FIRST, "stateful", "return_sequences"].map((name) => [name, bool(false)] as const),
);

function emit(context: LayerContext): Emission {
  const { args, node } = context;
  const cells = cellsOf(args);
  if (!cells) throw args.unknown("cell");
  if (new Set(cells).size < cells.length)
    throw new Unsupported(node, "a cell that is used twice shares its weights, which is not supported yet");
  const modules: Module[] = [];
  let { input } = context;
  cells.forEach((cell, i) => {
    const [first, last] = [i === 0, i === cells.length - 1];
    const bound = layerArguments(cell.args, args, { first, last });
    const { context: own, entry } = innerContext({ ...context, input }, { ...cell, args: bound }, input);
    if (cells.length > 1)
      for (const rate of ["dropout", "recurrent_dropout"])
        if (rateOf(own.args, rate) !== undefined)
          throw new Unsupported(
            own.args.argument(rate) ?? cell.node,
            `\`${rate}\` of several cells is not supported`,
          );
    const made = recurrentModule({ name: kindOf(cell) as string, context: own }, "alone");
    modules.push(...preceding(made), made.module);
    own.args.finish(nameOf(cell), ignoredBy(entry));
    input = { dtype: "float", shape: [input.shape[0], own.args.size("units")] };
  });
  return {
    modules: [...modules, ...activityPenalty(context)],
    layout: "last",
    masked: context.masked && args.flag("return_sequences"),
  };
}

function shape(args: Arguments, input: TensorType): TensorType | undefined {
  const last = cellsOf(args)?.at(-1);
  const sequences = args.value("return_sequences");
  if (!last || input.shape.length !== 2 || sequences.kind !== "bool") return undefined;
  const units = args.of(last.args, last.node).size("units");
  return { dtype: "float", shape: sequences.value ? [input.shape[0], units] : [units] };
}

const CELLS = [
  "layers.LSTMCell(3)",
  "layers.GRUCell(2)",
  "layers.SimpleRNNCell(4, activation='relu')",
  "layers.LSTMCell(2, recurrent_activation='hard_sigmoid', use_bias=False)",
  "layers.GRUCell(3, reset_after=False)",
  "[layers.LSTMCell(4), layers.GRUCell(3), layers.SimpleRNNCell(2)]",
  "layers.StackedRNNCells([layers.GRUCell(3, activation='relu'), layers.LSTMCell(2)])",
];

/** A cell is a part of an `RNN`, not a layer of a model. */
const cell = (name: string, signature: string) =>
  layer({
    names: [name],
    signatures: { keras2: signature },
    layout: "last-axis",
    torch: "a part of `RNN`",
    ignores: ["seed", "implementation"],
    shape: () => undefined,
    emit: ({ node }) => {
      throw new Unsupported(node, `\`${name}\` is no layer of a model: it belongs into an \`RNN\``);
    },
  });

export const recurrentCells = [
  ...Object.entries(SIGNATURES).map(([name, signature]) => cell(`${name}Cell`, signature)),
  cell("StackedRNNCells", "cells"),
  layer({
    names: ["RNN"],
    signatures: {
      keras2:
        "cell, return_sequences=False, return_state=False, go_backwards=False, stateful=False, unroll=False, time_major=False, zero_output_for_mask=False, activity_regularizer=None",
    },
    layout: "last-axis",
    torch: "what the layers of its cells become, one after another",
    notes: "Cells of the script's own are reported.",
    ignores: ["unroll", "zero_output_for_mask"],
    reports: { return_state: "True", time_major: "True" },
    shape,
    emit,
    cases: () => [
      {
        inputs: [
          [4, 3],
          [3, 1],
        ],
        args: {
          cell: CELLS,
          return_sequences: ["", "True"],
          go_backwards: ["", "True"],
          stateful: ["False"],
        },
        mutant: ["Flip()", "nn.Identity()"],
      },
      {
        inputs: [[6, "<", 3]],
        before: ["layers.Embedding(3, 4, mask_zero=True)"],
        args: { cell: ["layers.LSTMCell(3)", "[layers.LSTMCell(4), layers.GRUCell(3)]"] },
        versions: ["keras2"],
        mutant: ["mask = x != 0", "mask = x >= 0"],
      },
      {
        inputs: [[4, 3]],
        random: true,
        args: { cell: ["layers.LSTMCell(3, dropout=0.2)", "layers.GRUCell(3, recurrent_dropout=0.3)"] },
        mutant: ["nn.Dropout(0.2)", "nn.Dropout1d(0.2)"],
      },
    ],
  }),
];
