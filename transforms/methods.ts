/** Methods and attributes of a Sequential model, with the signatures of each Keras version. */
import type { Construct } from "../src/analysis/constructs.ts";
import type { LayerUse, Model, TensorType } from "../src/analysis/model.ts";
import { tensorAfter } from "../src/analysis/parts.ts";
import {
  ANY_INT,
  alternatives,
  array,
  external,
  join,
  type LayerValue,
  list,
  NONE,
  str,
  tuple,
  UNKNOWN,
  type Value,
} from "../src/analysis/values.ts";

const FIT_TAIL =
  "validation_split=0., validation_data=None, shuffle=True, class_weight=None, sample_weight=None, initial_epoch=0";

/** The layers as `model.layers` has them: in a `Sequential`, without those that only declare an input. */
export function layersOf(model: Model): readonly LayerUse[] {
  if (model.chain || model.graph) return model.layers;
  return model.layers.filter(
    ({ layer }) =>
      layer?.kind !== "object" ||
      !["keras.layers.Input", "keras.layers.InputLayer"].includes(layer.construct.path),
  );
}

/** The name that the script gives a layer. */
function nameOf({ layer }: LayerUse): string | undefined {
  const name = layer?.kind === "object" ? layer.args.given.get("name")?.value : undefined;
  return name?.kind === "str" ? name.value : undefined;
}

const architecture: NonNullable<Construct["result"]> = ({ receiver }) =>
  receiver?.kind === "model"
    ? { kind: "unknown", library: "builtins", architecture: receiver.model }
    : UNKNOWN;

interface Method {
  readonly name: string;
  readonly signatures: Construct["signatures"];
  readonly result?: NonNullable<Construct["result"]>;
  readonly effect?: NonNullable<Construct["effect"]>;
}

/** Notes which model a file holds. */
const saves =
  (whole: boolean): NonNullable<Construct["effect"]> =>
  ({ machine, args, receiver }) => {
    const path = args.given.get("filepath");
    const model = receiver?.kind === "model" ? receiver.model : undefined;
    machine.files.add(machine.fileKey(path?.value, path?.expr), { model, whole });
  };

const history: Method["result"] = ({ receiver }) =>
  receiver?.kind === "model" ? { kind: "history", model: receiver.model } : UNKNOWN;

/** `fit` gives each callback its model, which some save. */
const tellCallbacks: NonNullable<Construct["effect"]> = ({ machine, args, receiver }) => {
  const tell = (value: Value | undefined): void => {
    for (const one of value && receiver ? alternatives(value) : []) {
      if (one.kind === "list" || one.kind === "tuple") one.elements.forEach(tell);
      if (one.kind === "object" && receiver?.kind === "model") {
        const path = one.args.given.get("filepath");
        const file = path && machine.files.find(machine.fileKey(path.value, path.expr));
        if (file && one.construct.kind === "callback")
          machine.files.add(machine.fileKey(path.value, path.expr), { ...file, model: receiver.model });
      }
      if (one.kind !== "instance" || receiver?.kind !== "model") continue;
      const before = one.attributes.get("model");
      one.attributes.set("model", before ? join(before, receiver) : receiver);
    }
  };
  tell(args.given.get("callbacks")?.value);
};

/** Predictions have one row a sample; the rest of their shape is the model's output. */
const predictions: Method["result"] = ({ receiver }) => {
  const model = receiver?.kind === "model" ? receiver.model : undefined;
  const rows = (output: TensorType | undefined) => array(output && [undefined, ...output.shape], "float");
  if (!model?.part?.listed) return rows(model?.output);
  return list(model.part.ends.map((end) => rows(model.part?.of.layers[end - 1]?.output)));
};

/** The same as a tensor, of a model that is called on data. */
const called: Method["result"] = (context) => {
  const given = context.args.given.get("x")?.value;
  const part = context.receiver?.kind === "model" ? context.receiver.model.part : undefined;
  const x = part?.isFunction && given?.kind === "list" ? given.elements[0] : given;
  const data =
    x && alternatives(x).every((one) => one.kind === "array" || (one.kind === "unknown" && one.library));
  const made = data ? predictions(context) : UNKNOWN;
  return made.kind === "array" ? { ...made, container: "tensor" } : made;
};

