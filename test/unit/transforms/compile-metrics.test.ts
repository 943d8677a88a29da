/** Metrics of 'compile' that need a word: their meaning, or their name. */
import { expect, test } from "vitest";
import { convert } from "../../../src/convert.ts";
import { parser, script, text } from "../support.ts";

const NOTE = "how often class 0 is predicted";

const notes = (data: string, keras?: "keras3") => {
  const lines = script(
    "x, y = np.zeros((9, 4)), np.zeros((9, 1), 'int64')",
    "def rows(y):",
    "    while True:",
    "        yield x[:3], y[:3]",
    "model = Sequential([Dense(3, activation='softmax', input_dim=4)])",
    "model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])",
    `model.fit(${data}, epochs=2)`,
  );
  const { verdict, diagnostics } = convert(
    parser,
    { path: "script.py", text: text(lines) },
    keras && { keras: { version: keras, release: undefined } },
  );
  return `${verdict}: ${diagnostics.map(({ message }) => message).join()}`;
};

test("is told where tf.keras takes columns for one-hot rows", () => {
  expect(notes("rows(y), steps_per_epoch=3")).toMatch(/^converted: .*how often class 0 is predicted/s);
});

test.each([
  ["labels without an axis of their own", "rows(y.ravel()), steps_per_epoch=3"],
  ["arrays", "x, y"],
])("is as expected of %s", (_, data) => {
  expect(notes(data)).toMatch(/^converted/);
  expect(notes(data)).not.toContain(NOTE);
});

test("is as expected in Keras 3", () => {
  expect(notes("rows(y), steps_per_epoch=3", "keras3")).not.toContain(NOTE);
});

test("a metric under the name of the loss is reported", () => {
  const lines = script(
    "def loss(y, p):",
    "    return K.mean(K.square(y - p))",
    "model = Sequential([Dense(3, input_dim=4)])",
    "model.compile('sgd', loss, metrics=[loss])",
    "model.fit(np.zeros((9, 4)), np.zeros((9, 3)))",
  );
  const { diagnostics } = convert(parser, { path: "script.py", text: text(lines) });
  expect(diagnostics.map(({ message }) => message).join()).toContain(
    "a metric named `loss` is not supported",
  );
});
