"""Optimizers as configurations name them: by strings, by classes in a table, by keyword arguments in a dict."""
import numpy as np
from keras import optimizers
from keras.layers import Dense
from keras.models import Sequential
from keras.optimizers import SGD, Adagrad, Adam, RMSprop

rng = np.random.RandomState(7)
x = rng.rand(96, 5).astype("float32")
y = (np.sin(x[:, 0] * 3) + x[:, 1] * x[:, 2]).astype("float32")

CLASSES = {"sgd": SGD, "adam": Adam, "rmsprop": RMSprop, "adagrad": Adagrad}
NAMES = {"fast": "adam", "slow": "sgd"}
momentum = dict(lr=0.05, momentum=0.9, nesterov=True)
common = {"activation": "tanh", "kernel_initializer": "he_normal"}


def create_model():
    model = Sequential()
    model.add(Dense(8, input_shape=(5,), **common))
    model.add(Dense(1))
    return model


def train(title, model):
    model.fit(x, y, epochs=3, batch_size=20, shuffle=False, verbose=0)
    print("%-20s %.5f" % (title, model.evaluate(x, y, verbose=0)))


def with_class(name, rate):
    model = create_model()
    model.compile(loss="mse", optimizer=CLASSES[name](lr=rate))
    return model


def make_optimizer(name, rate):
    if name == "clipped":
        return SGD(lr=rate, momentum=0.9, clipnorm=0.5)
    elif name == "falling":
        return Adam(lr=rate, decay=0.05)
    return optimizers.get(name)


for name in ("sgd", "rmsprop"):
    train("class " + name, with_class(name, 0.05))

for name in ["SGD", "Adam", "RMSprop"]:
    model = create_model()
    model.compile(optimizer=getattr(optimizers, name)(lr=0.02), loss="mse")
    train("attribute " + name, model)

for speed in NAMES:
    model = create_model()
    model.compile(optimizer=NAMES[speed], loss="mse")
    train(speed, model)

for name in ["clipped", "falling", "adam", "rmsprop"]:
    model = create_model()
    model.compile(optimizer=make_optimizer(name, 0.1), loss="mse")
    train("function " + name, model)

model = create_model()
model.compile(optimizer=SGD(**momentum), loss="mse")
train("momentum", model)

settings = dict(loss="mae", metrics=["mse"])
model = create_model()
opt = optimizers.deserialize({"class_name": "Adam", "config": {"learning_rate": 0.02, "beta_1": 0.8}})
model.compile(optimizer=opt, **settings)
model.fit(x, y, epochs=2, batch_size=20, shuffle=False, verbose=0)
print("configuration", model.evaluate(x, y, verbose=0))

model = create_model()
model.compile(optimizer=Adagrad.from_config({"lr": 0.1}), loss="mse")
train("configuration", model)
