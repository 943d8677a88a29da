/** Files of one repository that import each other. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { convertFile, lazyConverter } from "../../../src/bulk/convert-file.ts";
import { siblingsOf } from "../../../src/bulk/siblings.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "siblings-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function lay(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const BUILDER = `from keras.models import Sequential
from keras.layers import Dense

def build():
    model = Sequential([Dense(1, input_dim=4)])
    model.compile('adam', 'mse')
    return model
`;

async function reported(path: string): Promise<string> {
  const outcome = await convertFile({ location: join(root, path), path, place: path }, lazyConverter({}));
  const errors = outcome.diagnostics.filter(({ severity }) => severity === "error");
  return [outcome.verdict, ...errors.map(({ message }) => message.replace(/:.*/, ""))].join(" | ");
}

test("modules are found beside a file, around it up to the repository, and relative to it", () => {
  lay({
    ".git/HEAD": "",
    "src/nets/__init__.py": "from .dense import build\n",
    "src/nets/dense.py": BUILDER,
    "src/tools.py": "import numpy as np\n",
    "top.py": BUILDER,
  });
  const inside = siblingsOf(join(root, "src/run.py"));
  const modules = [
    "nets",
    "nets.dense",
    "src.nets",
    ".nets",
    "..top",
    "top",
    "tools",
    ".tools",
    "numpy",
    ".",
  ];
  expect(modules.filter(inside)).toEqual(["nets", "nets.dense", "src.nets", ".nets", "..top", "top"]);
});

test("outside of a repository only the file's own folder is looked at", () => {
  lay({ "top.py": BUILDER, "src/near.py": BUILDER });
  expect(["near", "top"].filter(siblingsOf(join(root, "src/run.py")))).toEqual(["near"]);
});

test("a model of another file is reported where it is used, with and without Keras in the file", async () => {
  lay({
    "nets.py": BUILDER,
    "train.py":
      "from keras.utils import to_categorical\nfrom nets import build\nmodel = build()\nmodel.fit(x, to_categorical(y))\n",
    "predict.py": "import nets as n\nprint(n.build().predict(x))\n",
    "relative.py": "from . import nets\nnets.build().summary()\n",
  });
  const other = "another file that uses Keras";
  expect(await reported("train.py")).toBe(`unsupported | \`model\` comes from \`nets\`, ${other}`);
  expect(await reported("predict.py")).toBe(`unsupported | \`n.build()\` comes from \`nets\`, ${other}`);
  expect(await reported("relative.py")).toBe("unsupported | what `nets.build()` is, is not known here");
});

test("files that only share data or functions with it are none of its business", async () => {
  lay({
    "nets.py": BUILDER,
    "forest.py":
      "from sklearn.ensemble import RandomForestClassifier\nimport nets\nRandomForestClassifier().fit(x, y)\n",
    "old.py": "import nets\nprint model.fit(x)\n",
    "plain.py": "import numpy as np\nclf.fit(x, y)\n",
  });
  for (const path of ["forest.py", "old.py", "plain.py"]) expect(await reported(path)).toBe("unrelated");
});
