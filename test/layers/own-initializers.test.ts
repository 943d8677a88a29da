/** Initializers that are functions, lambdas or objects of the script: the models start with the weights that Keras gives them. */
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

/** Classes, and functions that make functions. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  Ramp: [
    "class Ramp(initializers.Initializer):",
    "    def __init__(self, steps=100.0, offset=0.0):",
    "        super().__init__()",
    "        self.steps = steps",
    "        self.offset = offset",
    "",
    "    def __call__(self, shape, dtype=None, **kwargs):",
    "        cells = np.arange(np.prod(shape)) / self.steps",
    "        return cells.reshape(shape) + self.offset",
    "",
    "    def get_config(self):",
    "        return {'steps': self.steps, 'offset': self.offset}",
  ],
  Rows: [
    "class Rows:",
    "    def __call__(self, shape, dtype):",
    "        return tf.ones(shape, dtype) * (shape[0] - 0.5)",
  ],
  ramps: [
    "def ramps(offset):",
    "    def ramp(shape, dtype=None):",
    "        return np.arange(np.prod(shape)).reshape(shape) / 50 + offset",
    "    return ramp",
  ],
  held: ["held = Ramp(20.0, offset=-1)"],
  quick: ["quick = lambda shape, dtype=None: 0.25 * np.ones(shape)"],
};

function made(input: Case["input"], ...own: readonly string[]): Case {
  const names = own.join();
  const used = Object.entries(FUNCTIONS).filter(([name]) => names.includes(`=${name}`));
  const others = Object.entries(OTHERS).filter(
    ([name]) => names.includes(`=${name}`) || (name === "Ramp" && names.includes("=held")),
  );
  const keras = [
    "import numpy as np",
    "import tensorflow as tf",
    "from tensorflow import keras",
    "from tensorflow.keras import backend as K",
    "from tensorflow.keras import initializers, layers",
    ...others.flatMap(([, lines]) => ["", "", ...lines]),
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
  made(
    [4],
    "layers.Dense(3, kernel_initializer=lambda shape, dtype=None: (np.arange(np.prod(shape)) + 1.0).reshape(shape))",
    "layers.Dense(2, bias_initializer=lambda shape, dtype=None: tf.ones(shape, dtype=dtype) * 0.3, kernel_initializer=quick)",
  ),
  made(
    [5, 6, 2],
    "layers.Conv2D(3, (2, 3), kernel_initializer=Ramp(30, offset=0.5), bias_initializer=Ramp)",
    "layers.Flatten()",
    "layers.Dense(2, kernel_initializer=ramps(-0.5), bias_initializer=held)",
  ),
  made(
    [3, 2, 2],
    "layers.Conv2D(2, 1, kernel_initializer='ones')",
    "layers.Flatten()",
    "layers.Dense(12, kernel_initializer='identity')",
  ),
  made([4], "layers.Dense(3, kernel_initializer=Rows(), bias_initializer=ramps(2))"),
];

/** A model that a function builds, from what it defines and is given itself. */
const BUILT: Case = {
  id: "built",
  input: [4],
  version: "keras2",
  random: true,
  keras: [
    "import numpy as np",
    "from tensorflow import keras",
    "from tensorflow.keras import layers",
    "",
    "",
    "def build(step, units=(5, 2)):",
    "    def rising(shape, dtype=None):",
    "        return step * np.arange(np.prod(shape)).reshape(shape)",
    "",
    "    model = keras.Sequential()",
    "    model.add(keras.Input(shape=(4,)))",
    "    model.add(layers.Dense(units[0], kernel_initializer=rising))",
    "    model.add(layers.Dense(units[1], kernel_initializer=lambda shape, dtype=None: np.full(shape, 2 * step)))",
    "    return model",
    "",
    "",
    "model = build(0.1)",
    "",
  ].join("\n"),
};
CASES.push(BUILT);

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
  ["Ramp(30, offset=0.5)", "Ramp(30)"],
  ["ramps(-0.5)(model[3].weight.T.shape)).T", "ramps(-0.5)(model[3].weight.shape))"],
  ["rising(model[0].weight.T.shape)).T", "rising(model[0].weight.shape))"],
])("%s as %s is noticed", { timeout: 300_000 }, async (right, wrong) => {
  const { file } = await runKeras(CASES);
  const mutants = converted()
    .filter(({ torch }) => torch.includes(right))
    .map((one) => ({ ...one, torch: one.torch.replaceAll(right, wrong) }));
  expect(mutants.length).toBeGreaterThan(0);
  expect(Object.keys(await startTorch(mutants, file)).length).toBe(mutants.length);
});

test.each(["layers.LSTM(3, bias_initializer=ramp)", "layers.GRU(3, kernel_initializer=ramp)"])(
  "%s is reported",
  (layer) => {
    expect(convertCase(made([5, 4], layer))).toMatch(/script's own/);
  },
);

test.each([
  ["    step = 2 * step", "`step` may mean something else where the weights are initialized"],
  ["    rising = None", "`rising` may mean something else"],
])("%s after the layers is reported", (line, reason) => {
  const keras = BUILT.keras.replace("    return model", `${line}\n    return model`);
  expect(convertCase({ ...BUILT, keras })).toContain(reason);
});

test("a function that is not there where the model is made is reported", () => {
  const [head = ""] = BUILT.keras.split("    model = keras.Sequential()");
  const keras = [
    `${head}    return layers.Dense(2, kernel_initializer=rising)`,
    "model = keras.Sequential([keras.Input(shape=(4,)), build(0.1)])",
    "",
  ].join("\n\n\n");
  expect(convertCase({ ...BUILT, keras })).toContain(
    "a function that does more than to make layers is not supported here",
  );
});
