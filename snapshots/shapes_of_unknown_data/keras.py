# Nothing says what shape the samples have: they come out of a pickle
import pickle

import numpy as np
from tensorflow.keras.layers import Dense, Dropout, Flatten
from tensorflow.keras.models import Sequential

np.random.seed(5)
pixels = np.random.rand(80, 6, 5).astype("float32")
blob = pickle.dumps({"images": pixels, "labels": (pixels.mean(axis=(1, 2)) > 0.5).astype("int64")})


def load():
    data = pickle.loads(blob)
    return data["images"], data["labels"]


images, labels = load()

# declared by the data
model = Sequential()
model.add(Flatten(input_shape=images.shape[1:]))
model.add(Dense(8, activation="relu"))
model.add(Dense(2, activation="softmax"))
model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
history = model.fit(images, labels, batch_size=16, epochs=2, validation_split=0.25, verbose=0)
print(model.evaluate(images, labels, verbose=0))

# not declared at all
plain = Sequential([Flatten(), Dense(4, activation="tanh"), Dropout(0.2), Dense(1, activation="sigmoid")])
plain.compile(loss="binary_crossentropy", optimizer="sgd")
plain.fit(images, labels, batch_size=20, epochs=2, verbose=0)
scores = plain.predict(images)


class Agent:
    """Learns values of actions for observations, two in a row."""

    def __init__(self, observations, actions):
        self.observations = observations
        self.actions = actions
        self.model = self.build()
        self.target = self.build_target()

    def build(self):
        model = Sequential()
        model.add(Flatten(input_shape=(2,) + self.observations))
        model.add(Dense(6, activation="relu"))
        model.add(Dense(self.actions))
        model.compile(loss="mse", optimizer="sgd")
        return model

    def build_target(self):
        target = Sequential()
        target.add(Dense(3, input_shape=self.observations))
        target.add(Dense(self.actions))
        return target

    def act(self, pair):
        return int(np.argmax(self.model.predict(pair[np.newaxis], verbose=0)[0]))


agent = Agent(pickle.loads(pickle.dumps((3,))), 2)
pairs = np.random.rand(12, 2, 3)
agent.model.fit(pairs, np.random.rand(12, 2), epochs=2, verbose=0)
print([agent.act(pair) for pair in pairs])
wishes = agent.target.predict(pairs[:, 0], verbose=0)
