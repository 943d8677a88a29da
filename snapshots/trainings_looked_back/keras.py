"""Three trainings of one regression, and what is looked up about them afterwards."""
import functools
import glob

import numpy as np
from keras.callbacks import *
from keras.layers import Dense
from keras.models import Sequential
from keras.optimizers import *

rng = np.random.RandomState(7)
x = rng.normal(size=(90, 3)).astype("float32")
y = x[:, 0] - 2 * x[:, 1] * x[:, 2]


class StepDecay:
    def __init__(self, start, drop=0.5, every=2):
        self.start = start
        self.drop = drop
        self.every = every

    def __call__(self, epoch):
        return self.start * self.drop ** (epoch // self.every)


def polynomial(epoch, start, power):
    return start * (1 - epoch / 10) ** power


class Told(Callback):
    def on_train_begin(self, logs=None):
        print("for", self.params["epochs"], "epochs of", self.params.get("steps"))


model = Sequential()
model.add(Dense(8, activation="tanh", input_dim=3))
model.add(Dense(1))
model.compile(loss="mse", optimizer=SGD(lr=0.02), metrics=["mae"])

# one object for two trainings has the losses of both
kept = History()
model.fit(x, y, epochs=2, batch_size=32, verbose=0, callbacks=[kept, LearningRateScheduler(StepDecay(0.05))])
model.fit(x, y, epochs=3, batch_size=32, verbose=0,
          callbacks=[kept, Told(), LearningRateScheduler(functools.partial(polynomial, start=0.02, power=2))])
print("losses:", np.round(kept.history["loss"], 4), "epochs:", kept.epoch)

# only what is better than before is kept
best = ModelCheckpoint("best-{epoch:02d}.h5", monitor="val_mae", mode="min", save_best_only=True,
                       initial_value_threshold=0.9)
steady = ModelCheckpoint("steady.h5", monitor="val_loss", save_best_only=True, initial_value_threshold=1e-6)
history = model.fit(x, y, epochs=4, validation_split=0.3, verbose=0,
                    callbacks=[best, steady, LearningRateScheduler(lambda epoch: 0.02 / (1 + epoch))])
print("best:", np.round(best.best, 4), steady.best, "files:", len(glob.glob("best-*")), len(glob.glob("steady*")))
print(history.params)
print(history.params["epochs"] == len(history.epoch), np.round(history.history["val_mae"], 4))
print("mean:", history.model.predict(x, verbose=0).mean())
history.model.save_weights("last.h5")
