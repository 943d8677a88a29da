/** The script's own subclasses of `Callback`. */
import { describe, expect, test } from "vitest";
import { own, reports, script } from "../support.ts";

const FIT = [
  "x, y = np.zeros((8, 3)), np.zeros(8)",
  "model = Sequential([Dense(1, input_shape=(3,))])",
  "model.compile('sgd', 'mse', ['accuracy'])",
];

/** The body of a hook in a callback of the script's own, that `fit` is given. */
function hook(...lines: string[]): string[] {
  const text = [
    "class Own(callbacks.Callback):",
    "    def on_epoch_end(self, epoch, logs=None):",
    ...lines.map((line) => `        ${line}`),
    ...FIT,
    "model.fit(x, y, callbacks=[Own()])",
  ];
  const converted = own(script(...text));
  const at = converted.findIndex((line) => line.includes("def on_epoch_end"));
  return at < 0 ? converted : converted.slice(at + 1, at + 1 + lines.length).map((line) => line.trim());
}

describe("what a callback does with its model", () => {
  test.for([
    ["p = self.model.predict(x)", "p = predict(self.model, x)"],
    ["K.set_value(self.model.optimizer.lr, 0.1)", 'self.optimizer.param_groups[0]["lr"] = 0.1'],
    ["print(self.model.optimizer.lr.numpy())", 'print(self.optimizer.param_groups[0]["lr"])'],
    ["self.model.stop_training = True", "self.model.stop_training = True"],
    ["print(self.params['epochs'])", "print(self.params['epochs'])"],
    ["print(self.params)", "print(self.params)"],
  ] as const)("%s", ([keras, torch]) => {
    expect(hook(keras)).toEqual([torch]);
  });

  test.for([
    ["print(self.validation_data)", "`validation_data` of a callback"],
    ["print(self.params['samples'])", "of these `params`"],
    ["kept = self.params", "of these `params`"],
    ["self.model.optimizer.iterations.assign(0)", "this use of a model's optimizer"],
  ] as const)("%s is reported", ([line, message]) => {
    expect(hook(line).join("\n")).toContain(message);
  });

  test("also where nobody is known to fit one", () => {
    const lines = own(
      script(
        "class Own(callbacks.Callback):",
        "    def on_batch_end(self, batch, logs=None):",
        "        K.set_value(self.model.optimizer.lr, 0.1)",
      ),
    );
    expect(lines.at(-1)?.trim()).toBe('self.optimizer.param_groups[0]["lr"] = 0.1');
  });
});

test("hooks that `fit` does not call are reported", () => {
  const lines = ["class Own(callbacks.Callback):", "    def on_test_model(self, logs=None):", "        pass"];
  expect(own(script(...lines)).join("\n")).toContain("`on_test_model`");
});

test("what a callback of Keras's does not keep is reported", () => {
  const lines = [
    "early = callbacks.EarlyStopping()",
    "model.fit(x, y, callbacks=[early])",
    "print(early.best_epoch)",
  ];
  expect(own(script(...FIT, ...lines)).join("\n")).toContain("`best_epoch` of `EarlyStopping`");
});

describe("what TensorBoard writes beside the values of each epoch", () => {
  test.for([
    ["histogram_freq=1", "[TensorBoard('logs', histogram_freq=1)]", []],
    ["histogram_freq=0, write_graph=True, update_freq='epoch'", "[TensorBoard('logs')]", []],
    ["write_images=True", "[TensorBoard('logs')]", ["write_images"]],
    ["update_freq=100, embeddings_freq=1", "[TensorBoard('logs')]", ["update_freq", "embeddings_freq"]],
  ] as const)("%s", ([given, kept, left]) => {
    const lines = script(...FIT, `model.fit(x, y, callbacks=[callbacks.TensorBoard('logs', ${given})])`);
    expect(own(lines).join("\n")).toContain(kept);
    const notes = reports(lines).filter((note) => note.includes("is left out"));
    expect(notes.map((note) => note.split("`")[1])).toEqual(left);
  });
});
