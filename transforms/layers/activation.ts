/** Activations as layers of their own. */
import { int } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import { type Emission, type LayerContext, layer, type Module } from "../layer.ts";
import { call, namesGiven } from "../python.ts";
import { axesOf, torchAxis } from "./axes.ts";
import { activationOf } from "./core.ts";
import { parameterOf } from "./parameters.ts";

const TAIL = "alpha_initializer='zeros', alpha_regularizer=None, alpha_constraint=None, shared_axes=None";
const RANKS = [[5], [4, 3], [3, 4, 2], [2, 3, 2, 2]] as const;

const STRINGS = [
  ..."relu sigmoid tanh softmax elu selu gelu softplus softsign swish exponential hard_sigmoid".split(" "),
];
const KERAS2_STRINGS = ["relu6", "silu", "mish", "leaky_relu", "log_softmax"];
const KERAS3_STRINGS = [
  ..."relu6 silu mish leaky_relu log_softmax celu hard_silu hard_swish hard_tanh hard_shrink soft_shrink".split(
    " ",
  ),
  ..."tanh_shrink log_sigmoid squareplus sparse_plus sparse_sigmoid hard_sigmoid sparsemax".split(" "),
];
/** Functions of TensorFlow and of the backend, and activations with numbers of their own. */
const KERAS2_FUNCTIONS = [
  ..."cos sin sigmoid tanh abs square exp math.cos math.softplus math.tanh math.log_sigmoid math.erf".split(
    " ",
  ),
  ..."math.atan sinh asinh negative identity nn.relu6 nn.gelu nn.swish nn.log_softmax nn.elu nn.selu".split(
    " ",
  ),
]
  .map((name) => `tf.${name}`)
  .concat(
    "relu elu softplus softsign sigmoid hard_sigmoid tanh abs square exp softmax"
      .split(" ")
      .map((name) => `K.${name}`),
    [
      "activations.get('relu')",
      "'LeakyReLU'",
      "lambda x: K.relu(x, alpha=0.1)",
      "lambda x: K.relu(x, max_value=0.7)",
      "lambda x: activations.relu(x, alpha=0.1, max_value=0.5)",
      "lambda x: activations.relu(x, threshold=0.3)",
      "lambda x: activations.elu(x, alpha=0.3)",
      "lambda x: tf.nn.gelu(x, approximate=True)",
      "lambda x: tf.nn.leaky_relu(x, alpha=0.05)",
      "lambda x: tf.nn.log_softmax(x, axis=1)",
      "lambda x: x * tf.nn.relu6(x)",
    ],
  );
