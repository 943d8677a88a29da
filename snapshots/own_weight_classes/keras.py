"""Penalties and weight clipping as classes and lambdas of the script, and a penalty on activities as a layer."""
import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras import constraints, regularizers
from tensorflow.keras.layers import ActivityRegularization, Conv2D, Dense, Flatten
from tensorflow.keras.models import Sequential

STRENGTH = 0.02


class ScaledL2(regularizers.Regularizer):
    def __init__(self, strength):
        self.strength = strength

    def __call__(self, x):
        return self.strength * tf.reduce_sum(tf.square(x))

    def get_config(self):
        return {'strength': float(self.strength)}


class Smooth(tf.keras.regularizers.Regularizer):
    """Weights of one input should be near those of the next."""

    def __init__(self, factor=0.1, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def __call__(self, kernel):
        steps = kernel[1:] - kernel[:-1]
        return self.factor * tf.reduce_sum(tf.square(steps))

    def get_config(self):
        return {'factor': self.factor}


class ClipConstraint(constraints.Constraint):
    # set the clip value when it is initialized
    def __init__(self, clip_value):
        self.clip_value = clip_value

    # clip the weights
    def __call__(self, weights):
        return K.clip(weights, -self.clip_value, self.clip_value)

    def get_config(self):
        return {'clip_value': self.clip_value}


class ZeroMean(constraints.Constraint):
    def __call__(self, w):
        return w - tf.reduce_mean(w, axis=0)


rng = np.random.RandomState(0)
images = rng.rand(32, 4, 4, 2)
targets = np.stack([images[:, :2].mean((1, 2, 3)), images[:, 2:].mean((1, 2, 3))], axis=1)

const = ClipConstraint(0.2)
l1_sum = lambda w: 0.01 * K.sum(K.abs(w))
critic = Sequential()
critic.add(Conv2D(3, (2, 2), kernel_regularizer=ScaledL2(0.05), kernel_constraint=const, input_shape=(4, 4, 2)))
critic.add(Flatten())
critic.add(Dense(6, activation='relu', kernel_regularizer=Smooth(), bias_regularizer=ScaledL2(strength=STRENGTH),
                 kernel_constraint=ZeroMean()))
critic.add(Dense(5, activation='tanh', kernel_regularizer=lambda w: STRENGTH * K.sum(K.abs(w)),
                 kernel_constraint=lambda w: w - K.mean(w, axis=0), bias_constraint=const))
critic.add(ActivityRegularization(l1=0.03, l2=0.2))
critic.add(Dense(4, kernel_regularizer=lambda w: 0.1 * K.sum(K.square(K.sum(w, axis=0) - 1.)),
                 kernel_constraint=lambda w: K.clip(w, -0.3, 0.3)))
critic.add(Dense(2, kernel_regularizer=l1_sum))
critic.compile(loss='mse', optimizer='sgd')
history = critic.fit(images, targets, batch_size=8, epochs=3, verbose=0)
print('losses', history.history['loss'])
print('evaluated', critic.evaluate(images, targets, verbose=0))
