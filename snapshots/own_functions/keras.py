"""Digit-like images: the script's own functions as layers and as activations."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras.layers import Activation, Conv2D, Dense, Flatten, Lambda, MaxPooling2D
from tensorflow.keras.models import Sequential
from tensorflow.keras.utils import get_custom_objects

rng = np.random.RandomState(0)
x_train = (rng.rand(160, 12, 12) * 255).astype("float32")
y_train = (x_train[:, :6].mean(axis=(1, 2)) > x_train[:, 6:].mean(axis=(1, 2))).astype("float32")


def swish(x):
    """Swish activation (Ramachandran et al., 2017)."""
    return x * K.sigmoid(x)


def mish(x):
    return x * K.tanh(K.softplus(x))


def gelu(x):
    cdf = 0.5 * (1.0 + tf.math.erf(x / tf.sqrt(2.0)))
    return x * cdf


def antirectifier(x):
    x -= K.mean(x, axis=1, keepdims=True)
    return K.l2_normalize(x, axis=1)


def normalize(images):
    return images / 127.5 - 1.0


get_custom_objects().update({"swish": Activation(swish), "mish": mish})

model = Sequential()
model.add(Lambda(normalize, input_shape=(12, 12)))  # pixels to [-1, 1]
model.add(Lambda(lambda x: K.expand_dims(x, axis=-1), output_shape=(12, 12, 1)))
model.add(Conv2D(8, (3, 3), activation="swish"))
model.add(MaxPooling2D())
model.add(Conv2D(8, (3, 3)))
model.add(Activation(mish))
model.add(Flatten())
model.add(Dense(16, activation=swish))
model.add(Lambda(antirectifier))
model.add(Dense(8, activation=lambda x: K.maximum(x, 0.1 * x)))
model.add(Activation("mish"))
model.add(Dense(1, activation="sigmoid"))

model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=2, batch_size=32, verbose=2)
print("accuracy:", model.evaluate(x_train, y_train, verbose=0)[1])

# A sequence read to its last step, its mean and its extremes.
sequences = rng.normal(size=(96, 10, 4)).astype("float32")
targets = sequences[:, -1].sum(axis=-1)


def summary(steps):
    ahead = tf.reverse(steps, axis=[1])
    ahead *= 1.0 + 0.5
    gains = tf.clip_by_value(tf.abs(ahead), 0.0, 2.0)
    return tf.reshape(gains[:, :5], (-1, 20))


regressor = Sequential(
    [
        Lambda(lambda x: x * 2.0, input_shape=(10, 4)),
        Dense(4, activation=gelu),
        Lambda(summary),
        Dense(8, activation=tf.nn.relu),
        Dense(1),
    ]
)
regressor.compile(optimizer="sgd", loss="mse")
regressor.fit(sequences, targets, epochs=2, batch_size=16, verbose=2)
print("loss:", regressor.evaluate(sequences, targets, verbose=0))
print(regressor.predict(sequences[:3]))
