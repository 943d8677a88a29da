/** Every class of `keras.layers` of Keras 2 and 3 is in the table, or is reported with its own reason. */
import { describe, expect, it } from "vitest";
import { LAYERS } from "../../transforms/layers/index.ts";
import { withoutTranslation } from "../../transforms/layers/without-translation.ts";
import { MERGES } from "../../transforms/merging/table.ts";
import { converted } from "../unit/support.ts";

/** As `tf_keras` 2.21 and `keras` 3.15 have them, without the names that are another class's too. */
const CLASSES =
  "AbstractRNNCell Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add AdditiveAttention AlphaDropout Attention AugMix AutoContrast Average AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization Bidirectional CenterCrop Concatenate ContrastLimitedAdaptiveHistogramEqualization Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D Cropping1D Cropping2D Cropping3D CutMix Dense DenseFeatures DepthwiseConv1D DepthwiseConv2D Dot Dropout ELU EinsumDense Embedding Equalization Flatten FlaxLayer GRU GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization GroupQueryAttention Identity InputLayer InputSpec JaxLayer LSTM LSTMCell Lambda Layer LayerNormalization LeakyReLU LocallyConnected1D LocallyConnected2D Masking MaxNumBoundingBoxes MaxPooling1D MaxPooling2D MaxPooling3D Maximum MelSpectrogram Minimum MixUp MultiHeadAttention Multiply Normalization PReLU Permute Pipeline RMSNormalization RNN RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHeight RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomWidth RandomZoom ReLU RepeatVector Rescaling Reshape Resizing ReversibleEmbedding STFTSpectrogram SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell Softmax Solarization SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization StackedRNNCells Subtract TFSMLayer TextVectorization ThresholdedReLU TimeDistributed TorchModuleWrapper UnitNormalization UpSampling1D UpSampling2D UpSampling3D Wrapper ZeroPadding1D ZeroPadding2D ZeroPadding3D".split(
    " ",
  );

const names = new Set([...LAYERS.flatMap((entry) => entry.names), ...MERGES.map((entry) => entry.name)]);

describe("classes of keras.layers", () => {
  it.each(CLASSES)("%s", (name) => {
    const reason = withoutTranslation(`keras.layers.${name}`);
    expect(names.has(name)).toBe(reason === undefined);
  });

  it("the reason is in the report", () => {
    const script = ["from keras.models import Sequential", "from keras.layers import Attention"];
    const { diagnostics } = converted([...script, "model = Sequential([Attention()])", ""].join("\n"));
    expect(diagnostics.map((one) => one.message).join()).toContain("takes several inputs");
  });
});
