/** What a `compile`, and a copy, take over from a `compile` before. */
import { describe, expect, test } from "vitest";
import { reports, script } from "../support.ts";

const MODEL = [
  "x = np.zeros((9, 4))",
  "y = np.zeros((9, 1))",
  "model = Sequential([Dense(3, input_dim=4), Dense(1)])",
  "model.compile('sgd', 'mse', metrics=['mae'])",
  "model.fit(x, y)",
];
const COPY = "copy = keras.models.clone_model(model)";

/** What is reported of the script, in each Keras. */
function both(...lines: string[]): [two: string, three: string] {
  const body = [...MODEL, ...lines];
  return [
    reports(script("import keras", ...body)),
    reports(script("import keras", "from keras import ops", ...body)),
  ].map((found) => found.join("\n")) as [string, string];
}

describe("in Keras 3", () => {
  test.for<[what: string, lines: string[], reason: string]>([
    ["a later `compile` keeps metrics", ["model.compile('sgd', 'mse')"], "Keras 3 keeps the metrics"],
    [
      "the `compile` of a copy keeps metrics",
      [COPY, "copy.compile('sgd', 'mse')", "print(copy.evaluate(x, y))"],
      "Keras 3 keeps the metrics",
    ],
    [
      "a copy has an optimizer of its own",
      [COPY, "copy.set_weights(model.get_weights())", "copy.fit(x, y)"],
      "training a copy of a compiled model",
    ],
  ])("%s", ([, lines, reason]) => {
    const [two, three] = both(...lines);
    expect(two).not.toContain(reason);
    expect(three).toContain(reason);
  });

  test.for<[what: string, lines: string[]]>([
    ["metrics=[] leaves them out", ["model.compile('sgd', 'mse', metrics=[])"]],
    [
      "a copy that is compiled is trained",
      [COPY, "copy.compile('sgd', 'mse', metrics=['mae'])", "copy.fit(x, y)"],
    ],
    [
      "another model has its own",
      ["other = Sequential([Dense(1, input_dim=4)])", "other.compile('sgd', 'mse')", "other.fit(x, y)"],
    ],
  ])("%s", ([, lines]) => {
    expect(both(...lines)[1]).toBe("");
  });
});

test("what `train_on_batch` gives is of its own batch", () => {
  const call = (last: string) => reports(script(...MODEL, `model.train_on_batch(x, y${last})`)).join();
  expect(call("")).toBe("");
  expect(call(", reset_metrics=True")).toBe("");
  expect(call(", reset_metrics=False")).toContain("means over all batches so far");
});

test("a number of samples that may be None is Keras's default", () => {
  const lines = [
    "def train(model, batch_size=None):",
    "    model.fit(x, y, batch_size=batch_size)",
    "train(model)",
    "train(model, 8)",
  ];
  expect(reports(script(...MODEL, ...lines))).toEqual([]);
});

test("one `compile` that means another loss for each class is reported", () => {
  const lines = [
    "class Base:",
    "    def __init__(self):",
    "        self.net = self.make()",
    "        self.net.compile('sgd', self.loss)",
    "class Squares(Base):",
    "    loss = 'mse'",
    "    def make(self):",
    "        return Sequential([Dense(1, input_dim=4)])",
    "class Sizes(Base):",
    "    loss = 'mae'",
    "    def make(self):",
    "        return Sequential([Dense(2, input_dim=4), Dense(1)])",
    "for one in (Squares(), Sizes()):",
    "    print(one.net.evaluate(x, y))",
  ];
  const reason = "one `compile` that gives its models different";
  expect(reports(script(...MODEL.slice(0, 2), ...lines)).join()).toContain(reason);
});
