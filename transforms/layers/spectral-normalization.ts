/** SpectralNormalization: a layer whose kernel is divided by its largest singular value while it trains. */
import type { TensorType } from "../../src/analysis/model.ts";
import { declaredInput } from "../../src/analysis/models.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import {
  type Emission,
  ignoredBy,
  type LayerConstruct,
  type LayerContext,
  type LayoutRule,
  layer,
  layoutRule,
  type Module,
} from "../layer.ts";
import { call, namesGiven } from "../python.ts";
import { weightsInside } from "../weights.ts";
import { innerContext, wrapped } from "./inner.ts";

/** Layers with one kernel, whose columns are its outputs. */
const KERNELS = [
  "Dense",
  "Conv1D",
  "Conv2D",
  "Conv3D",
  "Conv1DTranspose",
  "Conv2DTranspose",
  "Conv3DTranspose",
];

function layoutOf(args: Arguments, input: TensorType): LayoutRule {
  const inner = wrapped(args);
  if (!inner) return "last-axis";
  const { entry } = inner.construct as LayerConstruct;
  return layoutRule(entry, args.of(inner.args, inner.node), input);
}

function emit(context: LayerContext): Emission {
  const { args, node } = context;
  const inner = wrapped(args);
  if (!inner) throw args.unknown("layer");
  const { entry, context: own } = innerContext(context, inner, context.input);
  const name = entry.names[0] ?? "";
  const embedding = name === "Embedding";
  if (!embedding && !KERNELS.includes(name))
    throw new Unsupported(inner.node, `\`SpectralNormalization\` of \`${name}\` is not supported`);
  if (embedding && context.version === "keras3")
    throw new Unsupported(
      node,
      "Keras 3 rounds what `SpectralNormalization` of an `Embedding` gives to integers",
    );
  const emission = entry.emit(own);
  if (emission.modules.some(({ code, pretrained }) => code.startsWith("nn.Lazy") || pretrained !== undefined))
    throw new Unsupported(inner.node, "`SpectralNormalization` of this layer is not supported");
  own.args.finish(name, ignoredBy(entry));
  if (emission.masked || context.masked)
    throw new Unsupported(node, "`SpectralNormalization` with masked steps is not supported");
  const steps = args.number("power_iterations");
  if (steps === undefined) throw args.unknown("power_iterations");
  const keywords = {
    iterations: steps === 1 ? undefined : args.required("power_iterations"),
    columns: embedding ? "True" : undefined,
  };
  const modules = emission.modules.map((module) =>
    (module.weights?.length ?? 0) > 0 ? normalized(module, keywords, context.version === "keras3") : module,
  );
  return { ...emission, modules };
}

function normalized(
  module: Module,
  keywords: Readonly<Record<string, string | undefined>>,
  first: boolean,
): Module {
  const moved = (lines: readonly string[] = []) => lines.map((line) => line.replaceAll("{}", "{}.module"));
  const held = weightsInside("module", module.weights);
  const vector = { keras: "vector_u", torch: ["u"], form: "flat", rank: 2 } as const;
  const given = namesGiven(keywords);
  return {
    ...module,
    code: call("SpectralNorm", [module.code], keywords),
    helper: "SpectralNorm",
    keywords: given,
    initialize: moved(module.initialize),
    penalties: moved(module.penalties),
    constraints: moved(module.constraints),
    // Keras 3 lists the kernel first, as its own, then the vector.
    weights: first ? [...held.slice(0, 1), vector, ...held.slice(1)] : [...held, vector],
  };
}

export const spectralNormalization = [
  layer({
    names: ["SpectralNormalization"],
    signatures: { keras2: "layer, power_iterations=1", keras3: "layer, power_iterations=1" },
    layout: layoutOf,
    torch:
      "`SpectralNorm`, an own module around the layer's: Keras sets the kernel itself to what it is divided by",
    declaredInput: (args, m) => {
      const inner = args.given.get("layer")?.value;
      const own = declaredInput(m, args);
      if (own || inner?.kind !== "object") return own;
      return inner.construct.declaredInput?.(inner.args, m) ?? declaredInput(m, inner.args, inner.construct);
    },
    shape: (args, input) => {
      const inner = wrapped(args);
      return inner?.construct.shape?.(inner.args, input, args.machine);
    },
    emit,
    cases: () => [
      {
        inputs: [[5], [4, 3]],
        args: {
          layer: ["layers.Dense(4)", "layers.Dense(2, activation='softmax', use_bias=False)"],
          power_iterations: ["", "3"],
        },
        mutant: ["SpectralNorm(", "nn.utils.parametrizations.spectral_norm("],
      },
      {
        inputs: [[6, 5, 3]],
        args: {
          layer: [
            "layers.Conv2D(4, 3, activation='relu')",
            "layers.Conv2D(4, 3, strides=2, padding='same')",
            "layers.Conv2DTranspose(4, 3, strides=2, padding='same', activation='tanh')",
          ],
        },
        after: ["layers.Flatten()", "layers.Dense(2)"],
      },
      { inputs: [[6, 3]], args: { layer: ["layers.Conv1D(4, 3, kernel_regularizer='l2')"] } },
      { inputs: [[4, "<", 7]], versions: ["keras2"], args: { layer: ["layers.Embedding(7, 3)"] } },
    ],
  }),
];
