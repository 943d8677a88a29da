import time

import numpy as np
from keras.layers import Dense
from keras.models import Sequential

rng = np.random.RandomState(0)
x = rng.rand(2048, 8).astype("float32")
y = rng.randint(0, 2, 2048)

model = Sequential()
model.add(Dense(12, activation="relu", input_dim=8))
model.add(Dense(8, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])

times = []
for _ in range(8):
    start = time.perf_counter()
    model.fit(x, y, batch_size=32, epochs=4, verbose=0)
    times.append((time.perf_counter() - start) / 4)
print("seconds", min(times))
