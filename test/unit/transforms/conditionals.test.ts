/** Conditionals on Keras's settings, of which one branch is kept. */
import { expect, test } from "vitest";
import { converted, reports } from "../support.ts";

const branches = (kept: string) => [
  "from keras import backend as K, layers",
  "def f(n):",
  "    if K.image_data_format() == 'channels_first':",
  "        return n",
  "    else:",
  `        ${kept}`,
];

test("the branch that is taken stays", () => {
  expect(converted(branches("return n + 1")).output).toBe("def f(n):\n    return n + 1\n");
});

test("imports in it go", () => {
  const lines = [
    ...branches("import tensorflow as tf"),
    "        n = len(tf.__version__)",
    "        return n",
  ];
  expect(reports(lines).join()).not.toContain("both rewrite");
});

test("what is left of Keras in it is reported", () => {
  expect(reports(branches("return layers.Input((n, 2))"))).toEqual([
    "6:16 `layers.Input` is not supported here",
  ]);
});

test("the architecture of a model is not taken from a name that the function binds itself", () => {
  const lines = [
    "from keras.models import Sequential, model_from_json",
    "from keras.layers import Dense",
    "model = Sequential([Dense(1, input_dim=2)])",
    "text = model.to_json()",
    "def load():",
    "    model = model_from_json(text)",
    "    model.summary()",
    "    return model",
  ];
  expect(reports(lines)).toContain("6:13 the model that this text describes has no name here");
  const other = lines.map((line) =>
    line.replace("    model", "    second").replace("return model", "return second"),
  );
  expect(converted(other).output).toContain("    second = copy.deepcopy(model)");
});
