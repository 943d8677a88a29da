/**
 * Every snapshot against real Keras: the original and its conversion start from the same weights, and must then
 * give the same outputs, losses, weights, metrics, predictions and printed numbers. See README.md beside this file.
 */
import { describe, expect, test } from "vitest";
import { cases } from "../cases.ts";
import { type Pair, report, runPairs } from "./harness.ts";
import { mutants as allMutants } from "./mutants/index.ts";
import { type Mutant, mutate } from "./mutants/mutant.ts";

/** The first pair waits until both frameworks are imported, the others for those before them. */
const timeout = 600_000;

/** `CASE=mnist_cnn` runs one snapshot and its mutants, without waiting for the others. */
const only = process.env.CASE;
const chosen = cases.filter(({ name }) => !only || name === only);
const mutants = allMutants.filter((one) => !only || one.case === only);
const converted = chosen.filter((one) => one.converted !== null);
const untouched = chosen.filter((one) => one.converted === null);

const idOf = (mutant: Mutant) => `${mutant.case}: ${mutant.name}`;

/** A pair for a mutant; an error where the conversion has nothing for this mistake. */
function pairOf(mutant: Mutant): Pair {
  const one = converted.find(({ name }) => name === mutant.case);
  if (!one?.converted) throw new Error(`${mutant.case} has no conversion`);
  return {
    id: idOf(mutant),
    keras: one.original,
    torch: mutate(one.converted, mutant),
    version: one.version,
  };
}

function possible(mutant: Mutant): Pair[] {
  try {
    return [pairOf(mutant)];
  } catch {
    return []; // its test says why
  }
}

const verdictOf = runPairs([
  ...chosen.map(({ name, original, converted, version }): Pair => {
    return { id: name, keras: original, torch: converted, version };
  }),
  ...mutants.flatMap(possible),
]);

describe.skipIf(converted.length === 0)("the conversion does what the original does", { timeout }, () => {
  test.for(converted)("$name", async ({ name }) => {
    expect(report(await verdictOf(name))).toBe("equal");
  });
});

describe.skipIf(untouched.length === 0)("a script that is left alone runs in Keras", { timeout }, () => {
  test.for(untouched)("$name", async ({ name }) => {
    expect((await verdictOf(name)).verdict).toBe("original runs");
  });
});

describe.skipIf(mutants.length === 0)("a wrong conversion is noticed", { timeout }, () => {
  test.for(mutants)("$case: $name", async (mutant) => {
    const { id } = pairOf(mutant);
    const verdict = await verdictOf(id);
    expect(verdict.verdict, report(verdict)).toBe(mutant.shows);
  });
});
