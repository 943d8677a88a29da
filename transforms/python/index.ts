/** The helpers' sources, in the order in which their functions go into a script. */

import files from "../helpers/files.py";
import texts from "../helpers/preprocessing.py";
import callbacks from "./callbacks.py";
import datasets from "./datasets.py";
import loop from "./loop.py";
import metrics from "./metrics.py";
import optimizers from "./optimizers.py";
import modules from "./modules.py";
import preprocessing from "./preprocessing.py";

export const HELPER_SOURCES: readonly string[] = [
  files,
  datasets,
  texts,
  preprocessing,
  modules,
  metrics,
  optimizers,
  loop,
  callbacks,
];

/** Switches that a script sets only where it needs them. */
export const SWITCHES_OFF: readonly string[] = [
  "LOGITS_BEFORE_LAST",
  "WHOLE_MODULE",
  "SCHEDULE_TAKES_RATE",
  "PENALTY",
  "SOFTMAX",
  "SIGMOID",
  "CHANNELS_LAST_OUTPUT",
  "WITH_METRICS",
  "WITHOUT_METRICS",
  "BY_NAME",
  "FIT_PRINTS",
  "ALWAYS_PRINTS",
  "INITIAL_EPOCH",
  "HISTORY_OBJECT",
  "RISING",
  "MIXED",
  "ON_TRAIN_BEGIN",
  "ON_TRAIN_END",
  "ON_EPOCH_BEGIN",
  "ON_BATCH_BEGIN",
  "ON_BATCH_END",
  "TOKENIZER_MATRIX",
  "TOKENIZER_TEXTS",
  "TOKENIZER_DOCUMENTS",
  "TOKENIZER_JSON",
];
