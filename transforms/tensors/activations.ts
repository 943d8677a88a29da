/** Functions that are activations of layers, too. */
import { array } from "../../src/analysis/values.ts";
import { type Given, isGiven, NotNumPy, numberOf, operand, type Pieces, plain, typeOf } from "./operands.ts";
import { type Api, backend, callOf, ops, type Row, tf, unary } from "./row.ts";
import { method, type TorchForm, torchShaped, torchUnary } from "./torch.ts";

/** Functions of activations, computed by PyTorch. */
const activation = (
  apis: readonly Api[],
  torch: (x: Pieces, given: Given) => Pieces,
  form: TorchForm,
  elementwise: boolean,
): Row => ({
  ...(elementwise && { elementwise }),
  torch: form,
  apis,
  data: ["x"],
  form: (given) => torch(callOf("torch.as_tensor", [operand(given, "x")]), given),
  type: (given) => array(typeOf(given.value("x")).shape, "float", "tensor"),
});

const along = (given: Given): Pieces => (isGiven(given, "axis") ? plain(given, "axis") : ["-1"]);

/** A number of an activation, where PyTorch has the same default or the script says another. */
const numbered = (given: Given, name: string, fallback?: string): Pieces[] => {
  if (isGiven(given, name)) return [plain(given, name)];
  return fallback === undefined ? [] : [[fallback]];
};

/** A function of `torch.nn.functional` of a tensor and numbers. */
const calling = (torch: string, rest: (given: Given) => Pieces[]): TorchForm => ({
  pieces: (given) => {
    if (!given.kind("x").tensor) throw new NotNumPy();
    return callOf(torch, [[{ arg: "x" }], ...rest(given)]);
  },
  kind: (given) => ({ tensor: true, scalar: given.kind("x").scalar === true }),
});

/** The same as Keras, its backend and TensorFlow call it, with arguments besides. */
const withNumbers = (
  apis: readonly Api[],
  torch: string,
  rest: (given: Given) => Pieces[],
  elementwise = true,
): Row =>
  activation(
    apis,
    (x, given) => [...callOf(torch, [x, ...rest(given)]), ".numpy()"],
    calling(torch, rest),
    elementwise,
  );

/** Every way to call what takes nothing but a tensor. */
const everywhere = (names: string, signature: string): Api[] =>
  ["tensorflow", "tensorflow.nn", "tensorflow.math", "keras.activations", "keras.backend", "keras.ops"].map(
    (module) => ({
      paths: names.split(" ").map((name) => `${module}.${name}`),
      signature: `${signature}, name=None`,
    }),
  );

const activations = (names: string, signature: string): Api => ({
  paths: names.split(" ").map((name) => `keras.activations.${name}`),
  signature,
});
const nn = (name: string, signature: string): Api => tf(`nn.${name}`, signature);

const clipped = ["max_value", "threshold"] as const;

/** The rectifier with a slope and a bound, or with another threshold. */
const RELU: TorchForm = {
  ...torchUnary(".relu()"),
  pieces: (given) => {
    if (!["alpha", ...clipped].some((name) => isGiven(given, name))) return method(given, "x", ".relu()");
    const [top, threshold] = clipped.map((name) => isGiven(given, name));
    const slope = isGiven(given, "alpha");
    if (!given.kind("x").tensor || (threshold && (top || slope))) throw new NotNumPy();
    if (threshold) return callOf("F.threshold", [[{ arg: "x" }], plain(given, "threshold"), ["0.0"]]);
    const leaky = slope ? callOf("F.leaky_relu", [[{ arg: "x" }], plain(given, "alpha")]) : undefined;
    if (!top) return leaky ?? [];
    const max = plain(given, "max_value");
    return leaky
      ? [...leaky, ".clamp(max=", ...max, ")"]
      : [...method(given, "x", ".clamp(0, "), ...max, ")"];
  },
};

/** A function of `torch.nn.functional` that computes what Keras's own does. */
const functional = (names: string, torch: string): Row =>
  withNumbers(
    everywhere(names, "x").map((api) => ({ ...api, signature: `${api.signature}, *, features:x` })),
    torch,
    () => [],
  );

