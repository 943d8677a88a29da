/** Models that are built in loops, conditionals and functions: what holds on every path. */
import { describe, expect, test } from "vitest";
import { helper, own, script } from "../support.ts";

const DENSE = "model.add(Dense(10, input_dim=20))";
const UNKNOWN_ARGS = (what: string) => expect.stringContaining(what);

describe("layers added in loops", () => {
  test("are written once, and take sizes that change from round to round from the data", () => {
    expect(
      own(
        script(
          "model = Sequential()",
          DENSE,
          "for n in [64, 32]:",
          "    model.add(Dense(n, activation='relu'))",
          "model.add(Dense(1))",
        ),
      ),
    ).toEqual([
      "model = nn.Sequential()",
      "model.append(nn.Linear(20, 10))",
      "for n in [64, 32]:",
      "    model.extend([nn.LazyLinear(n), nn.ReLU()])",
      "model.append(nn.LazyLinear(1))",
      "model.to(device)",
      "with torch.no_grad():",
      "    model.eval()(torch.zeros(1, 20, device=device))",
      "model.apply(init_weights)",
    ]);
  });

  test("keep sizes that do not change", () => {
    expect(
      own(
        script(
          "model = Sequential()",
          DENSE,
          "for _ in range(3):",
          "    model.add(Dense(10))",
          "model.add(Dense(1))",
        ),
      ),
    ).toEqual([
      "model = nn.Sequential()",
      "model.append(nn.Linear(20, 10))",
      "for _ in range(3):",
      "    model.append(nn.Linear(10, 10))",
      "model.append(nn.Linear(10, 1))",
      "model.to(device)",
      "model.apply(init_weights)",
    ]);
  });
});

describe("layers added in conditionals", () => {
  test("each branch gets what stood before the conditional", () => {
    expect(
      own(
        script(
          "import sys",
          "model = Sequential()",
          DENSE,
          "if len(sys.argv) > 1:",
          "    model.add(Dense(50))",
          "else:",
          "    model.add(Dense(60))",
          "model.add(Dense(1))",
        ),
      ).slice(1, 7),
    ).toEqual([
      "model.append(nn.Linear(20, 10))",
      "if len(sys.argv) > 1:",
      "    model.append(nn.Linear(10, 50))",
      "else:",
      "    model.append(nn.Linear(10, 60))",
      "model.append(nn.LazyLinear(1))",
    ]);
  });

  test("a branch that is never taken changes nothing", () => {
    expect(
      own(
        script(
          "deep = False",
          "model = Sequential()",
          DENSE,
          "if deep:",
          "    model.add(Dense(50))",
          "model.add(Dense(1))",
        ),
      ),
    ).toContain("model.append(nn.Linear(10, 1))");
  });

  test("a last activation that only one path adds stays", () => {
    expect(
      own(
        script(
          "import sys",
          "model = Sequential()",
          DENSE,
          "if len(sys.argv) > 1:",
          "    model.add(Activation('softmax'))",
          "model.compile('sgd', 'categorical_crossentropy')",
        ),
      ),
    ).toEqual([UNKNOWN_ARGS("last activation is not known")]);
  });
});

test.for([
  [
    "a loss",
    "def build(loss='mse'):",
    "model.add(Dense(1, input_dim=4))",
    "model.compile('sgd', loss)",
    "'mae'",
    "what loss this is",
  ],
])(
  "%s that differs from call to call is reported",
  ([, head = "", add = "", compile = "", other = "", message = ""]) => {
    const lines = script(
      head,
      "    model = Sequential()",
      `    ${add}`,
      `    ${compile}`,
      "    return model",
      "build()",
      `build(${other})`,
    );
    expect(own(lines)).toEqual([UNKNOWN_ARGS(message)]);
  },
);

test("strings that a builder takes become what they name", () => {
  const text = own(
    script(
      "def build(act='relu', opt='adam', init='normal'):",
      "    model = Sequential()",
      "    model.add(Dense(1, input_dim=4, activation=act, kernel_initializer=init))",
      "    model.compile(opt, 'mse')",
      "    return model",
      "build()",
      "build('tanh', 'sgd', 'he_normal')",
    ),
  ).join("\n");
  expect(text).toContain('{"relu": nn.ReLU(), "tanh": nn.Tanh()}[act]');
  expect(text).toContain('"sgd": torch.optim.SGD(model.parameters(), lr=0.01),\n    }[opt]');
  expect(text).toContain("initialize(model[0].weight, init)");
});

test("a string that is bound again inside the builder is reported", () => {
  const lines = script(
    "def build(act):",
    "    act = act or 'relu'",
    "    model = Sequential()",
    "    model.add(Dense(1, input_dim=4, activation=act))",
    "    return model",
    "build('tanh')",
    "build('selu')",
  );
  expect(own(lines)).toEqual([UNKNOWN_ARGS("what activation this is")]);
});

