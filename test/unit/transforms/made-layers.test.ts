/** Layers that functions of the script make, and classes of layers that names stand for. */
import { describe, expect, test } from "vitest";
import { own, reports, script } from "../support.ts";

const model = (...lines: string[]) =>
  script(...lines, "model.compile(loss='mse', optimizer='sgd')", "model.fit(x, y)");

describe("what functions make is written where it comes into its model", () => {
  test.for<[string, string[], string]>([
    [
      "a lambda",
      [
        "block = lambda n: Dense(n, activation='tanh')",
        "model = Sequential([Dense(4, input_dim=2), block(3)])",
      ],
      "nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 3), nn.Tanh())",
    ],
    [
      "a comprehension over pairs",
      [
        "model = Sequential([Dense(4, input_dim=2), *[Dense(n, use_bias=b) for n, b in ((3, True), (2, False))]])",
      ],
      "nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 3), nn.Linear(3, 2, bias=False))",
    ],
    [
      "options that are handed on, changed in between",
      [
        "options = {'activation': 'relu'}",
        "def block(n, **more):",
        "    return Dense(n, **more)",
        "first = block(4, input_dim=2, **options)",
        "options['activation'] = 'tanh'",
        "model = Sequential([first, block(3, **options)])",
      ],
      "nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3), nn.Tanh())",
    ],
  ])("%s", ([, lines, text]) => {
    expect(own(model(...lines)).join("\n")).toContain(text);
  });
});

describe("what functions make is reported", () => {
  const list = "model = Sequential([Dense(4, input_dim=2), block(3), block(2)])";
  test.for<[string, string[], string]>([
    [
      "where they do more",
      ["def block(n):", "    print(n)", "    return Dense(n)", list],
      "does more than to make layers",
    ],
    [
      "where what they read changes",
      ["rate = 0.1", "def block(n):", "    return Dropout(rate)", "rate = 0.5", list],
      "`rate` is not known where the layer comes into its model",
    ],
    [
      "where they give one layer twice",
      ["one = Dense(4)", "def block(n):", "    return one", list],
      "shares its weights",
    ],
    [
      "where what they compute is another each time",
      ["def block(n):", "    return Dropout(np.random.rand())", list],
      "does more than to make layers",
    ],
  ])("%s", ([, lines, message]) => {
    expect(reports(model("import numpy as np", ...lines)).join("\n")).toContain(message);
  });
});

test("names of star imports stand for PyTorch's classes too", () => {
  const lines = [
    "def build(drop=Dropout):",
    "    model = Sequential()",
    "    model.add(Dense(4, input_dim=2))",
    "    model.add(drop(0.5))",
    "    return model",
    "kind = AlphaDropout",
    "model = build()",
    "model = build(kind)",
  ];
  const text = own(model(...lines)).join("\n");
  expect(text).toContain("def build(drop=nn.Dropout):");
  expect(text).toContain("kind = nn.AlphaDropout");
  expect(text).toContain("drop(0.5)");
});

test("one of several classes is none of them for sure", () => {
  const lines = (classes: string) => [
    "import sys",
    "from keras.layers import LSTM, GRU, SimpleRNN",
    `cells = {${classes}}`,
    "cell = cells[sys.argv[1]]",
    "model = Sequential([cell(4, input_shape=(3, 2)), Dense(1)])",
  ];
  expect(own(model(...lines("'lstm': LSTM, 'gru': GRU"))).join("\n")).toContain("cell(2, 4)");
  expect(reports(model(...lines("'lstm': LSTM, 'dense': Dense"))).join("\n")).toMatch(
    /may be one of several|not known/,
  );
});
