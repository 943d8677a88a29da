/** Keras's initial weights, as lines after the model or in `init_weights`. */
import { expect, test } from "vitest";
import { convert } from "../../../src/convert.ts";
import { parser } from "../support.ts";

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
