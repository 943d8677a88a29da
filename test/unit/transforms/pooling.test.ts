/** Pooling with "same" where TensorFlow's own result is not one. */
import { expect, test } from "vitest";
import { reports, script } from "../support.ts";

const found = (layer: string, shape: string) =>
  reports(script("model = Sequential()", `model.add(${layer}, input_shape=${shape}))`)).join();

const REASON = 'steps larger than the window are not supported with "same" here';

test.each([
  ["MaxPooling3D(pool_size=1, strides=3, padding='same'", "(6, 6, 6, 2)"],
  ["AveragePooling3D(pool_size=2, strides=(2, 4, 2), padding='same'", "(8, 8, 8, 2)"],
  ["MaxPooling3D(pool_size=2, strides=3, padding='same'", "(None, 6, 6, 2)"],
])("over three axes, windows that leave cells out before them are reported: %s", (layer, shape) => {
  expect(found(layer, shape)).toContain(REASON);
});

test.each([
  ["MaxPooling3D(pool_size=2, strides=3, padding='same'", "(5, 5, 5, 2)"],
  ["MaxPooling3D(pool_size=2, padding='same'", "(None, 6, 6, 2)"],
  ["MaxPooling2D(pool_size=1, strides=3, padding='same'", "(6, 6, 2)"],
])("others are not: %s", (layer, shape) => {
  expect(found(layer, shape)).toBe("");
});
