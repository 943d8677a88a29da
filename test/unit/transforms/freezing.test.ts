/** Layers that are read back from a model, and set to be trained or not. */
import { expect, test } from "vitest";
import { own, script } from "../support.ts";

const model = [
  "model = Sequential([Dense(4, activation='relu', input_dim=3), Dense(1)])",
  "model.compile('sgd', 'mse')",
];
const reason = (what: string) => [expect.stringContaining(what)];

test("freezing after `compile` is reported where the model trains before it is compiled again", () => {
  const late = [...model, "model.layers[0].trainable = False", "model.fit(x, y)"];
  expect(own(script(...late))).toEqual(reason("set after `compile`"));
});

test("freezing before the next `compile` is written where it stands", () => {
  const lines = own(
    script(...model, "model.layers[-1].trainable = False", "model.compile('sgd', 'mse')", "model.fit(x, y)"),
  );
  expect(lines).toContain("model[2].requires_grad_(False)");
});

test("a loop over layers that reads more than `trainable` is reported", () => {
  const lines = script(...model, "for layer in model.layers:", "    print(layer.name)");
  expect(own(lines)).toEqual(reason("does more than freeze them"));
});

test("frozen weights are no `trainable_weights`", () => {
  const lines = script(...model, "model.trainable = False", "print(len(model.trainable_weights))");
  expect(own(lines)).toEqual(reason("frozen layers"));
});

test("a layer in two places is reported", () => {
  const lines = script(
    "shared = Dense(3)",
    "model = Sequential()",
    "model.add(Dense(3, input_dim=3))",
    "model.add(shared)",
    "model.add(shared)",
  );
  expect(own(lines)).toEqual(reason("used twice"));
});

test("weights as arrays of a normalization that lacks one, which PyTorch has all the same, are reported", () => {
  const lines = own(
    script(
      "model = Sequential([Dense(3, input_dim=4), BatchNormalization(scale=False)])",
      "print(model.get_weights())",
    ),
  );
  expect(lines.join()).toContain("a normalization without `scale` or `center`");
});
