/** Which Keras a script is written for, by its own spellings. */
import type { Module } from "../grammars/nodes.ts";
import { walk } from "../grammars/walk.ts";
import type { KerasVersion } from "../src/analysis/constructs.ts";

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
