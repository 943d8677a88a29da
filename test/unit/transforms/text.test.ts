/** What stays of a file, byte for byte, and what is said about files that are left alone. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { converted, own, parser, reports, script, text } from "../support.ts";

const MODEL = "model = Sequential([Dense(1, input_dim=4)])";

describe("a file stays as it is", () => {
  test.for<[string, string, string]>([
    ["without Keras", "import numpy\n", "unrelated"],
    ["with Keras in a comment only", "# keras\nx = 1\n", "unrelated"],
    ["with Keras in a string only", "x = 'import keras'\n", "unrelated"],
    ["with a module of its own of that name", "from .keras import x\nfrom my.keras import y\n", "unrelated"],
    ["with a syntax error", "import keras\nx = (1\n", "invalid"],
    ["of Python 2", "import keras\nprint 'x'\n", "invalid"],
    ["with what is not supported", "import keras\nkeras.foo()\n", "unsupported"],
  ])("%s", ([, source, verdict]) => {
    expect(converted(source)).toMatchObject({ verdict, output: null });
  });

  test("a syntax error has its place", () => {
    expect(reports("import keras\nx = (1\n")[0]).toMatch(/^2:/);
  });

  test("Python 2 is named", () => {
    expect(reports("import keras\nprint 'x'\n")[0]).toMatch(/^2:1 this is Python 2/);
  });
});

describe("lines that have nothing to do with Keras", () => {
  const KEPT = [
    "# keras, and Sequential, in a comment",
    "a = 'Sequential()'   # ünï — 日本 🎈",
    "b = [1,2 , 3 ]",
    "def f( x ):",
    "\treturn x",
    "c = '''",
    "  model.add(Dense(1))",
    "'''",
  ];

  test.for<[ending: string, last: string]>([
    ["\n", "\n"],
    ["\r\n", "\r\n"],
    ["\n", ""],
  ])("stay with the line end %j and the end %j", ([ending, last]) => {
    const source = script(...KEPT.slice(0, 4), ...KEPT.slice(4), MODEL, "print('Ende')").join(ending) + last;
    const { output } = converted(source);
    expect(output).toContain(KEPT.join(ending));
    expect(output?.endsWith(`print('Ende')${last}`)).toBe(true);
    expect(output?.replaceAll(ending, "")).not.toMatch(/[\r\n]/);
  });
});

test("names that the script has are not taken", () => {
  const lines = own(
    script(
      "fit = evaluate = device = loss_fn = 1",
      MODEL,
      "model.compile('sgd', 'mse')",
      "fit = model.fit(np.zeros((3, 4)), np.zeros(3))",
    ),
  );
  expect(lines).toEqual([
    "fit = evaluate = device = loss_fn = 1",
    "model = nn.Sequential(nn.Linear(4, 1)).to(torch_device)",
    "model.apply(init_weights)",
    "torch_loss_fn = nn.MSELoss()",
    "optimizer = torch.optim.SGD(model.parameters(), lr=0.01)",
    "fit = torch_fit(model, torch_loss_fn, optimizer, np.zeros((3, 4)), np.zeros(3))",
  ]);
});

describe("conditionals on the order of the channels keep the branch that holds", () => {
  test.for<[string, string[]]>([
    ["if K.image_data_format() == 'channels_first':", ["a = 1", "b = 2", "c = 3"]],
    ["if K.image_data_format() == 'channels_last':", ["c = 3"]],
  ])("%s", ([test_]) => {
    const lines = own(
      script(test_, "    shape = (1, 8, 8)", "else:", "    shape = (8, 8, 1)", "print(shape)"),
    );
    const last = test_.includes("last");
    expect(lines).toEqual([last ? "shape = (1, 8, 8)" : "shape = (8, 8, 1)", "print(shape)"]);
  });
});

/** Statements that people write, in any order: a conversion never throws, and what it writes is Python. */
const STATEMENTS = [
  "model = Sequential()",
  "model = Sequential(name='m')",
  "model.add(Dense(8, activation='relu', input_dim=4))",
  "model.add(Dense(units=n))  # n",
  "model.add(Conv2D(4, (3, 3), padding='same', input_shape=(8, 8, 1)))",
  "model.add(Flatten()); model.add(Dropout(0.5))",
  "model.add(LSTM(4, return_sequences=True))",
  "model.add(Embedding(100, 8, input_length=5))",
  "model.add(Dense(3, activation='softmax'))",
  "model.add(layer)",
  "other = Sequential([Dense(3, input_shape=(4,)), model])",
  "model.compile(loss='categorical_crossentropy', optimizer=opt, metrics=['accuracy'])",
  "model.compile('adam', 'mse')",
  "opt = optimizers.Adam(lr=rate)",
  "rate = 0.1",
  "n = n * 2",
  "n = 4",
  "layer = Dense(4)",
  "x = np.zeros((9, 4)); y = np.zeros((9, 3))",
  "history = model.fit(x, y, epochs=2, validation_split=0.1)",
  "history = model.fit(x, y, callbacks=[callbacks.EarlyStopping()])",
  "print(history.history['loss'])",
  "loss, acc = model.evaluate(x, y)",
  "print(model.predict(x)[0], model.predict_classes(x))",
  "model.summary()",
  "model = build(n)",
  "K.clear_session()",
  "del model",
];
const BLOCKS = [
  "for i in range(n):",
  "if n > 3:",
  "def build(n):",
  "while x:",
  "with open('f') as f:",
  "class A:",
  "try:",
];

test("no order of statements makes it throw, or write what is not Python", () => {
  const statement = fc.record({
    line: fc.constantFrom(...STATEMENTS),
    block: fc.option(fc.constantFrom(...BLOCKS), { freq: 5 }),
  });
  const verdicts = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 14 }), (statements) => {
      const lines = statements.flatMap(({ line, block }) =>
        block === null
          ? [line]
          : [block, `    ${line}`, ...(block === "try:" ? ["except ValueError:", "    pass"] : [])],
      );
      const source = script(...lines);
      const { verdict, output, diagnostics } = converted(source);
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      expect(
        diagnostics.filter(({ rule }) => rule === "self-check").map(({ message }) => message),
        text(source),
      ).toEqual([]);
      if (output !== null) expect(parser.parse(output).problems, output).toEqual([]);
    }),
    { numRuns: 200 },
  );
  expect([...verdicts.keys()].sort()).toEqual(["converted", "unsupported"]);
});
