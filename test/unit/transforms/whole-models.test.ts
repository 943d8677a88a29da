/** Models that are used before their last layer is there, and statements that share a line. */
import { describe, expect, test } from "vitest";
import { helper, own, reports, script } from "../support.ts";

const START = ["m = Sequential()", "m.add(Dense(4, input_dim=3))"];
const LAST = "m.add(Dense(2))";

describe("before the last layer is added", () => {
  test.for<[string, string]>([
    ["compiled", "m.compile('sgd', 'mse')"],
    ["asked for its output", "print(m.predict(np.ones((2, 3))))"],
    ["given weights", "m.layers[0].set_weights([np.ones((3, 4)), np.zeros(4)])"],
    ["asked for its weights", "w = m.get_weights()"],
    ["counted", "n = m.count_params()"],
    ["frozen as a whole", "m.trainable = False"],
  ])("a model that is %s is reported", ([, line]) => {
    const end = ["m.compile('sgd', 'mse')", "m.fit(np.ones((4, 3)), np.ones((4, 2)))"];
    expect(reports(script(...START, line, LAST, ...end)).join("\n")).toContain(
      "another layer is added to later",
    );
  });

  test.for<[string, string]>([
    ["how many layers it has", "print(len(m.layers))"],
    ["some of its layers", "for layer in m.layers[:-1]: layer.trainable = False"],
  ])("%s is not known", ([, line]) => {
    expect(reports(script(...START, line, LAST))).toContainEqual(
      expect.stringContaining("the layers of a model that more are added to later"),
    );
  });

  test("its shape is the one that it has then, and all its layers can be frozen", () => {
    const freeze = ["for layer in m.layers:", "    layer.trainable = False"];
    const lines = own(script(...START, "print(m.output_shape)", ...freeze, LAST, "print(m.output_shape)"));
    expect(lines).toContain("print((None, 4))");
    expect(lines).toContain("    layer.requires_grad_(False)");
    expect(lines.at(-1)).toBe("print((None, 2))");
  });
});

describe("statements on one line", () => {
  const inputs = "a = Input(shape=(3,)); b = Input(shape=(2,))";
  const rest = ["h = concatenate([a, b])", "m = Model([a, b], Dense(1)(h))"];
  const functional = (...lines: string[]) => own(script("from keras.models import Model", ...lines));

  test.for<[string, string]>([
    ["all that go", inputs],
    ["with a comment", `${inputs}  # both`],
    ["with a semicolon at the end", `${inputs};`],
  ])("%s take the line with them", ([, line]) => {
    expect(functional("n = 2", line, ...rest).slice(0, 2)).toEqual(["n = 2", "m = M().to(device)"]);
  });

  test.for<[string, string, string]>([
    ["before what stays", `${inputs}; n = 2`, "n = 2"],
    ["behind what stays", `n = 2; ${inputs}`, "n = 2"],
    ["around what stays", "a = Input(shape=(3,)); n = 2; b = Input(shape=(2,)); k = 3", "n = 2; k = 3"],
    ["over lines", "a = Input(\n    shape=(3,)); b = Input(shape=(2,)); k = 3", "k = 3"],
  ])("%s leave no semicolon", ([, line, left]) => {
    expect(functional(...line.split("\n"), ...rest)[0]).toBe(left);
  });

  test("weights of a layer that are set may be made of its own", () => {
    const model = "m = Sequential([Dense(2, input_dim=3)])";
    const line = "m.layers[0].set_weights([k, m.layers[0].get_weights()[1]])";
    expect(own(script(model, line)).at(-1)).toBe("set_weights(m[0], [k, get_weights(m[0])[1]])");
  });

  test("a block of nothing else keeps `pass`", () => {
    const lines = own(
      script("def start():", "    import keras; K.clear_session(); K.clear_session()", "start()"),
    );
    expect(lines.slice(0, 2)).toEqual(["def start():", "    pass"]);
  });
});

test("arrays that go through memory backwards are copied for PyTorch", () => {
  const model = ["m = Sequential([Dense(1, input_dim=3)])", "x = np.random.rand(4, 3)"];
  const reading = (line: string) =>
    helper(script(...model, line, "m.predict(x)"), "to_inputs")
      .at(-1)
      ?.trim();
  const copied = "return torch.as_tensor(np.ascontiguousarray(x), dtype=torch.float32)";
  const plain = "return torch.as_tensor(x, dtype=torch.float32)";
  expect(reading("x = x[:, ::-1]")).toBe(copied);
  expect(reading("x = np.flip(x, 1)[:2]")).toBe(copied);
  expect(reading("if len(x) > 3: x = x[::-1]")).toBe(copied);
  expect(reading("x = np.random.RandomState(1).rand(4, 3)[:, ::-1]")).toBe(copied);
  expect(reading("x = x[:, ::-1].copy()")).toBe(plain);
  expect(reading("x = x[::-1] * 2")).toBe(plain);
  expect(reading("x = x[::2]")).toBe(plain);
});
