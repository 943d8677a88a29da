/**
 * Random models of 2 to 8 layers from the cases of all entries: shapes, ranks and channel orders meet
 * as no case alone has them. What is converted has to be equal; what is reported is no failure here.
 *
 *     STACKS=1000 npx vitest run test/layers/stacks.test.ts    # more of them, from another seed
 *     STACKS=1 SEED=7 AT=3:1:1 npx vitest run ...              # the one that fast-check tells by its seed and path
 */
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { LAYERS } from "../../transforms/layers/index.ts";
import { type Case, combinations, convertCase, layerSource, script, withTies } from "./cases.ts";
import { runKeras, runTorch, stopServers } from "./servers.ts";

afterAll(stopServers);

const RUNS = Number(process.env.STACKS ?? 60);
const SEED = process.env.SEED ?? (process.env.STACKS ? undefined : "20240607");
const AT = process.env.AT;

interface Piece {
  readonly source: string;
  readonly rank: number;
  readonly indices: boolean;
  readonly random: boolean;
}

/** Every layer with every combination of its arguments, by the rank of what it takes. */
const pieces = LAYERS.flatMap((entry) =>
  (entry.cases?.() ?? [])
    .filter((grid) => grid.versions?.includes("keras2") ?? true)
    .flatMap((grid) => {
      const [input] = grid.inputs;
      if (!input || grid.before || grid.after || grid.stand) return [];
      const indices = input.includes("<");
      const ranks = new Set(grid.inputs.map((one) => (indices ? one.indexOf("<") : one.length)));
      const sources = combinations(grid.args).map((args) => layerSource(entry.names[0] as string, args));
      return [...ranks].flatMap((rank) => [
        {
          name: entry.names[0],
          rank,
          indices,
          random: (grid.random ?? grid.evaluation ?? grid.draws) === true,
          sources,
        },
      ]);
    }),
);

const INPUTS: readonly (readonly (number | "<")[])[] = [
  [6],
  [7, 4],
  [8, 7, 3],
  [9, 6, 4],
  [5, 6, 5, 2],
  [6, "<", 9],
];

interface Stack {
  readonly input: readonly (number | "<")[];
  readonly layers: readonly Piece[];
}

/** Takes layers that fit what comes before, by numbers that say which; what does not convert is left out. */
function build(start: number, picks: readonly (readonly [number, number])[]): Stack {
  const input = INPUTS[start % INPUTS.length] as Stack["input"];
  const layers: Piece[] = [];
  let [rank, indices] = [input.includes("<") ? input.indexOf("<") : input.length, input.includes("<")];
  for (const [which, how] of picks) {
    const fitting = pieces.filter((one) => one.rank === rank && one.indices === indices);
    const group = fitting[which % Math.max(1, fitting.length)];
    if (!group) continue;
    const piece: Piece = { ...group, source: group.sources[how % group.sources.length] as string };
    const result = convertCase(caseOf({ input, layers: [...layers, piece] }));
    if (typeof result === "string" || !result.output) continue;
    layers.push(piece);
    [rank, indices] = [result.output.length, false];
  }
  return { input, layers };
}

function caseOf({ input, layers }: Stack): Case {
  const keras = script(
    layers.map(({ source }) => source),
    input,
    "keras2",
  );
  const random = layers.some((layer) => layer.random);
  return { id: keras, input, version: "keras2", random, keras };
}

const stacks = fc
  .tuple(
    fc.nat(INPUTS.length - 1),
    fc.array(fc.tuple(fc.nat(9999), fc.nat(9999)), { minLength: 2, maxLength: 8 }),
  )
  .map(([start, picks]) => build(start, picks))
  .filter(({ layers }) => layers.length > 1);

test(`${RUNS} random models are equal in both frameworks`, { timeout: 3_600_000 }, async () => {
  expect(pieces.length).toBeGreaterThan(3);
  await fc.assert(
    fc.asyncProperty(stacks, async (stack) => {
      const one = caseOf(stack);
      const converted = convertCase(one);
      if (typeof converted === "string") return;
      const { file, failed } = await runKeras([one]);
      if (failed[one.id]) return; // a model that Keras refuses has no meaning to keep
      const found = await runTorch([withTies(converted)], file, true);
      if (found[one.id]) throw new Error(`${found[one.id]}\n${one.keras}\n${converted.torch}`);
    }),
    {
      numRuns: RUNS,
      ...(SEED !== undefined && { seed: Number(SEED) }),
      ...(AT !== undefined && { path: AT }),
    },
  );
});
