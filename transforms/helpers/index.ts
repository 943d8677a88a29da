/** The helpers' sources, in the order in which their functions go into a script. */
import augmentation from "./augmentation.py";
import callbacks from "./callbacks.py";
import categories from "./categories.py";
import datasets from "./datasets.py";
import estimators from "./estimators.py";
import files from "./files.py";
import folders from "./folders.py";
import imageTensors from "./image_tensors.py";
import images from "./images.py";
import losses from "./losses.py";
import metrics from "./metrics.py";
import modules from "./modules.py";
import optimizers from "./optimizers.py";
import parameters from "./parameters.py";
import pictures from "./pictures.py";
import preprocessing from "./preprocessing.py";
import runningMetrics from "./running_metrics.py";
import standingMetrics from "./standing_metrics.py";
import texts from "./texts.py";
import training from "./training.py";
import weights from "./weights.py";

export const HELPER_SOURCES: readonly string[] = [
  files,
  datasets,
  preprocessing,
  texts,
  categories,
  images,
  pictures,
  imageTensors,
  folders,
  modules,
  augmentation,
  parameters,
  optimizers,
  metrics,
  runningMetrics,
  standingMetrics,
  losses,
  training,
  estimators,
  weights,
  callbacks,
];

const SWITCH = /^([A-Z][A-Z_]*) = (?:True|False)\b/gm;

/** The switches of the sources; a script sets those that it needs. */
export const SWITCHES_OFF: readonly string[] = [
  ...new Set(HELPER_SOURCES.flatMap((source) => [...source.matchAll(SWITCH)].map(([, name]) => name ?? ""))),
];
