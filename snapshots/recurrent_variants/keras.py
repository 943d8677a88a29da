"""Recurrent layers with other activations, dropout and both directions."""
import numpy as np
from tensorflow.keras.layers import GRU, LSTM, Bidirectional, Dense, SimpleRNN
from tensorflow.keras.models import Sequential

np.random.seed(0)
x = np.random.rand(40, 6, 3)
y = x.sum(axis=(1, 2))

model = Sequential([
    LSTM(8, activation="relu", return_sequences=True, input_shape=(6, 3)),
    Bidirectional(GRU(5, return_sequences=True), merge_mode="sum"),
    GRU(7, activation="softsign", reset_after=False, return_sequences=True),
    SimpleRNN(4, activation="elu", go_backwards=True),
    Dense(1),
])
model.compile(loss="mae", optimizer="rmsprop", metrics=["mse"])
history = model.fit(x, y, epochs=3, batch_size=16, validation_split=0.25, verbose=2)
print("losses:", history.history["loss"], history.history["val_mse"])
print("sums:", model.predict(x[:4]).flatten())
