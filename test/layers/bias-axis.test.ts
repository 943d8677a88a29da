/**
 * Keras 3 adds the bias of channels-first maps along their last axis where that is as long as the channels:
 * reported, and it is so. What Keras 2 did is another function there.
 */
import { afterAll, expect, test } from "vitest";
import { type Case, convertCase, script } from "./cases.ts";
import { runKeras, runTorch, stopServers } from "./servers.ts";

afterAll(stopServers);

const FIRST = "data_format='channels_first'";

/** Layers that Keras 3 has on CPUs with the channels first, and what they get. */
const LAYERS: readonly (readonly [layer: string, input: readonly number[]])[] = [
  [`layers.SeparableConv1D(4, 1, ${FIRST})`, [3, 4]],
  [`layers.SeparableConv2D(4, 2, ${FIRST})`, [3, 4, 5]],
  [`layers.DepthwiseConv1D(1, depth_multiplier=2, ${FIRST})`, [2, 4]],
  [`layers.DepthwiseConv2D(2, padding='same', ${FIRST})`, [3, 4, 3]],
  [`layers.Conv3D(2, 2, strides=2, ${FIRST})`, [3, 5, 4, 5]],
  [`layers.TimeDistributed(layers.SeparableConv2D(4, 1, ${FIRST}))`, [2, 3, 5, 4]],
  ["layers.EinsumDense('abc,cd->abd', (4, 4), bias_axes='b')", [4, 3]],
  ["layers.EinsumDense('abcd,de->abce', (4, 4, 3), bias_axes='c')", [4, 4, 5]],
];

/** Sizes of which none is that of the bias, or that of its own axis only. */
const OTHERS: typeof LAYERS = [
  [`layers.SeparableConv1D(4, 1, ${FIRST})`, [3, 5]],
  [`layers.SeparableConv2D(4, 2, ${FIRST})`, [3, 5, 6]],
  [`layers.SeparableConv2D(4, 1, use_bias=False, ${FIRST})`, [3, 5, 4]],
  [`layers.SeparableConv2D(1, 1, ${FIRST})`, [3, 5, 1]],
  ["layers.SeparableConv2D(4, 1)", [4, 4, 4]],
  ["layers.EinsumDense('abc,cd->abd', (4, 5), bias_axes='b')", [4, 3]],
  ["layers.EinsumDense('abcd,de->abce', (4, 4, 4), bias_axes='bc')", [4, 4, 5]],
];

const caseOf = ([layer, input]: (typeof LAYERS)[number]): Case => ({
  id: `${layer} on ${input.join(", ")}`,
  input,
  keras: script([layer], input, "keras3"),
  version: "keras3",
  random: false,
});

test("it is reported", () => {
  for (const one of LAYERS.map(caseOf))
    expect(convertCase(one), one.id).toContain("Keras 3 adds this layer's bias along the");
});

test("each would be another function", { timeout: 600_000 }, async () => {
  const cases = LAYERS.map(caseOf);
  const converted = cases.map((one) => convertCase({ ...one, version: "keras2" }));
  const { file, failed } = await runKeras(cases);
  expect(failed).toEqual({});
  const known = converted.filter((one) => typeof one !== "string");
  expect(converted).toEqual(known);
  expect(Object.keys(await runTorch(known, file)).sort()).toEqual(cases.map(({ id }) => id).sort());
});

test("other sizes are equal", { timeout: 600_000 }, async () => {
  const cases = OTHERS.map(caseOf);
  const converted = cases.map(convertCase);
  const known = converted.filter((one) => typeof one !== "string");
  expect(converted).toEqual(known);
  const { file, failed } = await runKeras(cases);
  expect(failed).toEqual({});
  expect(await runTorch(known, file)).toEqual({});
});
