/** Which Keras a script is written for, by its own spellings. */
import type { Module } from "../grammars/nodes.ts";
import { walk } from "../grammars/walk.ts";
import type { KerasRelease, KerasVersion } from "../src/analysis/constructs.ts";
import { isBefore, type Pin, type Pins, pinFor } from "./releases.ts";

/** Names that only Keras 1 has, as arguments or classes. */
const KERAS1 = new Set([
  "nb_epoch",
  "border_mode",
  "nb_filter",
  "filter_length",
  "subsample",
  "subsample_length",
  "dim_ordering",
  "W_regularizer",
  "b_regularizer",
  "dropout_W",
  "dropout_U",
  "samples_per_epoch",
  "nb_val_samples",
  "inner_activation",
  "inner_init",
  "nb_classes_",
  "pool_length",
  "image_dim_ordering",
  "set_image_dim_ordering",
  "W_constraint",
  "show_accuracy",
]);

/** Spellings of Keras 1 or 3 in the script itself decide; else what its repository requires. */
export function kerasOf(module: Module, pins: Pins = {}): Pin {
  const version = versionOf(module);
  const pin = pins.keras || pins.tensorflow ? pinFor(pins, importsStandalone(module)) : undefined;
  if (!pin || (version === "keras3" && pin.version !== "keras3")) return { version, release: undefined };
  // Keras 2 took the spellings of Keras 1 as well.
  if (version === "keras1") return { version, release: pin.version === "keras3" ? undefined : pin.release };
  return pin;
}

const standalone = new WeakMap<Module, boolean>();

/** Whether a script gets Keras from its own package, not from TensorFlow. */
export function importsStandalone(module: Module): boolean {
  const known = standalone.get(module) ?? findsStandalone(module);
  standalone.set(module, known);
  return known;
}

/** Whether a script for standalone Keras may be, or is known to be, for a release before the one that changed something. */
export function mayPredate(
  { module, release }: { readonly module: Module; readonly release: KerasRelease | undefined },
  version: KerasVersion,
  changed: Parameters<typeof isBefore>[1],
): boolean {
  if (version === "keras3" || !importsStandalone(module)) return false;
  return !release || isBefore(release, changed);
}

function findsStandalone(module: Module): boolean {
  let found = false;
  walk(module, (node) => {
    if (node.type === "Import") found ||= node.names.some(({ name }) => name.split(".")[0] === "keras");
    if (node.type === "ImportFrom") found ||= node.level === 0 && node.module.split(".")[0] === "keras";
    return !found;
  });
  return found;
}

export function versionOf(module: Module): KerasVersion {
  for (const name of module.identifiers)
    if (KERAS1.has(name)) return usesKeras1(module) ? "keras1" : "keras2";
  return usesKeras3(module) ? "keras3" : "keras2";
}

/** The names are few and telling, but a variable may have one: only arguments and attributes count. */
function usesKeras1(module: Module): boolean {
  let found = false;
  walk(module, (node) => {
    if (node.type === "Argument" && node.name !== null && KERAS1.has(node.name)) found = true;
    if (node.type === "Attribute" && KERAS1.has(node.attr)) found = true;
    return !found;
  });
  return found;
}

/** `keras.ops`, `keras.random` and the like exist in Keras 3 only. */
function usesKeras3(module: Module): boolean {
  let found = false;
  walk(module, (node) => {
    if (node.type === "ImportFrom" && node.module === "keras") {
      if (node.names.some((alias) => alias.name === "ops" || alias.name === "random")) found = true;
    }
    if (node.type === "ImportFrom" && (node.module === "keras.ops" || node.module === "keras.random"))
      found = true;
    if (node.type === "Attribute" && node.value.type === "Name" && node.value.id === "keras") {
      if (node.attr === "ops" || node.attr === "random") found = true;
    }
    if (node.type === "Argument" && node.name === "negative_slope") found = true;
    return !found;
  });
  return found;
}
