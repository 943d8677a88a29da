/**
 * Every entry of the layer table over its own cases: converted, run in real Keras and real PyTorch
 * with equal weights, and compared: outputs, gradients, statistics, the inferred shape.
 */
import { afterAll, describe, expect, it } from "vitest";
import { LAYERS } from "../../transforms/layers/index.ts";
import { type Case, type ConvertedCase, casesOf, convertCase } from "./cases.ts";
import { runKeras, runTorch, stopServers } from "./servers.ts";

const MINUTES = 60_000;

afterAll(stopServers);

describe.concurrent("layers", () => {
  for (const entry of LAYERS) {
    const grids = casesOf(entry);
    if (grids.length === 0) continue;
    const name = entry.names[0] as string;
    const cases = grids.flatMap((one) => one.cases);
    it(`${name}: ${cases.length} cases are equal in both frameworks`, { timeout: 10 * MINUTES }, async () => {
      const { converted, problems } = convertAll(cases);
      const { file, failed } = await runKeras(cases);
      const found = { ...problems, ...failed, ...(await runTorch(converted, file)) };
      expect(found).toEqual({});
    });
    grids.forEach(({ grid, cases: own }, i) => {
      const { mutant } = grid;
      if (!mutant || grid.random) return; // what is random has its mutants in statistics.test.ts
      it(`${name}: ${mutant[1]} for ${mutant[0]} is noticed (${i + 1})`, {
        timeout: 10 * MINUTES,
      }, async () => {
        const { converted } = convertAll(cases);
        const ids = new Set(own.map((one) => one.id));
        const wrong = converted
          .filter((one) => ids.has(one.id) && one.torch.includes(mutant[0]))
          .map((one) => ({ ...one, torch: one.torch.replaceAll(mutant[0], mutant[1]) }));
        expect(wrong.length, `no case of it emits ${mutant[0]}`).toBeGreaterThan(0);
        const { file } = await runKeras(cases);
        expect(Object.keys(await runTorch(wrong, file))).not.toEqual([]);
      });
    });
  }
});

function convertAll(cases: readonly Case[]): {
  converted: ConvertedCase[];
  problems: Record<string, string>;
} {
  const converted: ConvertedCase[] = [];
  const problems: Record<string, string> = {};
  for (const one of cases) {
    const result = convertCase(one);
    if (typeof result === "string") problems[one.id] = `reported: ${result}`;
    else converted.push(result);
  }
  return { converted, problems };
}
