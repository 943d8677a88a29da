# Predict the next value of a noisy sine wave
import numpy as np
import matplotlib.pyplot as plt

from tensorflow.python.keras.models import Sequential
from tensorflow.python.keras.layers import Dense, LSTM

np.random.seed(0)

window = 20
wave = np.sin(np.arange(0, 30, 0.2)) + 0.05 * np.random.randn(150)


def make_windows(series, window):
    xs, ys = [], []
    for start in range(len(series) - window):
        xs.append(series[start:start + window])
        ys.append(series[start + window])
    return np.array(xs), np.array(ys)


X, Y = make_windows(wave, window)
X = np.reshape(X, (X.shape[0], X.shape[1], 1))

split = int(len(X) * 0.8)
X_train, Y_train = X[:split], Y[:split]
X_test, Y_test = X[split:], Y[split:]

model = Sequential()
model.add(LSTM(16, return_sequences=True, input_shape=(window, 1)))
model.add(LSTM(8))
model.add(Dense(1))
model.compile(loss='mean_squared_error', optimizer='adam')

hist = model.fit(X_train, Y_train, epochs=6, batch_size=16, validation_data=(X_test, Y_test), verbose=2)
print("final loss: {:.5f}".format(hist.history['loss'][-1]))

predicted = model.predict(X_test)
rmse = np.sqrt(np.mean((predicted[:, 0] - Y_test) ** 2))
print('RMSE: %.4f' % rmse)

# walk on from the last window
current = X_test[-1]
future = []
for _ in range(5):
    nxt = model.predict(current[np.newaxis, :, :])[0, 0]
    future.append(nxt)
    current = np.append(current[1:], [[nxt]], axis=0)
print(np.round(future, 4))

plt.plot(Y_test, label='true')
plt.plot(predicted, label='predicted')
plt.legend()
plt.show()
