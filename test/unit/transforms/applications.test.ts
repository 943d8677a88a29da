/** `keras.applications` and models that are frozen. */
import { expect, test } from "vitest";
import { convert } from "../../../src/convert.ts";
import { own, parser, reports, text } from "../support.ts";

const script = (base: string, ...lines: string[]) => [
  "from tensorflow.keras import Sequential, layers",
  "from tensorflow.keras.applications import VGG16, ResNet50",
  "import numpy as np",
  "x, y = np.zeros((4, 64, 64, 3)), np.zeros((4, 1))",
  `base = ${base}`,
  ...lines,
  "model = Sequential([base, layers.Flatten(), layers.Dense(1)])",
  "model.compile('sgd', 'mse')",
  "model.fit(x, y)",
];
const IMAGENET = "VGG16(include_top=False, input_shape=(64, 64, 3))";

test("other weights than Keras's are reported", () => {
  expect(reports(script(IMAGENET))).toEqual([
    "5:8 torchvision's pretrained weights are not those of Keras: the results differ",
  ]);
});

test("--torchvision-weights takes them, with a note", () => {
  const options = { torchvisionWeights: true };
  const { output, diagnostics } = convert(parser, { path: "a.py", text: text(script(IMAGENET)) }, options);
  expect(output).toContain('base = torchvision.models.vgg16(weights="DEFAULT").features.to(device)');
  expect(output).not.toContain("base.apply(init_weights)");
  expect(output).toContain("model[2].apply(init_weights)");
  expect(diagnostics.map(({ rule }) => rule)).toContain("not-equivalent");
});

test("the size of what the base gives is known", () => {
  const none = "VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))";
  expect(own(script(none)).join()).toContain("nn.Linear(2048, 1)");
  const pooled = "VGG16(weights=None, include_top=False, input_shape=(64, 64, 3), pooling='avg')";
  expect(own(script(pooled)).join()).toContain("nn.Linear(512, 1)");
});

test("a base that torchvision builds otherwise is reported", () => {
  expect(reports(script("ResNet50(weights=None, include_top=False, input_shape=(64, 64, 3))"))[0]).toBe(
    "5:8 torchvision's resnet50 is another function than Keras's",
  );
});

test("a base that torchvision lacks is reported with what there is", () => {
  const lines = ["import keras", "base = keras.applications.Xception(include_top=False)"];
  expect(reports(lines)).toContain(
    "2:8 `keras.applications.Xception` is not supported: torchvision has no such model; those of the timm package are other functions with other weights",
  );
});

test("a frozen model is not trained", () => {
  const none = "VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))";
  expect(own(script(none, "base.trainable = False"))).toContain("base.requires_grad_(False)");
});

test("freezing after compile does nothing in Keras", () => {
  const lines = [
    "from tensorflow.keras import Sequential, layers",
    "import numpy as np",
    "model = Sequential([layers.Dense(1, input_shape=(3,))])",
    "model.compile('sgd', 'mse')",
    "model.trainable = False",
    "model.fit(np.zeros((4, 3)), np.zeros((4, 1)))",
  ];
  expect(reports(lines)[0]).toMatch(/^5:1 `trainable` is set after `compile`/);
});
