"""Layers that functions, lambdas, comprehensions and partial objects make."""
from functools import partial

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

np.random.seed(42)
x_train = np.random.rand(60, 8, 8, 1).astype("float32")
y_train = np.random.randint(0, 3, 60)

# the book's way: the same arguments for every convolution
DefaultConv2D = partial(keras.layers.Conv2D, kernel_size=3, activation="relu", padding="SAME")

cnn = keras.models.Sequential([
    DefaultConv2D(filters=8, kernel_size=5, input_shape=[8, 8, 1]),
    keras.layers.MaxPooling2D(pool_size=2),
    DefaultConv2D(filters=16),  # twice as many
    DefaultConv2D(filters=16, activation="elu"),
    keras.layers.Flatten(),
    keras.layers.Dense(units=3, activation="softmax"),
])
cnn.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
cnn.fit(x_train, y_train, epochs=2, batch_size=20, verbose=0)
print(cnn.evaluate(x_train, y_train, verbose=0))

RATE = 0.1
WEIGHT_DECAY = 1e-3


def dense_block(units, rate=RATE, act="relu"):
    """A dense layer, normalized, with dropout."""
    return [
        layers.Dense(units, use_bias=False, kernel_regularizer=keras.regularizers.l2(WEIGHT_DECAY)),
        layers.BatchNormalization(),
        layers.Activation(act),
        layers.Dropout(rate),
    ]


hidden = lambda units: layers.Dense(units, activation="tanh", kernel_initializer="he_normal")
samples = x_train.reshape(60, 64)

mlp = keras.Sequential(
    [layers.InputLayer(input_shape=(64,))]
    + dense_block(32)
    + dense_block(16, rate=RATE / 2, act="elu")
    + [layers.Dense(3, activation="softmax")]
)
mlp.compile(loss="sparse_categorical_crossentropy", optimizer=keras.optimizers.SGD(0.1), metrics=["accuracy"])
mlp.fit(samples, y_train, epochs=2, batch_size=20, verbose=0)
print(mlp.evaluate(samples, y_train, verbose=0))

deep = keras.Sequential([
    layers.Dense(24, activation="relu", input_shape=(64,)),
    *[layers.Dense(n, activation=act) for n, act in ((20, "relu"), (12, "selu"))],  # narrower
    *[hidden(10) for _ in range(2)],
    hidden(6),
    layers.Dense(3, activation="softmax"),
])
deep.compile(loss="sparse_categorical_crossentropy", optimizer="sgd")
deep.fit(samples, y_train, epochs=2, batch_size=20, verbose=0)
print(deep.evaluate(samples, y_train, verbose=0))


def make(kind, *args, **options):
    if kind == "dense":
        return layers.Dense(*args, **options)
    return layers.Dropout(*args)


common = {"activation": "relu", "bias_initializer": "ones"}
plain = keras.Sequential()
plain.add(make("dense", 16, input_shape=(64,), **common))
plain.add(make("drop", 0.2))
plain.add(layers.Dense(8, **common))
plain.add(getattr(layers, "Dense")(3, activation="softmax"))
plain.compile(loss="sparse_categorical_crossentropy", optimizer="sgd")
plain.fit(samples, y_train, epochs=2, batch_size=20, verbose=0)
print(plain.evaluate(samples, y_train, verbose=0))
