/** Callbacks: the helper class that takes the place of each. */
import type { Construct } from "../src/analysis/constructs.ts";

export interface CallbackEntry {
  readonly name: string;
  readonly signatures: Construct["signatures"];
  /** Hooks that the helper class has besides `on_epoch_end`. */
  readonly hooks: readonly string[];
  /** Hooks that it has where an argument is given. */
  readonly hooksOf?: Readonly<Record<string, readonly string[]>>;
  /** Whether it watches a value that should fall or grow. */
  readonly monitors: boolean;
  /** Whether it writes the model to files. */
  readonly saves?: boolean;
  /** Arguments that change nothing here. */
  readonly drops: readonly string[];
  /** Arguments that are reported where they are not what the signature says. */
  readonly rejects?: readonly string[];
  /** Of these, what is not done, for a note where one is set. */
  readonly leavesOut?: Readonly<Record<string, string>>;
  /** Attributes that scripts may read. */
  readonly attributes?: readonly string[];
}

export const CALLBACKS: readonly CallbackEntry[] = [
  {
    name: "EarlyStopping",
    signatures: {
      keras2:
        "monitor='val_loss', min_delta=0, patience=0, verbose=0, mode='auto', baseline=None, restore_best_weights=False, start_from_epoch=0",
    },
    hooks: ["on_train_begin"],
    hooksOf: { restore_best_weights: ["on_train_end"] },
    monitors: true,
    drops: [],
    attributes: ["stopped_epoch", "best", "wait", "patience", "monitor"],
  },
  {
    name: "ReduceLROnPlateau",
    signatures: {
      keras2:
        "monitor='val_loss', factor=0.1, patience=10, verbose=0, mode='auto', min_delta=1e-4, cooldown=0, min_lr=0, *, epsilon:min_delta=1e-4",
    },
    hooks: ["on_train_begin"],
    monitors: true,
    drops: [],
  },
  {
    name: "ModelCheckpoint",
    signatures: {
      keras2:
        "filepath, monitor='val_loss', verbose=0, save_best_only=False, save_weights_only=False, mode='auto', save_freq='epoch', period=1, options=None, initial_value_threshold=None",
    },
    hooks: [],
    hooksOf: { save_freq: ["on_epoch_begin", "on_batch_end"] },
    monitors: true,
    drops: [],
    rejects: ["options"],
    attributes: ["best", "filepath", "monitor"],
    saves: true,
  },
  {
    name: "TensorBoard",
    signatures: {
      keras2:
        "log_dir='logs', histogram_freq=0, write_graph=True, write_images=False, write_steps_per_second=False, update_freq='epoch', profile_batch=0, embeddings_freq=0, embeddings_metadata=None, batch_size=32, write_grads=False, embeddings_layer_names=None, embeddings_data=None",
    },
    hooks: ["on_train_begin", "on_train_end"],
    monitors: false,
    drops: [
      "write_graph",
      "write_images",
      "write_grads",
      "write_steps_per_second",
      "profile_batch",
      "embeddings_freq",
      "embeddings_metadata",
      "embeddings_layer_names",
      "embeddings_data",
      "batch_size",
      "update_freq",
    ],
    leavesOut: {
      write_images: "images of the weights",
      write_grads: "histograms of gradients",
      write_steps_per_second: "steps per second",
      embeddings_freq: "embeddings",
      update_freq: "values within epochs",
    },
  },
  {
    name: "LearningRateScheduler",
    signatures: { keras1: "schedule", keras2: "schedule, verbose=0" },
    hooks: ["on_epoch_begin"],
    monitors: false,
    drops: [],
  },
  {
    name: "LambdaCallback",
    signatures: {
      keras2:
        "on_epoch_begin=None, on_epoch_end=None, on_batch_begin=None, on_batch_end=None, on_train_begin=None, on_train_end=None, on_train_batch_begin=None, on_train_batch_end=None, *, on_test_begin=None, on_test_end=None, on_test_batch_begin=None, on_test_batch_end=None, on_predict_begin=None, on_predict_end=None, on_predict_batch_begin=None, on_predict_batch_end=None",
    },
    hooks: [],
    monitors: false,
    drops: [],
  },
  {
    name: "History",
    signatures: { keras2: "" },
    hooks: ["on_train_begin"],
    monitors: false,
    drops: [],
    attributes: ["history", "epoch"],
  },
  {
    name: "TerminateOnNaN",
    signatures: { keras2: "" },
    hooks: ["on_batch_end"],
    monitors: false,
    drops: [],
  },
  {
    name: "CSVLogger",
    signatures: { keras2: "filename, separator=',', append=False" },
    hooks: ["on_train_begin"],
    monitors: false,
    drops: [],
  },
];

/** Hooks that a callback of the script may define, and the switch of each. */
export const HOOKS: Readonly<Record<string, string>> = {
  on_epoch_begin: "ON_EPOCH_BEGIN",
  on_epoch_end: "ON_EPOCH_END",
  on_train_begin: "ON_TRAIN_BEGIN",
  on_train_end: "ON_TRAIN_END",
  on_batch_begin: "ON_BATCH_BEGIN",
  on_batch_end: "ON_BATCH_END",
  on_train_batch_begin: "ON_BATCH_BEGIN",
  on_train_batch_end: "ON_BATCH_END",
  on_test_begin: "ON_TEST_BEGIN",
  on_test_end: "ON_TEST_END",
  on_test_batch_begin: "ON_TEST_BATCH_BEGIN",
  on_test_batch_end: "ON_TEST_BATCH_END",
};

/** Hooks of `predict`, which calls those of the callbacks that it is given. */
export const PREDICT_HOOKS: Readonly<Record<string, string>> = {
  on_predict_begin: "ON_PREDICT_BEGIN",
  on_predict_end: "ON_PREDICT_END",
  on_predict_batch_begin: "ON_PREDICT_BATCH_BEGIN",
  on_predict_batch_end: "ON_PREDICT_BATCH_END",
};

/** Keys of a callback's `params`. */
export const PARAMS: ReadonlySet<string> = new Set(["epochs", "steps"]);

const byName = new Map(CALLBACKS.map((entry) => [entry.name, entry]));

export function callbackNamed(name: string): CallbackEntry | undefined {
  return byName.get(name);
}
