/** Functional models that are a chain of layers. */
import { describe, expect, test } from "vitest";
import { helper, own, script } from "../support.ts";

const functional = (...lines: string[]) => own(script("from keras.models import Model", ...lines));
const reason = (what: string) => [expect.stringContaining(what)];
const CHAIN = ["x = Input(shape=(3,))", "h = Dense(4, activation='relu')(x)", "out = Dense(1)(h)"];

describe("a chain of layers", () => {
  test("becomes the lines of the model where the calls follow each other", () => {
    const lines = functional(
      "x = Input(shape=(3,))",
      "h = Dense(4)(x)  # wide",
      "# the last",
      "h = Dense(1)(h)",
      "model = Model(x, h)",
    );
    expect(lines.slice(0, 5)).toEqual([
      "model = nn.Sequential(",
      "    nn.Linear(3, 4),  # wide",
      "    # the last",
      "    nn.Linear(4, 1),",
      ").to(device)",
    ]);
  });

  test("moves to the model where something stands between", () => {
    const lines = functional(...CHAIN, "print('built')", "model = Model(inputs=x, outputs=out)");
    expect(lines.slice(0, 3)).toEqual(["print('built')", "model = nn.Sequential(", "    nn.Linear(3, 4),"]);
  });

  test("may be called in one expression", () => {
    const lines = functional("x = Input(shape=(3,))", "model = Model(x, Dense(1)(Dense(4)(x)))");
    expect(lines.slice(0, 4)).toEqual([
      "model = nn.Sequential(",
      "    nn.Linear(3, 4),",
      "    nn.Linear(4, 1),",
      ").to(device)",
    ]);
  });

  test("may be returned", () => {
    const lines = functional(
      "def build():",
      ...CHAIN.map((line) => `    ${line}`),
      "    return Model(x, out)",
      "model = build()",
    );
    expect(lines.slice(0, 2)).toEqual(["def build():", "    return nn.Sequential("]);
    expect(lines).toContain("    ).apply(init_weights).to(device)");
  });

  test("may hold models", () => {
    const lines = functional(
      "inner = Sequential([Dense(4, input_dim=3)])",
      "x = Input(shape=(3,))",
      "h = inner(x)",
      "model = Model(x, Dense(1)(h))",
    );
    expect(lines).toContain("    inner,");
  });

  test("leaves out a layer whose tensor goes nowhere", () => {
    const lines = functional(
      "x = Input(shape=(3,))",
      "h = Dense(4)(x)",
      "o = Dense(9)(h)",
      "o = Dense(1)(h)",
      "model = Model(x, o)",
    );
    expect(lines.slice(0, 4)).toEqual([
      "model = nn.Sequential(",
      "    nn.Linear(3, 4),",
      "    nn.Linear(4, 1),",
      ").to(device)",
    ]);
  });

  test("may share its input with another", () => {
    const lines = functional(
      "x = Input(shape=(3,))",
      "code = Dense(2)(x)",
      "encoder = Model(x, code)",
      "z = Input(shape=(2,))",
      "decoder = Model(z, Dense(3)(z))",
      "both = Model(x, decoder(encoder(x)))",
    );
    const at = lines.indexOf("both = nn.Sequential(");
    expect(lines.slice(at, at + 4)).toEqual([
      "both = nn.Sequential(",
      "    encoder,",
      "    decoder,",
      ").to(device)",
    ]);
  });

  test("gives a slice of itself for a model of its first layers", () => {
    const lines = functional(
      ...CHAIN,
      "model = Model(x, out)",
      "part = Model(x, h)",
      "print(part.predict(np.ones((2, 3))))",
    );
    expect(lines).toContain("part = model[:2]");
  });

  test("takes the spellings of Keras 1", () => {
    expect(functional(...CHAIN, "model = Model(input=x, output=out)")[0]).toBe("model = nn.Sequential(");
  });
});

