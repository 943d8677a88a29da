"""Masks and curves, with the losses and metrics that came with Keras 3."""
import keras
import numpy as np
from keras import layers, losses, metrics, random

rng = np.random.RandomState(4)
images = rng.rand(14, 8, 8, 1).astype("float32")
masks = (images > 0.6).astype("float32")

segments = keras.Sequential([
    layers.Input((8, 8, 1)),
    layers.Conv2D(4, 3, padding="same", activation="relu"),
    layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
])
segments.compile(
    optimizer=keras.optimizers.SGD(0.5),
    loss=losses.Dice(),
    metrics=[metrics.BinaryIoU(name="iou"), metrics.Precision(name="precision"), metrics.AUC(curve="PR", name="auc")],
)
history = segments.fit(images, masks, batch_size=4, epochs=3)
print(history.history["iou"])
print(segments.evaluate(images[:1], masks[:1]))

careful = keras.Sequential([
    layers.Input((8, 8, 1)),
    layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
])
careful.compile(optimizer="sgd", loss=losses.Tversky(alpha=0.7, beta=0.3), loss_weights=0.5, weighted_metrics=["accuracy"])
careful.fit(images, masks, batch_size=5, epochs=2)

curves = rng.rand(40, 5).astype("float32")
shapes = np.cumsum(curves, axis=1)
follow = keras.Sequential([layers.Input((5,)), layers.Dense(8, activation="relu"), layers.Dense(5)])
follow.compile(optimizer="sgd", loss="mse", metrics=[metrics.PearsonCorrelation(), metrics.ConcordanceCorrelation(name="ccc"), metrics.R2Score()])
follow.fit(curves, shapes, epochs=2, validation_split=0.25)

parts = keras.Sequential([
    layers.Input((8, 8, 1)),
    layers.Conv2D(3, 3, padding="same", activation="softmax"),
])
labels = keras.utils.to_categorical((3 * images[..., 0]).astype("int32"), 3)
parts.compile(optimizer="sgd", loss=losses.Dice(axis=(1, 2)))
parts.fit(images, labels, batch_size=4, epochs=2)
parts.compile(optimizer="sgd", loss=losses.Tversky(alpha=0.3, beta=0.7, axis=[0, -1]))
parts.fit(images, labels, batch_size=4, epochs=2)

kinds = rng.randint(0, 6, size=40)
embed = keras.Sequential([
    layers.Input((5,)),
    layers.Dense(8, activation="relu"),
    layers.Dense(4),
    layers.UnitNormalization(),
])
embed.compile(optimizer=keras.optimizers.SGD(0.001), loss=losses.Circle(gamma=16, margin=0.3))
embed.fit(curves, kinds, batch_size=9, epochs=2)
print(embed.evaluate(curves, kinds, batch_size=9))
