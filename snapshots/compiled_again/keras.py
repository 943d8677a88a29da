"""Trains a network with one loss, then goes on with others."""
import numpy as np
from tensorflow import keras
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential

rng = np.random.RandomState(3)
x = rng.rand(96, 6).astype("float32")
y = (x[:, :3] @ np.array([1.0, -2.0, 0.5]) + 0.1 * rng.randn(96)).astype("float32")
x_train, y_train, x_test, y_test = x[:64], y[:64], x[64:], y[64:]

model = Sequential()
model.add(Dense(12, activation="tanh", input_dim=6))
model.add(Dense(1))

# Roughly first, with large steps.
model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=0.05))
model.fit(x_train, y_train, epochs=3, batch_size=16, shuffle=False, verbose=0)
print("mse:", model.evaluate(x_test, y_test, verbose=0))

# What counts are absolute errors: finer, and watched.
model.compile(loss="mae", optimizer=keras.optimizers.RMSprop(learning_rate=0.01), metrics=["mse"])
history = model.fit(
    x_train, y_train, epochs=3, batch_size=16, shuffle=False, verbose=0, validation_data=(x_test, y_test)
)
print("mae, mse:", model.evaluate(x_test, y_test, verbose=0))
print(sorted(history.history))

# Outliers at the end.
model.compile(loss=keras.losses.Huber(delta=0.5), optimizer="adam", metrics=["mae", "mape"])
model.fit(x_train, y_train, epochs=2, batch_size=16, shuffle=False, verbose=0)
loss, mae, mape = model.evaluate(x_test, y_test, verbose=0)
print("huber: %.5f, mae: %.5f, mape: %.3f" % (loss, mae, mape))
print(model.predict(x_test[:4], verbose=0).ravel())
