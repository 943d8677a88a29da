/** Models: what becomes of `Sequential`, `add` and the layers. */
import { describe, expect, test } from "vitest";
import { converted, own, reports, script } from "../support.ts";

/** The modules of a model made of these layers, one a line; what is reported otherwise. */
function modules(...layers: string[]): string[] {
  const lines = own(script("model = Sequential()", ...layers.map((layer) => `model.add(${layer})`)));
  const end = lines.indexOf(").to(device)");
  return end < 0 ? lines : lines.slice(1, end).map((line) => line.trim().replace(/,( {2}#.*)?$/, ""));
}

describe("ways to write a model", () => {
  const MODEL = ["    nn.Linear(4, 3),", "    nn.ReLU(),", "    nn.Linear(3, 1),"];
  const END = [").to(device)", "model.apply(init_weights)"];

  test.for<[string, string[], string[]]>([
    [
      "adds in a row",
      ["model = Sequential()", "model.add(Dense(3, activation='relu', input_dim=4))", "model.add(Dense(1))"],
      ["model = nn.Sequential(", ...MODEL, ...END],
    ],
    [
      "comments between adds",
      [
        "model = Sequential()",
        "# first",
        "model.add(Dense(3, activation='relu', input_dim=4))  # wide",
        "model.add(Dense(1))",
      ],
      [
        "model = nn.Sequential(",
        "    # first",
        "    nn.Linear(4, 3),  # wide",
        "    nn.ReLU(),",
        "    nn.Linear(3, 1),",
        ...END,
      ],
    ],
    [
      "a list over lines",
      ["model = Sequential([", "    Dense(3, activation='relu', input_dim=4),", "    Dense(1),", "])"],
      ["model = nn.Sequential(", ...MODEL, ...END],
    ],
    [
      "a list on a line",
      ["model = Sequential([Dense(3, input_dim=4), Dense(1)])"],
      ["model = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 1)).to(device)", "model.apply(init_weights)"],
    ],
    [
      "a tuple",
      ["model = Sequential((Dense(3, input_dim=4), Dense(1)))"],
      ["model = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 1)).to(device)", "model.apply(init_weights)"],
    ],
    [
      "a list by keyword",
      ["model = Sequential(layers=[Dense(1, input_dim=4)])"],
      ["model = nn.Sequential(nn.Linear(4, 1)).to(device)", "model.apply(init_weights)"],
    ],
    [
      "code between adds",
      ["model = Sequential()", "model.add(Dense(3, input_dim=4))", "print('x')", "model.add(Dense(1))"],
      [
        "model = nn.Sequential()",
        "model.append(nn.Linear(4, 3))",
        "print('x')",
        "model.append(nn.Linear(3, 1))",
        "model.to(device)",
        "model.apply(init_weights)",
      ],
    ],
    [
      "semicolons",
      ["model = Sequential(); model.add(Dense(1, input_dim=4)); print(1)"],
      [
        "model = nn.Sequential(); model.append(nn.Linear(4, 1)); print(1)",
        "model.to(device)",
        "model.apply(init_weights)",
      ],
    ],
    [
      "a name of its own for the input",
      ["model = Sequential([Input(shape=(4,)), Dense(1)])"],
      ["model = nn.Sequential(nn.Linear(4, 1)).to(device)", "model.apply(init_weights)"],
    ],
    [
      "an attribute",
      [
        "class A:",
        "    def __init__(self):",
        "        self.net = Sequential()",
        "        self.net.add(Dense(1, input_dim=4))",
      ],
      [
        "class A:",
        "    def __init__(self):",
        "        self.net = nn.Sequential(",
        "            nn.Linear(4, 1),",
        "        ).to(device)",
        "        self.net.apply(init_weights)",
      ],
    ],
    [
      "tabs",
      ["def f():", "\tmodel = Sequential()", "\tmodel.add(Dense(1, input_dim=4))", "\treturn model"],
      [
        "def f():",
        "\tmodel = nn.Sequential(",
        "\t\tnn.Linear(4, 1),",
        "\t).to(device)",
        "\tmodel.apply(init_weights)",
        "\treturn model",
      ],
    ],
    [
      "a script's own sizes",
      ["n = 8", "model = Sequential([Dense(n, input_dim=4), Dense(1)])"],
      [
        "n = 8",
        "model = nn.Sequential(nn.Linear(4, n), nn.Linear(8, 1)).to(device)",
        "model.apply(init_weights)",
      ],
    ],
    [
      "sizes that only data give",
      ["x = np.load('x.npy')", "model = Sequential([Dense(1, input_dim=x.shape[1])])"],
      [
        "x = np.load('x.npy')",
        "model = nn.Sequential(nn.Linear(x.shape[1], 1)).to(device)",
        "model.apply(init_weights)",
      ],
    ],
  ])("%s", ([, lines, expected]) => {
    expect(own(script(...lines))).toEqual(expected);
  });

  test("a name that is bound between an add and what follows is not read again", () => {
    expect(
      own(
        script(
          "n = 32",
          "model = Sequential()",
          "model.add(Dense(n, input_dim=4))",
          "n = 64",
          "model.add(Dense(n))",
        ),
      ).slice(2, 5),
    ).toEqual(["model.append(nn.Linear(4, n))", "n = 64", "model.append(nn.Linear(32, n))"]);
  });
});

describe("padding='same'", () => {
  test.for<[string, string, string[]]>([
    ["(28, 28, 1)", "3", ["nn.Conv2d(1, 8, 3, padding=1)"]],
    ["(28, 28, 1)", "(1, 1)", ["nn.Conv2d(1, 8, (1, 1))"]],
    ["(28, 28, 1)", "5", ["nn.Conv2d(1, 8, 5, padding=2)"]],
    ["(28, 28, 1)", "(3, 5)", ["nn.Conv2d(1, 8, (3, 5), padding=(1, 2))"]],
    ["(28, 28, 1)", "4", ['nn.Conv2d(1, 8, 4, padding="same")']],
    ["(28, 28, 1)", "3, strides=2", ["nn.ZeroPad2d((0, 1, 0, 1))", "nn.Conv2d(1, 8, 3, stride=2)"]],
    ["(27, 27, 1)", "3, strides=2", ["nn.Conv2d(1, 8, 3, stride=2, padding=1)"]],
    ["(28, 28, 1)", "2, strides=2", ["nn.Conv2d(1, 8, 2, stride=2)"]],
    ["(28, 28, 1)", "3, dilation_rate=2", ["nn.Conv2d(1, 8, 3, padding=2, dilation=2)"]],
    ["(28, 27, 1)", "3, strides=2", ["nn.ZeroPad2d((1, 1, 0, 1))", "nn.Conv2d(1, 8, 3, stride=2)"]],
  ])("%s with %s", ([shape, window, expected]) => {
    expect(modules(`Conv2D(8, ${window}, padding='same', input_shape=${shape})`)).toEqual(expected);
  });
});

describe("the order of the channels", () => {
  test.for<[string, string[], string[]]>([
    [
      "an embedding is turned for a convolution, and back for an LSTM",
      ["Embedding(50, 8, input_length=20)", "Conv1D(4, 3)", "LSTM(5)"],
      ["nn.Embedding(50, 8)", "Permute(0, 2, 1)", "nn.Conv1d(8, 4, 3)", "Permute(0, 2, 1)", "LSTM(4, 5)"],
    ],
    [
      "pooling over all steps stays turned",
      ["Conv1D(4, 3, input_shape=(20, 8))", "GlobalMaxPooling1D()", "Dense(1)"],
      ["nn.Conv1d(8, 4, 3)", "GlobalMaxPool(dim=2)", "nn.Linear(4, 1)"],
    ],
    [
      "a dense layer on a map reads the last axis",
      ["Conv2D(4, 3, input_shape=(9, 9, 1))", "Dense(6)"],
      ["nn.Conv2d(1, 4, 3)", "Permute(0, 2, 3, 1)", "nn.Linear(4, 6)"],
    ],
    [
      "normalization on a map",
      ["Conv2D(4, 3, input_shape=(9, 9, 1))", "BatchNormalization()", "Activation('relu')"],
      ["nn.Conv2d(1, 4, 3)", "nn.BatchNorm2d(4, eps=1e-3, momentum=0.01)", "nn.ReLU()"],
    ],
    [
      "softmax on a map is over the channels",
      ["Conv2D(4, 3, activation='softmax', input_shape=(9, 9, 1))"],
      ["nn.Conv2d(1, 4, 3)", "nn.Softmax(dim=1)"],
    ],
    [
      "softmax on steps is over the last axis",
      ["Dense(4, activation='softmax', input_shape=(9, 2))"],
      ["nn.Linear(2, 4)", "nn.Softmax(dim=-1)"],
    ],
    [
      "a flattening before a dense layer keeps PyTorch's order",
      ["Conv2D(4, 3, input_shape=(9, 9, 1))", "Flatten()", "Dense(6)"],
      ["nn.Conv2d(1, 4, 3)", "nn.Flatten()", "nn.Linear(196, 6)"],
    ],
    [
      "a flattening whose order is seen turns first",
      ["Conv2D(4, 3, input_shape=(9, 9, 1))", "Flatten()"],
      ["nn.Conv2d(1, 4, 3)", "Permute(0, 2, 3, 1)", "nn.Flatten()"],
    ],
  ])("%s", ([, layers, expected]) => {
    expect(modules(...layers)).toEqual(expected);
  });
});

describe("what has no translation is reported at its place", () => {
  test.for<[string, string[], string]>([
    [
      "statistics of maps over an inner axis",
      ["m = Sequential([BatchNormalization(axis=2, input_shape=(3, 4, 5, 2))])"],
      "6:36 maps whose `BatchNormalization` is not fused keep the biased variance, which is not supported",
    ],
    [
      "integers that a layer of numbers gets",
      ["m = Sequential([InputLayer(input_shape=(3,), dtype='int32'), Dense(1)])"],
      "6:62 a layer of numbers that gets integers is not supported yet",
    ],
    ["a layer", ["model = Sequential([Dense(1, input_dim=4), Foo()])", "Foo = 1"], "model"],
    [
      "an unknown activation",
      ["model = Sequential([Dense(1, activation='zap', input_dim=4)])"],
      "6:41 the activation 'zap' is not supported yet",
    ],
    [
      "an unknown argument",
      ["model = Sequential([Dense(1, colour=3, input_dim=4)])"],
      "`Dense` takes no such argument",
    ],
    ["no input shape", ["model = Sequential([Dense(1)])"], "the input shape of this model is not known"],
    [
      "a functional model that branches",
      ["from keras.models import Model", "x = Input((3,))", "m = Model(x, [Dense(1)(x), Dense(2)(x)])"],
      "several outputs",
    ],
    [
      "layers taken off",
      ["model = Sequential([Dense(1, input_dim=4)])", "for _ in range(1): model.pop()"],
      "a layer is taken off it in a loop",
    ],
    [
      "a model in a container",
      [
        "from collections import OrderedDict",
        "models = OrderedDict()",
        "m = Sequential([Dense(1, input_dim=4)])",
        "models[0] = m",
      ],
      "kept in a container",
    ],
  ])("%s", ([, lines, message]) => {
    const result = own(script(...lines));
    expect(converted(script(...lines)).verdict).toBe("unsupported");
    expect(result.join("\n")).toContain(message);
  });
});

test("a function that only functions call gets what those give it", () => {
  const lines = script(
    "def build(shape=(8,)):",
    "    model = Sequential([Dense(1, input_shape=shape)])",
    "    model.compile('sgd', 'mse')",
    "    return model",
    "def main():",
    "    model = build()",
    "    model.fit(np.random.rand(4, 8), np.random.rand(4, 1))",
  );
  expect(own(lines).join("\n")).toContain("nn.Linear(8, 1)");
});

test("the layers of a model are printed as its modules", () => {
  const lines = script(
    "model = Sequential([Dense(2, input_dim=3), Dense(1)])",
    "print('layers:', model.layers)",
  );
  expect(own(lines).at(-1)).toBe("print('layers:', list(model))");
});

test("the loss of a model is what `compile` names", () => {
  const model = ["model = Sequential([Dense(1, input_dim=3)])", "model.compile('sgd', 'mse')"];
  const shown = "print('Loss function: ' + model.loss)";
  expect(own(script(...model, shown)).at(-1)).toBe("print('Loss function: ' + \"mse\")");
  expect(reports(script(...model, "model.compile('sgd', 'mae')", shown))).toContainEqual(
    expect.stringContaining("`loss` of a model"),
  );
});

describe("the configuration of a model", () => {
  const model = ["model = Sequential([Dense(1, input_dim=3)])", "config = model.get_config()"];
  test("is shown", () => {
    expect(own(script(...model, "print(config)"))).toContain("config = str(model)");
  });
  test.for(["print(config['layers'])", "layers = config['layers']", "show(config)"])(
    "%s is reported",
    (line) => {
      expect(reports(script(...model, line))).toContainEqual(
        expect.stringContaining("this looks into the architecture"),
      );
    },
  );
});

describe("a layer that is taken off again", () => {
  const model = ["model = Sequential([Dense(4, input_dim=3), Dense(2)])"];
  test("leaves nothing", () => {
    expect(own(script(...model, "model.pop()", "model.add(Dense(5))")).join(" ")).not.toContain(
      "nn.Linear(4, 2)",
    );
  });
  test.for([
    ["model.compile('sgd', 'mse')", "model.pop()"],
    ["for _ in range(1): model.pop()"],
    ["last = model.pop()"],
  ])("%s is reported", (lines) => {
    expect(reports(script(...model, ...lines)).join(" ")).toContain("taken off");
  });
});

describe("what only follows from another report is left out", () => {
  test("a model of which it is said already why it is not known", () => {
    const lines = script(
      "from keras.models import Model",
      "model = Model(a, [b, c])",
      "model.summary()",
      "model.fit(x, y)",
    );
    expect(reports(lines).filter((one) => one.includes("may be a Keras model"))).toEqual([]);
    expect(reports(lines).length).toBeGreaterThan(0);
  });

  test("a second use of a name", () => {
    const lines = script("def use(model, x):", "    model.summary()", "    return model.predict(x)");
    expect(reports(lines)).toEqual([expect.stringMatching(/^7:.*`model`/)]);
  });
});
