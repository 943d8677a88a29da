/** Batch normalization. */
import { Unsupported } from "../arguments.ts";
import { type Emission, type LayerContext, layer, type Module } from "../layer.ts";
import { call, float } from "../python.ts";
import { axesOf, swap, torchAxis } from "./axes.ts";
import { biasPlace, type Place, parameterOf, together } from "./parameters.ts";

const TAIL =
  "beta_initializer='zeros', gamma_initializer='ones', moving_mean_initializer='zeros', moving_variance_initializer='ones', beta_regularizer=None, gamma_regularizer=None, beta_constraint=None, gamma_constraint=None";

/** Scale and offset of a normalization: the arguments about them, and what is left out of training. */
export function scaleAndOffset(
  context: LayerContext,
  place: Omit<Place, "torch">,
): { said: Partial<Module>; weight: boolean; bias: boolean } {
  const { args } = context;
  const [weight, bias] = [args.flag("scale"), args.flag("center")];
  const said = together(
    ...(weight ? [parameterOf(context, "gamma", { ...place, torch: "weight" })] : []),
    ...(bias ? [parameterOf(context, "beta", { ...place, torch: "bias" })] : []),
  );
  for (const [name, there] of [
    ["gamma", weight],
    ["beta", bias],
  ] as const) {
    if (there) continue;
    for (const what of ["initializer", "regularizer", "constraint"]) args.value(`${name}_${what}`);
  }
  return { said, weight, bias };
}

/** What Keras leaves out and PyTorch has stays at 1 and 0. */
export function unscaled(said: Partial<Module>, weight: boolean, bias: boolean): readonly string[] {
  const frozen = weight ? (bias ? [] : ["{}.bias"]) : bias ? ["{}.weight"] : ["{}"];
  return [...(said.initialize ?? []), ...frozen.map((one) => `${one}.requires_grad_(False)`)];
}

function batchNormalization(context: LayerContext): Emission {
  const { args, input, layout, version, node } = context;
  const rank = input.shape.length;
  const axes = axesOf(context);
  const [axis] = axes;
  if (axis === undefined || axes.length > 1)
    throw new Unsupported(
      args.argument("axis") ?? node,
      "`BatchNormalization` over several axes is not supported",
    );
  if (args.has("mode") && args.number("mode") !== 0)
    throw new Unsupported(
      args.argument("mode") ?? node,
      "this mode of `BatchNormalization` is not supported",
    );
  const features = context.size(input.shape[axis - 1]);
  if (features === undefined)
    throw new Unsupported(node, "the number of channels that `BatchNormalization` gets is not known");
  if (rank > 4) throw new Unsupported(node, "`BatchNormalization` of more than 4 axes is not supported");
  requireFused(context, axis);
  const units = input.shape[axis - 1];
  const { said, weight, bias } = scaleAndOffset(context, biasPlace(units));
  const statistics = together(
    parameterOf(context, "moving_mean", biasPlace(units, "running_mean")),
    parameterOf(context, "moving_variance", biasPlace(units, "running_var")),
  );
  const keywords = { eps: args.text("epsilon") ?? "1e-3", momentum: momentumOf(args) };
  const dims = rank <= 2 ? 1 : rank - 1;
  const about = {
    initialize: [...unscaled(said, weight, bias), ...statistics.initialize],
    penalties: said.penalties ?? [],
    constraints: said.constraints ?? [],
    weights: [...(said.weights ?? []), ...statistics.weights],
    statistics: "followed" as const,
  };
  // On vectors and sequences Keras keeps the biased variance for evaluation, PyTorch the unbiased one.
  const own = dims === 1;
  const note =
    !own && version === "keras3" && !context.frozen
      ? { note: "Keras 3 keeps the biased variance: n / (n - 1) in evaluation" }
      : {};
  const module: Module = context.frozen
    ? {
        code: call("FrozenBatchNorm", [features], keywords),
        helper: "FrozenBatchNorm",
        ...about,
        statistics: "held",
      }
    : own
      ? { code: call("BatchNorm1d", [features], keywords), helper: "BatchNorm1d", ...about }
      : { code: call(`nn.BatchNorm${dims}d`, [features], keywords), ...about, ...note };
  const at = torchAxis(axis, rank, layout);
  if (rank === 1 || at === 1) return { modules: [module], layout };
  const turn: Module = swap(rank, 1, at);
  return { modules: [turn, module, turn], layout };
}

