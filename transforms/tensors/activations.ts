/** Functions that are activations of layers, too. */
import { array } from "../../src/analysis/values.ts";
import { type Given, isGiven, NotNumPy, numberOf, operand, type Pieces, plain, typeOf } from "./operands.ts";
import { backend, callOf, type Row, unary } from "./row.ts";
import { method, type TorchForm, torchShaped, torchUnary } from "./torch.ts";

/** Functions of activations, computed by PyTorch. */
const activation = (
  names: string,
  torch: (x: Pieces, given: Given) => Pieces,
  signature: string,
  form: TorchForm,
  elementwise: boolean,
): Row => ({
  ...(elementwise && { elementwise }),
  torch: form,
  apis: [{ paths: names.split(" "), signature: `${signature}, name=None` }],
  data: ["x"],
  form: (given) => torch(callOf("torch.as_tensor", [operand(given, "x")]), given),
  type: (given) => array(typeOf(given.value("x")).shape, "float", "tensor"),
});

const along = (given: Given): Pieces => (isGiven(given, "axis") ? plain(given, "axis") : ["-1"]);

const slope = (given: Given): Pieces => (isGiven(given, "alpha") ? plain(given, "alpha") : ["0.2"]);

/** A function of `torch.nn.functional` that computes what Keras's own does. */
const functional = (names: string, torch: string): Row =>
  activation(
    names
      .split(" ")
      .flatMap((name) =>
        ["tensorflow.nn", "tensorflow.math", "keras.activations", "keras.backend", "keras.ops"].map(
          (module) => `${module}.${name}`,
        ),
      )
      .join(" "),
    (x) => [...callOf(torch, [x]), ".numpy()"],
    "x, *, features:x",
    {
      pieces: (given) => {
        if (!given.kind("x").tensor) throw new NotNumPy();
        return [`${torch}(`, { arg: "x" }, ")"];
      },
      kind: (given) => ({ tensor: true, scalar: given.kind("x").scalar === true }),
    },
    true,
  );

export const ACTIVATION_ROWS: readonly Row[] = [
  activation(
    "tensorflow.nn.softmax keras.activations.softmax keras.backend.softmax keras.ops.softmax",
    (x, given) => [...callOf("torch.softmax", [x, along(given)]), ".numpy()"],
    "x, axis=-1, *, logits:x",
    {
      ...torchUnary(".softmax(-1)"),
      pieces: (given) =>
        isGiven(given, "axis")
          ? [...method(given, "x", ".softmax("), ...plain(given, "axis"), ")"]
          : method(given, "x", ".softmax(-1)"),
    },
    false,
  ),
  activation(
    "tensorflow.nn.sigmoid tensorflow.sigmoid tensorflow.math.sigmoid keras.activations.sigmoid keras.backend.sigmoid keras.ops.sigmoid",
    (x) => [...callOf("torch.sigmoid", [x]), ".numpy()"],
    "x",
    torchUnary(".sigmoid()"),
    true,
  ),
  {
    ...unary(
      "np.maximum",
      undefined,
      {
        paths: ["tensorflow.nn.relu", "keras.activations.relu", "keras.ops.relu"],
        signature: "features:x, name=None, *, x",
      },
      backend("relu", "x"),
    ),
    torch: torchUnary(".relu()"),
    form: (given) => callOf("np.maximum", [operand(given, "x"), ["0"]]),
  },
  activation(
    "tensorflow.nn.leaky_relu",
    (x, given) => [...callOf("F.leaky_relu", [x, slope(given)]), ".numpy()"],
    "features:x, alpha=0.2",
    {
      ...torchUnary(""),
      pieces: (given) => {
        if (!given.kind("x").tensor) throw new NotNumPy();
        return callOf("F.leaky_relu", [[{ arg: "x" }], slope(given)]);
      },
    },
    true,
  ),
  functional("softplus", "F.softplus"),
  functional("softsign", "F.softsign"),
  functional("elu", "F.elu"),
  functional("selu", "F.selu"),
  functional("swish silu", "F.silu"),
  functional("erf", "torch.erf"),
  {
    // The smallest square of a length is 1e-12.
    apis: [
      {
        paths: [
          "tensorflow.nn.l2_normalize",
          "tensorflow.math.l2_normalize",
          "tensorflow.linalg.l2_normalize",
        ],
        signature: "x, axis=None, epsilon=1e-12, name=None, *, dim:axis=None",
      },
      { paths: ["keras.backend.l2_normalize"], signature: "x, axis=None" },
    ],
    data: ["x"],
    form: () => {
      throw new NotNumPy();
    },
    torch: torchShaped((given) => {
      if (numberOf(given, "axis") === undefined || isGiven(given, "epsilon") || !given.kind("x").tensor)
        throw new NotNumPy();
      return ["F.normalize(", { arg: "x" }, ", dim=", { arg: "axis" }, ", eps=1e-6)"];
    }),
    type: (given) => array(typeOf(given.value("x")).shape, "float", "tensor"),
  },
];
