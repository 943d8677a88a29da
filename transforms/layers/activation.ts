/** Activations as layers of their own, and layers of noise. */
import { Unsupported } from "../arguments.ts";
import { layer } from "../layer.ts";
import { call } from "../python.ts";

const TAIL = "alpha_initializer='zeros', alpha_regularizer=None, alpha_constraint=None, shared_axes=None";

export const activationLayers = [
  layer({
    names: ["LeakyReLU"],
    signatures: {
      keras2: "alpha:negative_slope=0.3",
      keras3: "negative_slope=0.3, alpha:negative_slope=0.3",
    },
    layout: "elementwise",
    shape: (_, input) => input,
    emit: ({ args }) => ({
      modules: [{ code: call("nn.LeakyReLU", [args.text("negative_slope") ?? "0.3"]) }],
    }),
  }),
  layer({
    names: ["ELU"],
    signatures: { keras2: "alpha=1.0" },
    layout: "elementwise",
    shape: (_, input) => input,
    emit: ({ args }) => ({ modules: [{ code: call("nn.ELU", [args.text("alpha")]) }] }),
  }),
  layer({
    names: ["ThresholdedReLU"],
    signatures: { keras2: "theta=1.0" },
    layout: "elementwise",
    shape: (_, input) => input,
    emit: ({ args }) => ({ modules: [{ code: call("nn.Threshold", [args.text("theta") ?? "1.0", "0.0"]) }] }),
  }),
  layer({
    names: ["ReLU"],
    signatures: { keras2: "max_value=None, negative_slope=0., threshold=0." },
    layout: "elementwise",
    shape: (_, input) => input,
    emit: (context) => {
      const { args } = context;
      if (args.number("threshold") !== 0)
        throw new Unsupported(context.node, "`ReLU` with a threshold is not supported yet");
      const slope = args.number("negative_slope");
      const max = args.isNone("max_value") ? undefined : args.text("max_value");
      if (max !== undefined && slope !== 0)
        throw new Unsupported(context.node, "`ReLU` with both a slope and a maximum is not supported yet");
      if (max !== undefined)
        return {
          modules: [
            { code: args.number("max_value") === 6 ? "nn.ReLU6()" : call("nn.Hardtanh", ["0.0", max]) },
          ],
        };
      return {
        modules: [{ code: slope === 0 ? "nn.ReLU()" : call("nn.LeakyReLU", [args.text("negative_slope")]) }],
      };
    },
  }),
  layer({
    names: ["Softmax"],
    signatures: { keras2: "axis=-1" },
    layout: "last-axis",
    shape: (_, input) => input,
    emit: (context) => {
      if (context.args.number("axis") !== -1)
        throw new Unsupported(context.node, "`Softmax` is supported over the last axis only, so far");
      return {
        modules: [{ code: context.input.shape.length === 1 ? "nn.Softmax(dim=1)" : "nn.Softmax(dim=-1)" }],
      };
    },
  }),
  layer({
    names: ["PReLU"],
    signatures: { keras2: TAIL },
    layout: "last-axis",
    shape: (_, input) => input,
    emit: (context) => {
      const { input } = context;
      if (input.shape.length !== 1)
        throw new Unsupported(context.node, "`PReLU` on maps is not supported yet");
      const features = context.size(input.shape[0]);
      if (features === undefined)
        throw new Unsupported(context.node, "the number of features that `PReLU` gets is not known");
      return {
        modules: [
          {
            code: call("nn.PReLU", [features], { init: "0.0" }),
            initialize: context.initializer("alpha_initializer", "weight"),
          },
        ],
      };
    },
  }),
  layer({
    names: ["AlphaDropout"],
    signatures: { keras2: "rate, noise_shape=None, seed=None" },
    layout: "elementwise",
    ignores: ["seed"],
    shape: (_, input) => input,
    emit: ({ args }) => ({ modules: [{ code: call("nn.AlphaDropout", [args.required("rate")]) }] }),
  }),
  layer({
    names: ["GaussianNoise"],
    signatures: { keras1: "sigma:stddev", keras2: "stddev, seed=None" },
    layout: "elementwise",
    ignores: ["seed"],
    shape: (_, input) => input,
    emit: ({ args }) => ({
      modules: [{ code: call("GaussianNoise", [args.required("stddev")]), helper: "GaussianNoise" }],
    }),
  }),
  layer({
    names: ["GaussianDropout"],
    signatures: { keras1: "p:rate", keras2: "rate, seed=None" },
    layout: "elementwise",
    ignores: ["seed"],
    shape: (_, input) => input,
    emit: ({ args }) => ({
      modules: [{ code: call("GaussianDropout", [args.required("rate")]), helper: "GaussianDropout" }],
    }),
  }),
  layer({
    names: ["SpatialDropout1D"],
    signatures: { keras1: "p:rate", keras2: "rate, seed=None" },
    layout: "reorders",
    ignores: ["seed"],
    shape: (_, input) => input,
    emit: ({ args, layout }) => ({
      modules: [
        layout === "first"
          ? { code: call("nn.Dropout1d", [args.required("rate")]) }
          : { code: call("SpatialDropout1d", [args.required("rate")]), helper: "SpatialDropout1d" },
      ],
      layout,
    }),
  }),
  layer({
    names: ["SpatialDropout2D"],
    signatures: {
      keras1: "p:rate, dim_ordering:data_format=None",
      keras2: "rate, data_format=None, seed=None",
    },
    layout: "spatial",
    ignores: ["seed"],
    shape: (_, input) => input,
    emit: ({ args }) => ({
      modules: [{ code: call("nn.Dropout2d", [args.required("rate")]) }],
      layout: "first",
    }),
  }),
];
