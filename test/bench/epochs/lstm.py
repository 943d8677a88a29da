import time

import numpy as np
from keras.layers import Dense, Embedding, LSTM
from keras.models import Sequential

rng = np.random.RandomState(0)
x = rng.randint(0, 2000, (1024, 40))
y = rng.randint(0, 2, 1024)

model = Sequential()
model.add(Embedding(2000, 32, input_length=40))
model.add(LSTM(32))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])

times = []
for _ in range(5):
    start = time.perf_counter()
    model.fit(x, y, batch_size=32, epochs=2, verbose=0)
    times.append((time.perf_counter() - start) / 2)
print("seconds", min(times))
