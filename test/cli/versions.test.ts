/** Which Keras a file is written for: the option, and what its repository requires. */
import { expect, test } from "vitest";
import { Folder } from "./support.ts";

const LSTM = `from keras.models import Sequential
from keras.layers import LSTM

model = Sequential([LSTM(4, input_shape=(5, 3))])
`;
const isOld = (text: string) => text.includes("recurrent_activation=hard_sigmoid");

test("--keras-version gives older defaults", () => {
  const folder = new Folder({ "a.py": LSTM });
  expect(isOld(folder.convert(["a.py"]).stdout)).toBe(false);
  expect(isOld(folder.convert(["--keras-version", "2.2", "a.py"]).stdout)).toBe(true);
});

test("a version that is none", () => {
  const { status, stderr } = new Folder({ "a.py": LSTM }).convert(["--keras-version", "two", "a.py"]);
  expect(stderr).toContain("Give it as 1, 2, 3 or with a minor version, such as 2.2.");
  expect(status).toBe(2);
});

test("requirements are looked for up to the root of the repository", () => {
  const files = { ".git/HEAD": "", "requirements.txt": "numpy\nkeras==2.2.4\n", "models/deep/a.py": LSTM };
  expect(isOld(new Folder(files).convert(["models/deep/a.py"]).stdout)).toBe(true);
});

test("the nearest requirements count", () => {
  const files = {
    ".git/HEAD": "",
    "requirements.txt": "keras==2.2.4\n",
    "models/environment.yml": "dependencies:\n  - keras=2.3.1\n",
    "models/a.py": LSTM,
  };
  expect(isOld(new Folder(files).convert(["models/a.py"]).stdout)).toBe(false);
});

test("outside of a repository nothing is looked for above", () => {
  const files = { "requirements.txt": "keras==2.2.4\n", "models/a.py": LSTM };
  expect(isOld(new Folder(files).convert(["models/a.py"]).stdout)).toBe(false);
});