const RELU_SIGNATURE = "x, alpha=0.0, max_value=None, threshold=0.0, *, negative_slope:alpha=0.0";

/** Keras 3 has most of them twice. */
const both = (name: string, signature: string): Api[] => [activations(name, signature), ops(name, signature)];

const gelu = (given: Given, usual: boolean): Pieces[] => {
  const value = given.value("approximate");
  const known = isGiven(given, "approximate") ? value.kind === "bool" && value.value : usual;
  if (isGiven(given, "approximate") && value.kind !== "bool") throw new NotNumPy();
  return known ? [['approximate="tanh"']] : [];
};

export const ACTIVATION_ROWS: readonly Row[] = [
  activation(
    everywhere("softmax", "x, axis=-1").map((api) => ({
      ...api,
      signature: `${api.signature}, *, logits:x`,
    })),
    (x, given) => [...callOf("torch.softmax", [x, along(given)]), ".numpy()"],
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
    everywhere("sigmoid", "x"),
    (x) => [...callOf("torch.sigmoid", [x]), ".numpy()"],
    torchUnary(".sigmoid()"),
    true,
  ),
  {
    ...unary(
      "np.maximum",
      undefined,
      nn("relu", "features:x"),
      ops("relu", "x"),
      activations("relu", RELU_SIGNATURE),
      backend("relu", RELU_SIGNATURE),
    ),
    torch: RELU,
    form: (given) => {
      if (["alpha", ...clipped].some((name) => isGiven(given, name))) throw new NotNumPy();
      return callOf("np.maximum", [operand(given, "x"), ["0"]]);
    },
  },
  withNumbers(
    [
      nn("leaky_relu", "features:x, alpha=0.2"),
      ops("leaky_relu", "x, negative_slope:alpha=0.2"),
      activations("leaky_relu", "x, negative_slope:alpha=0.2"),
    ],
    "F.leaky_relu",
    (given) => numbered(given, "alpha", "0.2"),
  ),
  withNumbers(
    [nn("elu", "features:x"), ...both("elu", "x, alpha=1.0"), backend("elu", "x, alpha=1.0")],
    "F.elu",
    (given) => numbered(given, "alpha"),
  ),
  withNumbers(both("celu", "x, alpha=1.0"), "F.celu", (given) => numbered(given, "alpha")),
  withNumbers(both("hard_shrink", "x, threshold=0.5"), "F.hardshrink", (given) =>
    numbered(given, "threshold"),
  ),
  withNumbers(both("soft_shrink", "x, threshold=0.5"), "F.softshrink", (given) =>
    numbered(given, "threshold"),
  ),
  withNumbers(both("threshold", "x, threshold, default_value"), "F.threshold", (given) => [
    plain(given, "threshold"),
    plain(given, "default_value"),
  ]),
  withNumbers(
    [nn("gelu", "features:x, approximate=False"), activations("gelu", "x, approximate=False")],
    "F.gelu",
    (given) => gelu(given, false),
  ),
  withNumbers([ops("gelu", "x, approximate=True")], "F.gelu", (given) => gelu(given, true)),
  withNumbers([ops("hard_sigmoid", "x")], "F.hardsigmoid", () => []),
  withNumbers(
    [nn("log_softmax", "logits:x, axis=-1"), ...both("log_softmax", "x, axis=-1")],
    "F.log_softmax",
    (given) => [along(given)],
    false,
  ),
  functional("softplus", "F.softplus"),
  functional("softsign", "F.softsign"),
  functional("selu", "F.selu"),
  functional("swish silu", "F.silu"),
  functional("relu6", "F.relu6"),
  functional("mish", "F.mish"),
  functional("hard_silu hard_swish", "F.hardswish"),
  functional("hard_tanh", "F.hardtanh"),
  functional("tanh_shrink", "F.tanhshrink"),
  functional("log_sigmoid", "F.logsigmoid"),
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
