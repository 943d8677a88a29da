/** Layers that scripts use by their names: `adapt`, calls of them, attributes. */
import { describe, expect, test } from "vitest";
import { helper, own, script } from "../support.ts";

const data = "x = np.random.rand(20, 3)";
const made = [data, "n = Normalization()", "n.adapt(x)"];
const model = "m = Sequential([Input(shape=(3,)), n, Dense(1)])";

const texts = ["v = TextVectorization(max_tokens=10, output_sequence_length=4)", "v.adapt(['a b', 'c'])"];
const reader = "m = Sequential([v, Embedding(10, 2), Flatten(), Dense(1)])";

describe("a layer that takes texts", () => {
  test("stands before the model that has it first", () => {
    const lines = script(...texts, reader, "m.predict(np.array(['a']))");
    expect(own(lines)).toContain("v = TextVectorization(max_tokens=10, output_sequence_length=4)");
    expect(own(lines).join("\n")).toContain("nn.Sequential(nn.Embedding(10, 2), ");
    expect(helper(lines, "to_inputs").join("\n")).toContain("torch.as_tensor(v(x), dtype=torch.long)");
  });

  test("goes with the model where it has a name in a function only", () => {
    const lines = own(
      script(
        "def build():",
        ...texts.map((line) => `    ${line}`),
        `    ${reader}`,
        "    return m",
        "build().predict(['a'])",
      ),
    );
    expect(lines).toContain("    m.to_inputs = lambda x: torch.as_tensor(v(x), dtype=torch.long)");
  });

  test("gets a name where it has none, and texts of a batch are as long as the longest", () => {
    const lines = own(
      script(
        "m = Sequential([TextVectorization(vocabulary=['a']), Embedding(3, 2), GlobalAveragePooling1D()])",
        "m.predict(['a'])",
      ),
    );
    expect(lines.join("\n")).toContain("nn.Sequential(WithoutPadding(), nn.Embedding(3, 2), ");
    expect(lines).toContain("vectorizer = TextVectorization(vocabulary=['a'])");
  });

  test("stands before models around the one that has it first", () => {
    const lines = script(...texts, reader, "k = Sequential([m, Activation('tanh')])", "k.predict(['a'])");
    expect(helper(lines, "to_inputs").join("\n")).toContain("torch.as_tensor(v(x), dtype=torch.long)");
  });

  test("gives arrays where it is called", () => {
    const lines = own(script(...texts, "x = v(['a']).numpy()", "words = v.get_vocabulary()"));
    expect(lines).toContain("x = v(['a'])");
    expect(lines).toContain("words = v.get_vocabulary()");
  });

  test("leaves out what says the default", () => {
    const given = "v = TextVectorization(10, 'lower_and_strip_punctuation', ngrams=2, output_mode='binary')";
    expect(own(script(given))).toContain(
      'v = TextVectorization(max_tokens=10, ngrams=(1, 2), output_mode="multi_hot")',
    );
  });

  test.for<[string, string[], string]>([
    ["a function for `split`", ["v = TextVectorization(split=lambda s: s)"], "`split` is"],
    [
      "a layer of a function whose name is given anew",
      ["def build():", ...texts.map((line) => `    ${line}`), `    ${reader}`, "    v = TextVectorization()"],
      "given to more than one layer",
    ],
    [
      "a model in a file whose layer a function names",
      [
        "from keras.models import load_model",
        "def build():",
        ...texts.map((line) => `    ${line}`),
        `    ${reader}`,
        "    return m",
        "build().save('m')",
        "k = load_model('m')",
      ],
      "a file cannot hold this model",
    ],
    [
      "masks without a length of their own",
      [
        "v = TextVectorization()",
        "m = Sequential([v, Embedding(9, 2, mask_zero=True), LSTM(2)])",
        "m.predict(['a'])",
      ],
      "before layers that skip masked steps",
    ],
    ["a second layer", [...texts, "m = Sequential([Dense(3, input_shape=(1,)), v])"], "only the first layer"],
    ["a file of words", ["v = TextVectorization(vocabulary='words.txt')"], "`vocabulary` is not known"],
    ["other arguments", ["v = TextVectorization(ragged=True)"], "`ragged`"],
  ])("%s is reported", ([, lines, reason]) => {
    expect(own(script(...lines)).join("\n")).toContain(reason);
  });
});

describe("a layer that takes its numbers from data", () => {
  test("stands where it is made, and models name it", () => {
    const lines = own(script(...made, model, "m.predict(x)"));
    expect(lines).toContain("n = Normalization().to(device)");
    expect(lines).toContain("n.adapt(x)");
    expect(lines.join("\n")).toContain("nn.Sequential(n, nn.Linear(3, 1))");
  });

  test("gives arrays where it is called", () => {
    const lines = own(script(...made, "print(n(x).numpy(), n.mean.numpy())"));
    expect(lines).toContain("print(n.transform(x), n.mean.cpu().numpy())");
  });

  test("is one object in two models", () => {
    const second = "k = Sequential([Input(shape=(3,)), n, Dense(2)])";
    const lines = own(script(...made, model, second, "m.predict(x), k.predict(x)"));
    expect(lines.filter((line) => line.includes("nn.Sequential(n, "))).toHaveLength(2);
  });

  test.for<[string, string, string]>([
    ["an attribute that is not known", "print(n.count)", "`count` of this layer"],
    ["a tensor of it", "print(n.mean)", "`mean` of this layer is not supported so"],
    ["steps", "n.adapt(x, steps=2)", "arguments of `adapt`"],
    ["a dict", "n.adapt({'a': x})", "only arrays"],
    ["another axis", "k = Normalization(axis=1)", "last axis or all"],
    ["weights as arrays", `${model}; m.get_weights()`, "the weights of `n`"],
  ])("%s is reported", ([, line, reason]) => {
    expect(own(script(...made, line)).join("\n")).toContain(reason);
  });
});

test("a call of a model that changes images at random does so without `training` too; of one with more layers it is reported", () => {
  const images = ["x = np.random.rand(4, 8, 8, 3)", "m = Sequential([RandomFlip(input_shape=(8, 8, 3))])"];
  const whole = "k = Sequential([m, Flatten(), Dense(1)])";
  expect(own(script(...images, "y = m(x)"))).toContain("y = augment(m, x).numpy()");
  expect(own(script(...images, whole, "y = k(x)")).join("\n")).toContain("change images at random");
  expect(own(script(...images, "y = m(x, training=False)")).join("\n")).toContain("predict(m, x)");
});
