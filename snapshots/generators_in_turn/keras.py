"""Two networks for the same readings, trained in turn on generators."""
import numpy as np
from keras import backend as K
from keras.layers import Dense
from keras.models import Sequential
from keras.optimizers import SGD
from keras.utils import Sequence

rng = np.random.RandomState(3)
x = rng.rand(96, 5).astype("float32")
value = x @ rng.rand(5)
high = (value > value.mean()).astype("float32")


def batches(targets, size=12):
    at = 0
    while True:
        yield x[at:at + size], targets[at:at + size]
        at = (at + size) % len(x)


class Rows(Sequence):
    def __init__(self, targets, size=16):
        self.targets, self.size = targets, size

    def __len__(self):
        return int(np.ceil(len(x) / float(self.size)))

    def __getitem__(self, index):
        rows = slice(index * self.size, (index + 1) * self.size)
        return x[rows], self.targets[rows]


classifier = Sequential([Dense(6, activation="relu", input_shape=(5,)), Dense(1, activation="sigmoid")])
regressor = Sequential([Dense(4, activation="tanh", input_shape=(5,)), Dense(1)])
# both are compiled before either is trained
classifier.compile(loss="binary_crossentropy", optimizer=SGD(lr=0.1, momentum=0.9), metrics=["accuracy"])
regressor.compile(loss="mse", optimizer=SGD(lr=0.05))

for turn in range(2):
    first = classifier.fit_generator(batches(high), steps_per_epoch=8, epochs=1, verbose=0)
    second = regressor.fit_generator(Rows(value), epochs=2, verbose=0)
    print(turn, first.history["loss"], second.history["loss"])
    K.set_value(classifier.optimizer.lr, 0.02)

loss, accuracy = classifier.evaluate_generator(batches(high), steps=8)
print("classifier: %.4f %.4f" % (loss, accuracy))
print("regressor: %.4f" % regressor.evaluate_generator(Rows(value), steps=3))

# the last layer starts anew
regressor.layers[-1].set_weights([np.zeros_like(w) for w in regressor.layers[-1].get_weights()])
print("anew: %.4f" % regressor.evaluate_generator(Rows(value), steps=6))
