/** Layers that are read back from a model, and set to be trained or not. */
import { expect, test } from "vitest";
import { converted, own, script } from "../support.ts";

const model = [
  "model = Sequential([Dense(4, activation='relu', input_dim=3), Dense(1)])",
  "model.compile('sgd', 'mse')",
];
const reason = (what: string) => [expect.stringContaining(what)];

test("freezing after `compile` is reported where the model trains before it is compiled again", () => {
  const late = [...model, "model.layers[0].trainable = False", "model.fit(x, y)"];
  expect(own(script(...late))).toEqual(reason("set after `compile`"));
});

test("freezing before the next `compile` is written where it stands", () => {
  const lines = own(
    script(...model, "model.layers[-1].trainable = False", "model.compile('sgd', 'mse')", "model.fit(x, y)"),
  );
  expect(lines).toContain("model[2].requires_grad_(False)");
});

test("a loop over layers reads the names that Keras gives them, where they can be counted", () => {
  const loop = ["for layer in model.layers:", "    print(layer.name)"];
  expect(own(script(...model, ...loop))).toContain('for layer_name in ["dense", "dense_1"]:');
  const more = ["for _ in range(x.shape[0]):", "    Dense(3)"];
  expect(own(script(...more, ...model, ...loop))).toEqual(reason("which `name` this is"));
});

test("a layer of a loop is not read after it, and goes nowhere that is not followed", () => {
  const loop = ["for layer in model.layers:", "    print(layer.name)"];
  expect(own(script(...model, ...loop, "print(layer)"))).toEqual(reason("the last layer of a loop"));
  expect(own(script(...model, "d = [(layer.name, layer) for layer in model.layers]"))).toEqual(
    reason("asked for something or printed"),
  );
});

test("loops that tell layers by their class ask for that of the module, or else for the layer's name in Keras", () => {
  const freeze = (of: string, ...layers: string[]) =>
    own(
      script(
        `model = Sequential([${["Dense(4, activation='relu', input_shape=(6, 3))", ...layers].join(", ")}])`,
        "for layer in model.layers:",
        `    if isinstance(layer, ${of}):`,
        "        layer.trainable = False",
      ),
    );
  expect(freeze("Dense", "Flatten()")).toEqual(
    expect.arrayContaining(["for layer in model:", "    if isinstance(layer, nn.Linear):"]),
  );
  expect(freeze("(Dense, LSTM)", "LSTM(4)")).toContain('    if layer_class in ("Dense", "LSTM"):');
  expect(freeze("Dropout", "SpatialDropout1D(0.2)", "Dropout(0.2)")).toContain(
    '    if layer_class in ("SpatialDropout1D", "Dropout"):',
  );
  // A convolution of one step is as good as a Dense layer.
  expect(freeze("Dense", "Conv1D(4, 1)", "TimeDistributed(Dense(3))").join("\n")).not.toContain("nn.Linear)");
  expect(freeze("Conv1D", "Conv1DTranspose(4, 2)")).toEqual(reason("depends on the release of Keras"));
  expect(freeze("Layer").join()).toContain("which layers are of this class");
});

test("a loop that also counts goes over the layers, not over the modules", () => {
  const lines = own(
    script(
      "n = 0",
      ...model,
      "for layer in model.layers:",
      "    layer.trainable = False",
      "    n += 1",
      ...model.slice(1),
    ),
  );
  expect(lines).toContain("for layer in [model[0], model[2]]:");
});

test("a layer that becomes two modules with weights is frozen as a whole, or reported", () => {
  const separable = "model = Sequential([SeparableConv2D(4, 3, input_shape=(8, 8, 2)), Flatten(), Dense(1)])";
  expect(own(script(separable, "model.layers[0].trainable = False"))).toEqual(
    reason("several modules with weights"),
  );
  const loop = ["for layer in model.layers[:1]:", "    layer.trainable = False"];
  expect(own(script(separable, ...loop))).toContain("for layer in model[:2]:");
});

test("whether a layer without weights is trained is told only where nothing was said of it", () => {
  const read = (...lines: string[]) =>
    own(
      script(
        "model = Sequential([Dense(4, input_dim=3), Dropout(0.5), Dense(1)])",
        ...lines,
        "for layer in model.layers:",
        "    print(layer.trainable)",
      ),
    );
  const told = "    print(all(p.requires_grad for p in layer.parameters()))";
  const frozen = (of: string, test?: string) =>
    read(
      `for layer in ${of}:`,
      ...(test ? [`    if ${test}:`] : []),
      `    ${test ? "    " : ""}layer.trainable = False`,
    );
  expect(read()).toContain(told);
  expect(frozen("model.layers[:1]")).toContain(told);
  expect(frozen("model.layers", "isinstance(layer, Dense)")).toContain(told);
  expect(frozen("model.layers[:-1]")).toEqual(reason("without weights that was set before"));
  expect(frozen("model.layers", "not isinstance(layer, Dense)")).toEqual(
    reason("without weights that was set before"),
  );
  expect(read("model.trainable = False")).toEqual(reason("without weights that was set before"));
});

