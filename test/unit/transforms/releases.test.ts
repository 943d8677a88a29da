/** Which Keras a script is written for: its spellings, what its repository requires, what the caller says. */
import { describe, expect, test } from "vitest";
import { convert } from "../../../src/convert.ts";
import { type Pins, parseRelease, pinsOf } from "../../../transforms/releases.ts";
import { parser, text } from "../support.ts";

const show = ({ keras, tensorflow }: Pins) =>
  [keras, tensorflow].map((pin) => {
    const release = pin?.release && ` ${pin.release.major}.${pin.release.minor}`;
    return pin ? `${pin.version}${release ?? ""}` : "";
  });

describe("requirements", () => {
  test.for([
    ["keras==2.2.4", "keras2 2.2", ""],
    ["Keras==1.2.2  # old", "keras1 1.2", ""],
    ["keras>=2.0,<3", "keras2", ""],
    ["keras<2", "keras1", ""],
    ["keras>=3.0", "keras3", ""],
    ["keras", "", ""],
    ["# keras==1.2.2", "", ""],
    ["keras-rl==0.4.2\nkeras_applications==1.0.8", "", ""],
    ["tensorflow==1.15.0", "", "keras2 1.15"],
    ["tensorflow-gpu==2.3.1", "", "keras2 2.3"],
    ["tensorflow>=2.16", "", "keras3"],
    ["tensorflow>=2.4", "", ""],
    ["tensorflow~=2.18.0\ntf-keras", "", "keras2"],
    ["dependencies:\n  - keras=2.2.4=py36_0\n  - tensorflow=1.12", "keras2 2.2", "keras2 1.12"],
    ['[tool.poetry.dependencies]\nkeras = "^2.3.1"', "keras2 2.3", ""],
    ['dependencies = ["numpy", "keras==2.2.5", "tensorflow!=2.5,<2.11"]', "keras2 2.2", "keras2"],
    ["install_requires=['Keras>=1.0,<2.0'],", "keras1", ""],
  ] as const)("%s", ([requirements, keras, tensorflow]) => {
    expect(show(pinsOf(requirements))).toEqual([keras, tensorflow]);
  });
});

test.for([
  ["1", "keras1 1.0"],
  ["2", "keras2"],
  ["2.2", "keras2 2.2"],
  ["2.2.4", "keras2 2.2"],
  ["3", "keras3 3.0"],
  ["4", ""],
  ["two", ""],
])("--keras-version %s", ([given, expected]) => {
  const pin = parseRelease(given as string);
  expect(show(pin ? { keras: pin } : {})[0]).toBe(expected);
});

describe("a default that changed", () => {
  const script = (from: string, layer = "LSTM(4, input_shape=(5, 3))") =>
    text([
      `from ${from}.models import Sequential`,
      `from ${from}.layers import *`,
      `model = Sequential([${layer}])`,
    ]);
  const made = (source: string, pins: Pins = {}) => {
    const { output, diagnostics } = convert(parser, { path: "a.py", text: source, pins });
    return [output?.includes("hard_sigmoid"), diagnostics.map(({ message }) => message.slice(0, 24))];
  };
  const note = "`LSTM` has today's defau";

  test("is the last Keras 2's, with a note", () => expect(made(script("keras"))).toEqual([false, [note]]));
  test("is TensorFlow's where that brings Keras", () =>
    expect(made(script("tensorflow.keras"))).toEqual([false, []]));
  test("is that of the release", () =>
    expect(made(script("keras"), pinsOf("keras==2.2.4"))).toEqual([true, []]));
  test("is that of TensorFlow 1", () =>
    expect(made(script("tensorflow.keras"), pinsOf("tensorflow==1.14"))).toEqual([true, []]));
  test("a later release has today's", () =>
    expect(made(script("keras"), pinsOf("keras==2.3.1"))).toEqual([false, []]));
  test("what is given counts", () =>
    expect(
      made(
        script("keras", "LSTM(4, recurrent_activation='sigmoid', input_shape=(5, 3))"),
        pinsOf("keras==2.2.4"),
      ),
    ).toEqual([false, []]));
});

describe("an optimizer's default that changed", () => {
  const made = (optimizer: string, pins: Pins = {}, from = "keras") => {
    const source = text([
      `from ${from}.models import Sequential`,
      `from ${from}.layers import Dense`,
      `from ${from} import optimizers`,
      "model = Sequential([Dense(4, input_shape=(3,))])",
      `model.compile(${optimizer}, 'mse')`,
    ]);
    const { output, diagnostics } = convert(parser, { path: "a.py", text: source, pins });
    return [/optim\.\w+\(.*, (lr=.*)\)/.exec(output ?? "")?.[1], diagnostics.length];
  };
  const today = "lr=0.001, initial_accumulator_value=0.1, eps=1e-7";
  const former = "lr=0.01, initial_accumulator_value=0.0, eps=1e-7";

  test.each(["'adagrad'", "optimizers.Adagrad()"])("%s", (optimizer) => {
    expect(made(optimizer)).toEqual([today, 2]);
    expect(made(optimizer, {}, "tensorflow.keras")).toEqual([today, 0]);
    expect(made(optimizer, pinsOf("keras==2.2.4"))).toEqual([former, 0]);
    expect(made(optimizer, pinsOf("keras==2.4.3"))).toEqual([today, 0]);
    expect(made(optimizer, pinsOf("tensorflow==1.12"), "tensorflow.keras")).toEqual([former, 0]);
  });
});

describe("Conv2D(4, 3, 3)", () => {
  const made = (from: string, pins: Pins = {}, more = "") => {
    const layer = `Conv2D(4, 3, 3, ${more}input_shape=(9, 9, 3))`;
    const source = text([
      `from ${from}.models import Sequential`,
      `from ${from}.layers import *`,
      `model = Sequential([${layer}])`,
    ]);
    const { output, diagnostics } = convert(parser, { path: "a.py", text: source, pins });
    return /nn\.Conv2d\(.*\)(?=\))/.exec(output ?? "")?.[0] ?? diagnostics[0]?.message.slice(0, 32);
  };

  test("is two things in standalone Keras", () =>
    expect(made("keras")).toBe("this is a kernel of two sizes be"));
  test("is a stride in TensorFlow's Keras", () =>
    expect(made("tensorflow.keras")).toBe("nn.Conv2d(3, 4, 3, stride=3)"));
  test("is a stride in a later release", () =>
    expect(made("keras", pinsOf("keras==2.4.3"))).toBe("nn.Conv2d(3, 4, 3, stride=3)"));
  test("is a kernel beside other spellings of Keras 1", () =>
    expect(made("keras", {}, "border_mode='same', ")).toBe("nn.Conv2d(3, 4, (3, 3), padding=1)"));
});
