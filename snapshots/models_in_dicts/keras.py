"""Compares networks by name: models and histories in dicts, settings in a data class, a model as a property."""
from dataclasses import dataclass
from typing import Optional

import numpy as np
from tensorflow.keras import Sequential
from tensorflow.keras.layers import Dense, Dropout, GRU, LSTM

rng = np.random.RandomState(0)
x_train = rng.rand(60, 8).astype("float32")
y_train = rng.randint(0, 2, 60)


@dataclass
class Settings:
    units: int = 4
    rate: float = 0.5
    activation: str = "relu"
    name: Optional[str] = None


def build(settings: Settings, *hidden: int, **options) -> Sequential:
    model: Sequential = Sequential(name=settings.name)
    model.add(Dense(settings.units, activation=settings.activation, input_shape=(8,)))
    model.add(Dropout(settings.rate))
    for units in hidden:
        model.add(Dense(units, activation="tanh"))
    model.add(Dense(2, activation="softmax"))
    model.compile(loss="sparse_categorical_crossentropy", **options)
    return model


models = {}
histories = {}
for name, width in [("small", 6), ("large", 12)]:
    models[name] = build(Settings(units=width, rate=0.1), 5, optimizer="sgd", metrics=["accuracy"])

for name, model in models.items():
    histories[name] = model.fit(x_train, y_train, epochs=2, batch_size=20, verbose=0)

for name, history in histories.items():
    print(name, history.history["loss"][-1], models[name].evaluate(x_train, y_train, verbose=0)[0])

votes = np.mean([model.predict(x_train, verbose=0) for model in models.values()], axis=0)
print(votes.argmax(axis=1).shape)


class Classifier:
    """Makes its network when it is first asked for it."""

    def __init__(self, cell, units: int = 6):
        self.cell = cell
        self.units = units
        self._model: Optional[Sequential] = None

    @property
    def model(self) -> Sequential:
        if self._model is None:
            self._model = Sequential([
                self.cell(self.units, input_shape=(4, 2)),
                Dense(1, activation="sigmoid"),
            ])
            self._model.compile(loss="binary_crossentropy", optimizer="sgd")
        return self._model


sequences = x_train.reshape(60, 4, 2)
classifier = Classifier(GRU)
classifier.model.fit(sequences, y_train, epochs=2, batch_size=20, verbose=0)
print(classifier.model.evaluate(sequences, y_train, verbose=0))

for cell in (LSTM, GRU):
    network: Sequential = Sequential([cell(5, input_shape=(4, 2)), Dense(1, activation="sigmoid")])
    network.compile(loss="binary_crossentropy", optimizer="sgd")
    network.fit(sequences, y_train, epochs=2, batch_size=20, verbose=0)
    print(network.evaluate(sequences, y_train, verbose=0))
