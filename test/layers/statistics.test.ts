/**
 * What is random in the layers: initial weights, by default and of every initializer, and outputs in
 * training. Both frameworks draw many times; means, distributions, bounds, zeros and what goes
 * together with what are compared, within the standard errors.
 */
import { afterAll, describe, expect, it } from "vitest";
import { parseSignature } from "../../src/analysis/signature.ts";
import type { LayerCases, LayerEntry } from "../../transforms/layer.ts";
import { LAYERS } from "../../transforms/layers/index.ts";
import { type Case, type ConvertedCase, casesOf, convertCase, script } from "./cases.ts";
import { type Draw, drawKeras, drawTorch, stopServers } from "./servers.ts";

const MINUTES = 60_000;

afterAll(stopServers);

/** Every initializer: strings, and one with arguments of each that has any. */
const ALL = [
  ..."glorot_uniform glorot_normal he_uniform he_normal lecun_uniform lecun_normal zeros ones".split(" "),
  ..."random_uniform random_normal truncated_normal orthogonal identity".split(" "),
].map((name) => `'${name}'`);
const ARGUMENTS = [
  "initializers.Constant(0.3)",
  "initializers.RandomUniform(minval=-0.1, maxval=0.3)",
  "initializers.RandomNormal(mean=0.2, stddev=0.1)",
  "initializers.TruncatedNormal(mean=-0.1, stddev=0.2)",
  "initializers.Orthogonal(gain=2)",
  "initializers.VarianceScaling(scale=3.0, mode='fan_out', distribution='uniform')",
  "initializers.VarianceScaling(scale=0.5, mode='fan_avg', distribution='untruncated_normal')",
  "initializers.VarianceScaling(mode='fan_out')",
];
const VALUES = [...ALL, ...ARGUMENTS];
/** Those of Keras 1. */
const FIRST =
  "glorot_uniform glorot_normal he_uniform he_normal lecun_uniform zero one uniform normal orthogonal identity"
    .split(" ")
    .map((name) => `'${name}'`);

/** Sizes that give enough weights. */
const SIZES: Readonly<Record<string, string>> = {
  units: "16",
  filters: "12",
  output_dim: "8",
  nb_filter: "12",
};

/** Cases of how the weights of an entry start: as its grids say, and with every initializer. */
function starts(entry: LayerEntry): Case[] {
  const grids = (entry.cases?.() ?? []).map(({ inputs, args, ...rest }): LayerCases => {
    const first = Object.entries(args).map(([name, values]) => {
      const enough = SIZES[name];
      return [name, enough !== undefined && !values.includes("'") ? [enough] : values.slice(0, 1)] as const;
    });
    return { ...rest, inputs: inputs.slice(0, 1), args: Object.fromEntries(first) };
  });
  const [plain] = grids;
  if (!plain) return [];
  const { keras1, ...later } = entry.signatures;
  const first = Object.keys(later).length === 0;
  const texts = first ? [keras1 ?? ""] : Object.values(later);
  const all = texts.flatMap((text) => parseSignature(text).parameters);
  const parameters = new Set(all.map(({ name }) => name));
  const initializers = all.filter(({ name }) => name.endsWith("_initializer"));
  const named = [...new Set(initializers.map(({ name, written }) => (first ? written : name)))];
  if (named.length === 0 && !WRAPPED.some((name) => parameters.has(name))) return [];
  const choices = first ? FIRST : VALUES;
  const initializerAt = (i: number) => choices[i % choices.length] as string;
  const given = (names: readonly string[]) =>
    choices.map((_, i): LayerCases => {
      const values = names.map((name) => [name, [initializerAt(i + 5 * named.indexOf(name))]] as const);
      return { ...plain, args: { ...plain.args, ...Object.fromEntries(values) } };
    });
  const together = given(named).filter((grid) => isConverted(entry, grid));
  const alone = named.flatMap((name, at) =>
    given([name]).filter((grid, i) => {
      const found = together.some(({ args }) => args[name]?.[0] === initializerAt(i + 5 * at));
      return !found && isConverted(entry, grid);
    }),
  );
  const cases = casesOf({ ...entry, cases: () => [...grids, ...together, ...alone] }).flatMap(
    (one) => one.cases,
  );
  return [...new Map(cases.map((one) => [one.id, one])).values()];
}

/** Arguments that are layers. */
const WRAPPED = ["layer", "cell"];

function isConverted(entry: LayerEntry, grid: LayerCases): boolean {
  const [one] = casesOf({ ...entry, cases: () => [grid] }).flatMap(({ cases }) => cases);
  return one !== undefined && typeof convertCase(one) !== "string";
}

/** Converted cases that the test can say something about, and what is reported. */
function convertAll(cases: readonly Case[]): ConvertedCase[] {
  return cases.map(convertCase).filter((one) => typeof one !== "string");
}

async function differences(what: Draw, cases: readonly ConvertedCase[]): Promise<Record<string, string>> {
  const { file } = await drawKeras(what, cases);
  return drawTorch(what, cases, file);
}

function mutated(cases: readonly ConvertedCase[], [from, to]: readonly [string, string]): ConvertedCase[] {
  return cases
    .filter((one) => one.torch.includes(from))
    .map((one) => ({ ...one, torch: one.torch.replaceAll(from, to) }));
}

