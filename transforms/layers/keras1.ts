/** Layers that only Keras 1 has, and the first releases of Keras 2 for old scripts. */

import { Unsupported } from "../arguments.ts";
import { scalingLine } from "../initializers.ts";
import { type Emission, type LayerCases, type LayerContext, layer, type Module } from "../layer.ts";
import { call, namesGiven } from "../python.ts";
import { axesOf } from "./axes.ts";
import { activityPenalty, KERNEL_AND_BIAS, KERNEL_ONLY } from "./core.ts";
import { firstFans, GLOROT, type Numbers } from "./first-start.ts";
import { parameterOf, together, withoutBias } from "./parameters.ts";
import { standIn } from "./stand-in.ts";
import { stepFunction } from "./step-functions.ts";

const REGULARIZED =
  "W_regularizer:kernel_regularizer=None, b_regularizer:bias_regularizer=None, activity_regularizer=None, W_constraint:kernel_constraint=None, b_constraint:bias_constraint=None, bias:use_bias=True, input_dim=None";

function maxout(context: LayerContext): Emission {
  const { args, input } = context;
  const bias = args.flag("use_bias");
  const features = vectorSize(context);
  const pieces = args.size("nb_feature")?.value;
  const units = args.size("units")?.value;
  const fans = firstFans([pieces, input.shape[0]?.value, units]);
  const kernel = parameterOf(context, "kernel", { torch: "weight", form: "same", rank: 3, fans });
  if (!bias) withoutBias(args);
  const said = bias
    ? together(kernel, parameterOf(context, "bias", { torch: "bias", form: "same", rank: 2 }))
    : kernel;
  const module: Module = {
    code: call("MaxoutDense", [features, args.required("units"), args.text("nb_feature") ?? "4"], {
      bias: bias ? undefined : "False",
    }),
    helper: "MaxoutDense",
    keywords: bias ? [] : ["bias"],
    ...said,
  };
  return { modules: [module, ...activityPenalty(context)] };
}

/** The size of the vectors that a layer takes. */
function vectorSize({ node, input, size }: LayerContext): string {
  const features = size(input.shape[0]);
  if (input.shape.length === 1 && features !== undefined) return features;
  throw new Unsupported(node, "this layer takes vectors of a size that is known");
}

function highway(context: LayerContext): Emission {
  const { args } = context;
  const bias = args.flag("use_bias");
  const features = vectorSize(context);
  const { name, code } = stepFunction(context, "activation");
  const kernel = (keras: string, torch: string) =>
    parameterOf(context, "kernel", { torch: `${torch}.weight`, form: "transpose", rank: 2, keras });
  const { initialize, weights } = kernel("W_carry", "gate");
  // What is said of the weights is said of the first ones; both start alike.
  const gate = { initialize, weights, penalties: [], constraints: [] };
  const biases = bias
    ? together(parameterOf(context, "bias", { torch: "linear.bias", form: "same", rank: 1, keras: "b" }), {
        initialize: ["nn.init.ones_({}.gate.bias)"],
        weights: [{ keras: "b_carry", torch: ["gate.bias"], form: "same", rank: 1 }],
        penalties: [],
        constraints: [],
      })
    : undefined;
  if (!bias) withoutBias(args);
  const kernels = together(kernel("W", "linear"), gate);
  const keywords = {
    activation: name === "linear" ? undefined : code,
    bias: bias ? undefined : "False",
  };
  const module: Module = {
    code: call("Highway", [features], keywords),
    helper: "Highway",
    keywords: namesGiven(keywords),
    init: { type: "nn.Linear", lines: bias ? KERNEL_AND_BIAS : KERNEL_ONLY },
    ...(biases ? together(kernels, biases) : kernels),
  };
  return { modules: [module, ...activityPenalty(context)] };
}

/** Where an activation with weights of each place keeps them: the sizes of its parameters, the channels where they stand. */
function places(context: LayerContext): {
  sizes: string[];
  fans: Numbers;
  form: "map" | "same";
  rank: number;
} {
  const { args, input, layout, node } = context;
  const rank = input.shape.length;
  const shared = new Set(args.isNone("shared_axes") ? [] : axesOf(context, "shared_axes"));
  const sizes = input.shape.map((dim, i) => (shared.has(i + 1) ? "1" : context.size(dim)));
  const known = sizes.flatMap((size) => size ?? []);
  if (known.length < rank) throw new Unsupported(node, "the sizes that this layer gets are not known");
  const first = rank > 1 && layout === "first";
  const fans = firstFans(input.shape.map((dim, i) => (shared.has(i + 1) ? 1 : dim?.value)));
  return {
    sizes: first ? [...known.slice(-1), ...known.slice(0, -1)] : known,
    fans,
    form: first ? "map" : "same",
    rank,
  };
}

const SRELU: Readonly<Record<string, string>> = {
  t_left: "left",
  a_left: "left_slope",
  t_right: "width",
  a_right: "right_slope",
};

function srelu(context: LayerContext): Emission {
  const { sizes, fans, form, rank } = places(context);
  const all = Object.entries(SRELU).map(([keras, torch]) => {
    const said = parameterOf(context, keras, { torch, form, rank, fans });
    // The module itself starts as for a vector; Keras counts the fans of some other ranks by their axes.
    const usual = rank % 2 === 1 && rank < 4;
    if (usual || said.initialize.length > 0 || !["a_left", "t_right"].includes(keras)) return said;
    const made = scalingLine(`{}.${torch}`, GLOROT, fans);
    if (!made) throw new Unsupported(context.node, "the sizes that this layer starts by are not known");
    return { ...said, initialize: [made.line] };
  });
  const module = { code: call("SReLU", sizes), helper: "SReLU", ...together(...all) };
  return { modules: [module], layout: context.layout };
}

