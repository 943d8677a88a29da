# Three recurrent networks on the same toy problem:
# is the sum of the first half larger than the sum of the second half?
import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import GRU, LSTM, SimpleRNN, Bidirectional, Dense

np.random.seed(11)
TIMESTEPS = 12
x = np.random.rand(96, TIMESTEPS, 3).astype('float32')
y = (x[:, :6].sum(axis=(1, 2)) > x[:, 6:].sum(axis=(1, 2))).astype('float32')
x_train, y_train, x_test, y_test = x[:72], y[:72], x[72:], y[72:]


def gru():
    model = Sequential()
    model.add(GRU(10, return_sequences=True, input_shape=(TIMESTEPS, 3)))
    model.add(GRU(6))
    model.add(Dense(1, activation='sigmoid'))
    return model


def simple_rnn():
    model = Sequential()
    model.add(SimpleRNN(12, activation='relu', input_shape=(TIMESTEPS, 3)))
    model.add(Dense(1, activation='sigmoid'))
    return model


def bidirectional():
    model = Sequential()
    model.add(Bidirectional(LSTM(7, return_sequences=True), input_shape=(TIMESTEPS, 3)))
    model.add(Bidirectional(GRU(5)))
    model.add(Dense(1, activation='sigmoid'))
    return model


for build in (gru, simple_rnn, bidirectional):
    model = build()
    model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
    model.fit(x_train, y_train, epochs=3, batch_size=24, verbose=0)
    loss, acc = model.evaluate(x_test, y_test, verbose=0)
    print('%-14s loss %.4f  accuracy %.4f' % (build.__name__, loss, acc))
    print(model.predict(x_test[:3], verbose=0)[:, 0])
