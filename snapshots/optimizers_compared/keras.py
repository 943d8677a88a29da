"""Compares optimizers on a small problem, each with a fresh network."""
import numpy as np
from keras.layers import Dense
from keras.models import Sequential
from keras.optimizers import SGD, Adagrad, Adam, RMSprop

rng = np.random.RandomState(11)
x = rng.rand(80, 5).astype("float32")
y = (np.sin(x[:, 0] * 3) + x[:, 1]).astype("float32")

results = {}


def create_model(optimizer):
    model = Sequential()
    model.add(Dense(8, activation="relu", input_shape=(5,)))
    model.add(Dense(1))
    model.compile(loss="mean_squared_error", optimizer=optimizer)
    return model


def make_optimizer(kind, rate=0.01):
    if kind == "momentum":
        return SGD(lr=rate, momentum=0.9, nesterov=True)
    elif kind == "adagrad":
        return Adagrad(lr=rate)
    return RMSprop(lr=rate, rho=0.8)


# By name
for name in ["sgd", "rmsprop", "adam"]:
    model = create_model(name)
    results[name] = model.fit(x, y, epochs=2, batch_size=20, shuffle=False, verbose=0).history["loss"][-1]

# As objects in a dict
optimizers = {"plain": SGD(lr=0.1), "adam 0.02": Adam(lr=0.02), "adam slow": Adam(lr=0.005, beta_1=0.8)}
for name, optimizer in optimizers.items():
    net = Sequential([Dense(8, activation="tanh", input_shape=(5,)), Dense(1)])
    net.compile(loss="mse", optimizer=optimizer)
    history = net.fit(x, y, epochs=2, batch_size=20, shuffle=False, verbose=0)
    results[name] = history.history["loss"][-1]

# Made by a function
for kind in ("momentum", "adagrad", "other"):
    small = Sequential([Dense(4, activation="sigmoid", input_shape=(5,)), Dense(1)])
    small.compile(loss="mse", optimizer=make_optimizer(kind, 0.05))
    small.fit(x, y, epochs=2, batch_size=20, shuffle=False, verbose=0)
    results[kind] = small.evaluate(x, y, verbose=0)


class Trainer:
    """Keeps its optimizer on itself."""

    def __init__(self, rate):
        self.optimizer = Adam(lr=rate)
        self.model = Sequential([Dense(6, activation="relu", input_shape=(5,)), Dense(1)])
        self.model.compile(loss="mae", optimizer=self.optimizer)

    def train(self):
        self.model.fit(x, y, epochs=2, batch_size=20, shuffle=False, verbose=0)
        return self.model.evaluate(x, y, verbose=0)


results["trainer"] = Trainer(0.03).train()

for name, loss in sorted(results.items()):
    print("%-10s %.5f" % (name, loss))
