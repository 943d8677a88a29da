/**
 * The names of Keras's API: every way in which scripts have imported it, brought to one
 * canonical path, `keras.<module>.<name>`.
 */

/** Packages that hold Keras, longest first. */
const ROOTS = [
  "tensorflow.contrib.keras.python.keras",
  "tensorflow.contrib.keras.api.keras",
  "tensorflow.contrib.keras",
  "tensorflow.compat.v1.keras",
  "tensorflow.compat.v2.keras",
  "tensorflow.python.keras.api._v1.keras",
  "tensorflow.python.keras.api._v2.keras",
  "tensorflow.python.keras",
  "tensorflow._api.v1.keras",
  "tensorflow._api.v2.keras",
  "tensorflow.keras",
  "tensorflow.python.keras.api.keras",
  "tf_keras",
  "keras.api._v1.keras",
  "keras.api._v2.keras",
  "keras.api",
  "keras.src",
  "keras.legacy",
  "keras",
];

/** Submodules of older versions that a public module took over; the most specific come first. */
const MOVED: readonly (readonly [string, string])[] = [
  ["keras.layers.advanced_activations", "keras.layers"],
  ["keras.layers.convolutional_recurrent", "keras.layers"],
  ["keras.layers.convolutional", "keras.layers"],
  ["keras.layers.core", "keras.layers"],
  ["keras.layers.embeddings", "keras.layers"],
  ["keras.layers.local", "keras.layers"],
  ["keras.layers.merge", "keras.layers"],
  ["keras.layers.noise", "keras.layers"],
  ["keras.layers.normalization.batch_normalization", "keras.layers"],
  ["keras.layers.normalization", "keras.layers"],
  ["keras.layers.pooling", "keras.layers"],
  ["keras.layers.recurrent", "keras.layers"],
  ["keras.layers.wrappers", "keras.layers"],
  ["keras.layers.experimental.preprocessing", "keras.layers"],
  ["keras.layers.preprocessing", "keras.layers"],
  ["keras.engine.input_layer", "keras.layers"],
  ["keras.engine.sequential", "keras.models"],
  ["keras.engine.training", "keras.models"],
  ["keras.utils.np_utils", "keras.utils"],
  ["keras.utils.data_utils", "keras.utils"],
  ["keras.utils.vis_utils", "keras.utils"],
  ["keras.utils.visualize_util", "keras.utils"],
  ["keras.utils.generic_utils", "keras.utils"],
  ["keras.utils.layer_utils", "keras.utils"],
  ["keras.backend.tensorflow_backend", "keras.backend"],
  ["keras.optimizers.legacy", "keras.optimizers"],
  ["keras.optimizers.schedules.learning_rate_schedule", "keras.optimizers.schedules"],
  ["keras.optimizer_v2.learning_rate_schedule", "keras.optimizers.schedules"],
  ["keras.optimizer_v1", "keras.optimizers"],
  ["keras.optimizer_v2.adam", "keras.optimizers"],
  ["keras.optimizer_v2.gradient_descent", "keras.optimizers"],
  ["keras.optimizer_v2.rmsprop", "keras.optimizers"],
  ["keras.optimizer_v2.adagrad", "keras.optimizers"],
  ["keras.optimizer_v2.adadelta", "keras.optimizers"],
  ["keras.optimizer_v2.adamax", "keras.optimizers"],
  ["keras.optimizer_v2.nadam", "keras.optimizers"],
  ["keras.optimizers.adam_v2", "keras.optimizers"],
  ["keras.optimizers.gradient_descent_v2", "keras.optimizers"],
  ["keras.optimizers.rmsprop_v2", "keras.optimizers"],
  ["keras.applications.vgg16", "keras.applications"],
  ["keras.applications.vgg19", "keras.applications"],
  ["keras.applications.resnet50", "keras.applications"],
  ["keras.applications.resnet", "keras.applications"],
  ["keras.applications.densenet", "keras.applications"],
  ["keras.applications.mobilenet_v2", "keras.applications"],
  ["keras.applications.efficientnet", "keras.applications"],
  ["keras.objectives", "keras.losses"],
  ["keras.preprocessing.sequence", "keras.utils"],
];

