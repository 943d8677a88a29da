"""Callbacks that watch evaluations and predictions too, and those of Keras with their rarer arguments."""
import glob

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.callbacks import (CSVLogger, EarlyStopping, LambdaCallback, LearningRateScheduler,
                                        ModelCheckpoint, ReduceLROnPlateau)


class Journal(keras.callbacks.Callback):
    """Writes down what it is told, and when."""

    def __init__(self):
        super().__init__()
        self.lines = []
        self.losses = []

    def on_epoch_begin(self, epoch, logs=None):
        self.lines.append("epoch %d" % epoch)

    def on_train_batch_end(self, batch, logs=None):
        self.lines.append("trained %d" % batch)

    def on_test_begin(self, logs=None):
        self.lines.append("test begins")

    def on_test_batch_begin(self, batch, logs=None):
        self.lines.append("test of %d" % batch)

    def on_test_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])

    def on_test_end(self, logs=None):
        keys = list(logs.keys())
        self.lines.append("test ends: %s %.4f" % (keys, logs["mae"]))

    def on_predict_begin(self, logs=None):
        self.lines.append("predicts")

    def on_predict_batch_begin(self, batch, logs=None):
        self.lines.append("prediction %d begins" % batch)

    def on_predict_batch_end(self, batch, logs=None):
        self.lines.append("prediction %d ends" % batch)

    def on_predict_end(self, logs=None):
        self.lines.append("has predicted")


rng = np.random.RandomState(2)
x = rng.normal(size=(80, 3)).astype("float32")
y = (x[:, :1] - 0.5 * x[:, 1:2] + 0.1 * rng.normal(size=(80, 1))).astype("float32")


def build(rate):
    model = keras.Sequential([layers.Dense(6, activation="tanh", input_shape=(3,)), layers.Dense(1)])
    model.compile(optimizer=tf.keras.optimizers.SGD(rate), loss="mse", metrics=["mae"])
    return model


model = build(0.05)
journal = Journal()
model.fit(x, y, batch_size=30, epochs=2, validation_split=0.4, verbose=0, callbacks=[journal])
model.evaluate(x, y, batch_size=50, verbose=0, callbacks=[journal])
model.evaluate(x[:10], y[:10], verbose=0)
first = model.predict(x, batch_size=40, callbacks=[journal], verbose=0)
print("\n".join(journal.lines))
print("losses of evaluations:", np.round(journal.losses, 4))

# stops early, but not in the first epochs; a rate that is far too high
model = build(0.9)
stopping = EarlyStopping(monitor="loss", patience=1, min_delta=0.01, start_from_epoch=4, baseline=0.05)
history = model.fit(x, y, epochs=12, verbose=0, callbacks=[stopping])
print("epochs:", len(history.history["loss"]))

# every second epoch a file, and a table that goes on
model = build(0.05)
table = CSVLogger("log.csv", separator=";", append=True)
saving = ModelCheckpoint("every_{epoch:02d}.h5", period=2)
for _ in range(2):
    model.fit(x, y, epochs=3, validation_split=0.1, verbose=0, callbacks=[saving, table])
print("files:", len(glob.glob("every_*")))
print("rows:", len(open("log.csv").readlines()), open("log.csv").readline().strip())

# rates
model = build(0.4)
plateau = ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, cooldown=2, min_delta=0.02, min_lr=0.06, mode="min")
history = model.fit(x, y, epochs=10, verbose=0, callbacks=[plateau])
print("rates:", np.round(history.history["lr"], 5))
ended = []
history = model.fit(x, y, epochs=4, verbose=0, validation_data=(x[:20], y[:20]), callbacks=[
    LearningRateScheduler(lambda epoch: 0.2 / (1 + epoch)),
    LambdaCallback(on_test_end=lambda logs: ended.append(logs["loss"])),
])
print("rates:", np.round(history.history["lr"], 5), "validated:", np.round(ended, 4))