describe("layers that branch", () => {
  const named = (name: string, ...lines: string[]) =>
    helper(script("from keras.models import Model", ...lines), name);

  test("are called in a class, where they were", () => {
    const lines = [
      "inp = Input(shape=(3,))",
      "a = Dense(3)(inp)",
      "x = add([a, inp])",
      "out = Dense(1)(x)",
      "net = Model(inp, out)",
    ];
    expect(named("Net", ...lines)).toEqual([
      "class Net(nn.Module):",
      "    def __init__(self):",
      "        super().__init__()",
      "        self.a = nn.Linear(3, 3)",
      "        self.out = nn.Linear(3, 1)",
      "",
      "    def forward(self, inp):",
      "        a = self.a(inp)",
      "        x = a + inp",
      "        out = self.out(x)",
      "        return out",
    ]);
    expect(functional(...lines)).toEqual(["net = Net().to(device)", "net.apply(init_weights)"]);
  });

  test("an input may meet others more than once", () => {
    const lines = named(
      "Model",
      "x = Input(shape=(3,))",
      "y = add([x, Dense(3)(x)])",
      "model = Model(x, concatenate([x, y]))",
    );
    expect(lines).toContain("        y = x + self.dense(x)");
    expect(lines).toContain("        return torch.cat([x, y], dim=1)");
  });

  test("a layer called twice is one module", () => {
    const lines = named("Model", "x = Input(shape=(3,))", "d = Dense(3)", "model = Model(x, d(d(x)))");
    expect(lines).toContain("        self.d = nn.Linear(3, 3)");
    expect(lines).toContain("        return self.d(self.d(x))");
  });
});

describe("is reported", () => {
  test.each([
    [
      "a layer called twice that adds what it gives to the loss",
      ["x = Input(shape=(3,))", "d = Dense(3, activity_regularizer='l2')", "model = Model(x, d(d(x)))"],
      "called more than once",
    ],
    [
      "a tensor of a branching model that is used elsewhere",
      ["x = Input(shape=(3,))", "y = add([x, Dense(3)(x)])", "print(y)", "model = Model(x, y)"],
      "used elsewhere",
    ],
    [
      "branches of several sizes",
      ["x = Input(shape=(3,))", "model = Model(x, add([Dense(3)(x), Dense(4)(x)]))"],
      "the shape of what this gives is not known",
    ],
    [
      "masked steps in branches",
      [
        "x = Input(shape=(4,))",
        "e = Embedding(9, 3, mask_zero=True)(x)",
        "model = Model(x, concatenate([LSTM(2)(e), LSTM(3)(e)]))",
      ],
      "masked steps in a model that branches",
    ],
    [
      "inputs that one statement makes",
      [
        "a, b = Input(shape=(3,)), Input(shape=(3,))",
        "model = Model([a, b], add([Dense(1)(a), Dense(1)(b)]))",
      ],
      "without a name of its own",
    ],
    [
      "data that are no list for two inputs",
      [
        "a = Input(shape=(3,))",
        "b = Input(shape=(3,))",
        "model = Model([a, b], add([Dense(1)(a), Dense(1)(b)]))",
        "print(model.predict(np.ones((2, 3))))",
      ],
      "not known to be a list of 2 arrays",
    ],
    [
      "models that a loop adds layers to behind others",
      [
        "a = Sequential([Dense(3, input_dim=3)])",
        "b = Sequential([Dense(3, input_dim=3)])",
        "model = Sequential()",
        "model.add(Merge([a, b], mode='sum'))",
        "for units in (3, 4):",
        "    model.add(Dense(3))",
      ],
      "loop or conditional",
    ],
    [
      "a mode of merging that has no translation",
      [
        "a = Sequential([Dense(3, input_dim=3)])",
        "b = Sequential([Dense(3, input_dim=3)])",
        "model = Sequential()",
        "model.add(Merge([a, b], mode='cos'))",
      ],
      "",
    ],
    ["a tensor that is used elsewhere", [...CHAIN, "model = Model(x, out)", "print(h)"], "used elsewhere"],
    [
      "a model of more layers than one before it",
      [...CHAIN, "part = Model(x, h)", "model = Model(x, out)"],
      "shares its weights",
    ],
    [
      "an argument that has changed since",
      [
        "n = 4",
        "x = Input(shape=(3,))",
        "h = Dense(n)(x)",
        "n = 1",
        "h = Dense(n)(h)",
        "model = Model(x, h)",
      ],
      "means something else",
    ],
    [
      "a layer that a conditional adds",
      [
        "x = Input(shape=(3,))",
        "h = Dense(4)(x)",
        "if wide:",
        "    h = Dense(8)(h)",
        "model = Model(x, Dense(1)(h))",
      ],
      "one by one",
    ],
    [
      "a layer called on several shapes",
      ["x = Input(shape=(4, 3))", "d = Dense(3)", "y = d(x)", "model = Model(x, add([d(Flatten()(x)), y]))"],
      "tensors of several shapes",
    ],
  ])("%s", (_, lines, what) => {
    expect(functional(...lines)).toEqual(expect.arrayContaining(reason(what)));
  });
});