/** By entry: wrong starts, one of each kind. */
const WRONG: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  Dense: [
    [
      'kaiming_uniform_(module.weight, nonlinearity="relu")',
      'kaiming_uniform_(module.weight, mode="fan_out")',
    ],
    [", a=-0.1, b=0.1)", ")"],
    ["nn.init.zeros_(module.bias)", "nn.init.uniform_(module.bias, -0.01, 0.01)"],
  ],
  Conv2D: [["xavier_uniform_(", "xavier_normal_("]],
  DepthwiseConv2D: [["nn.init.xavier_uniform_(", "nn.init.kaiming_uniform_("]],
  Embedding: [["uniform_(module.weight, -0.05, 0.05)", "normal_(module.weight, std=0.05)"]],
  LSTM: [
    ["nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])", "pass"],
    ["orthogonal_(module.weight_hh_l0)", "xavier_uniform_(module.weight_hh_l0)"],
    ["bias_ih_l0[2 * model[0].hidden_size :]", "bias_ih_l0[3 * model[0].hidden_size :]"],
  ],
  GRU: [["nn.init.zeros_(module.bias_hh_l0)", "nn.init.ones_(module.bias_hh_l0)"]],
};

/** PyTorch's own start, where it is another. */
const LEFT = ["model.apply(init_weights)", "pass"] as const;

describe.concurrent("initial weights", () => {
  for (const entry of LAYERS) {
    const name = entry.names[0] as string;
    const converted = convertAll(starts(entry)).filter(({ weights }) => weights.length > 0);
    if (converted.length === 0) continue;
    it(`${name}: ${converted.length} cases start alike`, { timeout: 10 * MINUTES }, async () => {
      expect(await differences("start", converted)).toEqual({});
    });
    const applied = converted.some(({ torch }) => torch.includes(LEFT[0]));
    for (const mutant of [...(applied ? [LEFT] : []), ...(WRONG[name] ?? [])]) {
      it(`${name}: ${mutant[1]} for ${mutant[0]} is noticed`, { timeout: 10 * MINUTES }, async () => {
        const wrong = mutated(converted, mutant);
        expect(wrong.length, `no case of it emits ${mutant[0]}`).toBeGreaterThan(0);
        const { file } = await drawKeras("start", converted);
        expect(Object.keys(await drawTorch("start", wrong, file))).not.toEqual([]);
      });
    }
  }
});

/** Layers that Keras 1 has as well, in its spelling and in today's: what it made of the initializers' names. */
const OLD: readonly (readonly [string, LayerCases["inputs"][number], string, string, readonly string[]])[] = [
  ["Dense", [20], "output_dim=16", "units=16", ["init"]],
  ["Conv1D", [9, 4], "nb_filter=12, filter_length=3", "filters=12, kernel_size=3", ["init"]],
  ["Conv2D", [6, 6, 4], "nb_filter=12, nb_row=3, nb_col=2", "filters=12, kernel_size=(3, 2)", ["init"]],
  [
    "Conv3D",
    [4, 4, 4, 3],
    "nb_filter=8, kernel_dim1=2, kernel_dim2=3, kernel_dim3=3",
    "filters=8, kernel_size=(2, 3, 3)",
    ["init"],
  ],
  ["LSTM", [4, 6], "output_dim=12", "units=12", ["init", "inner_init"]],
  ["GRU", [4, 6], "output_dim=12", "units=12", ["init", "inner_init"]],
  ["SimpleRNN", [4, 6], "output_dim=12", "units=12", ["init", "inner_init"]],
];

function oldStarts(): Case[] {
  return OLD.flatMap(([name, input, theirs, ours, roles]) =>
    roles.flatMap((role) =>
      FIRST.map((value): Case => {
        const source = `layers.${name}(${theirs}, ${role}=${value})`;
        const known = `keras1.Started('${name}', ${ours}, ${role}=${value})`;
        return {
          id: source,
          input,
          version: "keras1",
          random: true,
          keras: script([known], input, "keras1"),
          source: script([source], input, "keras1"),
        };
      }),
    ),
  );
}

describe.concurrent("initial weights of Keras 1", () => {
  const converted = convertAll(oldStarts());
  it(`${converted.length} cases start alike`, { timeout: 10 * MINUTES }, async () => {
    expect(converted.length).toBe(102);
    expect(await differences("start", converted)).toEqual({});
  });
  for (const mutant of [
    [", gain=1.1", ""],
    ["orthogonal_gates_(module.weight_hh_l0, 4)", "nn.init.orthogonal_(module.weight_hh_l0, gain=1.1)"],
  ] as const)
    it(`${mutant[1]} for ${mutant[0]} is noticed`, { timeout: 10 * MINUTES }, async () => {
      const wrong = mutated(converted, mutant);
      expect(wrong.length).toBeGreaterThan(0);
      const { file } = await drawKeras("start", converted);
      expect(Object.keys(await drawTorch("start", wrong, file))).not.toEqual([]);
    });
});

describe.concurrent("training", () => {
  for (const entry of LAYERS) {
    const name = entry.names[0] as string;
    const grids = casesOf(entry).filter(({ grid }) => grid.random);
    if (grids.length === 0) continue;
    const cases = convertAll(grids.flatMap((one) => one.cases));
    it(`${name}: ${cases.length} cases are random alike`, { timeout: 10 * MINUTES }, async () => {
      expect(await differences("training", cases)).toEqual({});
    });
    grids.forEach(({ grid: { mutant }, cases: own }, i) => {
      if (!mutant) return;
      it(`${name}: ${mutant[1]} for ${mutant[0]} is noticed (${i + 1})`, {
        timeout: 10 * MINUTES,
      }, async () => {
        const ids = new Set(own.map(({ id }) => id));
        const wrong = mutated(
          cases.filter(({ id }) => ids.has(id)),
          mutant,
        );
        expect(wrong.length, `no case of it emits ${mutant[0]}`).toBeGreaterThan(0);
        const { file } = await drawKeras("training", cases);
        expect(Object.keys(await drawTorch("training", wrong, file))).not.toEqual([]);
      });
    });
  }
});
