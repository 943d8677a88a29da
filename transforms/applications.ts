/** `keras.applications`: pretrained bases, and the modules of torchvision that stand for them. */
import type { BoundArgs, Construct } from "../src/analysis/constructs.ts";
import type { Machine } from "../src/analysis/machine.ts";
import type { TensorType } from "../src/analysis/model.ts";
import { declaredInput, modelOfLayer } from "../src/analysis/models.ts";
import { int, type Num } from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import {
  constructsOf,
  type Emission,
  type LayerContext,
  type LayerEntry,
  layer,
  type Module,
} from "./layer.ts";
import { KERNEL_AND_BIAS } from "./layers/core.ts";
import { over } from "./sizes.ts";

interface Application {
  readonly name: string;
  /** torchvision's function. */
  readonly function: string;
  /** The part of it that Keras gives without its top: `{}` is the whole. */
  readonly trunk: string;
  /** Channels of the maps that it gives; their sizes are a 32nd of the image's. */
  readonly channels: number;
  /** The same function of the same weights: others differ in padding, epsilon or where they scale. */
  readonly exact?: true;
}

const vgg = (depth: number): Application => ({
  name: `VGG${depth}`,
  function: `vgg${depth}`,
  trunk: "{}.features",
  channels: 512,
  exact: true,
});
const resnet = (depth: number): Application => ({
  name: `ResNet${depth}`,
  function: `resnet${depth}`,
  trunk: "nn.Sequential(*list({}.children())[:-2])",
  channels: 2048,
});
const densenet = (depth: number, channels: number): Application => ({
  name: `DenseNet${depth}`,
  function: `densenet${depth}`,
  trunk: "nn.Sequential({}.features, nn.ReLU())",
  channels,
});
const efficientnet = (scale: number, channels: number): Application => ({
  name: `EfficientNetB${scale}`,
  function: `efficientnet_b${scale}`,
  trunk: "{}.features",
  channels,
});

const APPLICATIONS: readonly Application[] = [
  vgg(16),
  vgg(19),
  resnet(50),
  resnet(101),
  resnet(152),
  densenet(121, 1024),
  densenet(169, 1664),
  densenet(201, 1920),
  { name: "MobileNetV2", function: "mobilenet_v2", trunk: "{}.features", channels: 1280 },
  ...[1280, 1280, 1408, 1536, 1792, 2048, 2304, 2560].map((channels, scale) => efficientnet(scale, channels)),
];

const SIGNATURE =
  "include_top=True, weights='imagenet', input_tensor=None, input_shape=None, pooling=None, classes=1000, classifier_activation='softmax', name=None";

/** As in Keras: a shape, or an `Input` of one. */
function inputOf(args: BoundArgs, m: Machine): TensorType | undefined {
  const tensor = args.given.get("input_tensor")?.value;
  if (tensor?.kind === "object") return declaredInput(m, tensor.args);
  const declared = args.given.has("input_shape") ? declaredInput(m, args) : undefined;
  return declared ?? { shape: [undefined, undefined, int(3)], dtype: "float" };
}

function pooling(args: Arguments): string | undefined {
  return args.isNone("pooling") ? undefined : args.option("pooling");
}

function shapeOf({ channels }: Application, args: Arguments, input: TensorType): TensorType | undefined {
  if (input.shape.length !== 3) return undefined;
  const pooled = args.value("pooling").kind !== "none";
  const cells = (dim: Num | undefined) => over(dim, int(32));
  const maps = pooled ? [] : [cells(input.shape[0]), cells(input.shape[1])];
  return { dtype: "float", shape: [...maps, int(channels)] };
}

function emit(application: Application, context: LayerContext): Emission {
  const { args, node } = context;
  const pretrained = !args.isNone("weights");
  if (args.flag("include_top"))
    throw new Unsupported(
      node,
      `\`${application.name}\` with its top is not supported: torchvision's drops out`,
    );
  if (pretrained && args.option("weights") !== "imagenet")
    throw new Unsupported(args.argument("weights") ?? node, "weights from a file of Keras are not supported");
  if (pretrained && !context.torchvisionWeights) {
    throw new Unsupported(
      args.argument("weights") ?? node,
      "torchvision's pretrained weights are not those of Keras: the results differ",
      "--torchvision-weights takes them all the same, for a model that is trained further.",
    );
  }
  if (!pretrained && !application.exact)
    throw new Unsupported(node, `torchvision's ${application.function} is another function than Keras's`);
  for (const name of ["input_tensor", "input_shape", "classes", "classifier_activation"]) args.value(name);
  const made = `torchvision.models.${application.function}(weights=${pretrained ? '"DEFAULT"' : "None"})`;
  const trunk: Module = {
    code: application.trunk.replace("{}", made),
    // Of all of them only VGG, which is the same function too, does not normalize.
    ...(application.exact ? {} : { statistics: "followed" }),
    ...(pretrained
      ? { note: "torchvision's weights, not Keras's", pretrained: "torchvision" }
      : { init: { type: "nn.Conv2d", lines: KERNEL_AND_BIAS } }),
  };
  const pool = pooling(args);
  if (pool === undefined) return { modules: [trunk], layout: "first" };
  const kind = pool === "avg" ? "Avg" : "Max";
  return {
    modules: [trunk, { code: `nn.Adaptive${kind}Pool2d(1)` }, { code: "nn.Flatten()" }],
    layout: "last",
  };
}

function entryOf(application: Application): LayerEntry {
  return layer({
    names: [application.name],
    signatures: { keras2: SIGNATURE },
    layout: "spatial",
    shape: (args, input) => shapeOf(application, args, input),
    declaredInput: inputOf,
    emit: (context) => emit(application, context),
  });
}

/** Calls make a model of one layer, the base: it is trained, frozen and nested as any other. */
export const applicationConstructs: readonly Construct[] = APPLICATIONS.flatMap((application) =>
  constructsOf(entryOf(application)).map((base) => ({
    path: `keras.applications.${application.name}`,
    kind: "model" as const,
    signatures: base.signatures,
    result: ({ machine, call, args }) =>
      modelOfLayer(machine, call, { kind: "object", construct: base, args, node: call }),
  })),
);
