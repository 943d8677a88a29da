"""Regularizers and constraints as functions of the script, over weights as Keras lays them out."""
import numpy as np
from keras import backend as K
from keras.layers import Conv2D, Dense, Flatten, LSTM, Reshape
from keras.models import Sequential
from keras.regularizers import OrthogonalRegularizer

ALPHA = 0.01


def l1_reg(weight_matrix):
    return ALPHA * K.sum(K.abs(weight_matrix))


def unit_sum_reg(w):
    """How far the weights of each output are from a sum of 1."""
    difference = K.sum(w, axis=0) - 1.
    return 0.1 * K.sum(K.square(difference))


def neighbours_reg(kernel):
    """How much the weights of one input differ from those of the next."""
    return 0.05 * K.sum(K.square(kernel[1:] - kernel[:-1]))


def clip_weights(w):
    return K.clip(w, -0.2, 0.2)


def zero_mean(w):
    return w - K.mean(w, axis=0)


rng = np.random.RandomState(0)
images = rng.rand(32, 4, 4, 2)
targets = np.stack([images[:, :2].mean((1, 2, 3)), images[:, 2:].mean((1, 2, 3))], axis=1)

critic = Sequential()
critic.add(Conv2D(3, (2, 2), input_shape=(4, 4, 2), kernel_regularizer=l1_reg, kernel_constraint=zero_mean))
critic.add(Flatten())
critic.add(Dense(6, activation='relu', kernel_regularizer=neighbours_reg, bias_regularizer=l1_reg,
                 kernel_constraint=clip_weights, bias_constraint=clip_weights))
critic.add(Reshape((2, 3)))
critic.add(LSTM(4, kernel_regularizer=unit_sum_reg, recurrent_regularizer=OrthogonalRegularizer(0.05),
                recurrent_constraint=zero_mean))
critic.add(Dense(2, kernel_regularizer=unit_sum_reg, kernel_constraint=zero_mean))
critic.compile(loss='mse', optimizer='sgd')
history = critic.fit(images, targets, batch_size=8, epochs=3, verbose=0)
print('losses', history.history['loss'])
print('evaluated', critic.evaluate(images, targets, verbose=0))
