"""Trains under a strategy, on whatever devices there are."""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K
from tensorflow.keras import layers

print("Eager execution:", tf.executing_eagerly())
print("Backend:", K.backend())

strategy = tf.distribute.MirroredStrategy()
BATCH_SIZE = 16 * strategy.num_replicas_in_sync

with tf.device("/CPU:0"):
    np.random.seed(12)
    x = np.random.rand(96, 5).astype("float32")
    y = (x @ np.arange(5)).astype("float32")

if K.backend() == "tensorflow":
    x = x - x.mean(axis=0)


def build_model():
    model = keras.Sequential([
        layers.Dense(8, activation="tanh", input_shape=(5,)),
        layers.Dense(1),
    ])
    return model


# Everything that creates variables stands under the strategy's scope
with strategy.scope():
    # a small network
    model = build_model()

    model.compile(
        loss="mse",
        optimizer=keras.optimizers.SGD(learning_rate=0.05),
        metrics=["mae"],
    )

history = model.fit(x, y, batch_size=BATCH_SIZE, epochs=3, validation_split=0.25, verbose=0)

if not tf.io.gfile.exists("logs"):
    tf.io.gfile.makedirs("logs")
with tf.io.gfile.GFile("logs/losses.txt", "w") as f:
    for epoch, loss in enumerate(history.history["loss"]):
        f.write(f"{epoch},{loss:.4f}\n")
with tf.io.gfile.GFile("logs/losses.txt") as f:
    losses = [float(line.split(",")[1]) for line in f]

for name in tf.io.gfile.listdir("logs"):
    print(name, len(losses))
with tf.device("/CPU:0"):
    error, mae = model.evaluate(x, y, verbose=0)
    print("mse: %.4f, mae: %.4f" % (error, mae))