test("weights that are kept while the model is trained further, and layers that are changed, are reported", () => {
  const fit = "model.fit(x, y)";
  expect(own(script(...model, "kernel = model.layers[0].weights[0]", fit, "print(kernel.shape)"))).toEqual(
    reason("kept while the model is used further"),
  );
  expect(own(script(...model, "kept = [w for w in model.weights]", fit, "print(len(kept))"))).toEqual(
    reason("kept while the model is used further"),
  );
  expect(own(script(...model, fit, "kernel = model.layers[0].weights[0]", "print(kernel)"))).toContain(
    "kernel = get_weights(model[0])[0]",
  );
  expect(own(script(...model, "model.layers[0].rate = 0.5"))).toEqual(
    reason("`rate` of a layer is set after the layer is made"),
  );
});

test("weights that Keras has not are not trained with the rest of a model", () => {
  for (const [layer, what] of [
    ["SimpleRNN(3, input_shape=(4, 2))", "fewer weights in Keras"],
    ["BatchNormalization(center=False, input_shape=(4,))", "fewer weights in Keras"],
    ["BatchNormalization(center=False, scale=False, input_shape=(4,))", "fewer weights in Keras"],
  ] as const)
    for (const owner of ["model", "model.layers[0]"])
      expect(own(script(`model = Sequential([${layer}, Dense(1)])`, `${owner}.trainable = True`))).toEqual(
        reason(what),
      );
  const lines = script(
    "model = Sequential([BatchNormalization(input_shape=(4,))])",
    "model.trainable = True",
  );
  expect(own(lines)).toContain("model.requires_grad_(True)");
});

test("layers at the end that leave nothing take their commas with them", () => {
  const model = (layers: string) => own(script(`model = Sequential([${layers}])`));
  expect(model("Activation('linear', input_shape=(4,))")).toContain("model = nn.Sequential().to(device)");
  expect(model("Dense(2, input_dim=4), Activation('linear'), Activation('linear')")).toContain(
    "model = nn.Sequential(nn.Linear(4, 2)).to(device)",
  );
});

test("frozen weights are no `trainable_weights`", () => {
  const frozen = [...model, "model.trainable = False"];
  expect(own(script(...frozen, "print(model.trainable_weights)"))).toContain(
    "print(get_weights(model, trainable=True))",
  );
  expect(own(script(...frozen, "print(len(model.trainable_weights))"))).toContain(
    "print(sum(parameter.requires_grad for parameter in model.parameters()))",
  );
});

test("weights are counted as parameters where there is one for each", () => {
  const count = (layer: string) =>
    own(script(`model = Sequential([${layer}, Dense(1)])`, "print(len(model.weights))")).at(-1);
  expect(count("Dense(2, input_dim=3)")).toBe("print(len(list(model.parameters())))");
  expect(count("LSTM(2, input_shape=(4, 3))")).toBe("print(len(get_weights(model)))");
  expect(count("BatchNormalization(input_shape=(3,))")).toBe("print(len(get_weights(model)))");
});

test("a layer of a model that is not trainable is not set free by itself", () => {
  const lines = script(
    ...model,
    "model.trainable = False",
    "model.layers[1].trainable = True",
    "model.compile('sgd', 'mse')",
    "model.fit(x, y)",
  );
  expect(own(lines)).toEqual(reason("Keras trains none of it"));
});

test("a frozen normalization beside one that has no parameters to be frozen is reported", () => {
  const lines = script(
    "model = Sequential([Dense(3, input_dim=4), BatchNormalization(), BatchNormalization(center=False, scale=False)])",
    "model.layers[1].trainable = False",
    "model.compile('sgd', 'mse')",
    "model.fit(x, y)",
  );
  expect(own(lines)).toEqual(reason("without scale and offset"));
});

test("what a frozen normalization did before TensorFlow had Keras is noted", () => {
  const lines = [
    "model = Sequential([BatchNormalization(input_shape=(3,))])",
    "model.trainable = False",
    "model.compile('sgd', 'mse')",
    "model.fit(x, y)",
  ];
  const notes = (...own: string[]) => converted(own).diagnostics.map(({ message }) => message);
  expect(notes("from keras import Sequential", "from keras.layers import *", ...lines).join()).toContain(
    "before Keras 2.4",
  );
  expect(
    notes(
      "from tensorflow.keras import Sequential",
      "from tensorflow.keras.layers import *",
      ...lines,
    ).join(),
  ).not.toContain("before Keras 2.4");
});

test("the penalty of a frozen layer stays in the loss, but for Keras 3", () => {
  const layer = "Dense(3, kernel_regularizer='l2', trainable=False, input_dim=4)";
  const lines = [
    `model = Sequential([${layer}, Dense(1)])`,
    "model.compile('sgd', 'mse')",
    "model.fit(x, y)",
  ];
  expect(converted(script(...lines)).output).toContain("def penalty");
  expect(converted(script("from keras import ops", ...lines)).output).not.toContain("def penalty");
});

test("a layer in two places is reported", () => {
  const lines = script(
    "shared = Dense(3)",
    "model = Sequential()",
    "model.add(Dense(3, input_dim=3))",
    "model.add(shared)",
    "model.add(shared)",
  );
  expect(own(lines)).toEqual(reason("used twice"));
});

test("weights as arrays of a normalization that lacks one, which PyTorch has all the same, are reported", () => {
  const lines = own(
    script(
      "model = Sequential([Dense(3, input_dim=4), BatchNormalization(scale=False)])",
      "print(model.get_weights())",
    ),
  );
  expect(lines.join()).toContain("a normalization without `scale` or `center`");
});
