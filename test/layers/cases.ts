/** The cases of the layer table: small models, converted, with how their weights are carried over. */
import { loadParser } from "../../grammars/index.ts";
import type { KerasVersion } from "../../src/analysis/constructs.ts";
import { type Conversion, convert } from "../../src/convert.ts";
import type { LayerCases, LayerEntry } from "../../transforms/layer.ts";
import { fromKeras, type WeightMap } from "../../transforms/weights.ts";

const parser = await loadParser();

/** A model of a few layers as both frameworks get it. */
export interface Case {
  readonly id: string;
  /** Shape of the input without the batch axis; `[5, "<", 20]` are indices below 20. */
  readonly input: readonly (number | "<")[];
  /** What Keras runs. */
  readonly keras: string;
  /** What is converted, where that is another model than Keras runs. */
  readonly source?: string;
  /** It is the same with the channels first. */
  readonly turned?: true;
  readonly version: KerasVersion;
  readonly random: boolean;
  /** What is random comes from numbers that both frameworks get. */
  readonly draws?: true;
}

/** The same converted: module by module, which parameters hold which weights. */
export interface ConvertedCase extends Case {
  readonly torch: string;
  readonly weights: readonly (WeightMap & {
    readonly module: number;
    /** What a script says that brings the array itself. */
    readonly source: readonly string[] | undefined;
  })[];
  readonly inputLayout: string;
  readonly outputLayout: string;
  /** TensorFlow's pooling over three axes gives the gradient to each of several equal maxima: none is compared. */
  readonly ties?: true;
  /** The inferred shape; null for a size that is not known. */
  readonly output: readonly (number | null)[] | null;
}

const IMPORTS: Record<KerasVersion, string> = {
  keras1: "from tensorflow import keras",
  keras2: "from tensorflow import keras",
  keras3: "import keras",
};

/** A script that makes one model of these layers, each as Python source. */
export function script(
  layers: readonly string[],
  input: readonly (number | "<")[],
  version: KerasVersion,
): string {
  const limit = input.indexOf("<");
  const shape = limit < 0 ? input : input.slice(0, limit);
  const dtype = limit < 0 ? "" : ", dtype='int32'";
  return [
    IMPORTS[version],
    "from K import activations, constraints, initializers, layers, regularizers".replace(
      "K",
      version === "keras3" ? "keras" : "tensorflow.keras",
    ),
    ...functionImports(layers),
    "",
    "model = keras.Sequential([",
    `    keras.Input(shape=(${shape.join(", ")}${shape.length === 1 ? "," : ""})${dtype}),`,
    ...layers.map((layer) => `    ${layer},`),
    "])",
    "",
  ].join("\n");
}

/** What functions inside the layers call. */
function functionImports(layers: readonly string[]): string[] {
  const uses = (name: string) => layers.some((layer) => layer.includes(`${name}.`));
  return [
    ...(uses(" tf") || uses("(tf") || uses("=tf") ? ["import tensorflow as tf"] : []),
    ...(uses("(ops") || uses("=ops") || uses(" ops") ? ["from keras import ops"] : []),
    ...["cudnn", "keras1"].flatMap((name) =>
      layers.some((layer) => layer.startsWith(`${name}.`)) ? [`import ${name}`] : [],
    ),
    ...(uses(" K") || uses("(K") || uses("=K") ? ["from tensorflow.keras import backend as K"] : []),
  ];
}

/** Every combination of the values. */
export function combinations(args: LayerCases["args"]): Record<string, string>[] {
  return Object.entries(args).reduce<Record<string, string>[]>(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

export function layerSource(name: string, args: Readonly<Record<string, string>>): string {
  const given = Object.entries(args).filter(([, value]) => value !== "");
  return `layers.${name}(${given.map(([key, value]) => `${key}=${value}`).join(", ")})`;
}

/** All cases of an entry; Keras 3 gets every third of those that it takes, and all random ones. */
export function casesOf(entry: LayerEntry): { grid: LayerCases; cases: Case[] }[] {
  const name = entry.names[0] as string;
  let count = 0;
  return (entry.cases?.() ?? []).map((grid) => {
    const cases = grid.inputs.flatMap((input) =>
      combinations(grid.args).flatMap((args) =>
        (grid.versions ?? (["keras2", "keras3"] as const))
          .filter(
            (version) =>
              version !== "keras3" || grid.random || grid.versions?.length === 1 || count++ % 3 === 0,
          )
          .map((version): Case => {
            const source = layerSource(name, args);
            const layers = [...(grid.before ?? []), source, ...(grid.after ?? [])];
            const one = {
              id: `${layers.join(", ")} on (${input.join(", ")}), ${version}`,
              version,
              random: (grid.random || grid.evaluation) ?? false,
              ...(grid.draws && { draws: grid.draws }),
            };
            const own = script(layers, input, version);
            if (grid.stand) {
              const known = [...(grid.before ?? []), grid.stand(args), ...(grid.after ?? [])];
              return { ...one, input, keras: script(known, input, version), source: own };
            }
            if (!grid.twin) return { ...one, input, keras: own };
            const last = [...input.slice(1), input[0] as number];
            const twin = layers.map((layer) => layer.replaceAll("channels_first", "channels_last"));
            return { ...one, input: last, keras: script(twin, last, version), source: own, turned: true };
          }),
      ),
    );
    return { grid, cases };
  });
}

/** A model without gradients to compare where cells of what it pools over three axes may be equal. */
export function withTies(one: ConvertedCase): ConvertedCase {
  return one.torch.includes("MaxPool3d(") ? { ...one, ties: true } : one;
}

/** The conversion of a case; what is reported where there is none. */
export function convertCase(one: Case): ConvertedCase | string {
  return fromConversion(
    one,
    convert(
      parser,
      { path: "case.py", text: one.source ?? one.keras },
      { keras: { version: one.version, release: undefined } },
    ),
  );
}

function fromConversion(
  one: Case,
  { output: torch, diagnostics, models }: Conversion,
): ConvertedCase | string {
  const [plan] = models;
  if (torch === null || !plan)
    return diagnostics.find(({ severity }) => severity === "error")?.message ?? "not converted";
  const modules = plan.layers.flatMap((layer) => layer.modules);
  return {
    ...one,
    torch,
    weights: modules.flatMap((module, at) =>
      (module.weights ?? []).map((map) => ({
        ...map,
        module: at,
        source: map.rows ? undefined : fromKeras(map, "torch.as_tensor(array)"),
      })),
    ),
    inputLayout: plan.inputLayout,
    outputLayout: plan.outputLayout,
    output: plan.output?.shape.map((dim) => dim?.value ?? null) ?? null,
  };
}
