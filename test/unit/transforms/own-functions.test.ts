/** Functions of the script as layers and as activations. */
import { expect, test } from "vitest";
import { own, script } from "../support.ts";

const reason = (what: string) => expect.arrayContaining([expect.stringContaining(what)]);
const model = (layers: string, ...before: string[]) =>
  own(script(...before, `model = Sequential([${layers}])`));

test("`-=` in a function of tensors leaves what it was given as it is", () => {
  const lines = model(
    "Dense(3, input_dim=2), Lambda(centre)",
    "def centre(x):",
    "    x -= 1 + 2",
    "    return x",
  );
  expect(lines).toContain("    x = x - (1 + 2)");
});

test("a function that loses the batch is reported", () => {
  for (const body of ["K.mean(x, axis=0)", "K.reshape(x, (-1, 3))", "K.sum(x)"])
    expect(
      model(`Dense(6, input_dim=2), Lambda(lambda x: ${body})`, "from keras import backend as K"),
    ).toEqual(reason("the shape of what this function gives is not known"));
});

test("what a function does with an array of the script is reported", () => {
  expect(model("Dense(2, input_dim=2), Lambda(lambda x: x - mean)", "mean = np.array([1.0, 2.0])")).toEqual(
    reason("what this does to tensors has no translation yet"),
  );
});

test("an activation over the channels of maps is reported as a function", () => {
  const before = ["from keras import backend as K", "def act(x):", "    return K.softmax(x)"];
  expect(model("Conv2D(2, 3, input_shape=(8, 8, 1), activation=act)", ...before)).toEqual(
    reason("over the channels of maps"),
  );
});

test("a name given to Keras's custom objects goes before Keras's own", () => {
  const before = [
    "from keras.utils import get_custom_objects",
    "def swish(x):",
    "    return x * 2.0",
    "get_custom_objects()['swish'] = swish",
  ];
  expect(model("Dense(2, input_dim=2, activation='swish')", ...before).join()).toContain("Lambda(swish)");
});