/** The loss alone, or a list with the metrics after it. */
const evaluation: Method["result"] = ({ receiver }) => {
  const compiled = receiver?.kind === "model" ? receiver.model.last("compile") : undefined;
  const metrics = compiled?.args?.given.get("metrics")?.value;
  if (!compiled || (metrics && metrics.kind !== "list" && metrics.kind !== "none")) return UNKNOWN;
  const number: Value = { kind: "num", value: undefined, isFloat: true, sym: undefined };
  if (!metrics || metrics.kind === "none" || metrics.elements.length === 0) return number;
  return list([number, ...metrics.elements.map(() => number)]);
};

const METHODS: readonly Method[] = [
  { name: "add", signatures: { keras2: "layer, rebuild=True" } },
  { name: "pop", signatures: { keras2: "rebuild=True" } },
  {
    name: "compile",
    signatures: {
      keras1:
        "optimizer='rmsprop', loss=None, metrics=None, sample_weight_mode=None, class_mode=None, loss_weights=None, weighted_metrics=None",
      keras2:
        "optimizer='rmsprop', loss=None, metrics=None, loss_weights=None, sample_weight_mode=None, weighted_metrics=None, target_tensors=None, run_eagerly=None, steps_per_execution=None, jit_compile=None",
      keras3:
        "optimizer='rmsprop', loss=None, loss_weights=None, metrics=None, weighted_metrics=None, run_eagerly=False, steps_per_execution=1, jit_compile='auto', auto_scale_loss=True",
    },
  },
  {
    name: "fit",
    signatures: {
      keras1: `x, y=None, batch_size=32, nb_epoch:epochs=10, verbose=1, callbacks=None, ${FIT_TAIL}, show_accuracy=False`,
      keras2: `x=None, y=None, batch_size=None, epochs=1, verbose=1, callbacks=None, ${FIT_TAIL}, steps_per_epoch=None, validation_steps=None, validation_batch_size=None, validation_freq=1, max_queue_size=10, workers=1, use_multiprocessing=False`,
    },
    result: history,
    effect: tellCallbacks,
  },
  {
    name: "fit_generator",
    signatures: {
      keras1:
        "generator:x, samples_per_epoch, nb_epoch:epochs, verbose=1, callbacks=None, validation_data=None, nb_val_samples=None, class_weight=None, max_q_size=10, nb_worker=1, pickle_safe=False, initial_epoch=0",
      keras2:
        "generator:x, steps_per_epoch=None, epochs=1, verbose=1, callbacks=None, validation_data=None, validation_steps=None, class_weight=None, max_queue_size=10, workers=1, use_multiprocessing=False, shuffle=True, initial_epoch=0, *, validation_freq=1, max_q_size=10, pickle_safe=False, nb_worker=1, nb_epoch:epochs=1",
    },
    result: history,
    effect: tellCallbacks,
  },
  {
    name: "evaluate_generator",
    signatures: {
      keras1: "generator:x, val_samples, max_q_size=10, nb_worker=1, pickle_safe=False",
      keras2:
        "generator:x, steps=None, max_queue_size=10, workers=1, use_multiprocessing=False, verbose=0, *, callbacks=None, max_q_size=10, pickle_safe=False",
    },
    result: evaluation,
  },
  {
    name: "predict_generator",
    signatures: {
      keras1: "generator:x, val_samples, max_q_size=10, nb_worker=1, pickle_safe=False",
      keras2:
        "generator:x, steps=None, max_queue_size=10, workers=1, use_multiprocessing=False, verbose=0, *, callbacks=None, max_q_size=10, pickle_safe=False",
    },
    result: predictions,
  },
  {
    name: "evaluate",
    signatures: {
      keras1: "x, y=None, batch_size=32, verbose=1, sample_weight=None, show_accuracy=False",
      keras2:
        "x=None, y=None, batch_size=None, verbose=1, sample_weight=None, steps=None, callbacks=None, max_queue_size=10, workers=1, use_multiprocessing=False, return_dict=False",
    },
    result: evaluation,
    effect: tellCallbacks,
  },
  {
    name: "predict",
    signatures: {
      keras1: "x, batch_size=32, verbose=0",
      keras2:
        "x, batch_size=None, verbose=0, steps=None, callbacks=None, max_queue_size=10, workers=1, use_multiprocessing=False",
    },
    result: predictions,
    effect: tellCallbacks,
  },
  { name: "predict_proba", signatures: { keras2: "x, batch_size=None, verbose=0" }, result: predictions },
  { name: "predict_on_batch", signatures: { keras2: "x" }, result: predictions },
  {
    name: "predict_classes",
    signatures: { keras2: "x, batch_size=None, verbose=0" },
    result: () => array(undefined, "int"),
  },
  {
    name: "train_on_batch",
    signatures: {
      keras2: "x, y=None, sample_weight=None, class_weight=None, reset_metrics=True, return_dict=False",
    },
  },
  {
    name: "test_on_batch",
    signatures: { keras2: "x, y=None, sample_weight=None, reset_metrics=True, return_dict=False" },
    result: evaluation,
  },
  {
    name: "summary",
    signatures: {
      keras2:
        "line_length=None, positions=None, print_fn=None, expand_nested=False, show_trainable=False, layer_range=None",
    },
  },
  { name: "build", signatures: { keras2: "input_shape=None" } },
  {
    name: "save",
    signatures: { keras2: "filepath, overwrite=True, include_optimizer=True, save_format=None, **" },
    effect: saves(true),
  },
  {
    name: "save_weights",
    signatures: { keras2: "filepath, overwrite=True, save_format=None, **" },
    effect: saves(false),
  },
  { name: "load_weights", signatures: { keras2: "filepath, by_name=False, **" } },
  { name: "to_json", signatures: { keras2: "**" }, result: architecture },
  { name: "to_yaml", signatures: { keras2: "**" }, result: architecture },
  { name: "get_config", signatures: { keras2: "" }, result: architecture },
  { name: "export", signatures: { keras2: "filepath, verbose=None, **" }, effect: saves(true) },
  { name: "get_weights", signatures: { keras2: "" }, result: () => external("builtins") },
  { name: "set_weights", signatures: { keras2: "weights" } },
  {
    name: "get_layer",
    signatures: { keras2: "name=None, index=None" },
    result: ({ receiver, args }) => {
      const index = args.given.get("index")?.value;
      const name = args.given.get("name")?.value;
      const model = receiver?.kind === "model" ? receiver.model : undefined;
      const layers = model ? layersOf(model) : [];
      const at =
        index?.kind === "num" && index.value !== undefined
          ? index.value
          : layers.findIndex((use) => name?.kind === "str" && nameOf(use) === name.value);
      return model && layers[at] ? { kind: "layer", model, index: at } : UNKNOWN;
    },
  },
  { name: "reset_states", signatures: { keras2: "" } },
  { name: "reset_state", signatures: { keras2: "" } },
  { name: "count_params", signatures: { keras2: "" }, result: () => ANY_INT },
  { name: "__call__", signatures: { keras2: "inputs:x, training=None, mask=None" }, result: called },
  { name: "call", signatures: { keras2: "inputs:x, training=None, mask=None" }, result: called },
];