function softplus(context: LayerContext): Emission {
  const { args } = context;
  const { sizes, form, rank } = places(context);
  const keywords = { alpha: args.text("alpha_init"), beta: args.text("beta_init") };
  const module: Module = {
    code: call("ParametricSoftplus", sizes, keywords),
    helper: "ParametricSoftplus",
    keywords: namesGiven(keywords),
    weights: ["alpha", "beta"].map((name) => ({ keras: `${name}s`, torch: [name], form, rank })),
  };
  return { modules: [module], layout: context.layout };
}

/** No Keras of today has them: `test/layers/keras1.py` says what they compute. */
const stand = (name: string) => standIn(`keras1.${name}`);

const ONCE = { versions: ["keras1"] as const };

function shapedCases(name: string, args: LayerCases["args"], mutant: LayerCases["mutant"]): LayerCases[] {
  return [
    {
      ...ONCE,
      inputs: [[5], [4, 3], [3, 4, 2], [2, 2, 3, 2]],
      args,
      stand: stand(name),
      ...(mutant && { mutant }),
    },
    {
      ...ONCE,
      inputs: [[4, 5, 2]],
      before: ["layers.Conv2D(3, 2)"],
      args: { ...args, shared_axes: ["", "[1, 2]", "[1]", "[3]", "(1, 2, 3)"] },
      stand: stand(name),
    },
    {
      ...ONCE,
      inputs: [[4, 3, 2]],
      before: ["layers.Conv2D(3, 2)"],
      after: ["layers.Flatten()", "layers.Dense(2)"],
      args: { shared_axes: ["", "[1, 2]"] },
      stand: stand(name),
    },
  ];
}

export const keras1Layers = [
  layer({
    names: ["MaxoutDense"],
    signatures: {
      keras1: `output_dim:units, nb_feature=4, init:kernel_initializer='glorot_uniform', weights=None, ${REGULARIZED}`,
    },
    layout: "last-axis",
    usualRank: 1,
    torch: "`MaxoutDense`, an own module",
    notes: "Keras 1 only.",
    shape: (args, input) => ({ ...input, dtype: "float", shape: [args.size("units")] }),
    emit: maxout,
    cases: () => [
      {
        ...ONCE,
        inputs: [[5], [1]],
        args: { output_dim: ["3", "1"], nb_feature: ["", "2", "1"], bias: ["", "False"] },
        stand: stand("MaxoutDense"),
        mutant: [".amax(0)", ".mean(0)"],
      },
      {
        ...ONCE,
        inputs: [[4, 3, 2]],
        before: ["layers.Conv2D(3, 2)", "layers.Flatten()"],
        after: ["layers.Dense(2)"],
        args: { output_dim: ["4"], W_regularizer: ["'l2'"], b_constraint: ["", "'nonneg'"] },
        stand: stand("MaxoutDense"),
      },
    ],
  }),
  layer({
    names: ["Highway"],
    signatures: {
      keras1: `init:kernel_initializer='glorot_uniform', activation=None, weights=None, ${REGULARIZED}, transform_bias=None`,
    },
    layout: "last-axis",
    usualRank: 1,
    torch: "`Highway`, an own module of two `nn.Linear`",
    notes: "Keras 1 only.",
    ignores: ["transform_bias"],
    shape: (_, input) => input,
    emit: highway,
    cases: () => [
      {
        ...ONCE,
        inputs: [[5], [1]],
        args: { activation: ["", "'relu'", "'tanh'", "'hard_sigmoid'", "'softmax'"], bias: ["", "False"] },
        stand: stand("Highway"),
        mutant: ["torch.lerp(x, outputs,", "torch.lerp(outputs, x,"],
      },
      {
        ...ONCE,
        inputs: [[4]],
        before: ["layers.Dense(3)"],
        after: ["layers.Dense(2)"],
        args: { init: ["", "'uniform'"], W_regularizer: ["'l2'"], activation: ["'relu'"] },
        stand: stand("Highway"),
      },
    ],
  }),
  layer({
    names: ["SReLU"],
    signatures: {
      keras1:
        "t_left_init:t_left_initializer='zero', a_left_init:a_left_initializer='glorot_uniform', t_right_init:t_right_initializer='glorot_uniform', a_right_init:a_right_initializer='one', shared_axes=None",
    },
    layout: "reorders",
    torch: "`SReLU`, an own module with weights for each place",
    notes: "Keras 1 only.",
    shape: (_, input) => input,
    emit: srelu,
    cases: () => shapedCases("SReLU", {}, ["self.left + self.width.abs()", "self.width.abs()"]),
  }),
  layer({
    names: ["ParametricSoftplus"],
    signatures: { keras1: "alpha_init=0.2, beta_init=5.0, weights=None, shared_axes=None" },
    layout: "reorders",
    torch: "`ParametricSoftplus`, an own module with weights for each place",
    notes: "Keras 1 only.",
    shape: (_, input) => input,
    emit: softplus,
    cases: () =>
      shapedCases("ParametricSoftplus", { alpha_init: ["", "0.5"], beta_init: ["", "2"] }, [
        "self.alpha * F.softplus(self.beta * x)",
        "F.softplus(self.alpha * self.beta * x)",
      ]),
  }),
];
