/** Batch and layer normalization. */
import { Unsupported } from "../arguments.ts";
import { layer, type Module } from "../layer.ts";
import { call, float } from "../python.ts";

const INITIALIZERS = [
  "beta_initializer",
  "gamma_initializer",
  "moving_mean_initializer",
  "moving_variance_initializer",
];
const TAIL =
  "beta_initializer='zeros', gamma_initializer='ones', moving_mean_initializer='zeros', moving_variance_initializer='ones', beta_regularizer=None, gamma_regularizer=None, beta_constraint=None, gamma_constraint=None";

export const normalization = [
  layer({
    names: ["BatchNormalization"],
    signatures: {
      keras1: `epsilon=1e-3, mode=0, axis=-1, momentum=0.99, weights=None, beta_init:beta_initializer='zero', gamma_init:gamma_initializer='one', gamma_regularizer=None, beta_regularizer=None, center=True, scale=True`,
      keras2: `axis=-1, momentum=0.99, epsilon=1e-3, center=True, scale=True, ${TAIL}, renorm=False, virtual_batch_size=None, fused=None, synchronized=False`,
    },
    layout: "spatial",
    ignores: ["fused", ...INITIALIZERS.slice(2)],
    shape: (_, input) => input,
    emit: (context) => {
      const { args, input, layout, version } = context;
      const rank = input.shape.length;
      const axis = args.value("axis");
      const at =
        axis.kind === "num"
          ? axis.value
          : axis.kind === "list" && axis.elements[0]?.kind === "num"
            ? axis.elements[0].value
            : undefined;
      if (at === undefined || (at !== -1 && at !== rank)) {
        throw new Unsupported(
          args.argument("axis") ?? context.node,
          "`BatchNormalization` is supported over the last axis only, so far",
        );
      }
      const mode = args.has("mode") ? args.number("mode") : 0;
      if (mode !== 0)
        throw new Unsupported(
          args.argument("mode") ?? context.node,
          "this mode of `BatchNormalization` is not supported",
        );
      if (!args.flag("center") || !args.flag("scale")) {
        throw new Unsupported(
          args.argument("center") ?? args.argument("scale") ?? context.node,
          "`center=False` and `scale=False` are not supported yet",
        );
      }
      const initialize = [
        ...context.initializer("beta_initializer", "bias"),
        ...context.initializer("gamma_initializer", "weight"),
      ];
      const features = context.size(input.shape.at(-1));
      if (features === undefined)
        throw new Unsupported(
          context.node,
          "the number of channels that `BatchNormalization` gets is not known",
        );
      const momentum = args.number("momentum");
      const keep =
        momentum !== undefined
          ? float(Number((1 - momentum).toPrecision(12)))
          : `1 - ${args.required("momentum")}`;
      const keywords = { eps: args.text("epsilon") ?? "1e-3", momentum: keep };
      const dims = rank <= 2 ? 1 : rank - 1;
      // On vectors and sequences Keras keeps the biased variance for evaluation, PyTorch the unbiased one.
      const own = dims === 1;
      const note =
        !own && version === "keras3"
          ? { note: "Keras 3 keeps the biased variance: n / (n - 1) in evaluation" }
          : {};
      const module: Module = own
        ? { code: call("BatchNorm1d", [features], keywords), helper: "BatchNorm1d", initialize }
        : { code: call(`nn.BatchNorm${dims}d`, [features], keywords), initialize, ...note };
      return { modules: [module], layout };
    },
  }),
  layer({
    names: ["LayerNormalization"],
    signatures: {
      keras2:
        "axis=-1, epsilon=1e-3, center=True, scale=True, beta_initializer='zeros', gamma_initializer='ones', beta_regularizer=None, gamma_regularizer=None, beta_constraint=None, gamma_constraint=None",
    },
    layout: "last-axis",
    shape: (_, input) => input,
    emit: (context) => {
      const { args, input } = context;
      if (args.number("axis") !== -1)
        throw new Unsupported(
          args.argument("axis") ?? context.node,
          "`LayerNormalization` is supported over the last axis only, so far",
        );
      for (const flag of ["center", "scale"]) {
        if (!args.flag(flag))
          throw new Unsupported(
            args.argument(flag) ?? context.node,
            `\`${flag}=False\` is not supported yet`,
          );
      }
      const features = context.size(input.shape.at(-1));
      if (features === undefined)
        throw new Unsupported(
          context.node,
          "the number of features that `LayerNormalization` gets is not known",
        );
      return {
        modules: [{ code: call("nn.LayerNorm", [features], { eps: args.text("epsilon") ?? "1e-3" }) }],
      };
    },
  }),
];
