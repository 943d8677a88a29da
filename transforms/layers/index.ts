/** The layer table. */
import type { LayerEntry } from "../layer.ts";
import { activationLayers } from "./activation.ts";
import { atrous } from "./atrous.ts";
import { bidirectionalLayer } from "./bidirectional.ts";
import { categoryLayers } from "./categories.ts";
import { convLstm } from "./conv-lstm.ts";
import { convolutional } from "./convolutional.ts";
import { core } from "./core.ts";
import { depthwiseLayers } from "./depthwise.ts";
import { einsumLayer } from "./einsum.ts";
import { embedding } from "./embedding.ts";
import { globalPooling } from "./global-pooling.ts";
import { randomImages } from "./image-layers.ts";
import { keras1Layers } from "./keras1.ts";
import { lambdaLayer } from "./lambda.ts";
import { sampleNormalization } from "./layer-normalization.ts";
import { locallyConnected } from "./locally-connected.ts";
import { masking } from "./masking.ts";
import { noise } from "./noise.ts";
import { normalization } from "./normalization.ts";
import { borders } from "./padding.ts";
import { adaptivePooling, poolingLayers } from "./pooling.ts";
import { preprocessingLayers } from "./preprocessing.ts";
import { recurrent } from "./recurrent.ts";
import { recurrentCells } from "./recurrent-cells.ts";
import { reshaping } from "./reshaping.ts";
import { resizingLayers } from "./resizing.ts";
import { spectralNormalization } from "./spectral-normalization.ts";
import { textLayers } from "./texts.ts";
import { timeDistributed } from "./time-distributed.ts";
import { transposedLayers } from "./transposed.ts";
import { upsamplingLayers } from "./upsampling.ts";

export const LAYERS: readonly LayerEntry[] = [
  ...core,
  ...reshaping,
  ...embedding,
  ...einsumLayer,
  ...convolutional,
  ...atrous,
  ...transposedLayers,
  ...depthwiseLayers,
  ...locallyConnected,
  ...borders,
  ...upsamplingLayers,
  ...poolingLayers,
  ...globalPooling,
  ...adaptivePooling,
  ...masking,
  ...recurrent,
  ...recurrentCells,
  ...bidirectionalLayer,
  ...convLstm,
  ...timeDistributed,
  ...normalization,
  ...sampleNormalization,
  ...spectralNormalization,
  ...activationLayers,
  ...keras1Layers,
  ...noise,
  ...preprocessingLayers,
  ...resizingLayers,
  ...textLayers,
  ...categoryLayers,
  ...randomImages,
  ...lambdaLayer,
];
