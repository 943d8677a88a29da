/**
 * The cases of the layers again with open sizes: models declare `None` for all axes of their input but
 * the last. What is reported then is no failure, what is converted has to be equal.
 */
import { afterAll, expect, test } from "vitest";
import { LAYERS } from "../../transforms/layers/index.ts";
import { type Case, casesOf, convertCase } from "./cases.ts";
import { runKeras, runTorch, stopServers } from "./servers.ts";

afterAll(stopServers);

/** The first case of each grid is tried so, and one from its middle. */
const HALF = 2;

function opened(one: Case): Case {
  const limit = one.input.indexOf("<");
  const shape = limit < 0 ? one.input : one.input.slice(0, limit);
  const open = shape.map((size, axis) => (axis < shape.length - 1 || limit >= 0 ? "None" : size));
  const declared = (sizes: readonly unknown[]) =>
    `keras.Input(shape=(${sizes.join(", ")}${sizes.length === 1 ? "," : ""})`;
  return {
    ...one,
    id: `${one.id}, open`,
    keras: one.keras.replace(declared(shape), declared(open)),
  };
}

const cases = LAYERS.flatMap((entry) =>
  casesOf(entry).flatMap(({ grid, cases: own }) => {
    if (grid.twin || grid.stand || grid.random || grid.draws) return [];
    const fitting = own.filter(({ input, version }) => version === "keras2" && input.length > 1);
    const half = HALF * Math.max(1, Math.floor(fitting.length / (2 * HALF)));
    return fitting.filter((_, i) => i === 0 || i === half).map(opened);
  }),
);

test("layers of data with open sizes are equal in both frameworks", { timeout: 600_000 }, async () => {
  const converted = cases.map(convertCase).filter((one) => typeof one !== "string");
  expect(converted.length).toBeGreaterThan(100);
  const ids = new Set(converted.map(({ id }) => id));
  const { file } = await runKeras(cases.filter(({ id }) => ids.has(id)));
  expect(await runTorch(converted, file)).toEqual({});
});
