/** Channels first: by argument, by the backend's setting, and by what Keras 1 must have had. */
import { expect, test } from "vitest";
import { converted, own, reports, script } from "../support.ts";

/** The modules of a script's one model. */
function modules(lines: readonly string[]): string[] {
  const written = own(lines);
  const [from, to] = [
    written.findIndex((line) => line.includes("nn.Sequential(")),
    written.findIndex((line) => line.includes(").to(device)")),
  ];
  return from < 0 ? reports(lines) : written.slice(from + 1, to).map((line) => line.trim());
}

const ADDS = (shape: string, format = "") => [
  "model = Sequential()",
  `model.add(Conv2D(4, (3, 3), input_shape=${shape}${format}))`,
  `model.add(MaxPooling2D(2${format}))`,
  "model.add(Flatten())",
  "model.add(Dense(2))",
];
const FIRST = ["nn.Conv2d(3, 4, (3, 3)),", "nn.MaxPool2d(2),", "nn.Flatten(),", "nn.Linear(36, 2),"];

test("the layer's own argument", () => {
  expect(modules(script(...ADDS("(3, 8, 9)", ", data_format='channels_first'")))).toEqual(FIRST);
});

test("the backend's setting, which other layers have as it stands then", () => {
  const lines = script(
    "from keras import backend as K",
    "K.set_image_data_format('channels_first')",
    ...ADDS("(3, 8, 9)"),
    "K.set_image_data_format('channels_last')",
  );
  expect(modules(lines)).toEqual(FIRST);
});

test("a setting that depends on what is not known", () => {
  const lines = script(
    "import sys",
    "from keras import backend as K",
    "if len(sys.argv) > 1:",
    "    K.set_image_data_format('channels_first')",
    ...ADDS("(3, 8, 9)"),
  );
  expect(reports(lines).join()).toContain("whether the channels come first or last is not known here");
});

test("channels-last layers after channels-first ones turn the data between them", () => {
  const lines = script(
    "model = Sequential()",
    "model.add(Conv2D(4, (3, 3), input_shape=(3, 8, 9), data_format='channels_first'))",
    "model.add(Conv2D(2, (2, 2)))",
  );
  expect(modules(lines)).toEqual([
    "nn.Conv2d(3, 4, (3, 3)),",
    "Permute(0, 3, 1, 2),",
    "nn.Conv2d(7, 2, (2, 2)),",
  ]);
});

const KERAS1 = script(
  "model = Sequential()",
  "model.add(Convolution2D(4, 3, 3, border_mode='valid', input_shape=(1, 28, 28)))",
  "model.add(Flatten())",
  "model.add(Dense(2))",
);

test("Keras 1 had the channels first where nothing else leaves a cell", () => {
  expect(modules(KERAS1)).toEqual(["nn.Conv2d(1, 4, (3, 3)),", "nn.Flatten(),", "nn.Linear(2704, 2),"]);
  expect(converted(KERAS1).diagnostics.map(({ rule }) => rule)).toContain("channels-first");
});

test("elsewhere a layer that leaves nothing is reported", () => {
  const lines = script(...ADDS("(1, 28, 28)"));
  expect(reports(lines).join()).toContain(
    "samples of the shape (1, 28, 28), which leave nothing: (-1, 26, 4)",
  );
});

test("Keras 3 adds a bias along the last axis where that is as long as the channels", () => {
  const lines = (shape: string, layer: string) => [
    "import keras",
    "from keras import layers, ops",
    "",
    "model = keras.Sequential([",
    `    keras.Input(shape=${shape}),`,
    `    layers.${layer}, data_format='channels_first'),`,
    "])",
  ];
  const found = (shape: string, layer: string) => reports(lines(shape, layer)).join();
  for (const layer of ["Conv2D(6, 3", "Conv2DTranspose(10, 3", "SeparableConv2D(8, 3, padding='same'"])
    expect(found("(3, 9, 8)", layer), layer).toContain(
      "6:5 Keras 3 adds this layer's bias along the last axis",
    );
  expect(found("(3, 9, None)", "Conv2D(6, 3")).toContain("where that turns out to be as long");
  expect(found("(3, 9, 8)", "Conv2D(6, 3, use_bias=False")).toBe("");
  expect(found("(3, 9, 8)", "Conv2D(5, 3")).toBe("");
});