/** Names of the lists, by whether they hold what is trained, what is not, or all. */
export const LISTS: Readonly<Record<string, boolean | undefined>> = {
  weights: undefined,
  variables: undefined,
  trainable_weights: true,
  trainable_variables: true,
  non_trainable_weights: false,
  non_trainable_variables: false,
};

/** The shape of a batch, `(None, 28, 28, 1)`. */
const batchShape = (type: TensorType | undefined): Value =>
  type && !type.flat ? tuple([NONE, ...type.shape.map((dim) => dim ?? UNKNOWN)]) : UNKNOWN;

/** How many layers stand before one of a model, and it. */
function endOf(model: Model, index: number | undefined): number | undefined {
  const use = index === undefined ? undefined : layersOf(model).at(index);
  return use && model.layers.indexOf(use) + 1;
}

/** The text that a call gives as `name`. */
const named = (value: Value | undefined): Value => (value?.kind === "str" ? value : UNKNOWN);

/** A weight, of which the kind alone is known. */
const weight = (): Value => array(undefined, "float", "tensor");

/** Lists of weights, of each of which that is known. */
const weightLists = Object.fromEntries(
  Object.keys(LISTS).map((name) => [name, (): Value => ({ ...list([weight()]), open: true })]),
);

const useOf = ({ model, index }: LayerValue) => (index === undefined ? undefined : layersOf(model).at(index));

