import { expect, test } from "vitest";
import { checkOutput } from "../../../src/emit/check.ts";
import { lineBreak, lineEnd, lineStart, nextLine, standsAlone, wholeLines } from "../../../src/emit/lines.ts";
import { registry } from "../../../transforms/registry.ts";
import { parser, text } from "../support.ts";

const check = (lines: readonly string[], removed: readonly string[] = []) =>
  checkOutput(parser, text(lines), new Set(removed), registry, true)?.message;

test.for<[string, string[], string | undefined]>([
  ["nothing wrong", ["import torch", "x = torch.zeros(3)"], undefined],
  ["no Python", ["x = 1", "y = (2"], "line 2 of the output does not parse"],
  ["Keras imported", ["import keras"], "the output still has `import keras`"],
  ["Keras imported in a function", ["def f():", "    from tensorflow.keras import layers"], "still has"],
  ["a removed name read", ["x = 1", "print(Dense)"], "line 2 of the output reads `Dense`, which is gone"],
  ["a removed name that the script binds too", ["for Dense in [1]:", "    print(Dense)"], undefined],
  ["a removed name as an attribute", ["x = mine.Dense"], undefined],
  ["a removed name in a string", ["x = 'Dense'  # Dense"], undefined],
  ["an import that nothing reads", ["from torch import nn", "x = 1"], "imports `nn`, which nothing reads"],
  [
    "a module whose name the script takes",
    ["import torch.nn.functional as F", "F = 5", "x = F.relu"],
    "line 3 of the output reads `F.relu`",
  ],
  [
    "a module whose name the script takes later",
    ["from torch import nn", "x = nn.ReLU()", "nn = 5"],
    undefined,
  ],
  [
    "a model that takes the name of a module",
    ["from torch import nn", "nn = nn.ReLU()", "nn.train()"],
    undefined,
  ],
  [
    "a module whose name a function takes",
    ["from torch import nn", "def f(x):", "    y = nn.ReLU()", "    for nn in y:", "        print(nn)"],
    "line 3 of the output reads `nn.ReLU`",
  ],
  [
    "a module whose name a parameter takes",
    ["import copy", "def f(copy):", "    def g():", "        return copy.deepcopy(1)", "    return g"],
    "line 4 of the output reads `copy.deepcopy`",
  ],
  [
    "a module whose name another function takes, or a comprehension",
    ["from torch import nn", "def f(nn):", "    return nn", "x = [nn for nn in y]", "z = nn.ReLU()"],
    undefined,
  ],
  [
    "a model that took the name of a module",
    ["from torch import nn", "nn = nn.ReLU()", "x = nn.MSELoss()"],
    "reads `nn.MSELoss`",
  ],
])("%s", ([, lines, message]) => {
  const found = check(lines, ["Dense"]);
  if (message === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(message);
});

test.for([
  ["ab\ncd\n", "\n", [3, 5, 6]],
  ["ab\r\ncd\r\n", "\r\n", [4, 6, 8]],
  ["ab\ncd", "\n", [3, 5, 5]],
] as const)("lines of %j", ([source, ending, [start, end, next]]) => {
  const at = source.indexOf("d");
  expect(lineBreak(source)).toBe(ending);
  expect([lineStart(source, at), lineEnd(source, at), nextLine(source, at)]).toEqual([start, end, next]);
  expect(wholeLines(source, { start: at, end: at + 1 })).toEqual({ start, end: next });
});

test.for([
  ["  x = 1\n", true],
  ["x = 1  # why\n", true],
  ["x = 1; y = 2\n", false],
  ["if a: x = 1\n", false],
] as const)("%j has its line to itself: %s", ([source, alone]) => {
  const start = source.indexOf("x");
  expect(standsAlone(source, { start, end: start + 5 })).toBe(alone);
});
