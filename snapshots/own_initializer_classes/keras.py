"""Initial weights from classes, lambdas and functions inside of functions."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import initializers, layers, regularizers
from tensorflow.keras.models import Sequential


class Ramp(initializers.Initializer):
    """Cells that rise from the first to the last."""

    def __init__(self, step=0.01, start=0.0, seed=None):
        super().__init__()
        self.step = step
        self.start = start
        self.seed = seed

    def __call__(self, shape, dtype=None, **kwargs):
        cells = np.arange(np.prod(shape)) * self.step + self.start
        return cells.reshape(shape)

    def get_config(self):
        return {'step': self.step, 'start': self.start, 'seed': self.seed}


class InverseRoot(keras.initializers.Initializer):
    def __call__(self, shape, dtype=None):
        return tf.ones(shape, dtype=dtype) / np.sqrt(shape[0])


class Smooth(regularizers.Regularizer):
    """Weights of one input should be near those of the next."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, w):
        return self.factor * tf.reduce_sum(tf.square(w[1:] - w[:-1]))


def constant_rows(scale):
    def rows(shape, dtype=None):
        return scale * np.ones(shape) * np.arange(shape[0]).reshape(-1, 1)
    return rows


def build(features, slope, units=(6, 4)):
    def rising(shape, dtype=None):
        return slope * (np.arange(np.prod(shape)) % 5 - 2.0).reshape(shape)

    model = Sequential()
    model.add(layers.Dense(units[0], kernel_initializer=rising, activation='tanh', input_shape=(features,)))
    model.add(layers.Dense(units[1], kernel_initializer=lambda shape, dtype=None: np.full(shape, slope), activation='tanh'))
    model.add(layers.Dense(1, kernel_initializer=constant_rows(0.1), bias_initializer=lambda s, dtype=None: tf.ones(s) * 0.5))
    return model


rng = np.random.RandomState(5)
x = rng.rand(24, 6)
y = x @ np.array([1.0, -1.0, 0.5, 0.0, 2.0, -0.5])

first = build(6, 0.1)
first.compile(optimizer='sgd', loss='mse')
print('at first', first.evaluate(x, y, verbose=0))
first.fit(x, y, epochs=2, batch_size=8, verbose=0)
print('then', first.evaluate(x, y, verbose=0))

images = x.reshape(24, 3, 2, 1)
small = Ramp(0.05, start=-0.2)
second = Sequential([
    layers.Conv2D(2, (2, 2), kernel_initializer=small, bias_initializer=InverseRoot, activation='relu', input_shape=(3, 2, 1)),
    layers.Flatten(),
    layers.Dense(3, kernel_initializer=Ramp(0.02), kernel_regularizer=Smooth(0.1), activation='tanh'),
    layers.Dense(1, kernel_initializer=InverseRoot()),
])
second.compile(optimizer=keras.optimizers.Adam(0.01), loss='mse')
history = second.fit(images, y, epochs=3, batch_size=6, verbose=0)
print('losses', history.history['loss'])
print('of the first two', second.predict(images[:2], verbose=0).ravel())
