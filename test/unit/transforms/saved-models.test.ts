/** Models in files: what is read back, and what a file cannot hold. */
import { describe, expect, test } from "vitest";
import { reports } from "../support.ts";

const HEAD = [
  "import json, os",
  "from keras.models import Sequential, load_model, model_from_json",
  "from keras.layers import Dense",
  "from keras.optimizers import SGD",
  "import numpy as np",
  "x, y = np.zeros((8, 3)), np.zeros((8, 1))",
  "def my_loss(t, p):",
  "    return abs(t - p)",
  "model = Sequential([Dense(1, input_shape=(3,))])",
];
const TRAIN = ["model.compile('sgd', 'mse')", "model.fit(x, y)", "model.save('m.h5')"];
const reported = (...lines: string[]) => reports([...HEAD, ...lines].join("\n")).join("\n");

describe("a model that is read from a file", () => {
  test("is known by functions of the script under their own names", () => {
    const load = (objects: string) =>
      reported(...TRAIN, `again = load_model('m.h5', custom_objects={${objects}})`, "again.predict(x)");
    expect(load("'my_loss': my_loss")).toBe("");
    expect(load("'my_loss': lambda t, p: my_loss(t, p)")).toContain("is not known to be what it was trained");
    expect(load("'other': my_loss")).toContain("is not known to be what it was trained");
  });

  test("is read by each of its names", () => {
    const names = ["keras.saving.load_model", "keras.models.load_model"];
    for (const name of names)
      expect(reported("import keras", "", ...TRAIN, `print(${name}('m.h5').predict(x))`)).toBe("");
  });

  test("was saved by a run before only where a condition asks for it", () => {
    const first = (load: string) => reported(load, ...TRAIN);
    expect(first("if os.path.exists('m.h5'): model = load_model('m.h5')")).toBe("");
    expect(first("model = load_model('m.h5')")).toContain("not saved by the script");
    expect(first("if os.path.exists('n.h5'): model = load_model('n.h5')")).toContain(
      "not saved by the script",
    );
  });

  test("trains further with all of its optimizer, or not at all", () => {
    const further = (optimizer: string, ...lines: string[]) =>
      reported(
        `model.compile(${optimizer}, 'mse')`,
        ...TRAIN.slice(1),
        "again = load_model('m.h5')",
        ...lines,
        "again.fit(x, y)",
      );
    expect(further("SGD(0.1)")).toBe("");
    expect(further("SGD(0.1, clipnorm=1.)")).toContain("does not hold all of this optimizer");
    expect(further("SGD(0.1, decay=0.1)")).toContain("does not hold all of this optimizer");
    expect(further("SGD(0.1, clipnorm=1.)", "again.compile('sgd', 'mse')")).toBe("");
  });

  test("has a path that is not known and may be that of another", () => {
    expect(
      reported(
        "def keep(one, path):",
        "    one.save(path)",
        ...TRAIN.slice(0, 2),
        "for path in os.listdir('.'):",
        "    model.save(path)",
        "other = Sequential([Dense(2, input_shape=(3,))])",
        "for path in os.listdir('.'):",
        "    other.save(path)",
        "for path in os.listdir('.'):",
        "    print(load_model(path).predict(x))",
      ),
    ).toContain("not saved by the script");
  });
});

describe("the architecture", () => {
  test.for([
    "config = json.loads(model.to_json())",
    "text = model.to_json()\nconfig = json.loads(text)",
    "print(model.get_config()['layers'])",
    "config = model.get_config()\nfor layer in config: print(layer)",
  ])("%s looks into it", (lines) => {
    expect(reported(lines)).toContain("looks into the architecture as Keras describes it");
  });

  test("may be shown, or a model be made of it", () => {
    expect(reported("print(model.get_config())")).not.toContain("looks into");
    expect(reported("copy = Sequential.from_config(model.get_config())", "copy.predict(x)")).toBe("");
  });
});
