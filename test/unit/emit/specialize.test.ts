/** Each folding rule on a tiny helper. */
import { expect, test } from "vitest";
import { loadLibrary } from "../../../src/emit/library.ts";
import { Specializer } from "../../../src/emit/specialize.ts";
import { parser } from "../support.ts";

interface Options {
  switches?: Record<string, boolean>;
  /** Parameters that the script's calls pass. */
  passed?: string[];
  without?: string[];
  root?: string;
}

/** A library is kept for its parser: a wrapper of its own for each source. */
function specialize(source: readonly string[], options: Options = {}): Map<string, string> {
  const own = { backend: parser.backend, parse: (text: string) => parser.parse(text) };
  const { helpers } = loadLibrary(own, [`${source.join("\n")}\n`]);
  const [first] = helpers.keys();
  const root = options.root ?? first ?? "";
  const made = new Specializer(
    helpers,
    new Map(Object.entries(options.switches ?? {})),
    new Map([[root, new Set(options.passed ?? [])]]),
    new Set(options.without ?? []),
  );
  return new Map([...made.render([root])].map(([name, { text }]) => [name, text]));
}

const f = (...body: string[]) => ["def f(x, a=None, b=False, n=0):", ...body.map((line) => `    ${line}`)];

test.for<[rule: string, body: string[], options: Options, expected: string[]]>([
  [
    "a switch that is on keeps its branch",
    ["if ON:", "    x = 1", "else:", "    x = 2", "return x"],
    { switches: { ON: true } },
    ["x = 1", "return x"],
  ],
  [
    "parentheses around what is left of `or` go, those around all of it stay",
    ["return (x or ON) and (x or n)"],
    { switches: { ON: false }, passed: ["n"] },
    ["return x and (x or n)"],
  ],
  [
    "parentheses that hold the lines of a condition together stay",
    ["if (", "    ON or (x and", "    n)", "):", "    x = 1", "return x"],
    { switches: { ON: false }, passed: ["n"] },
    ["if (x and", "    n):", "    x = 1", "return x"],
  ],
  [
    "a switch that is off drops it",
    ["if ON:", "    x = 1", "return x"],
    { switches: { ON: false } },
    ["return x"],
  ],
  [
    "`not` of a switch",
    ["if not ON:", "    x = 1", "return x"],
    { switches: { ON: false } },
    ["x = 1", "return x"],
  ],
  ["a default that nothing passes folds", ["if a is not None:", "    x = a", "return x"], {}, ["return x"]],
  ["`is None` of such a default", ["if a is None:", "    x = 3", "return x"], {}, ["x = 3", "return x"]],
  [
    "a passed parameter stays",
    ["if a is not None:", "    x = a", "return x"],
    { passed: ["a"] },
    ["if a is not None:", "    x = a", "return x"],
  ],
  [
    "an elif that is known to fail goes",
    ["if x:", "    return 1", "elif b:", "    return 2", "else:", "    return 3"],
    {},
    ["if x:", "    return 1", "else:", "    return 3"],
  ],
  [
    "an elif that is known to hold is an else",
    ["if x:", "    return 1", "elif ON:", "    return 2", "else:", "    return 3"],
    { switches: { ON: true } },
    ["if x:", "    return 1", "else:", "    return 2"],
  ],
  [
    "an elif after a branch that fails is an if",
    ["if b:", "    return 1", "elif x:", "    return 2", "else:", "    return 3"],
    {},
    ["if x:", "    return 2", "else:", "    return 3"],
  ],
  [
    "an empty branch turns the test around",
    ["if x:", "    if b:", "        x = 1", "else:", "    x = 2", "return x"],
    {},
    ["if not x:", "    x = 2", "return x"],
  ],
  ["a chosen value", ["return 1 if b else x"], {}, ["return x"]],
  ["a chosen value in parentheses", ["return (1 if b else x) + 2"], {}, ["return x + 2"]],
  ["`and` and `or`", ["return (x and not b) or b"], {}, ["return x"]],
  ["adding nothing", ["return x + n - n"], {}, ["return x"]],
  ["a loop over nothing goes", ["for y in ():", "    x += y", "return x"], {}, ["return x"]],
  [
    "a loop with nothing in it goes",
    ["for y in x:", "    if b:", "        x += y", "return x"],
    {},
    ["return x"],
  ],
  [
    "a counter that nothing reads goes",
    ["for i, y in enumerate(x):", "    if b:", "        print(i)", "    print(y)"],
    {},
    ["for y in x:", "    print(y)"],
  ],
  [
    "a counter that is read stays",
    ["for i, y in enumerate(x):", "    print(i, y)"],
    {},
    ["for i, y in enumerate(x):", "    print(i, y)"],
  ],
  [
    "a block of `with` is folded",
    ["with x as y:", "    if b:", "        y = 1", "    return y"],
    {},
    ["with x as y:", "    return y"],
  ],
  [
    "blank lines stay between what stays",
    ["x = 1", "", "if b:", "    x = 2", "", "return x"],
    {},
    ["x = 1", "", "return x"],
  ],
])("%s", ([, body, options, expected]) => {
  const text = specialize(f(...body), options).get("f") ?? "";
  const [, ...lines] = text.split("\n").map((line) => line.replace(/^ {4}/, ""));
  expect(lines).toEqual(expected);
});