/** Attributes of a layer of a model, by what reading them gives. */
const LAYER_ATTRIBUTES: Readonly<Record<string, (layer: LayerValue) => Value>> = {
  output: ({ model, index }) => tensorAfter(model, endOf(model, index)),
  input: ({ model, index }) => {
    const end = endOf(model, index);
    return tensorAfter(model, end === undefined ? undefined : index === 0 ? 0 : end - 1);
  },
  name: (layer) => {
    const use = useOf(layer);
    return use
      ? named(use.layer?.kind === "object" ? use.layer.args.given.get("name")?.value : undefined)
      : UNKNOWN;
  },
  input_shape: (layer) => batchShape(useOf(layer)?.input),
  output_shape: (layer) => batchShape(useOf(layer)?.output),
  kernel: weight,
  bias: weight,
  W: weight,
  b: weight,
  embeddings: weight,
  ...weightLists,
};

const layerConstructs: readonly Construct[] = Object.entries(LAYER_ATTRIBUTES).map(([name, read]) => ({
  path: `layer.${name}`,
  kind: "constant",
  signatures: {},
  result: ({ receiver }) => (receiver?.kind === "layer" ? read(receiver) : UNKNOWN),
}));

/** Attributes, by what reading them gives. */
const ATTRIBUTES: Readonly<Record<string, (model: Model) => Value>> = {
  input_shape: (model) => batchShape(model.input),
  output_shape: (model) => batchShape(model.output),
  layers: (model) => {
    const elements = layersOf(model).map((_, index): Value => ({ kind: "layer", model, index }));
    return model.unclear ? UNKNOWN : list(elements);
  },
  name: (model) => {
    const given = model.node.args.find(({ name }) => name === "name")?.value;
    return given?.type === "String" && !given.bytes ? str(given.value) : UNKNOWN;
  },
  input: (model) => tensorAfter(model, 0),
  output: (model) => tensorAfter(model, model.layers.length),
  inputs: (model) => list([tensorAfter(model, 0)]),
  outputs: (model) => list([tensorAfter(model, model.layers.length)]),
  optimizer: (model) => ({ kind: "optimizer", model, object: undefined }),
  history: (model) => ({ kind: "history", model }),
  ...weightLists,
};

const attributeConstructs: readonly Construct[] = Object.entries(ATTRIBUTES).map(([name, read]) => ({
  path: `Model.${name}`,
  kind: "constant",
  signatures: {},
  result: ({ receiver }) => (receiver?.kind === "model" ? read(receiver.model) : UNKNOWN),
}));

const rate: NonNullable<Construct["result"]> = ({ receiver }) =>
  receiver?.kind === "optimizer"
    ? { ...receiver, kind: "rate" }
    : receiver?.kind === "object"
      ? { kind: "rate", model: undefined, object: receiver }
      : UNKNOWN;

/** The learning rate by both of its names. */
const rateConstructs: readonly Construct[] = ["lr", "learning_rate"].map((name) => ({
  path: `optimizer.${name}`,
  kind: "constant",
  signatures: {},
  result: rate,
}));

const callConstructs: readonly Construct[] = METHODS.map((method) => ({
  path: `Model.${method.name}`,
  kind: "method",
  signatures: method.signatures,
  ...(method.result && { result: method.result }),
  ...(method.effect && { effect: method.effect }),
  ...(method.name === "__call__" && { callsModel: true }),
}));

export const methodConstructs: readonly Construct[] = [
  ...callConstructs,
  ...attributeConstructs,
  ...layerConstructs,
  ...rateConstructs,
];
