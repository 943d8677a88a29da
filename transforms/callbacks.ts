/** Callbacks: the helper class that takes the place of each. */
import type { Construct } from "../src/analysis/constructs.ts";

export interface CallbackEntry {
  readonly name: string;
  readonly signatures: Construct["signatures"];
  /** Hooks that the helper class has besides `on_epoch_end`. */
  readonly hooks: readonly string[];
  /** Whether it watches a value that should fall or grow. */
  readonly monitors: boolean;
  /** Arguments that change nothing here. */
  readonly drops: readonly string[];
}

export const CALLBACKS: readonly CallbackEntry[] = [
  {
    name: "EarlyStopping",
    signatures: {
      keras2:
        "monitor='val_loss', min_delta=0, patience=0, verbose=0, mode='auto', baseline=None, restore_best_weights=False, start_from_epoch=0",
    },
    hooks: ["ON_TRAIN_BEGIN"],
    monitors: true,
    drops: [],
  },
  {
    name: "ReduceLROnPlateau",
    signatures: {
      keras2:
        "monitor='val_loss', factor=0.1, patience=10, verbose=0, mode='auto', min_delta=1e-4, cooldown=0, min_lr=0",
    },
    hooks: ["ON_TRAIN_BEGIN"],
    monitors: true,
    drops: [],
  },
];

const byName = new Map(CALLBACKS.map((entry) => [entry.name, entry]));

export function callbackNamed(name: string): CallbackEntry | undefined {
  return byName.get(name);
}
