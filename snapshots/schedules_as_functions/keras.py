"""Schedules of the learning rate that are drawn before they are used, one of them for several models."""
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


# One schedule for several models, and its rates for a plot
falling = tf.keras.optimizers.schedules.InverseTimeDecay(
    0.01, decay_steps=STEPS_PER_EPOCH * 10, decay_rate=1, staircase=False)
print("rates:", falling(np.linspace(0, 1000, 4)).numpy())


def get_optimizer():
    return tf.keras.optimizers.Adam(falling)


def compile_and_fit(model, optimizer=None, max_epochs=4):
    if optimizer is None:
        optimizer = get_optimizer()
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    return model.fit(x_train, y_train, epochs=max_epochs, batch_size=BATCH_SIZE, verbose=0)


for name in ["tiny", "small"]:
    print(name, compile_and_fit(build_model()).history["loss"][-1])

polynomial = keras.optimizers.schedules.PolynomialDecay(0.1, 20, end_learning_rate=0.01, power=2)
print("rates:", ", ".join("%.5f" % polynomial(step).numpy() for step in range(0, 30, 10)))
model = build_model()
model.compile(optimizer=keras.optimizers.SGD(polynomial), loss="sparse_categorical_crossentropy")
history = model.fit(x_train, y_train, epochs=4, batch_size=BATCH_SIZE, verbose=0)
print("polynomial:", history.history["loss"][-1])
