"""Convolutions of every kind, one after the other."""
import numpy as np
from keras.layers import (Conv2DTranspose, Cropping2D, Dense, DepthwiseConv2D, GlobalAveragePooling2D,
                          SeparableConv2D, ZeroPadding2D)
from keras.models import Sequential

rng = np.random.RandomState(3)
images = rng.rand(24, 9, 9, 3).astype("float32")
brightness = images.mean(axis=(1, 2, 3))

model = Sequential()
model.add(SeparableConv2D(8, 3, padding="same", activation="relu", input_shape=(9, 9, 3)))
model.add(DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2))
model.add(Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu"))  # back to the size before
model.add(Cropping2D(((1, 0), (2, 1))))
model.add(ZeroPadding2D((1, 2)))
model.add(Conv2DTranspose(4, (5, 5), strides=(2, 2), padding="valid", use_bias=False))
model.add(Conv2DTranspose(2, (2, 2), strides=3, padding="same"))
model.add(GlobalAveragePooling2D())
model.add(Dense(1))

model.compile(optimizer="sgd", loss="mse")
model.fit(images, brightness, epochs=2, batch_size=8, verbose=0)
print(model.predict(images)[:3])