test("parameters that nothing reads any more go, with the arguments for them", () => {
  const made = specialize(
    [
      "def g(x, flag=False, scale=1.0):",
      "    if flag:",
      "        return x",
      "    return x * scale",
      "",
      "",
      "def f(x, flag=False):",
      "    return g(x, flag=flag, scale=2.0)",
    ],
    { root: "f" },
  );
  expect(made.get("f")).toBe("def f(x):\n    return g(x, scale=2.0)");
  expect(made.get("g")).toBe("def g(x, scale=1.0):\n    return x * scale");
});

test("arguments after one that is left out keep to their parameters", () => {
  const made = specialize(
    [
      "def f(x, n=None, b=False):",
      "    return g(x, n, b)",
      "",
      "",
      "def g(x, n=None, b=False):",
      "    return x if b else x[:n]",
      "",
      "",
      "def h(x, n):",
      "    return f(x, b=True) + g(x, n)",
    ],
    { root: "h", passed: ["x", "n"] },
  );
  expect(made.get("f")).toBe("def f(x, b=False):\n    return g(x, b=b)");
});

test("what the script passes stays a parameter, read or not", () => {
  expect(specialize(f("return x"), { passed: ["x", "b"] }).get("f")).toBe("def f(x, b=False):\n    return x");
});

test("helpers that nothing reaches are left out", () => {
  const source = [...f("if ON:", "    return g(x)", "return x"), "", "", "def g(x):", "    return x"];
  expect([...specialize(source, { switches: { ON: false } }).keys()]).toEqual(["f"]);
  expect([...specialize(source, { switches: { ON: true } }).keys()]).toEqual(["f", "g"]);
});

const CLASS = [
  "class C(Base):",
  "    def __init__(self, n, wide=False, rate=0.5):",
  "        super().__init__()",
  "        self.n = n",
  "        self.wide = wide",
  "        self.rate = rate",
  "",
  "    def forward(self, x):",
  "        if self.wide:",
  "            x = x + 1",
  "        return x * self.rate",
];

test("attributes that are always one constant are written as it", () => {
  expect(
    specialize(CLASS, { passed: ["n"] })
      .get("C")
      ?.split("\n"),
  ).toEqual([
    "class C(Base):",
    "    def __init__(self, n):",
    "        super().__init__()",
    "        self.n = n",
    "",
    "    def forward(self, x):",
    "        return x * 0.5",
  ]);
});

test("a base that is left out", () => {
  expect(
    specialize(CLASS, { passed: ["n"], without: ["Base"] })
      .get("C")
      ?.split("\n")[0],
  ).toBe("class C:");
});
