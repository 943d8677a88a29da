# Categories as numbers and rows of ones, inside and outside of models
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.RandomState(7)
thal = rng.choice(["normal", "fixed", "reversible", "1", "2"], 90, p=[0.5, 0.2, 0.2, 0.05, 0.05])
ca = rng.choice([0, 1, 2, 3], (90, 1), p=[0.5, 0.25, 0.15, 0.1])
age = rng.randint(29, 78, (90, 1)).astype("float32")
target = ((age[:, 0] > 55) ^ (thal == "normal")).astype("float32")

# Strings to numbers
index = layers.StringLookup(max_tokens=5)
index.adapt(thal)
print(' '.join(index.get_vocabulary()))
print(index(["normal", "other", "fixed"]).numpy())
encoder = layers.CategoryEncoding(num_tokens=index.vocabulary_size(), output_mode="one_hot")
rows = encoder(index(thal))
print(rows.shape, rows.numpy().sum(axis=0))
back = layers.StringLookup(vocabulary=index.get_vocabulary(), invert=True)
print(back(index(thal[:4])).numpy())

# Integers
lookup = layers.IntegerLookup(output_mode="multi_hot", max_tokens=6, pad_to_max_tokens=True)
lookup.adapt(ca)
print(lookup(ca[:3]).numpy())
counts = layers.IntegerLookup(vocabulary=[2, 3], num_oov_indices=2, mask_token=0, output_mode="count")
print(counts(np.array([[2, 2, 7], [0, 3, 8]])).numpy())

# Bins
bins = layers.Discretization(num_bins=4, epsilon=0.05)
bins.adapt(age)
print(bins(age[:5]).numpy().ravel())

model = keras.Sequential([
    keras.Input(shape=(1,), dtype="string"),
    index,
    layers.Embedding(index.vocabulary_size(), 4),
    layers.Flatten(),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(thal.reshape(-1, 1), target, epochs=2, batch_size=16)
print(model.predict(np.array([["normal"], ["fixed"], ["new"]])))

by_age = keras.Sequential([
    keras.Input(shape=(1,)),
    bins,
    layers.Embedding(4, 3),
    layers.Flatten(),
    layers.Dense(1),
])
by_age.compile(optimizer="sgd", loss="mse")
by_age.fit(age, target, epochs=2, verbose=0)
print(by_age.evaluate(age, target, verbose=0))

by_ca = keras.Sequential([keras.Input(shape=(1,), dtype="int64"), lookup, layers.Dense(4, activation="relu"), layers.Dense(1)])
by_ca.compile(optimizer="sgd", loss="mse")
by_ca.fit(ca, target, epochs=2, verbose=0)
print(by_ca.evaluate(ca, target, verbose=0))
