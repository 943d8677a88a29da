/** The layer table. */
import type { LayerEntry } from "../layer.ts";
import { activationLayers } from "./activation.ts";
import { convolutional } from "./convolutional.ts";
import { core } from "./core.ts";
import { embedding } from "./embedding.ts";
import { sampleNormalization } from "./layer-normalization.ts";
import { noise } from "./noise.ts";
import { normalization } from "./normalization.ts";
import { poolingLayers } from "./pooling.ts";
import { recurrent } from "./recurrent.ts";
import { cropping, transposedLayers } from "./transposed.ts";

export const LAYERS: readonly LayerEntry[] = [
  ...core,
  ...embedding,
  ...convolutional,
  ...transposedLayers,
  ...cropping,
  ...poolingLayers,
  ...recurrent,
  ...normalization,
  ...sampleNormalization,
  ...activationLayers,
  ...noise,
];
