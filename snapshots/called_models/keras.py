"""Dropout that stays on tells how sure a small classifier is of its answers."""
import numpy as np
import tensorflow as tf
from tensorflow import keras

np.random.seed(0)
x_train = np.random.rand(80, 8, 8, 1).astype("float32")
y_train = np.random.randint(0, 3, 80)
x_test = np.random.rand(20, 8, 8, 1).astype("float32")

model = keras.models.Sequential([
    keras.layers.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)),
    keras.layers.Flatten(),
    keras.layers.Dense(10, activation="relu"),
    keras.layers.Dropout(0.2),
    keras.layers.Dense(3, activation="softmax"),
])

before = model(x_test[:5]).numpy()
print("untrained:", before.shape)

model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=2, verbose=0)

probabilities = model(x_test, training=False)
classes = tf.argmax(probabilities, axis=1)
print("classes:", classes.numpy()[:10])
one = model(x_test[:1]).numpy()[0]
print("first sample:", np.round(one, 2))

y_probas = np.stack([model(x_test, training=True) for _ in range(5)])
y_proba = y_probas.mean(axis=0)
y_std = y_probas.std(axis=0)
print(y_proba.shape, y_std.shape)

encoder = keras.Sequential([keras.layers.Dense(4, activation="tanh", input_shape=(6,)), keras.layers.Dense(2)])
points = tf.constant(np.random.rand(7, 6), dtype=tf.float32)
codes = encoder(points)
print(codes.shape, float(tf.reduce_mean(codes)))
