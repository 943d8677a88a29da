/** Initializers that are functions of the script: the models start with the weights that Keras gives them. */
import { afterAll, expect, test } from "vitest";
import { type Case, convertCase } from "./cases.ts";
import { runKeras, startTorch, stopServers } from "./servers.ts";

afterAll(stopServers);

const FUNCTIONS: Readonly<Record<string, string>> = {
  ramp: "(shape, dtype=None):\n    return (np.arange(np.prod(shape)) / 100.0).reshape(shape)",
  named: "(shape, dtype):\n    return tf.ones(shape, dtype=dtype) * (shape[0] - 0.5)",
  root: "(shape, dtype=tf.float32):\n    return tf.ones(shape) * tf.sqrt(2.0 / (shape[0] + shape[1]))",
  half: "(shape, dtype=None):\n    return K.random_uniform(shape, 0.5, 0.5, dtype=dtype)",
};

function made(input: Case["input"], ...own: readonly string[]): Case {
  const used = Object.entries(FUNCTIONS).filter(([name]) => own.join().includes(`=${name}`));
  const keras = [
    "import numpy as np",
    "import tensorflow as tf",
    "from tensorflow import keras",
    "from tensorflow.keras import backend as K",
    "from tensorflow.keras import layers",
    ...used.map(([name, rest]) => `\n\ndef ${name}${rest}`),
    "",
    "",
    `model = keras.Sequential([keras.Input(shape=(${input.join(", ")},)), ${own.join(", ")}])`,
    "",
  ].join("\n");
  return { id: own.join(), input, version: "keras2", random: true, keras };
}

const CASES = [
  made(
    [4],
    "layers.Dense(3, kernel_initializer=ramp, bias_initializer=named)",
    "layers.Dense(2, kernel_initializer=root, bias_initializer=half)",
  ),
  made([5, 4], "layers.Conv1D(3, 2, kernel_initializer=ramp, bias_initializer=ramp)"),
  made([5, 6, 2], "layers.Conv2D(3, (2, 3), kernel_initializer=ramp, bias_initializer=ramp)"),
  made([5, 6, 2], "layers.Conv2DTranspose(3, (2, 3), kernel_initializer=ramp, bias_initializer=ramp)"),
  made([5, 6, 2], "layers.DepthwiseConv2D(3, depthwise_initializer=half, bias_initializer=ramp)"),
  made([5, 4], "layers.LSTM(3, kernel_initializer=ramp, recurrent_initializer=ramp, bias_initializer=half)"),
  made([5, 4], "layers.GRU(3, kernel_initializer=half, recurrent_initializer=half)"),
  made(
    [5, 4],
    "layers.SimpleRNN(3, kernel_initializer=ramp, recurrent_initializer=root, bias_initializer=ramp)",
  ),
  made([6, 4], "layers.BatchNormalization(beta_initializer=ramp, gamma_initializer=half)"),
];

const converted = () =>
  CASES.map((one) => {
    const result = convertCase(one);
    if (typeof result === "string") throw new Error(`${one.id}: ${result}`);
    return result;
  });

test("models start with the same weights", { timeout: 300_000 }, async () => {
  const { file, failed } = await runKeras(CASES);
  expect(failed).toEqual({});
  expect(await startTorch(converted(), file)).toEqual({});
});

test.each([
  [".T.shape", ".shape"],
  [".permute(2, 3, 1, 0).shape", ".permute(3, 2, 1, 0).shape"],
  ["0.5, 0.5", "0.4, 0.4"],
])("%s as %s is noticed", { timeout: 300_000 }, async (right, wrong) => {
  const { file } = await runKeras(CASES);
  const mutants = converted()
    .filter(({ torch }) => torch.includes(right))
    .map((one) => ({ ...one, torch: one.torch.replaceAll(right, wrong) }));
  expect(mutants.length).toBeGreaterThan(0);
  expect(Object.keys(await startTorch(mutants, file)).length).toBe(mutants.length);
});

test.each([
  "layers.LSTM(3, bias_initializer=ramp)",
  "layers.GRU(3, kernel_initializer=ramp)",
  "layers.Dense(3, kernel_initializer=lambda shape, dtype=None: tf.ones(shape))",
])("%s is reported", (layer) => {
  expect(convertCase(made([5, 4], layer))).toMatch(/script's own/);
});
