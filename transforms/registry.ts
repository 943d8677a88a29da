/** All constructs of the tables, by canonical path. */
import type { Call } from "../grammars/nodes.ts";
import type { Construct, Registry } from "../src/analysis/constructs.ts";
import { newFunctional } from "../src/analysis/functional.ts";
import type { Machine } from "../src/analysis/machine.ts";
import type { Model } from "../src/analysis/model.ts";
import { functionOf } from "../src/analysis/parts.ts";
import { ANY_FLOAT, NONE, REPORTED, UNKNOWN, type Value } from "../src/analysis/values.ts";
import { applicationConstructs } from "./applications.ts";
import { CALLBACKS } from "./callbacks.ts";
import { constraintNamed } from "./constraints.ts";
import { estimatorConstructs } from "./estimators.ts";
import { functionConstructs } from "./functions.ts";
import { INITIALIZERS } from "./initializers.ts";
import { constructsOf } from "./layer.ts";
import { LAYERS } from "./layers/index.ts";
import { LOSSES } from "./losses.ts";
import { fromConfig, madeOptimizers } from "./made-optimizers.ts";
import { mergeConstructs } from "./merging/table.ts";
import { methodConstructs } from "./methods.ts";
import { METRICS } from "./metrics.ts";
import { canonicalPath, isKerasPath } from "./names.ts";
import { OPTIMIZERS, optimizerNamed } from "./optimizers.ts";
import { REGULARIZERS } from "./regularizers.ts";
import { formerDefaults } from "./releases.ts";
import { SCHEDULES } from "./schedules.ts";
import { STANDING_ATTRIBUTES } from "./standing.ts";
import { STANDING_METRICS } from "./standing-metrics.ts";

const SEQUENTIAL: Construct = {
  path: "keras.models.Sequential",
  kind: "model",
  signatures: { keras2: "layers=None, name=None, trainable=True" },
};

/** `Model(inputs, outputs)`. */
export const FUNCTIONAL: Construct = {
  path: "keras.models.Model",
  kind: "model",
  signatures: {
    keras1: "input:inputs, output:outputs, name=None",
    keras2: "inputs, outputs, name=None, trainable=True",
  },
  result: newFunctional,
};

const constructs = new Map<string, Construct>();

/** A callback that saves the model that it is fitted with: which one, the call of `fit` tells. */
const savesModel: NonNullable<Construct["effect"]> = ({ machine, args }) => {
  const path = args.given.get("filepath");
  const weights = args.given.get("save_weights_only")?.value;
  const whole = !(weights?.kind === "bool" && weights.value);
  machine.files.add(machine.fileKey(path?.value, path?.expr), { model: undefined, whole });
};

/** The model that the script saved to the file before; unknown for a file made elsewhere. */
const loadedModel: NonNullable<Construct["result"]> = ({ machine, args }) => {
  const path = args.given.get("filepath");
  const key = machine.fileKey(path?.value, path?.expr);
  const saved = machine.files.find(key);
  // Where it is there under a condition only, a run before has saved it.
  const file =
    saved ?? (machine.conditional > 0 ? machine.files.findEarlier(key, machine.models) : undefined);
  const model = file?.model ?? (file && machine.models.length === 1 ? machine.models[0] : undefined);
  if (!file?.whole || !model) return { kind: "unknown", reported: true };
  model.loaded ||= machine.conditional > 0;
  model.hasTwins = true;
  return { kind: "model", model };
};

/** A new model of the architecture that the script has taken from another; that one's name is noted. */
function copied(machine: Machine, call: Call, model: Model | undefined): Value {
  if (!model) return REPORTED;
  model.hasTwins = true;
  const name = machine.nameOf(model);
  const before = machine.modelNames.get(call);
  machine.modelNames.set(call, before === undefined || before === name ? name : null);
  return { kind: "model", model };
}

function add(construct: Construct): void {
  constructs.set(construct.path, construct);
}

add(SEQUENTIAL);
add(FUNCTIONAL);
add({
  path: "keras.backend.function",
  kind: "model",
  signatures: { keras2: "inputs, outputs, updates=None, name=None" },
  result: (context) => functionOf(context) ?? UNKNOWN,
});
for (const entry of LAYERS) for (const construct of constructsOf(entry)) add(construct);
for (const construct of mergeConstructs) add(construct);
for (const construct of applicationConstructs) add(construct);
for (const { construct } of functionConstructs.values()) add(construct);
for (const method of methodConstructs) add(method);
for (const estimator of estimatorConstructs) add(estimator);
for (const attribute of STANDING_ATTRIBUTES) add(attribute);
for (const metric of STANDING_METRICS) add(metric);
for (const { name, signatures } of OPTIMIZERS)
  add({ path: `keras.optimizers.${name}`, kind: "optimizer", signatures });
/** A number for a number, an array for an array. */
const rateAt: NonNullable<Construct["result"]> = ({ args }) => {
  const step = args.given.get("step")?.value;
  return step?.kind === "array" ? { ...step, dtype: "float" } : ANY_FLOAT;
};
for (const { name } of SCHEDULES)
  add({
    path: `keras.optimizers.schedules.${name}.__call__`,
    kind: "method",
    signatures: { keras2: "step" },
    result: rateAt,
  });
for (const { name, signature } of SCHEDULES)
  add({ path: `keras.optimizers.schedules.${name}`, kind: "schedule", signatures: { keras2: signature } });
for (const { name, signatures, saves } of CALLBACKS) {
  add({
    path: `keras.callbacks.${name}`,
    kind: "callback",
    signatures,
    ...(saves && { effect: savesModel }),
  });
}
add({
  path: "keras.models.load_model",
  kind: "function",
  signatures: { keras2: "filepath, custom_objects=None, compile=True, safe_mode=True, options=None" },
  result: loadedModel,
});

