/** Names that come by `from module import *`. */
import { describe, expect, test } from "vitest";
import { named, reports } from "../support.ts";

const STARS = [
  "from keras.models import *",
  "from keras.callbacks import *",
  "from keras.optimizers import *",
];

describe("a name that nothing else binds", () => {
  test.for([
    ["a = Adam", "keras.optimizers.Adam"],
    ["a = Callback", "keras.callbacks.Callback"],
    ["a = sorted", "builtins.sorted"],
    ["a = __file__", "builtins.__file__"],
    ["a = BackupAndRestore", "keras.optimizers.BackupAndRestore"],
  ] as const)("%s is %s", ([line, path]) => {
    expect(named([...STARS, line], "a")).toBe(path);
  });

  test("may be of another module that brings all of its names", () => {
    expect(named(["from helpers import *", ...STARS, "a = config"], "a")).toBe("builtins.config");
  });

  test("is reported where no table has it", () => {
    expect(reports([...STARS, "backup = BackupAndRestore('dir')"])).toEqual([
      expect.stringContaining("`BackupAndRestore` is not supported"),
    ]);
  });
});
