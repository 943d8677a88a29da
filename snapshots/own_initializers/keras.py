"""Initial weights from functions of the script, over shapes as Keras has them."""
import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras.layers import Conv2D, Dense, Embedding, Flatten, LSTM
from tensorflow.keras.models import Sequential


def my_glorot(shape, dtype=tf.float32):
    stddev = tf.sqrt(2. / (shape[0] + shape[1]))
    return tf.random.normal(shape, stddev=stddev, dtype=dtype)


def small_normal(shape, dtype=None):
    return K.random_normal(shape, mean=0.0, stddev=0.01, dtype=dtype)


def ramp(shape, dtype=None):
    """Each input of a layer weighs more than the one before."""
    steps = np.arange(shape[0] * shape[1]) / 100.0
    return steps.reshape(shape)


def edges(shape, dtype=None):
    """Filters that look for edges."""
    kernel = np.zeros(shape)
    kernel[0, :, :, :] = 0.5
    kernel[1, :, :, 0] = -0.5
    return kernel


def tenth(shape, dtype=None):
    return tf.ones(shape, dtype=dtype) / 10.0


rng = np.random.RandomState(3)
x = rng.rand(24, 6, 6, 1)
y = x.mean(axis=(1, 2))

model = Sequential()
model.add(Conv2D(2, (2, 2), kernel_initializer=edges, bias_initializer=tenth, activation='tanh', input_shape=(6, 6, 1)))
model.add(Flatten())
model.add(Dense(8, kernel_initializer=small_normal, activation='tanh'))
model.add(Dense(6, kernel_initializer=my_glorot, bias_initializer=small_normal, activation='tanh'))
model.add(Dense(1, kernel_initializer=ramp, bias_initializer=tenth))
model.compile(loss='mse', optimizer='sgd')
print('first kernel', model.layers[0].get_weights()[0].sum())
history = model.fit(x, y, batch_size=8, epochs=2, verbose=0)
print('loss', history.history['loss'])

ordered = Sequential([Dense(3, kernel_initializer=ramp, bias_initializer=tenth, input_shape=(4,)), Dense(2, kernel_initializer=ramp)])
ordered.compile(loss='mse', optimizer='adam')
print('of the ramps', ordered.predict(np.arange(8.0).reshape(2, 4)))
