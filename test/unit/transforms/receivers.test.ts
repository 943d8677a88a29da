/** Objects and functions of which not everything is known, beside Keras. */
import { describe, expect, test } from "vitest";
import { converted, reports } from "../support.ts";

const HEAD = ["import keras", "y = keras.utils.to_categorical([0, 1])"];

const BUILDER = [
  "import keras",
  "def build(n=4):",
  "    model = keras.Sequential([keras.layers.Dense(n, input_dim=3)])",
  "    model.compile('adam', 'mse')",
  "    return model",
];

describe("methods that Keras models have", () => {
  test.each([
    ["a tuner", "import kerastuner", "kerastuner.RandomSearch(3).get_best_models()[0]", "`kerastuner`"],
    ["a file that is not there", "from nets import Net", "Net(3)", "`nets`"],
    ["what a file held", "import pickle", "pickle.load(open('a', 'rb'))", "`pickle`"],
    ["a choice of the standard library", "import random", "random.choice(pool)", "`random`"],
  ])("are reported on an object of %s", (_, line, made, library) => {
    expect(reports([line, ...HEAD, `model = ${made}`, "model.fit(y, y)"]).join()).toContain(
      `\`model\` comes from ${library}, which is not known here: it may be a Keras model`,
    );
  });

  test("are reported on what a name gives that nothing binds", () => {
    const lines = ["model = make()", "model.fit(y, y)"];
    const reason = "what `model` is, is not known here: it may be a Keras model";
    expect(reports([...HEAD, ...lines]).join()).toContain(reason);
    expect(reports(["from nets import *", ...HEAD, ...lines]).join()).toContain(reason);
  });

  test.each([
    ["from sklearn.svm import SVC", "SVC()"],
    ["import xgboost as xgb", "xgb.XGBClassifier()"],
    ["from sklearn.linear_model import *", "LinearRegression()"],
  ])("are left alone on estimators: %s", (line, made) => {
    const { output, verdict } = converted([
      line,
      ...HEAD,
      `clf = ${made}`,
      "clf.fit(y, y)",
      "clf.predict(y)",
    ]);
    expect(verdict).toBe("converted");
    expect(output).toContain("clf.fit(y, y)\nclf.predict(y)");
  });
});

describe("code that is not followed", () => {
  const MODEL = [
    "import numpy as np",
    "import keras",
    "x = np.ones((4, 3))",
    "m = keras.Sequential([keras.layers.Dense(1, input_dim=3)])",
    "m.compile('sgd', 'mse')",
  ];

  test.each([
    [
      "a method as a value",
      ["explain(m.predict, x)"],
      "6:9 `predict` of a model is supported where it is called only",
    ],
    [
      "a method under another name",
      ["run = m.fit", "run(x, x[:, 0])"],
      "6:7 `fit` of a model is supported where it is called only",
    ],
    ["code in a text", ["exec('m.fit(x, x)')"], "6:1 code in a text is not followed: this one reads `m`"],
    [
      "part of another library for Keras",
      ["import mlflow", "mlflow.keras.autolog()"],
      "7:1 `mlflow.keras.autolog` works on Keras models, of which none is left",
    ],
    [
      "a hook of another library",
      ["import mlflow as ml", "ml.autolog()"],
      "7:1 `ml.autolog` works on Keras models, of which none is left",
    ],
    [
      "Keras by a name that nothing binds",
      ["tf.keras.backend.clear_session()"],
      "6:1 `tf.keras.backend.clear_session` is not known: nothing in this file binds `tf`",
    ],
    [
      "a callback of a library",
      ["from wandb.keras import WandbCallback", "m.fit(x, x[:, 0], callbacks=[WandbCallback()])"],
      "7:30 which callback this is, is not known here: it comes from `wandb`",
    ],
    [
      "a callback in a list",
      ["from tools import Log", "logs = [Log()]", "m.fit(x, x[:, 0], callbacks=logs)"],
      "8:29 which callback this is, is not known here: it comes from `tools`",
    ],
  ])("is reported: %s", (_, lines, report) => {
    expect(reports([...MODEL, ...lines])).toContain(report);
  });

  test("may be run from texts that name nothing of Keras", () => {
    expect(converted([...MODEL, "exec('n = 3')", "n = eval(input())"]).verdict).toBe("converted");
  });
});

describe("functions that make a model", () => {
  const reason = "this model is made by a function that is passed to";

  test("are not followed into a library", () => {
    expect(reports(["import talos", ...BUILDER, "talos.Scan(x, y, model=build)"]).join()).toContain(
      `${reason} talos.Scan, where what is done with it is not known`,
    );
  });

  test("also where the script calls them too, and in a dict that they return", () => {
    expect(reports(["import talos", ...BUILDER, "build(5)", "talos.Scan(build)"]).join()).toContain(reason);
    const objective = ["def objective(trial):", "    return {'model': build(trial.n)}"];
    expect(reports(["import tuner", ...BUILDER, ...objective, "tuner.run(objective)"]).join()).toContain(
      reason,
    );
  });

  test("are followed where the script itself calls what it passes", () => {
    const lines = ["def run(make):", "    make(2).summary()", "run(build)"];
    expect(converted([...BUILDER, ...lines]).verdict).toBe("converted");
  });

  test("may be passed where they give no model away", () => {
    const lines = [
      "from threading import Thread",
      "def work():",
      "    build(2).summary()",
      "Thread(target=work).start()",
    ];
    expect(converted([...BUILDER, ...lines]).verdict).toBe("converted");
  });
});
