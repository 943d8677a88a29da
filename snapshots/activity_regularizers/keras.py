"""Activations and penalties on what layers give, in the ways that scripts say them."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import activations, layers, regularizers
from tensorflow.keras import backend as K

RHO = 0.1


class NearMean(regularizers.Regularizer):
    """Activities that are not far from each other."""

    def __init__(self, strength=0.05):
        self.strength = strength

    def __call__(self, x):
        return self.strength * tf.reduce_sum(tf.square(x - tf.reduce_mean(x, axis=0)))

    def get_config(self):
        return {'strength': self.strength}


def sparse(activity):
    """Each unit should be on for a tenth of the samples."""
    mean = K.mean(activity, axis=0)
    return 0.5 * K.sum(K.square(mean - RHO))


def build(features, depth):
    model = keras.Sequential()
    model.add(layers.Dense(12, activation=tf.nn.leaky_relu, bias_initializer='glorot_uniform', input_shape=(features,),
                           activity_regularizer=NearMean(0.02)))
    for _ in range(depth):
        model.add(layers.Dense(12, activation=K.elu, bias_initializer=keras.initializers.Constant(0.1)))
    model.add(layers.Dense(8, activation=lambda x: activations.relu(x, alpha=0.1, max_value=2.0), activity_regularizer=sparse))
    model.add(layers.Dense(8, activation=tf.math.sin, activity_regularizer=lambda a: 0.01 * K.sum(K.abs(a))))
    model.add(layers.Dense(6, activation=activations.get('selu'), activity_regularizer=regularizers.L1L2(l1=0.001, l2=0.01)))
    model.add(layers.Dense(6, activation='LeakyReLU'))
    model.add(layers.Dense(1, bias_initializer='he_normal'))
    return model


rng = np.random.RandomState(2)
x = rng.randn(48, 5)
y = np.tanh(x[:, 0] - x[:, 1] * x[:, 2])

model = build(x.shape[1], depth=2)
model.compile(optimizer=keras.optimizers.SGD(0.01), loss='mse', metrics=['mae'])
history = model.fit(x, y, batch_size=16, epochs=3, validation_split=0.25, verbose=0)
print('loss', history.history['loss'])
print('validation', history.history['val_loss'], history.history['val_mae'])
print('with penalties', model.evaluate(x, y, batch_size=20, verbose=0))
print('predictions', model.predict(x[:3], verbose=0).ravel())
