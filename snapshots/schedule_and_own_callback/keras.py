"""A falling learning rate under momentum, and a callback of the script's own."""
import numpy as np
from keras.callbacks import Callback, LearningRateScheduler
from keras.layers import Dense
from keras.models import Sequential
from keras.optimizers import SGD


class Losses(Callback):
    """Keeps what it is told, and stops when that is good enough."""

    def on_train_begin(self, logs=None):
        self.losses = []

    def on_epoch_end(self, epoch, logs=None):
        self.losses.append(logs["loss"])
        if logs["loss"] < 1e-9:
            self.model.stop_training = True


def halved(epoch):
    return 0.05 * 0.5 ** epoch


rng = np.random.RandomState(0)
x = rng.rand(60, 3)
y = x.prod(axis=1)

model = Sequential()
model.add(Dense(10, activation="tanh", input_shape=(3,)))
model.add(Dense(1))
model.compile(loss="mse", optimizer=SGD(lr=0.05, momentum=0.9, nesterov=True))

losses = Losses()
model.fit(x, y, epochs=4, batch_size=16, verbose=0, callbacks=[losses, LearningRateScheduler(halved)])
print("losses:", losses.losses)
