"""Rarer layers: weights for each place, cells of recurrent layers, one after another."""
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.RandomState(3)
images = rng.rand(48, 8, 8, 1).astype("float32")
labels = (images[:, :4].mean(axis=(1, 2, 3)) > images[:, 4:].mean(axis=(1, 2, 3))).astype("int32")

model = keras.Sequential([
    layers.LocallyConnected2D(4, (3, 3), strides=(2, 1), activation="relu", input_shape=(8, 8, 1)),
    layers.MaxPooling2D((1, 2)),
    layers.Reshape((3, 12)),
    layers.LocallyConnected1D(6, 1, use_bias=False, kernel_initializer="he_uniform"),
    layers.RNN([layers.GRUCell(5), layers.LSTMCell(4)], return_sequences=True),
    layers.RNN(layers.SimpleRNNCell(3, kernel_regularizer="l2"), go_backwards=True),
    layers.Dense(2, activation="softmax"),
])
model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(images, labels, epochs=3, batch_size=16, validation_split=0.25)
print("classes:", model.predict(images[:6]).argmax(axis=-1))
