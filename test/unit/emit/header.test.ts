/** Where the imports and the helpers go. */
import { expect, test } from "vitest";
import { converted } from "../support.ts";

const MODEL = ["m = Sequential([Dense(1, input_shape=(4,))])"];
const KERAS = ["from keras.models import Sequential", "from keras.layers import Dense"];

/** The output with each helper as one line. */
function outline(lines: readonly string[]): string[] {
  const { output, diagnostics } = converted(lines);
  if (output === null) return diagnostics.map(({ message }) => message);
  return output
    .split(/\r?\n/)
    .filter((line) => line !== "" && !/^ {4}|^@/.test(line))
    .map((line) => line.replace(/^(def \w+).*/, "$1").replace(/ = .*/, " ="));
}

const DEVICE = ["device =", "def init_weights"];
const BUILT = ["m =", "m.apply(init_weights)"];
const TORCH = ["import torch", "from torch import nn"];

test.for<[string, string[], string[]]>([
  [
    "in the place of the Keras imports",
    ["import os", ...KERAS, "import sys", ...MODEL],
    ["import os", ...TORCH, "import sys", ...DEVICE, ...BUILT],
  ],
  ["after the docstring", ['"""Doc."""', ...KERAS, ...MODEL], ['"""Doc."""', ...TORCH, ...DEVICE, ...BUILT]],
  [
    "after imports from the future",
    ["from __future__ import annotations", ...KERAS, ...MODEL],
    ["from __future__ import annotations", ...TORCH, ...DEVICE, ...BUILT],
  ],
  [
    "after a comment",
    ["#!/usr/bin/env python", ...KERAS, ...MODEL],
    ["#!/usr/bin/env python", ...TORCH, ...DEVICE, ...BUILT],
  ],
  [
    "before the code between two blocks of imports",
    ["import os", KERAS[0] as string, "x = 1", KERAS[1] as string, ...MODEL],
    ["import os", ...TORCH, ...DEVICE, "x =", ...BUILT],
  ],
  [
    "in the place of a conditional import",
    [
      "import os",
      "try:",
      ...KERAS.map((line) => `    ${line}`),
      "except ImportError:",
      "    from tensorflow.keras.models import Sequential",
      "    from tensorflow.keras.layers import Dense",
      ...MODEL,
    ],
    ["import os", ...TORCH, ...DEVICE, ...BUILT],
  ],
  [
    "beside PyTorch's own",
    ["import torch", ...KERAS, ...MODEL],
    ["import torch", "from torch import nn", ...DEVICE, ...BUILT],
  ],
  [
    "at the top where functions import Keras",
    [
      "import os",
      "def f():",
      ...KERAS.map((line) => `    ${line}`),
      "    return Sequential([Dense(1, input_shape=(4,))])",
    ],
    [...TORCH, "import os", ...DEVICE, "def f"],
  ],
])("%s", ([, lines, expected]) => {
  expect(outline(lines)).toEqual(expected);
});

test("a script keeps its line ends, and the one that it lacks at its end", () => {
  const { output } = converted([...KERAS, ...MODEL].join("\r\n"));
  expect(output?.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  expect(output?.endsWith("m.apply(init_weights)")).toBe(true);
});

test("an import of PyTorch that the script has for nothing stays", () => {
  expect(converted(["import torch", "import keras", "print(1)"]).output).toBe("import torch\nprint(1)\n");
});

test("imports that nothing else needs just go", () => {
  expect(converted(["import keras", "import numpy as np", "print(np.pi)"]).output).toBe(
    "import numpy as np\nprint(np.pi)\n",
  );
});
