/** Layers that move or repeat values: Flatten, Reshape, Permute, RepeatVector. */
import type { TensorType } from "../../src/analysis/model.ts";
import type { Num } from "../../src/analysis/values.ts";
import type { Arguments } from "../arguments.ts";
import { layer } from "../layer.ts";
import { call } from "../python.ts";
import { over, product } from "../sizes.ts";
import { turn } from "./axes.ts";
import { sizeArgument } from "./core.ts";
import { channelsFirst } from "./spatial.ts";

const AFTER = ["layers.Dense(2)"];

export const reshaping = [
  layer({
    names: ["Flatten"],
    signatures: { keras2: "data_format=None" },
    layout: "reorders",
    flattens: true,
    torch: "`nn.Flatten`, after a permute where something can tell Keras's order",
    notes: "Before a Dense the flat order is PyTorch's: its kernel has its rows in another order.",
    shape: (args, input) => {
      args.value("data_format");
      return { dtype: input.dtype, shape: [product(input.shape)] };
    },
    emit: (context) => {
      const { args, input, orderObserved } = context;
      const rank = input.shape.length;
      const first = channelsFirst(args);
      if (rank === 1) return { modules: input.flat ? [{ code: "nn.Flatten()" }] : [], layout: "last" };
      if (first === undefined) throw args.unknown("data_format");
      const turned = first && context.layout === "first" ? [turn(rank, "first", "last")] : [];
      // As Keras flattens it: with channels-first data it moves the channels to the end before.
      const order = first ? [...input.shape.slice(1), input.shape[0]] : input.shape;
      const same = order.slice(0, -1).every((dim) => dim?.value === 1) || order.at(-1)?.value === 1;
      const moved = (first || context.layout === "first") && !same;
      const permute =
        moved && orderObserved ? [turn(rank, "first", "last", "the flat order is Keras's")] : [];
      return {
        modules: [...turned, ...permute, { code: "nn.Flatten()" }],
        layout: "last",
        ...(moved && !orderObserved && { reordered: order }),
      };
    },
    cases: () => [
      {
        inputs: [
          [4, 3],
          [3, 4, 2],
          [2, 3, 2, 2],
          [1, 1, 4],
          [3, 3, 1],
        ],
        args: { data_format: ["", "'channels_last'"] },
      },
      { inputs: [[3, 4, 2]], args: { data_format: ["'channels_first'"] } },
      { inputs: [[5]], after: AFTER, args: { data_format: ["", "'channels_last'"] } },
      {
        inputs: [
          [4, 3, 2],
          [3, 5, 1],
          [2, 2, 3],
        ],
        before: ["layers.Conv2D(3, 2)"],
        after: AFTER,
        args: { data_format: ["", "None"] },
        mutant: ["nn.Flatten()", "Permute(0, 2, 3, 1), nn.Flatten()"],
      },
      {
        inputs: [[4, 3, 2]],
        before: ["layers.Conv2D(3, 2)"],
        args: { data_format: ["", "'channels_last'"] },
        mutant: ["Permute(0, 2, 3, 1)", "nn.Identity()"],
      },
      {
        inputs: [[4, 3, 2]],
        before: ["layers.Conv2D(3, 2)"],
        after: ["layers.Dropout(0.0)", "layers.LeakyReLU()", ...AFTER],
        args: {},
      },
      {
        inputs: [[4, 3, 2]],
        before: ["layers.Conv2D(3, 2)"],
        after: ["layers.LayerNormalization()", ...AFTER],
        args: {},
      },
      { inputs: [[6, 2]], before: ["layers.Conv1D(3, 2)"], after: AFTER, args: {} },
      { inputs: [[3, 4, 3, 2]], before: ["layers.Conv3D(3, 2)"], after: AFTER, args: {} },
      { inputs: [[6, 2]], before: ["layers.LSTM(3, return_sequences=True)"], after: AFTER, args: {} },
    ],
  }),
  layer({
    names: ["Reshape"],
    signatures: { keras2: "target_shape" },
    layout: "last-axis",
    torch: "`nn.Unflatten` of vectors, `Reshape` of the rest",
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
    cases: () => [
      {
        inputs: [[24], [4, 6], [2, 3, 4]],
        args: {
          target_shape: [
            "(24,)",
            "(4, 6)",
            "[6, 4]",
            "(2, 3, 4)",
            "(-1, 4)",
            "(2, -1)",
            "(2, 2, 3, 2)",
            "(-1,)",
          ],
        },
      },
      {
        inputs: [[4, 3, 2]],
        before: ["layers.Conv2D(4, 2)"],
        args: { target_shape: ["(24,)", "(4, 6)", "(2, 3, 4)", "(-1, 4)", "(2, 12)"] },
        mutant: ["Permute(0, 2, 3, 1)", "nn.Identity()"],
      },
      {
        inputs: [[24]],
        args: { target_shape: ["(4, 3, 2)"] },
        after: ["layers.Conv2D(3, 2)", "layers.Flatten()", ...AFTER],
      },
    ],
  }),
  layer({
    names: ["Permute"],
    signatures: { keras2: "dims" },
    layout: "last-axis",
    torch: "`Permute`, an own module",
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
    cases: () => [
      {
        inputs: [[4, 3]],
        args: { dims: ["(1, 2)", "(2, 1)", "[2, 1]"] },
        mutant: ["Permute(0, 2, 1)", "nn.Identity()"],
      },
      {
        inputs: [[2, 3, 4]],
        args: { dims: ["(1, 2, 3)", "(1, 3, 2)", "(2, 1, 3)", "(2, 3, 1)", "(3, 1, 2)", "(3, 2, 1)"] },
      },
      {
        inputs: [[4, 3, 2]],
        before: ["layers.Conv2D(4, 2)"],
        args: { dims: ["(3, 1, 2)", "(2, 1, 3)"] },
        after: ["layers.Flatten()", ...AFTER],
      },
    ],
  }),
  layer({
    names: ["RepeatVector"],
    signatures: { keras2: "n" },
    layout: "last-axis",
    torch: "`RepeatVector`, an own module",
    shape: (args, input) => ({ ...input, shape: [sizeArgument(args, "n"), ...input.shape] }),
    emit: ({ args }) => ({
      modules: [{ code: call("RepeatVector", [args.required("n")]), helper: "RepeatVector" }],
    }),
    cases: () => [
      { inputs: [[5], [1]], args: { n: ["1", "3"] }, mutant: ["RepeatVector(3)", "RepeatVector(1)"] },
      { inputs: [[4, 3]], before: ["layers.LSTM(2)"], after: ["layers.LSTM(2)"], args: { n: ["3"] } },
    ],
  }),
];

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
