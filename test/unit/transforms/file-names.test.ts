/** Names of files: those of models get PyTorch's ending, those of data keep theirs. */
import { describe, expect, test } from "vitest";
import { own, reports } from "../support.ts";

const script = (...lines: string[]) => [
  "import h5py",
  "import os",
  "from keras.models import Sequential",
  "from keras.layers import Dense",
  "file = h5py.File('data.h5', 'r')",
  "x, y = file['x'][:], file['y'][:]",
  "model = Sequential([Dense(1, input_shape=(3,))])",
  ...lines,
];

describe("a script that reads data from HDF5 files", () => {
  test("only names of files that hold a model are changed", () => {
    const output = own(
      script(
        "parts = ['train.h5', 'test.hdf5']",
        "class Settings:",
        "    checkpoint = 'best.h5'",
        "def store(model, path='last.h5'):",
        "    model.save(path)",
        "store(model, os.path.join('out', 'first.hdf5'))",
        "name = 'w_%d.h5' % 3",
        "model.save_weights(name)",
        "model.save(Settings.checkpoint)",
        "print('saved to last.h5')",
      ),
    );
    const strings = output.join("\n").match(/'[^']*\.(?:h5|hdf5|pt)'/g);
    expect(strings).toEqual([
      "'data.h5'",
      "'train.h5'",
      "'test.hdf5'",
      "'best.pt'",
      "'last.pt'",
      "'first.pt'",
      "'w_%d.pt'",
      "'saved to last.pt'",
    ]);
  });

  test("reading a model's file as data is reported", () => {
    expect(
      reports(script("model.save('model.h5')", "names = list(h5py.File('model.h5', 'r').keys())")),
    ).toEqual([expect.stringContaining("this reads what Keras writes to a file of a model")]);
  });
});

test("a model that is loaded or made has what it is compiled with on it, which the file holds too", () => {
  const lines = own([
    "import os",
    "from keras.layers import Dense",
    "from keras.models import Sequential, load_model",
    "if os.path.exists('m.h5'):",
    "    model = load_model('m.h5')",
    "else:",
    "    model = Sequential([Dense(1, input_shape=(3,))])",
    "    model.compile('sgd', 'mse')",
    "    model.save('m.h5')",
    "print(model.evaluate(x, y))",
  ]);
  expect(lines[1]).toBe("    model = torch.load('m.pt', weights_only=False)");
  expect(lines).toContain("    model.loss_fn = F.mse_loss");
  expect(lines).toContain("    torch.save(model, 'm.pt')");
  expect(lines.at(-1)).toBe("print(evaluate(model, model.loss_fn, x, y))");
});
