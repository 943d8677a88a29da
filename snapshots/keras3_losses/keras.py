"""Noisy labels and unknown pixels: losses that came with Keras 3, or that leave out a class."""
import keras
import numpy as np
from keras import layers, losses

rng = np.random.RandomState(6)
x = rng.normal(size=(60, 5)).astype("float32")
kinds = x[:, :3].argmax(axis=1)
noisy = np.where(rng.rand(60) < 0.2, rng.randint(0, 3, 60), kinds)

robust = keras.Sequential([layers.Input((5,)), layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")])
robust.compile(optimizer=keras.optimizers.SGD(0.1), loss=losses.CategoricalGeneralizedCrossEntropy(q=0.7), metrics=["accuracy"])
robust.fit(x, noisy, batch_size=15, epochs=3, validation_split=0.2)
print("robust", robust.evaluate(x, kinds, verbose=0))

images = rng.rand(12, 6, 5, 3).astype("float32")
pixels = images.argmax(axis=3)
pixels[:, 0] = 3
mapper = keras.Sequential([layers.Input((6, 5, 3)), layers.Conv2D(4, 3, padding="same", activation="relu"), layers.Conv2D(4, 1)])
mapper.compile(optimizer="sgd", loss=losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=3))
mapper.fit(images, pixels, batch_size=4, epochs=2)

steps = rng.normal(size=(20, 4, 5)).astype("float32")
classes = steps[:, :, :3].argmax(axis=2)
reader = keras.Sequential([layers.Input((4, 5)), layers.LSTM(6, return_sequences=True), layers.Dense(3, activation="softmax")])
reader.compile(optimizer="sgd", loss=losses.SparseCategoricalCrossentropy(ignore_class=0))
reader.fit(steps, classes, batch_size=5, epochs=2)

line = keras.Sequential([layers.Input((5,)), layers.Dense(2)])
line.compile(optimizer="sgd", loss=losses.Huber(delta=0.3, reduction="sum"))
line.fit(x, x[:, :2], batch_size=20, epochs=2)
smooth = keras.Sequential([layers.Input((5,)), layers.Dense(3, activation="softmax")])
smooth.compile(optimizer="sgd", loss=losses.CategoricalCrossentropy(label_smoothing=0.1, axis=1, reduction="mean"))
smooth.fit(x, keras.utils.to_categorical(kinds, 3), batch_size=20, epochs=2)
