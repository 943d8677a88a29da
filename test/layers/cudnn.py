"""Keras's layers for cuDNN, with their own weights, on any processor.

Only the call of the library is another: the weights are brought into the order of LSTM and GRU as Keras's own conversion of
saved weights does, and run there.
"""

import numpy as np
import tensorflow as tf
import tf_keras
from tf_keras.src.layers.rnn import cudnn_gru, cudnn_lstm
from tf_keras.src.layers.rnn.gru import GRU, GRUCell
from tf_keras.src.layers.rnn.lstm import LSTM, LSTMCell
from tf_keras.src.saving.legacy.hdf5_format import _convert_rnn_weights


def turned(kernel, gates):
    return tf.concat([tf.transpose(tf.reshape(k, k.shape[::-1])) for k in tf.split(kernel, gates, axis=1)], 1)


def run(layer, inputs, states, cell, plain, bias):
    """The steps of the plain cell, with weights that are converted in the graph, so that gradients get through."""
    gates = layer.kernel.shape[1] // layer.units
    converted = [turned(layer.kernel, gates), turned(layer.recurrent_kernel, gates), bias]
    if tf.executing_eagerly():
        theirs = _convert_rnn_weights(plain(layer.units), [np.array(weight) for weight in layer.weights[:3]])
        for ours, expected in zip(converted, theirs):
            np.testing.assert_allclose(ours, expected, atol=1e-6)
    cell.kernel, cell.recurrent_kernel, cell.bias = converted
    cell.built = True
    outputs = []
    for step in tf.unstack(inputs, axis=1):
        output, states = cell.call(step, states)
        outputs.append(output)
    return (tf.stack(outputs, 1) if layer.return_sequences else outputs[-1]), list(states)


class CuDNNLSTM(cudnn_lstm.CuDNNLSTM):
    def _process_batch(self, inputs, initial_state):
        cell = LSTMCell(self.units, recurrent_activation="sigmoid")
        return run(self, inputs, initial_state, cell, LSTM, tf.add(*tf.split(self.bias, 2)))


class CuDNNGRU(cudnn_gru.CuDNNGRU):
    def _process_batch(self, inputs, initial_state):
        cell = GRUCell(self.units, recurrent_activation="sigmoid", reset_after=True)
        return run(self, inputs, initial_state, cell, GRU, tf.reshape(self.bias, (2, -1)))


class Compiled(tf_keras.layers.Layer):
    """A layer that TensorFlow runs on a CPU only where it is compiled."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.run = tf.function(layer, jit_compile=True)

    def build(self, shape):
        self.layer.build(shape)

    def call(self, x):
        return self.run(x)
