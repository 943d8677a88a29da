"""A stateful model beside a stateless one (one builder, a flag), cells that keep their state, and frames of a signal."""
import numpy as np
from tensorflow.keras.constraints import max_norm
from tensorflow.keras.layers import (
    RNN, ConvLSTM1D, Conv1D, Dense, Flatten, GRUCell, LSTM, LSTMCell,
)
from tensorflow.keras.models import Sequential

rng = np.random.RandomState(6)
BATCH, LAHEAD = 4, 2
noise = rng.uniform(-0.1, 0.1, 44)
moving = np.convolve(noise, np.ones(3) / 3, mode='valid')[:40]
x = noise[2:42].reshape(20, LAHEAD, 1)
y = moving.reshape(20, LAHEAD)[:, -1:]


def create_model(stateful):
    model = Sequential()
    model.add(LSTM(6, input_shape=(LAHEAD, 1), batch_size=BATCH, stateful=stateful))
    model.add(Dense(1))
    model.compile(loss='mse', optimizer='sgd')
    return model


model_stateful = create_model(stateful=True)
for _ in range(2):
    model_stateful.fit(x, y, batch_size=BATCH, epochs=1, verbose=0, shuffle=False)
    model_stateful.reset_states()
predicted_stateful = model_stateful.predict(x, batch_size=BATCH)

model_stateless = create_model(stateful=False)
model_stateless.fit(x, y, batch_size=BATCH, epochs=2, verbose=0, shuffle=False)
predicted_stateless = model_stateless.predict(x, batch_size=BATCH)
print('differ by', np.abs(predicted_stateful - predicted_stateless).max() > 0)

cells = Sequential()
cells.add(RNN([GRUCell(4), LSTMCell(3)], stateful=True, batch_input_shape=(BATCH, LAHEAD, 1)))
cells.add(Dense(1))
cells.compile(loss='mse', optimizer='sgd')
cells.fit(x, y, batch_size=BATCH, epochs=2, verbose=0, shuffle=False)
cells.reset_states()
print('cells', cells.evaluate(x, y, batch_size=BATCH, verbose=0))

frames = rng.rand(16, 3, 8, 2)
moved = frames[:, -1:].mean(axis=(1, 2))
signal = Sequential([
    ConvLSTM1D(3, 3, padding='same', return_sequences=True, input_shape=(3, 8, 2)),
    ConvLSTM1D(2, 2, recurrent_activation='sigmoid', bias_initializer='ones', kernel_constraint=max_norm(1.)),
    Conv1D(3, 3, activation="relu"),
    Flatten(),
    Dense(2),
])
signal.compile(loss='mse', optimizer='sgd')
signal.fit(frames, moved, batch_size=8, epochs=2, verbose=0)
print('signal', signal.evaluate(frames, moved, verbose=0))