const KERAS3_FUNCTIONS = [
  ..."celu hard_silu hard_tanh hard_shrink soft_shrink tanh_shrink log_sigmoid squareplus sparse_plus sparsemax"
    .split(" ")
    .flatMap((name) => [`activations.${name}`, `ops.${name}`]),
  "ops.gelu",
  "ops.nn.silu",
  "activations.get('mish')",
  "lambda x: activations.relu(x, negative_slope=0.1, max_value=0.5)",
  "lambda x: activations.leaky_relu(x, negative_slope=0.05)",
  "lambda x: activations.celu(x, alpha=0.5)",
  "lambda x: activations.threshold(x, 0.2, -1.0)",
  "lambda x: activations.log_softmax(x, axis=1)",
  "lambda x: activations.mish(x) + activations.tanh_shrink(x)",
  "lambda x: ops.hard_shrink(x, threshold=0.2)",
  "lambda x: ops.soft_shrink(x, 0.2)",
  "lambda x: ops.leaky_relu(x, 0.3)",
  "lambda x: ops.gelu(x) * ops.hard_sigmoid(x)",
  "lambda x: ops.hard_tanh(x) - ops.relu6(x) + ops.log_sigmoid(x) + ops.hard_silu(x)",
];
const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`);

export const activationLayers = [
  layer({
    names: ["Activation"],
    signatures: { keras2: "activation" },
    layout: "elementwise",
    frames: true,
    torch: "the activation's module: `nn.ReLU`, `nn.Softmax(dim=...)`, ..., `Lambda(torch.exp)`",
    notes:
      "`hard_sigmoid` is another function in Keras 3 than before. `glu` halves its axis, which Keras's own shapes do not know: reported.",
    shape: (_, input) => input,
    emit: (context) => ({ modules: activationOf(context, context.input) }),
    cases: () => [
      {
        inputs: [[5], [3, 4]],
        args: { activation: quoted(STRINGS) },
        mutant: ["hard_sigmoid)", "F.hardsigmoid)"],
      },
      { inputs: [[4]], args: { activation: ["'linear'", "None"] }, after: ["layers.Dense(2)"] },
      { inputs: [[4, 3]], versions: ["keras2"], args: { activation: quoted(KERAS2_STRINGS) } },
      { inputs: [[4, 3]], versions: ["keras3"], args: { activation: quoted(KERAS3_STRINGS) } },
      {
        inputs: [[4, 3]],
        args: {
          activation: ["activations.relu", "activations.gelu", "activations.softmax", "activations.tanh"],
        },
      },
      {
        inputs: [[4, 3, 2]],
        before: ["layers.Conv2D(3, 2)"],
        versions: ["keras3"],
        args: { activation: ["'sparsemax'"] },
        mutant: ["Sparsemax(dim=1)", "Sparsemax()"],
      },
      {
        inputs: [[4, 3, 2]],
        before: ["layers.Conv2D(3, 2)"],
        args: { activation: ["'softmax'", "'relu'", "activations.softmax"] },
        mutant: ["nn.Softmax(dim=1", "nn.Softmax(dim=-1"],
      },
      { inputs: [[4, 3]], versions: ["keras2"], args: { activation: [...KERAS2_FUNCTIONS] } },
      {
        inputs: [[4, 3]],
        versions: ["keras3"],
        args: { activation: [...KERAS3_FUNCTIONS] },
        mutant: ["F.celu(x, 0.5)", "F.celu(x)"],
      },
      {
        inputs: [[4, 3]],
        versions: ["keras2"],
        args: { activation: ["layers.LeakyReLU(0.2)", "layers.ReLU(max_value=1)", "layers.ELU()"] },
      },
    ],
  }),
  layer({
    names: ["LeakyReLU"],
    signatures: {
      keras2: "alpha:negative_slope=0.3",
      keras3: "negative_slope=0.3, alpha:negative_slope=0.3",
    },
    layout: "elementwise",
    frames: true,
    torch: "`nn.LeakyReLU`",
    shape: (_, input) => input,
    emit: ({ args }) => ({
      modules: [{ code: call("nn.LeakyReLU", [args.text("negative_slope") ?? "0.3"]) }],
    }),
    cases: () => [
      {
        inputs: [...RANKS],
        args: { alpha: ["", "0.01", "0"] },
        mutant: ["nn.LeakyReLU(0.3", "nn.LeakyReLU(0.01"],
      },
      { inputs: [[5]], args: { negative_slope: ["0.1"] }, versions: ["keras3"] },
    ],
  }),
  layer({
    names: ["ELU"],
    signatures: { keras2: "alpha=1.0" },
    layout: "elementwise",
    frames: true,
    torch: "`nn.ELU`",
    shape: (_, input) => input,
    emit: ({ args }) => ({ modules: [{ code: call("nn.ELU", [args.text("alpha")]) }] }),
    cases: () => [
      { inputs: [...RANKS], args: { alpha: ["", "0.5", "2"] }, mutant: ["nn.ELU(0.5", "nn.ELU("] },
    ],
  }),
  layer({
    names: ["ThresholdedReLU"],
    signatures: { keras2: "theta=1.0" },
    layout: "elementwise",
    torch: "`nn.Threshold`",
    shape: (_, input) => input,
    emit: ({ args }) => ({ modules: [{ code: call("nn.Threshold", [args.text("theta") ?? "1.0", "0.0"]) }] }),
    cases: () => [
      {
        inputs: [...RANKS],
        args: { theta: ["", "0.5", "0"] },
        versions: ["keras2"],
        mutant: ["nn.Threshold(0.5", "nn.Threshold(1.0"],
      },
    ],
  }),
  layer({
    names: ["ReLU"],
    signatures: {
      keras2: "max_value=None, negative_slope=0., threshold=0.",
      keras3: "max_value=None, negative_slope=0., threshold=0.",
    },
    layout: "elementwise",
    frames: true,
    torch:
      "`nn.ReLU`, `nn.ReLU6`, `nn.Hardtanh`, `nn.LeakyReLU` or `nn.Threshold`; `BoundedReLU` for the rest",
    shape: (_, input) => input,
    emit: ({ args }) => ({ modules: [relu(args)] }),
    cases: () => [
      {
        inputs: [[5], [3, 4, 2]],
        args: {
          max_value: ["", "6", "1.5", "None"],
          negative_slope: ["", "0.2"],
          threshold: ["", "0.5"],
        },
        mutant: ["nn.Hardtanh(0.0", "nn.Hardtanh(-1.0"],
      },
    ],
  }),
  layer({
    names: ["Softmax"],
    signatures: { keras2: "axis=-1" },
    layout: "reorders",
    torch: "`nn.Softmax`; `JointSoftmax` over several axes",
    shape: (_, input) => input,
    emit: (context) => {
      const { input, layout } = context;
      const rank = input.shape.length;
      const axes = axesOf(context);
      const dims = axes.map((axis) => {
        const dim = torchAxis(axis, rank, layout);
        return layout === "last" && rank > 1 ? dim - rank - 1 : dim;
      });
      const module: Module =
        dims.length === 1
          ? { code: `nn.Softmax(dim=${dims[0]})` }
          : { code: call("JointSoftmax", dims.map(String)), helper: "JointSoftmax" };
      return { modules: [module], layout };
    },
    cases: () => [
      { inputs: [[5]], args: { axis: ["", "-1", "1"] } },
      { inputs: [[4, 3]], args: { axis: ["", "1", "2", "-2", "[1, 2]"] }, mutant: ["dim=-2", "dim=-1"] },
      { inputs: [[3, 4, 2]], args: { axis: ["", "1", "2", "3", "-1", "-2", "(1, 2)", "[-1, -2]"] } },
      {
        inputs: [[4, 4, 2]],
        before: ["layers.Conv2D(3, 2)"],
        args: { axis: ["", "1", "2", "3", "-3", "[1, 2]", "[1, 2, 3]"] },
        mutant: ["nn.Softmax(dim=1", "nn.Softmax(dim=-1"],
      },
      {
        inputs: [[4, 3, 2]],
        before: ["layers.Conv2D(3, 2)"],
        after: ["layers.Flatten()"],
        args: { axis: ["", "1"] },
      },
    ],
  }),
  layer({
    names: ["PReLU"],
    signatures: { keras1: "init:alpha_initializer='zeros', weights=None, shared_axes=None", keras2: TAIL },
    layout: "reorders",
    torch: "`nn.PReLU` where places share their slopes; `PReLU` with a slope for each place",
    shape: (_, input) => input,
    emit: prelu,
    cases: () => [
      { inputs: [[5], [4, 3], [3, 4, 2], [2, 2, 3, 2]], args: {}, mutant: ["PReLU(4, 3", "PReLU(1, 3"] },
      { inputs: [[4, 3]], args: { shared_axes: ["[1]", "[2]", "[1, 2]", "(1,)"] } },
      {
        inputs: [[4, 5, 2]],
        before: ["layers.Conv2D(3, 2)"],
        args: { shared_axes: ["", "[1, 2]", "[1]", "[3]", "[1, 2, 3]"], alpha_initializer: ["", "'ones'"] },
      },
      {
        inputs: [[4, 3, 2]],
        before: ["layers.Conv2D(3, 2)"],
        after: ["layers.Flatten()", "layers.Dense(2)"],
        args: { shared_axes: ["", "[1, 2]"] },
      },
    ],
  }),
];

function relu(args: LayerContext["args"]): Module {
  const max = args.isNone("max_value") ? undefined : args.text("max_value");
  const slope = args.number("negative_slope") === 0 ? undefined : args.text("negative_slope");
  const threshold = args.number("threshold") === 0 ? undefined : args.text("threshold");
  const given = [max, slope, threshold].filter((one) => one !== undefined).length;
  if (given === 0) return { code: "nn.ReLU()" };
  if (given === 1) {
    if (max !== undefined)
      return { code: args.number("max_value") === 6 ? "nn.ReLU6()" : call("nn.Hardtanh", ["0.0", max]) };
    return {
      code: slope !== undefined ? call("nn.LeakyReLU", [slope]) : call("nn.Threshold", [threshold, "0.0"]),
    };
  }
  const keywords = { max_value: max, negative_slope: slope, threshold };
  return {
    code: call("BoundedReLU", [], keywords),
    helper: "BoundedReLU",
    keywords: namesGiven(keywords),
  };
}

function prelu(context: LayerContext): Emission {
  const { args, input, layout } = context;
  const rank = input.shape.length;
  const shared = new Set(args.isNone("shared_axes") ? [] : axesOf(context, "shared_axes"));
  const sizes = input.shape.map((dim, i) => (shared.has(i + 1) ? "1" : context.size(dim)));
  const first = rank > 1 && layout === "first";
  // PyTorch's own has its channels on axis 1.
  const own = first ? rank : 1;
  const channels = sizes[own - 1];
  const known = sizes.filter((size) => size !== undefined);
  if (known.length < rank || channels === undefined)
    throw new Unsupported(context.node, "the sizes that `PReLU` gets are not known");
  const apart = input.shape.every((_, i) => i + 1 === own || shared.has(i + 1));
  const parameter = parameterOf(context, "alpha", {
    torch: "weight",
    form: apart ? "flat" : first ? "map" : "same",
    rank,
    shape: input.shape.map((dim, i) => (shared.has(i + 1) ? int(1) : dim)),
  });
  const module: Module = apart
    ? { code: call("nn.PReLU", [channels], { init: "0.0" }), ...parameter }
    : {
        code: call("PReLU", first ? [...known.slice(-1), ...known.slice(0, -1)] : known),
        helper: "PReLU",
        ...parameter,
      };
  return { modules: [module], layout };
}
