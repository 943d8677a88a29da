/**
 * Every snapshot against real Keras: the original and its conversion start from the same weights, and must then
 * give the same outputs, losses, weights, metrics, predictions and printed numbers. See README.md beside this file.
 */
import { describe, expect, test } from "vitest";
import { cases } from "../cases.ts";
import { type Pair, report, runPairs } from "./harness.ts";
import { type Mutant, mutants, mutate } from "./mutants.ts";

/** The first pair waits until both frameworks are imported, the others for those before them. */
const timeout = 600_000;

const idOf = (mutant: Mutant) => `${mutant.case}: ${mutant.name}`;
const verdictOf = runPairs([
  ...cases.map(({ name, original, converted, version }): Pair => {
    return { id: name, keras: original, torch: converted, version };
  }),
  ...mutants.flatMap((mutant): Pair[] => {
    const of = cases.find(({ name }) => name === mutant.case);
    if (!of?.converted) return [];
    return [
      { id: idOf(mutant), keras: of.original, torch: mutate(of.converted, mutant), version: of.version },
    ];
  }),
]);

describe("the conversion does what the original does", { timeout }, () => {
  test.for(cases.filter(({ converted }) => converted !== null))("$name", async ({ name }) => {
    expect(report(await verdictOf(name))).toBe("equal");
  });
});

describe("a script that is left alone runs in Keras", { timeout }, () => {
  test.for(cases.filter(({ converted }) => converted === null))("$name", async ({ name }) => {
    expect((await verdictOf(name)).verdict).toBe("original runs");
  });
});

describe("a wrong conversion is noticed", { timeout }, () => {
  test.for(mutants)("$case: $name", async (mutant) => {
    const verdict = await verdictOf(idOf(mutant));
    expect(verdict.verdict).toBe(mutant.shows);
  });
});
