"""Schedules of the learning rate, by the number of batches."""
import numpy as np
import tensorflow as tf
from tensorflow import keras

rng = np.random.RandomState(7)
x_train = rng.normal(size=(120, 6)).astype("float32")
y_train = (x_train @ rng.normal(size=(6, 3))).argmax(axis=1)

BATCH_SIZE = 16
STEPS_PER_EPOCH = len(x_train) // BATCH_SIZE


def build_model():
    return keras.Sequential([
        keras.layers.Dense(12, activation="relu", input_shape=(6,)),
        keras.layers.Dense(3, activation="softmax"),
    ])


lr_schedule = tf.keras.optimizers.schedules.ExponentialDecay(
    initial_learning_rate=0.1,
    decay_steps=STEPS_PER_EPOCH * 2,
    decay_rate=0.5,
    staircase=True)
optimizer = tf.keras.optimizers.SGD(learning_rate=lr_schedule)

model = build_model()
model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=5, batch_size=BATCH_SIZE, verbose=0)
print("exponential:", history.history["loss"][-1])

boundaries, values = [10, 25], [0.1, 0.05, 0.01]
momentum = tf.optimizers.SGD(
    tf.optimizers.schedules.PiecewiseConstantDecay(boundaries, values), momentum=0.9, nesterov=True, global_clipnorm=1.0
)
model = build_model()
model.compile(optimizer=momentum, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=5, batch_size=BATCH_SIZE, verbose=0)
print("piecewise:", history.history["loss"][-1])

model = build_model()
model.compile(
    optimizer=keras.optimizers.RMSprop(keras.optimizers.schedules.CosineDecay(0.01, decay_steps=5 * STEPS_PER_EPOCH)),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(x_train, y_train, epochs=5, batch_size=BATCH_SIZE, verbose=0)
print("cosine:", history.history["loss"][-1])
