"""Sums instead of means, steps with weights of their own, pixels that do not count."""
import numpy as np
import tensorflow as tf
from tensorflow.keras import losses
from tensorflow.keras.layers import LSTM, Conv2D, Dense, TimeDistributed
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import SGD
from tensorflow.keras.utils import to_categorical

rng = np.random.RandomState(2)
x = rng.normal(size=(64, 5)).astype('float32')
tags = (x[:, :3] > 0.4).astype('float32')

# sums over the samples of a batch
model = Sequential([Dense(8, activation='relu', input_shape=(5,)), Dense(3, activation='sigmoid')])
model.compile(loss=losses.BinaryCrossentropy(reduction=tf.keras.losses.Reduction.SUM), optimizer=SGD(0.01), metrics=['accuracy'])
model.fit(x, tags, batch_size=16, epochs=2)
print('sum of entropies', model.evaluate(x, tags, verbose=0))

model = Sequential([Dense(8, activation='relu', input_shape=(5,)), Dense(3)])
model.compile(loss=losses.LogCosh(reduction='sum'), optimizer=SGD(0.01), loss_weights=[0.5])
model.fit(x, x[:, :3], batch_size=16, epochs=2, sample_weight=rng.rand(64))

# words with weights: padding does not count
sentences = rng.normal(size=(40, 6, 4)).astype('float32')
words = to_categorical(sentences[:, :, :3].argmax(axis=2), 3)
weights = np.ones((40, 6))
weights[:, 4:] = 0.25
weights[::3, 5] = 0

reader = Sequential([
    LSTM(7, return_sequences=True, input_shape=(6, 4)),
    TimeDistributed(Dense(3, activation='softmax')),
])
reader.compile(loss=losses.CategoricalCrossentropy(label_smoothing=0.1), optimizer='sgd', metrics=['accuracy'], sample_weight_mode='temporal')
reader.fit(sentences, words, batch_size=8, epochs=2, sample_weight=weights, validation_split=0.25)
print('weighted words', reader.evaluate(sentences, words, sample_weight=weights, verbose=0))
print('next batch', reader.train_on_batch(sentences[:8], words[:8], sample_weight=weights[:8]))
print('all words', reader.evaluate(sentences, words, verbose=0))
