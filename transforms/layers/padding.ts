/** Zero padding and cropping. */
import { int, type Value } from "../../src/analysis/values.ts";
import type { Arguments } from "../arguments.ts";
import { type LayerEntry, layer } from "../layer.ts";
import { plus } from "../sizes.ts";
import { type Pair, padModule, requireRank, resized, spatialLayout } from "./spatial.ts";

/** `1`, `(h, w)` or `((top, bottom), (left, right))` as pairs; of sequences `(before, after)`. */
function pairsOf(value: Value, axes: number): Pair[] | undefined {
  const number = (one: Value | undefined) => (one?.kind === "num" ? one.value : undefined);
  const pair = (one: Value): Pair | undefined => {
    const both = number(one);
    if (both !== undefined) return [both, both];
    if ((one.kind !== "tuple" && one.kind !== "list") || one.open) return undefined;
    const [before, after] = one.elements.map(number);
    return before === undefined || after === undefined ? undefined : [before, after];
  };
  if (value.kind === "num" || axes === 1) {
    const all = pair(value);
    return all && Array<Pair>(axes).fill(all);
  }
  if ((value.kind !== "tuple" && value.kind !== "list") || value.open) return undefined;
  const pairs = value.elements.map(pair);
  return pairs.length === axes && pairs.every((one) => one !== undefined) ? pairs : undefined;
}

/** A layer that adds cells at the borders, or with a `sign` of -1 takes them off. */
function bordered(axes: number, argument: string, sign: 1 | -1): Pick<LayerEntry, "shape" | "emit"> {
  const pairs = (args: Arguments) =>
    pairsOf(args.value(argument), axes)?.map(([before, after]): Pair => [sign * before, sign * after]);
  return {
    shape: (args, input) => {
      const pads = pairs(args);
      return resized(args, input, axes, (dim, i) => {
        const pad = pads?.[i];
        return pad && plus(dim, int(pad[0] + pad[1]));
      });
    },
    emit: (context) => {
      requireRank(context, axes);
      const pads = pairs(context.args);
      if (!pads) throw context.args.unknown(argument);
      if (pads.every(([before, after]) => before === 0 && after === 0))
        return { modules: [{ code: "nn.Identity()" }] };
      return { modules: [{ code: padModule(pads) }] };
    },
  };
}

const MAPS: Readonly<Record<number, readonly number[][]>> = {
  1: [
    [6, 2],
    [5, 1],
  ],
  2: [
    [6, 7, 2],
    [7, 6, 1],
  ],
  3: [[5, 6, 7, 2]],
};

const ARGUMENTS: Readonly<Record<number, readonly string[]>> = {
  1: ["", "2", "(1, 2)", "[2, 0]"],
  2: ["", "1", "(1, 2)", "((1, 2), (0, 1))", "[[0, 1], [2, 1]]"],
  3: ["", "1", "(1, 2, 0)", "((1, 0), (0, 2), (2, 1))"],
};

const DEFAULTS: Readonly<Record<number, { padding: string; cropping: string }>> = {
  1: { padding: "1", cropping: "(1, 1)" },
  2: { padding: "(1, 1)", cropping: "((0, 0), (0, 0))" },
  3: { padding: "(1, 1, 1)", cropping: "((1, 1), (1, 1), (1, 1))" },
};

const MUTANTS = {
  padding: {
    1: ["(1, 2)", "(2, 1)"],
    2: ["(0, 1, 1, 2)", "(1, 2, 0, 1)"],
    3: ["(2, 1, 0, 2, 1, 0)", "(1, 0, 0, 2, 2, 1)"],
  },
  cropping: {
    1: ["(-1, -2)", "(-2, -1)"],
    2: ["(0, -1, -1, -2)", "(-1, -2, 0, -1)"],
    3: ["(-2, -1, 0, -2, -1, 0)", "(-1, 0, 0, -2, -2, -1)"],
  },
} as const;

export const borders = ([1, 2, 3] as const).flatMap((axes) =>
  (["padding", "cropping"] as const).map((argument) => {
    const head = `${argument}=${DEFAULTS[axes]?.[argument]}`;
    const signatures: LayerEntry["signatures"] =
      axes === 1
        ? { keras2: head, ...(argument === "padding" && { keras3: `${head}, data_format=None` }) }
        : { keras1: `${head}, dim_ordering:data_format=None`, keras2: `${head}, data_format=None` };
    const kind = argument === "padding" ? "ZeroPadding" : "Cropping";
    const name = `${kind}${axes}D`;
    const module = axes === 1 ? "nn.ConstantPad1d" : `nn.ZeroPad${axes}d`;
    const args = { [argument]: ARGUMENTS[axes] ?? [] };
    return layer({
      names: [name],
      signatures,
      layout: spatialLayout,
      rank: axes + 1,
      torch: argument === "padding" ? `\`${module}\`` : `\`${module}\` with negative numbers`,
      ...bordered(axes, argument, argument === "padding" ? 1 : -1),
      cases: () => [
        {
          inputs: MAPS[axes] ?? [],
          args,
          mutant: MUTANTS[argument][axes],
        },
        { inputs: MAPS[axes] ?? [], before: [`layers.Conv${axes}D(2, 1)`], args },
        ...(axes === 1
          ? argument === "cropping"
            ? []
            : [
                {
                  inputs: [[2, 5]],
                  args: { ...args, data_format: ["'channels_first'"] },
                  versions: ["keras3"] as const,
                },
              ]
          : [
              {
                inputs: (MAPS[axes] ?? []).map((map) => [2, ...map.slice(0, -1)]),
                args: { ...args, data_format: ["'channels_first'"] },
              },
            ]),
      ],
    });
  }),
);
