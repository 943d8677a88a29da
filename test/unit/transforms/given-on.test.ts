/** Files that import names of Keras for others. */
import { expect, test } from "vitest";
import { converted, reports } from "../support.ts";

const given = (what: string) => `this file gives ${what} to files that import it, which are not followed`;

test.each([
  [["from keras.layers import Dense"], "1:1", "`Dense`"],
  [
    ['"""Layers."""', "import numpy as np", "from keras.layers import *", "__version__ = '1'"],
    "3:1",
    "what Keras has here",
  ],
  [["from keras.layers import Dense as Dense", "x = 1", "print(x)"], "1:1", "`Dense`"],
  [["from tensorflow import keras", "__all__ = ['keras']", "print(1)"], "1:1", "`keras`"],
])("are reported: %j", (lines, place, what) => {
  expect(reports(lines)).toEqual([`${place} ${given(what)}`]);
});

test("an import that nothing needs just goes", () => {
  const lines = ["from keras.layers import Dense", "from keras import backend", "x = 1", "print(x)"];
  expect(converted(lines).output).toBe("x = 1\nprint(x)\n");
});
