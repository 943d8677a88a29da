"""A small head on a VGG16 base that is not trained."""

import numpy as np
from tensorflow.keras.applications import VGG16
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, Flatten

rng = np.random.RandomState(0)
x = rng.rand(8, 32, 32, 3).astype("float32")
y = rng.randint(0, 2, 8)

base = VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
base.trainable = False
base.summary()

model = Sequential()
model.add(base)
model.add(Flatten())
model.add(Dense(10, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(optimizer="sgd", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1, batch_size=8)
print(model.evaluate(x, y))