for (const name of ["model_from_json", "model_from_yaml"]) {
  add({
    path: `keras.models.${name}`,
    kind: "function",
    signatures: { keras2: "text, custom_objects=None, *, json_string:text, yaml_string:text" },
    result: ({ machine, args, call }) => {
      const text = args.given.get("text")?.value;
      return copied(machine, call, text?.kind === "unknown" ? text.architecture : undefined);
    },
  });
}
for (const name of ["Sequential", "Model"]) {
  add({
    path: `keras.models.${name}.from_config`,
    kind: "function",
    signatures: { keras2: "config:text, custom_objects=None" },
    result: ({ machine, args, call }) => {
      const config = args.given.get("text")?.value;
      return copied(machine, call, config?.kind === "unknown" ? config.architecture : undefined);
    },
  });
}
for (const path of ["keras.models.save_model", "tensorflow.saved_model.save"])
  add({
    path,
    kind: "function",
    signatures: {
      keras2:
        "model, filepath, overwrite=True, include_optimizer=True, save_format=None, *, export_dir:filepath, obj:model, **",
    },
    result: () => NONE,
    effect: ({ machine, args }) => {
      const [model, path] = [args.given.get("model")?.value, args.given.get("filepath")];
      const saved = model?.kind === "model" ? model.model : undefined;
      machine.files.add(machine.fileKey(path?.value, path?.expr), { model: saved, whole: true });
    },
  });
add({
  path: "keras.models.clone_model",
  kind: "function",
  signatures: { keras2: "model, input_tensors=None, clone_function=None, **" },
  result: ({ machine, args, call }) => {
    const model = args.given.get("model")?.value;
    return copied(machine, call, model?.kind === "model" ? model.model : undefined);
  },
});

/** What these give for a name is what `compile` and layers take it for anyway. */
for (const construct of madeOptimizers) add(construct);
for (const module of ["losses", "metrics", "activations", "initializers", "regularizers", "constraints"])
  add({
    path: `keras.${module}.get`,
    kind: "function",
    signatures: { keras2: "identifier, **" },
    result: ({ args }) => args.given.get("identifier")?.value ?? UNKNOWN,
  });

/** Names that tables keep without case and underscores: every spelling is a construct. */
function findNamed(path: string): Construct | undefined {
  const at = path.lastIndexOf(".");
  const [module, name] = [
    path.slice(0, at),
    path
      .slice(at + 1)
      .toLowerCase()
      .replaceAll("_", ""),
  ];
  const isClass = /^[A-Z]/.test(path.slice(at + 1));
  if (module === "keras.losses" && isClass) {
    const entry = LOSSES.find((one) => one.names.includes(name));
    return entry && { path, kind: "loss", signatures: { keras2: entry.signature } };
  }
  if (module === "keras.metrics" && isClass) {
    const entry = METRICS.find((one) => one.names.includes(name));
    const signature = entry?.signature ?? LOSSES.find((one) => one.names.includes(name))?.signature;
    return signature === undefined ? undefined : { path, kind: "metric", signatures: { keras2: signature } };
  }
  if (module === "keras.initializers") {
    const entry = INITIALIZERS.find((one) => one.names.includes(name));
    return entry && { path, kind: "initializer", signatures: { keras2: entry.signature } };
  }
  const configured = fromConfig(path);
  if (configured) return configured;
  const within = path.slice("keras.optimizers.".length);
  if (module.startsWith("keras.optimizers") && !within.startsWith("schedules.")) {
    const entry = optimizerNamed(module === "keras.optimizers" ? name : within);
    return entry && { path, kind: "optimizer", signatures: entry.signatures };
  }
  if (module === "keras.regularizers") {
    const entry = REGULARIZERS.find((one) => one.names.includes(name));
    return entry && { path, kind: "regularizer", signatures: { keras2: entry.signature } };
  }
  if (module === "keras.constraints") {
    const entry = constraintNamed(name);
    return entry && { path, kind: "constraint", signatures: { keras2: entry.signature } };
  }
  return undefined;
}

/** Modules whose names `from module import *` brings, by what the path of a construct starts with. */
function exportsOf(module: string): string[] {
  const canonical = canonicalPath(module);
  const prefix = `${canonical}.`;
  const names = [...constructs.keys()]
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length));
  const submodules = names.map((name) => name.split(".")[0] as string);
  return [...new Set([...submodules, ...(SPELLINGS[canonical] ?? [])])];
}

/** Older spellings that a module also exports. */
const SPELLINGS: Record<string, readonly string[]> = {
  keras: [
    "backend",
    "layers",
    "models",
    "optimizers",
    "losses",
    "metrics",
    "callbacks",
    "datasets",
    "utils",
    "Sequential",
    "Model",
    "Input",
  ],
  "keras.layers": [
    "Convolution1D",
    "Convolution2D",
    "MaxPool1D",
    "MaxPool2D",
    "AvgPool2D",
    "GlobalAvgPool2D",
    "GlobalMaxPool2D",
    "GlobalAvgPool1D",
    "GlobalMaxPool1D",
  ],
  "keras.models": ["Model"],
  "keras.callbacks": ["Callback"],
};

export const registry: Registry = {
  canonical: canonicalPath,
  find: (path) => constructs.get(path) ?? findNamed(path),
  member: (owner, name) => constructs.get(`${owner}.${name}`),
  exports: exportsOf,
  isKeras: isKerasPath,
  formerDefaults,
};
