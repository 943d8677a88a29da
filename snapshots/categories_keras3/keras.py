"""Passengers: columns of a table through lookups and bins, with Keras 3."""
import keras
import numpy as np
from keras import layers, ops

rng = np.random.default_rng(3)
port = rng.choice(["S", "C", "Q", "?"], (100, 1), p=[0.6, 0.2, 0.1, 0.1])
deck = rng.integers(1, 8, (100, 1))
fare = rng.gamma(2.0, 16.0, (100, 1))
survived = ((fare[:, 0] > 30) | (port[:, 0] == "C")).astype("float32")

port_lookup = layers.StringLookup(vocabulary=["S", "C", "Q"], output_mode="one_hot")
ports = port_lookup(port).numpy()
print(ports[:3], ports.dtype)

deck_lookup = layers.IntegerLookup(mask_token=3, output_mode="tf_idf")
deck_lookup.adapt(deck)
decks = deck_lookup(deck).numpy()
print(decks.sum(axis=0), len(deck_lookup.get_vocabulary(include_special_tokens=False)))

discretize = layers.Discretization(num_bins=5, epsilon=0.02, output_mode="one_hot")
discretize.adapt(fare)
fares = discretize(fare).numpy()
print(fares.sum(axis=0))

weighted = layers.StringLookup(vocabulary=["S", "C", "Q"], output_mode="tf_idf", idf_weights=[0.5, 1.0, 2.0])
print(weighted(np.array([["S", "C", "S", "X"]])).numpy())

x = np.concatenate([ports, decks, fares], axis=1)
model = keras.Sequential([
    keras.Input(shape=(x.shape[1],)),
    layers.Dense(8, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="sgd", loss="binary_crossentropy")
model.fit(x, survived, epochs=2, batch_size=25)
print(model.evaluate(x, survived, verbose=0), ops.convert_to_numpy(model(x[:2])))

fare_model = keras.Sequential([keras.Input(shape=(1,)), discretize, layers.Dense(1)])
fare_model.compile(optimizer="sgd", loss="mse")
fare_model.fit(fare, survived, epochs=2, verbose=0)
print(fare_model.evaluate(fare, survived, verbose=0))

pair_model = keras.Sequential([
    keras.Input(shape=(2,)),
    layers.Discretization(bin_boundaries=[10.0, 20.0, 40.0]),
    layers.CategoryEncoding(num_tokens=4, output_mode="count"),
    layers.Dense(1),
])
pair_model.compile(optimizer="sgd", loss="mse")
pairs = np.concatenate([fare, fare[::-1]], axis=1)
pair_model.fit(pairs, survived, epochs=2, verbose=0)
print(pair_model.predict(pairs[:3], verbose=0))