/** Names that stand in more than one module, and old spellings of a name. */
const ALIASES: Record<string, string> = {
  "keras.Sequential": "keras.models.Sequential",
  "keras.Model": "keras.models.Model",
  "keras.Input": "keras.layers.Input",
  "keras.models.Input": "keras.layers.Input",
  "keras.layers.Sequential": "keras.models.Sequential",
  "keras.layers.Convolution1D": "keras.layers.Conv1D",
  "keras.layers.Convolution2D": "keras.layers.Conv2D",
  "keras.layers.Convolution3D": "keras.layers.Conv3D",
  "keras.layers.MaxPool1D": "keras.layers.MaxPooling1D",
  "keras.layers.MaxPool2D": "keras.layers.MaxPooling2D",
  "keras.layers.MaxPool3D": "keras.layers.MaxPooling3D",
  "keras.layers.AvgPool1D": "keras.layers.AveragePooling1D",
  "keras.layers.AvgPool2D": "keras.layers.AveragePooling2D",
  "keras.layers.AvgPool3D": "keras.layers.AveragePooling3D",
  "keras.layers.GlobalAvgPool1D": "keras.layers.GlobalAveragePooling1D",
  "keras.layers.GlobalAvgPool2D": "keras.layers.GlobalAveragePooling2D",
  "keras.layers.GlobalAvgPool3D": "keras.layers.GlobalAveragePooling3D",
  "keras.layers.GlobalMaxPool1D": "keras.layers.GlobalMaxPooling1D",
  "keras.layers.GlobalMaxPool2D": "keras.layers.GlobalMaxPooling2D",
  "keras.layers.GlobalMaxPool3D": "keras.layers.GlobalMaxPooling3D",
  "keras.layers.Convolution2DTranspose": "keras.layers.Conv2DTranspose",
  "keras.layers.Deconvolution2D": "keras.layers.Conv2DTranspose",
  "keras.layers.Deconv2D": "keras.layers.Conv2DTranspose",
  "keras.layers.Deconvolution3D": "keras.layers.Conv3DTranspose",
  "keras.layers.Deconv3D": "keras.layers.Conv3DTranspose",
  "keras.layers.SeparableConvolution1D": "keras.layers.SeparableConv1D",
  "keras.layers.SeparableConvolution2D": "keras.layers.SeparableConv2D",
  "keras.layers.Convolution1DTranspose": "keras.layers.Conv1DTranspose",
  "keras.layers.Convolution3DTranspose": "keras.layers.Conv3DTranspose",
  "keras.layers.BatchNormalizationV1": "keras.layers.BatchNormalization",
  "keras.layers.BatchNormalizationV2": "keras.layers.BatchNormalization",
  "keras.saving.load_model": "keras.models.load_model",
  "keras.saving.save_model": "keras.models.save_model",
  "keras.saving.save.load_model": "keras.models.load_model",
  "keras.saving.save.save_model": "keras.models.save_model",
  "keras.experimental.CosineDecay": "keras.optimizers.schedules.CosineDecay",
  "keras.experimental.CosineDecayRestarts": "keras.optimizers.schedules.CosineDecayRestarts",
  "keras.utils.np_utils.to_categorical": "keras.utils.to_categorical",
  "tensorflow.set_random_seed": "tensorflow.random.set_seed",
  "tensorflow.compat.v1.set_random_seed": "tensorflow.random.set_seed",
  "tensorflow.random.set_random_seed": "tensorflow.random.set_seed",
  "tensorflow.compat.v1.random.set_random_seed": "tensorflow.random.set_seed",
};

/** Optimizers of TensorFlow 1, which its Keras takes too. */
for (const name of ["Adadelta", "Adagrad", "Adam", "Ftrl", "GradientDescent", "Momentum", "RMSProp"])
  for (const module of ["tensorflow.train", "tensorflow.compat.v1.train"])
    ALIASES[`${module}.${name}Optimizer`] = `keras.optimizers.train.${name}Optimizer`;

const cache = new Map<string, string>();

/** The canonical path of an imported name; other libraries' paths stay as they are. */
export function canonicalPath(path: string): string {
  const known = cache.get(path);
  if (known !== undefined) return known;
  const found = lookUp(path);
  cache.set(path, found);
  return found;
}

function lookUp(path: string): string {
  let canonical = path;
  const root = ROOTS.find((candidate) => path === candidate || path.startsWith(`${candidate}.`));
  if (root !== undefined) canonical = `keras${path.slice(root.length)}`;
  else if (path === "tensorflow" || path.startsWith("tensorflow.")) {
    const shortcut = TENSORFLOW_SHORTCUTS.find((name) => path.startsWith(`tensorflow.${name}.`));
    if (shortcut) canonical = `keras${path.slice("tensorflow".length)}`;
  } else return path;
  for (const [from, to] of MOVED) {
    const isFunction = canonical === "keras.layers.merge";
    if ((canonical === from && !isFunction) || canonical.startsWith(`${from}.`)) {
      canonical = to + canonical.slice(from.length);
      break;
    }
  }
  return ALIASES[canonical] ?? canonical;
}

/** Modules of Keras that TensorFlow also shows at its top level. */
const TENSORFLOW_SHORTCUTS = ["losses", "optimizers", "metrics", "initializers"];

/** Whether a canonical path belongs to Keras or TensorFlow. */
export function isKerasPath(path: string): boolean {
  const [library] = path.split(".");
  return (
    library === "keras" ||
    library === "tensorflow" ||
    library === "keras_preprocessing" ||
    library === "scikeras" ||
    library === "tf_keras"
  );
}
