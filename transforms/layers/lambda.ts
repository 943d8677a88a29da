/** Functions as layers. */
import type { TensorType } from "../../src/analysis/model.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type Emission, type LayerContext, layer } from "../layer.ts";
import { inferFunction } from "../tensors/inference.ts";

function outputOf(args: Arguments, input: TensorType): TensorType | undefined {
  const value = args.value("function");
  if (value.kind === "function") return inferFunction(args.machine, value, input).output;
  return value.kind === "ref" ? input : undefined;
}

function lambda(context: LayerContext): Emission {
  const { args, input, output, layout, node } = context;
  args.value("output_shape");
  const value = args.value("function");
  const expr = args.expr("function");
  if (value.kind === "ref" && context.activationEntry(value))
    return { modules: context.activation(value, input, layout, expr ?? node) };
  if (value.kind !== "function" || !expr)
    throw new Unsupported(expr ?? node, "what function this layer applies, is not known here");
  const code = `Lambda(${context.ownFunction(value, expr)})`;
  if (!output)
    throw new Unsupported(expr, "the shape of what this function gives is not known", "Use a layer for it.");
  return { modules: [{ code, helper: "Lambda" }] };
}

export const lambdaLayer = [
  layer({
    names: ["Lambda"],
    signatures: { keras2: "function, output_shape=None, mask=None, arguments=None" },
    layout: (args, input) => {
      const value = args.value("function");
      if (value.kind !== "function") return "elementwise";
      return inferFunction(args.machine, value, input).elementwise ? "elementwise" : "last-axis";
    },
    torch: "`Lambda`, an own module, over the function in PyTorch",
    notes: "Of what the function calls, all must have a translation; the shape that it gives must be known.",
    ignores: ["output_shape"],
    reports: { mask: "[None]", arguments: "{'scale': 2}" },
    shape: outputOf,
    emit: lambda,
    cases: () => [
      {
        inputs: [[5], [4, 3], [4, 3, 2]],
        args: {
          function: [
            "lambda x: x / 255",
            "lambda x: x * 2 - 1",
            "lambda x: x * tf.sigmoid(x)",
            "lambda t: tf.nn.relu(t) + tf.abs(t)",
            "lambda x: tf.expand_dims(x, -1)",
            "lambda x: tf.expand_dims(x, axis=1)",
            "lambda x: tf.reduce_mean(x, axis=1, keepdims=True)",
            "lambda x: x - tf.reduce_mean(x, axis=-1, keepdims=True)",
            "lambda x: x[..., :2]",
            "lambda x: x[:, :2] * 3",
            "lambda x: tf.nn.l2_normalize(x, axis=-1)",
            "lambda x: tf.math.l2_normalize(x, 1)",
            "lambda x: tf.square(x)[:, None]",
            "lambda x: tf.clip_by_value(x, -1.0, 1.0)",
            "lambda x: x * tf.tanh(tf.nn.softplus(x))",
            "lambda x: 0.5 * x * (1 + tf.math.erf(x / 1.4142135))",
            "lambda x: tf.nn.softmax(x)",
            "tf.nn.relu",
            "tf.exp",
          ],
        },
        mutant: ["x / 255", "x * 255"],
      },
      {
        inputs: [
          [4, 3],
          [4, 3, 2],
        ],
        args: {
          function: [
            "lambda x: tf.reduce_max(x, axis=1)",
            "lambda x: x[:, -1]",
            "lambda x: x[:, 0] + x[:, 1]",
            "lambda x: tf.reverse(x, axis=[1])",
            "lambda x: tf.reduce_sum(x, axis=-1)",
          ],
        },
      },
      {
        inputs: [[4, 6]],
        args: {
          function: [
            "lambda x: tf.reshape(x, (-1, 24))",
            "lambda x: tf.reshape(x, [-1, 2, 12])",
            "lambda x: tf.reshape(x, (tf.shape(x)[0], 8, 3))",
            "lambda x: tf.transpose(x, [0, 2, 1])",
            "lambda x: tf.transpose(x, perm=(0, 2, 1))",
          ],
        },
      },
      {
        inputs: [
          [4, 1],
          [1, 1],
        ],
        args: { function: ["lambda x: tf.squeeze(x, axis=-1)", "lambda x: tf.squeeze(x, 2)"] },
      },
      {
        inputs: [[4, 5, 2]],
        before: ["layers.Conv2D(3, 2)"],
        args: {
          function: [
            "lambda x: x * 2",
            "lambda x: tf.nn.relu(x)",
            "tf.nn.softmax",
            "lambda x: tf.reduce_mean(x, axis=[1, 2])",
            "lambda x: x[:, 0]",
            "lambda x: x[..., :1]",
            "lambda x: tf.nn.l2_normalize(x, axis=-1)",
            "lambda x: x - tf.reduce_mean(x)",
          ],
        },
      },
      {
        inputs: [[6, 6, 2]],
        before: ["layers.Conv2D(3, 2)"],
        after: ["layers.Conv2D(2, 2)", "layers.Flatten()", "layers.Dense(2)"],
        args: { function: ["lambda x: x / 2", "lambda x: x[:, 1:]", "lambda x: x * x[..., :1]"] },
      },
      {
        inputs: [[4, 3]],
        versions: ["keras2"],
        args: {
          function: [
            "lambda x: K.expand_dims(x, -1)",
            "lambda x: K.l2_normalize(x, axis=1)",
            "lambda x: K.mean(x, axis=1)",
            "lambda x: K.permute_dimensions(x, (0, 2, 1))",
            "lambda x: K.sum(x, axis=-1) / K.epsilon()",
            "lambda x: K.reverse(x, 1)",
          ],
        },
        mutant: [".mean(1)", ".mean(-1)"],
      },
    ],
  }),
];