/** Of maps, Keras 2 keeps the unbiased variance only where it takes the fused operation, whose axes are the outer ones. */
function requireFused({ args, input, version, node }: LayerContext, axis: number): void {
  const rank = input.shape.length;
  const fused = args.value("fused");
  const unfused = fused.kind !== "none" && !(fused.kind === "bool" && fused.value === true);
  if (unfused || (rank > 2 && version !== "keras3" && axis !== 1 && axis !== rank))
    throw new Unsupported(
      args.argument(unfused ? "fused" : "axis") ?? node,
      "maps whose `BatchNormalization` is not fused keep the biased variance, which is not supported",
    );
}

/** PyTorch's momentum is what Keras's leaves. */
function momentumOf(args: LayerContext["args"]): string {
  const momentum = args.number("momentum");
  if (momentum !== undefined) return float(Number((1 - momentum).toPrecision(12)));
  const type = args.expr("momentum")?.type;
  const text = args.required("momentum");
  return type === "Name" || type === "Attribute" || type === "Subscript" ? `1 - ${text}` : `1 - (${text})`;
}

export const normalization = [
  layer({
    names: ["BatchNormalization"],
    signatures: {
      keras1: `epsilon=1e-3, mode=0, axis=-1, momentum=0.99, weights=None, beta_init:beta_initializer='zero', gamma_init:gamma_initializer='one', gamma_regularizer=None, beta_regularizer=None, center=True, scale=True`,
      keras2: `axis=-1, momentum=0.99, epsilon=1e-3, center=True, scale=True, ${TAIL}, renorm=False, renorm_clipping=None, renorm_momentum=0.99, virtual_batch_size=None, fused=None, synchronized=False`,
    },
    // Of data with the channels first, the first axis is what it takes.
    layout: (args) => (args.number("axis") === 1 ? "reorders" : "spatial"),
    torch:
      "`nn.BatchNorm2d` or `nn.BatchNorm3d`; `BatchNorm1d` on vectors and sequences, whose variance Keras counts otherwise",
    notes:
      "Keras 3 keeps the biased variance of maps too; the difference is the factor n / (n - 1) in evaluation.",
    reports: {
      fused: "False",
      mode: "1",
      renorm: "True",
      renorm_clipping: "{'rmax': 3}",
      renorm_momentum: "0.9",
      virtual_batch_size: "2",
      synchronized: "True",
    },
    shape: (_, input) => input,
    emit: batchNormalization,
    cases: () => [
      {
        inputs: [[5], [4, 3], [1, 2]],
        args: { momentum: ["", "0.8"], epsilon: ["", "1e-5"], center: ["", "False"], scale: ["", "False"] },
        mutant: ["BatchNorm1d(3", "nn.BatchNorm1d(3"],
      },
      {
        inputs: [
          [4, 3, 2],
          [2, 3, 2, 2],
        ],
        versions: ["keras2"],
        args: { momentum: ["", "0.8"], epsilon: ["", "1e-5"], center: ["", "False"], scale: ["", "False"] },
        mutant: ["momentum=0.01", "momentum=0.99"],
      },
      {
        // The variance of a batch is another there, which shows in training.
        inputs: [
          [4, 3, 2],
          [2, 3, 2, 2],
        ],
        versions: ["keras3"],
        evaluation: true,
        args: { momentum: ["", "0.8"], epsilon: ["", "1e-5"], center: ["", "False"], scale: ["", "False"] },
      },
      {
        inputs: [
          [4, 3],
          [3, 3],
        ],
        args: { axis: ["1", "2", "-1", "-2"] },
        mutant: ["Permute(0, 2, 1)", "nn.Identity()"],
      },
      {
        inputs: [[4, 4, 4]],
        versions: ["keras3"],
        evaluation: true,
        args: { axis: ["1", "2", "3", "-2"] },
      },
      {
        inputs: [[4, 5, 2]],
        before: ["layers.Conv2D(3, 2)"],
        versions: ["keras2"],
        args: { axis: ["", "3", "-1", "[-1]"] },
      },
      {
        inputs: [[5, 2]],
        before: ["layers.Conv1D(3, 2)"],
        args: { axis: ["", "1", "2"] },
        after: ["layers.Flatten()"],
      },
      {
        inputs: [[4, 4, 2]],
        before: ["layers.Conv2D(3, 2)"],
        versions: ["keras2"],
        args: {},
        after: ["layers.Flatten()", "layers.BatchNormalization()", "layers.Dense(2)"],
      },
      {
        inputs: [[5], [4, 3], [4, 4, 2]],
        args: { trainable: ["False"] },
        mutant: ["FrozenBatchNorm(5", "BatchNorm1d(5"],
      },
      {
        inputs: [[5]],
        args: {
          beta_initializer: ["'ones'"],
          gamma_initializer: ["'zeros'"],
          moving_mean_initializer: ["'ones'"],
          moving_variance_initializer: ["'ones'"],
        },
      },
    ],
  }),
];
