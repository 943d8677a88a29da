/** Keras's initial weights, as lines after the model or in `init_weights`. */
import { expect, test } from "vitest";
import { convert } from "../../../src/convert.ts";
import { helper, own, parser, reports, script } from "../support.ts";

/** The line that initializes the first layer of a model, whichever function it stands in. */
function lineOf(layer: string, argument: string, input = "(5,)"): string {
  const text = [
    "from tensorflow.keras import Sequential, initializers, layers",
    "model = Sequential()",
    `model.add(layers.${layer}, ${argument}, input_shape=${input}))`,
    "",
  ].join("\n");
  const { output, diagnostics } = convert(parser, { path: "case.py", text });
  if (output === null) return diagnostics.map(({ message }) => message).join();
  const lines = output.split("\n").filter((line) => line.includes(".weight, ") || line.includes(".weight)"));
  return lines
    .map((line) => line.trim())
    .filter((line) => !line.startsWith("def "))
    .join()
    .replace(/model\[0\]/, "module");
}

test.each([
  ["'he_normal'", 'truncated_normal_(module.weight, "he")'],
  ["'lecun_uniform'", 'nn.init.kaiming_uniform_(module.weight, nonlinearity="linear")'],
  ["initializers.RandomNormal(0.1, 0.2)", "nn.init.normal_(module.weight, 0.1, 0.2)"],
  ["initializers.RandomUniform(-1, 2, seed=3)", "nn.init.uniform_(module.weight, -1, 2)"],
  [
    "initializers.TruncatedNormal(stddev=0.1)",
    "nn.init.trunc_normal_(module.weight, std=0.1, a=-0.2, b=0.2)",
  ],
  [
    "initializers.TruncatedNormal(1.0, 0.5)",
    "nn.init.trunc_normal_(module.weight, mean=1.0, std=0.5, a=0.0, b=2.0)",
  ],
  ["initializers.Orthogonal(gain=2.0)", "nn.init.orthogonal_(module.weight, gain=2.0)"],
  ["'identity'", "nn.init.eye_(module.weight)"],
  ["initializers.Constant(0.3)", "nn.init.constant_(module.weight, 0.3)"],
  ["initializers.HeUniform()", 'nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")'],
  [
    "initializers.VarianceScaling(2.0, 'fan_in', 'uniform')",
    'nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")',
  ],
])("a Dense with %s", (initializer, line) => {
  expect(lineOf("Dense(3", `kernel_initializer=${initializer}`)).toContain(line);
});

test("the fans of a table of embeddings are PyTorch's the other way round", () => {
  const line = lineOf("Embedding(7, 3", "embeddings_initializer='he_uniform'");
  expect(line).toContain('nn.init.kaiming_uniform_(module.weight, mode="fan_out", nonlinearity="relu")');
});

test("what a loop adds decides about the function; what has a place of its own follows the model", () => {
  const text = script(
    "import sys",
    "model = Sequential()",
    "model.add(Dense(8, input_shape=(4,), bias_initializer='ones'))",
    "for _ in range(int(sys.argv[1])):",
    "    model.add(Dense(8, bias_initializer=initializers.Constant(0.1)))",
    "model.add(Dense(1, kernel_initializer='he_uniform'))",
  );
  const lines = own(text);
  expect(lines.slice(lines.indexOf("model.apply(init_weights)") + 1)).toEqual([
    "nn.init.ones_(model[0].bias)",
    'nn.init.kaiming_uniform_(model[-1].weight, nonlinearity="relu")',
    "nn.init.zeros_(model[-1].bias)",
  ]);
  expect(helper(text, "init_weights")).toContain("        nn.init.constant_(module.bias, 0.1)");
});

test("a model that is returned as it is made gets a name for what follows it", () => {
  const lines = own(
    script(
      "def build():",
      "    return Sequential([Dense(8, kernel_initializer='zeros', input_shape=(4,)), Dense(2), Dense(2)])",
      "model = build()",
    ),
  );
  expect(lines).toContain("    nn.init.zeros_(model[0].weight)");
  expect(lines).toContain("    return model");
});

const TWO_LOOPS = (last: string) =>
  script(
    "def first(n):",
    "    model = Sequential()",
    "    model.add(Dense(8, input_shape=(4,)))",
    "    for i in range(n):",
    "        model.add(Dense(8, kernel_initializer='he_uniform'))",
    "    return model",
    "def second(n):",
    "    model = Sequential()",
    "    model.add(Dense(8, input_shape=(4,)))",
    "    for i in range(n):",
    ...last.split("\n").map((line) => `        ${line}`),
    "    return model",
    "first(2), second(3)",
  );

test("what loops of two models add starts in two ways", () => {
  const lines = own(TWO_LOOPS("model.add(Dense(8, kernel_initializer='zeros'))"));
  const [one, two] = [lines.indexOf("def first(n):"), lines.indexOf("def second(n):")];
  expect(lines.slice(two).join("\n")).toContain(
    [
      "    for module in model[1:]:",
      "        if isinstance(module, nn.Linear):",
      "            nn.init.zeros_(module.weight)",
    ].join("\n"),
  );
  expect(lines.slice(one, two).join("\n")).not.toContain("for module");
});

test.each([
  "model.add(Dense(8, kernel_initializer='zeros'))\nmodel.add(Dense(8, kernel_initializer='ones'))",
  "model.add(Dense(8, kernel_initializer=initializers.RandomNormal(stddev=0.1 / (i + 1))))",
  "model.add(Dense(8, kernel_initializer=lambda shape, dtype=None: i * np.ones(shape)))",
])("what differs within a loop is reported: %s", (last) => {
  expect(reports(TWO_LOOPS(last)).join()).toMatch(/initial weights in a model|may mean something else/);
});