test("a model that is returned before all its layers are added is reported", () => {
  expect(
    own(
      script(
        "def build(small):",
        "    model = Sequential()",
        "    model.add(Dense(10, input_dim=4))",
        "    if small:",
        "        return model",
        "    model.add(Dense(1))",
        "    return model",
        "build(True)",
      ),
    ),
  ).toEqual([UNKNOWN_ARGS("before all its layers are added")]);
});

test("a last layer that another function adds is reported", () => {
  expect(
    own(script("def head(model):", "    model.add(Dense(1))", "model = Sequential()", DENSE, "head(model)")),
  ).toEqual([UNKNOWN_ARGS("outside the block that makes the model")]);
});

test("a training call that differs from path to path is reported", () => {
  const lines = script(
    "if input():",
    "    m = Sequential([Dense(1, input_dim=4)])",
    "    m.compile('sgd', 'mse', metrics=['mae'])",
    "else:",
    "    m = Sequential([Dense(2, input_dim=4), Dense(1)])",
    "    m.compile('sgd', 'mse')",
    "m.fit(np.zeros((5, 4)), np.zeros((5, 1)))",
  );
  expect(own(lines)).toEqual([UNKNOWN_ARGS("depends on the path taken here")]);
});

test("a parameter does not stand for a name that it hides", () => {
  const lines = script(
    "n = np.load('x.npy').shape[1]",
    "model = Sequential()",
    "model.add(Dense(n, input_dim=4))",
    "def more(model, n):",
    "    model.add(Dense(n))",
    "more(model, 3)",
    "model.add(Dense(1))",
  );
  expect(own(lines)).toContain("    model.append(nn.LazyLinear(n))");
});

test("models of a loop that are trained after it carry their optimizers", () => {
  const lines = script(
    "made = []",
    "for _ in range(3):",
    "    m = Sequential([Dense(1, input_dim=4)])",
    "    m.compile('sgd', 'mse')",
    "    made.append(m)",
    "for m in made:",
    "    m.fit(np.zeros((5, 4)), np.zeros((5, 1)))",
  );
  expect(own(lines)).toContain("    fit(m, m.loss_fn, m.optimizer, np.zeros((5, 4)), np.zeros((5, 1)))");
});

test("a model that is made anew in each round keeps plain variables", () => {
  const lines = script(
    "for _ in range(3):",
    "    m = Sequential([Dense(1, input_dim=4)])",
    "    m.compile('sgd', 'mse')",
    "    m.fit(np.zeros((5, 4)), np.zeros((5, 1)))",
  );
  expect(own(lines)).toContain("    fit(m, loss_fn, optimizer, np.zeros((5, 4)), np.zeros((5, 1)))");
});

test.for([
  ["sizes[2] = 3", "nn.Conv2d(3, 8, 3)"],
  ["sizes[-1] = 3", "nn.Conv2d(3, 8, 3)"],
])("a list changed by `%s` is known as it is then", ([change = "", module = ""]) => {
  const lines = script(
    "sizes = [28, 28, 1]",
    change,
    "model = Sequential([Conv2D(8, 3, input_shape=sizes)])",
  );
  expect(own(lines).join("\n")).toContain(module);
});

describe("values that are changed in place are known no longer, or as they are then", () => {
  test.for<[string, string[], string, string]>([
    ["a dict's entry", ["c = {'act': 'relu'}", "c['act'] = 'tanh'"], "c['act']", "nn.Tanh()"],
    [
      "a dict's entry on one path",
      ["c = {'act': 'relu'}", "if K:", "    pass", "for _ in range(2):", "    c['act'] = 'tanh'"],
      "c['act']",
      "what activation this is",
    ],
    [
      "a dict that is updated",
      ["c = {'act': 'relu'}", "c.update(act='tanh')"],
      "c['act']",
      "what activation this is",
    ],
    ["a class's attribute", ["class C:", "    act = 'relu'", "C.act = 'tanh'"], "C.act", "nn.Tanh()"],
    [
      "an object's attribute on one path",
      ["class C:", "    act = 'relu'", "c = C()", "while input():", "    c.act = 'tanh'"],
      "c.act",
      "what activation this is",
    ],
    [
      "an attribute that another object sets too",
      [
        "class C:",
        "    def __init__(self, act):",
        "        self.act = act",
        "a = C('relu')",
        "b = C('tanh')",
      ],
      "a.act",
      "what activation this is",
    ],
  ])("%s", ([, lines, act, expected]) => {
    const made = script(...lines, `model = Sequential([Dense(3, input_dim=4, activation=${act}), Dense(1)])`);
    expect(own(made).join("\n")).toContain(expected);
  });
});

