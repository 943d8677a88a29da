"""Forecast the first of several series from one step of all of them."""
import numpy as np
from keras import optimizers, regularizers
from keras.layers import LSTM, Dense
from keras.models import Sequential
from sklearn.metrics import mean_squared_error
from sklearn.preprocessing import MinMaxScaler

rng = np.random.RandomState(3)
hours = np.arange(260)
table = np.stack([np.sin(hours / 9), np.cos(hours / 5), rng.rand(260), hours / 260], axis=1)

scaler = MinMaxScaler(feature_range=(0, 1))
scaled = scaler.fit_transform(table)
values = np.concatenate([scaled[:-1], scaled[1:, :1]], axis=1)
train, test = values[:200, :], values[200:, :]
train_X, train_y = train[:, :-1], train[:, -1]
test_X, test_y = test[:, :-1], test[:, -1]

# reshape input to be 3D [samples, timesteps, features]
train_X = train_X.reshape((train_X.shape[0], 1, train_X.shape[1]))
test_X = test_X.reshape((test_X.shape[0], 1, test_X.shape[1]))
print(train_X.shape, train_y.shape, test_X.shape, test_y.shape)

model = Sequential()
model.add(LSTM(20, input_shape=(train_X.shape[1], train_X.shape[2])))
model.add(Dense(1))
sgd = optimizers.SGD(lr=0.05, momentum=0.9)
regularizers.l2(0.01)
print(model.summary())
model.compile(loss='mae', optimizer='sgd')
history = model.fit(train_X, train_y, epochs=4, batch_size=24, validation_data=(test_X, test_y), verbose=2,
                    shuffle=False)
print(history.history['val_loss'])

yhat = model.predict(test_X)
test_X = test_X.reshape((test_X.shape[0], test_X.shape[2]))
inverted = scaler.inverse_transform(np.concatenate((yhat, test_X[:, 1:]), axis=1))[:, 0]
print('Test RMSE: %.3f' % np.sqrt(mean_squared_error(test_y, inverted)))

# noise beside the features must not help
train_X = train_X.reshape((train_X.shape[0], train_X.shape[2]))
noisy_X = np.concatenate([np.zeros((200, 4)), rng.rand(200, 3)], axis=1)
baseline = Sequential([Dense(8, activation='relu'), Dense(1)])
baseline.compile(loss='mse', optimizer='adam')
baseline.fit(noisy_X, train_y, epochs=3, batch_size=50, verbose=0)
print('noise: %.4f' % baseline.evaluate(noisy_X, train_y, verbose=0))
