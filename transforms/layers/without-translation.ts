/** Classes of Keras, most of them layers, that no Sequential model can hold, or that have no PyTorch form, and why. */

const SEVERAL_INPUTS =
  "it takes several inputs, which no Sequential model has: models of the functional API are not translated";
const BASE = "it is a base of layers of the script's own, which are not translated";
const FOREIGN = "it runs a program of another library, which stays what it is";
const AUGMENTATION = "its random changes of images have no translation yet";
const SPECTRA = "spectrograms inside a model have no translation yet";

const REASONS: Readonly<Record<string, string>> = {
  ...named("Attention AdditiveAttention MultiHeadAttention GroupQueryAttention", SEVERAL_INPUTS),
  ...named("Layer Wrapper AbstractRNNCell InputSpec", BASE),
  ...named("JaxLayer FlaxLayer TFSMLayer TorchModuleWrapper", FOREIGN),
  ...named(
    "AugMix AutoContrast ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization MaxNumBoundingBoxes MixUp RandAugment RandomColorDegeneration RandomColorJitter RandomElasticTransform RandomErasing RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization RandomSaturation RandomSharpness RandomShear Solarization",
    AUGMENTATION,
  ),
  ...named("MelSpectrogram STFTSpectrogram", SPECTRA),
  Hashing:
    "its numbers follow a hash of TensorFlow's (FarmHash), which neither PyTorch nor Python has: number the values with StringLookup or IntegerLookup",
  HashedCrossing:
    "its numbers follow a hash of TensorFlow's (FarmHash) over several inputs, which neither PyTorch nor Python has",
  DenseFeatures: "it reads columns of a table by their names, which has no translation",
  Pipeline: "layers in a row inside a layer have no translation yet: a Sequential model does the same",
  ReversibleEmbedding: "its way back from vectors to indices needs a model of the functional API",
};

const OTHERS: Readonly<Record<string, string>> = {
  "keras.callbacks.BackupAndRestore":
    "it goes on with a training that was interrupted, from files that only Keras reads: `torch.save` model and optimizer after each epoch instead",
  "keras.callbacks.experimental.BackupAndRestore":
    "it goes on with a training that was interrupted, from files that only Keras reads: `torch.save` model and optimizer after each epoch instead",
  "keras.callbacks.RemoteMonitor":
    "it sends values to a server in Keras's own form: a callback of the script's own can do the same",
  "keras.callbacks.ProgbarLogger": "Keras adds it by itself, for the lines of progress: leave it out",
  "keras.callbacks.BaseLogger": "Keras adds it by itself, for the means of an epoch: leave it out",
  "keras.callbacks.CallbackList":
    "it is for loops of training of one's own: give `fit` the list of callbacks",
  "keras.callbacks.SwapEMAWeights": "it needs averages of the weights, which have no translation yet",
  "keras.callbacks.OrbaxCheckpoint": "it writes files of another library",
  "keras.losses.CTC": "its targets are sequences of labels, which no Sequential model is trained on here",
};

/** Pretrained bases that no module stands for. */
const BASES: Readonly<Record<string, string>> = {
  ...named(
    "Xception InceptionResNetV2 NASNetMobile NASNetLarge MobileNet ResNet50V2 ResNet101V2 ResNet152V2",
    "torchvision has no such model; those of the timm package are other functions with other weights",
  ),
  ...named(
    "InceptionV3 MobileNetV3Small MobileNetV3Large EfficientNetV2B0 EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3 EfficientNetV2S EfficientNetV2M EfficientNetV2L ConvNeXtTiny ConvNeXtSmall ConvNeXtBase ConvNeXtLarge ConvNeXtXLarge",
    "torchvision's model of that name, where there is one, is another function with other weights",
  ),
  ...named(
    "decode_predictions",
    "the names of ImageNet's classes come with Keras's weights: torchvision's are in `weights.meta[\"categories\"]`",
  ),
};

function named(names: string, reason: string): Record<string, string> {
  return Object.fromEntries(names.split(" ").map((name) => [name, reason]));
}

/** Why a class or function of Keras, by its canonical path, has no translation; undefined where there is no more to say. */
export function withoutTranslation(path: string): string | undefined {
  const other = OTHERS[path];
  if (other !== undefined) return other;
  const name = path.split(".").at(-1) as string;
  if (path.startsWith("keras.applications.")) return BASES[name];
  return path === `keras.layers.${name}` ? REASONS[name] : undefined;
}