describe("an optimizer that is made before its model", () => {
  const MODEL = "model = Sequential([Dense(1, input_dim=4)])";
  const COMPILE = "model.compile(opt, 'mse')";

  test.for<[string, string[], string]>([
    [
      "whose rate a loop binds again",
      ["rate = 0.1", "opt = optimizers.SGD(rate)", "for rate in [1, 2]:", "    pass", MODEL, COMPILE],
      "`rate` changes",
    ],
    [
      "whose rate is unpacked to",
      ["rate = 0.1", "opt = optimizers.SGD(rate)", "rate, x = 1, 2", MODEL, COMPILE],
      "`rate` changes",
    ],
    [
      "whose rate a parameter hides",
      ["rate = 0.1", "opt = optimizers.SGD(rate)", "def f(rate):", `    ${MODEL}`, `    ${COMPILE}`, "f(3)"],
      "`rate` changes",
    ],
    [
      "that is read before `compile`",
      ["opt = optimizers.SGD(0.1)", "print(opt)", MODEL, COMPILE],
      "reading `opt` outside of `compile`",
    ],
    [
      "whose rate another function calls its own",
      ["rate = 0.1", "opt = optimizers.SGD(rate)", "def f(rate):", "    rate = rate + 1", MODEL, COMPILE],
      "lr=rate",
    ],
    [
      "that a loop makes anew",
      ["for rate in [1, 2]:", "    opt = optimizers.SGD(rate)", `    ${MODEL}`, `    ${COMPILE}`],
      "lr=rate",
    ],
  ])("%s", ([, lines, expected]) => {
    expect(own(script(...lines)).join("\n")).toContain(expected);
  });
});

test("what a loop's name says of a size holds in each of its rounds", () => {
  const lines = script(
    "model = Sequential()",
    DENSE,
    "for n in [64, 32, 16]:",
    "    model.add(Dense(n))",
    "    model.add(BatchNormalization())",
    "    n = n // 2",
    "    model.add(Dense(1))",
    "model.add(Dense(1))",
  );
  expect(own(lines).slice(2, 7)).toEqual([
    "for n in [64, 32, 16]:",
    "    model.append(nn.LazyLinear(n))",
    "    model.append(BatchNorm1d(n, eps=1e-3, momentum=0.01))",
    "    n = n // 2",
    "    model.append(nn.LazyLinear(1))",
  ]);
});

test.for<[string, string[], string]>([
  ["an attribute", ["options.n = options.n // 2", "model.add(Dense(options.n))"], "nn.LazyLinear(options.n)"],
  ["an attribute that is another one's", ["options.k = 3", "model.add(Dense(7))"], "nn.Linear(options.n, 7)"],
])("a size is written by %s only while it is the same", ([, lines, layer]) => {
  const output = own(
    script(
      "options = load_options()",
      "model = Sequential()",
      "model.add(Dense(options.n, input_dim=4))",
      ...lines,
    ),
  );
  expect(output.join("\n")).toContain(layer);
});

test.for<[string, string]>([
  ["sizes[0] = 3", "nn.LazyLinear(1)"],
  ["sizes.pop(0)", "nn.LazyLinear(1)"],
  ["other.pop(0)", "nn.Linear(sizes[0], 1)"],
])("after `%s` an element is another one", ([change, layer]) => {
  const before = ["sizes, other = load_sizes()", "model = Sequential()"];
  const output = own(
    script(...before, "model.add(Dense(sizes[0], input_dim=4))", change, "model.add(Dense(1))"),
  );
  expect(output.join("\n")).toContain(layer);
});

test("an object of a library has what the script has set on it", () => {
  const lines = script(
    "from sklearn.datasets import load_iris",
    "from keras.utils import to_categorical",
    "iris = load_iris()",
    "iris.target = to_categorical(iris.target)",
    "model = Sequential()",
    "model.add(Dense(3, input_dim=4, activation='softmax'))",
    "model.compile('sgd', 'categorical_crossentropy', metrics=['accuracy'])",
    "model.fit(iris.data, iris.target)",
  );
  expect(own(lines)).toContain('metrics = {"accuracy": categorical_accuracy}');
});

test.for<[string, string, string]>([
  ["of arrays, an array", "sum(rows)", "reshape(len(y), 1)"],
  ["of numbers, a number", "sum(len(row) for row in rows)", "reshape(-1, 1)"],
])("a sum is, %s", ([, sum, shape]) => {
  const lines = script(
    "rows = [load() for _ in range(3)]",
    `y = np.array([${sum} for _ in range(8)])`,
    "model = Sequential()",
    "model.add(Dense(1, input_dim=4))",
    "model.compile('sgd', 'mse')",
    "model.fit(np.zeros((8, 4)), y)",
  );
  expect(helper(lines, "to_targets").join("\n")).toContain(shape);
});
