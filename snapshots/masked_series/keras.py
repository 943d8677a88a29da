"""Series of different lengths, filled up with -1, read in pieces by layers that keep their state."""
import numpy as np
from keras.layers import GRU, LSTM, Dense, Masking, TimeDistributed
from keras.models import Sequential

rng = np.random.RandomState(8)
BATCH, PIECES, STEPS, FEATURES = 6, 3, 4, 2

series = rng.randn(BATCH, PIECES * STEPS, FEATURES)
targets = np.cumsum(series, axis=1)[:, :, :1]
lengths = rng.randint(1, PIECES * STEPS + 1, BATCH)
for row, length in enumerate(lengths):
    series[row, length:] = -1.
lengths[1], series[1, -STEPS:] = PIECES * STEPS, rng.randn(STEPS, FEATURES)
series[0, 2:4] = series[1, STEPS:2 * STEPS] = -1.  # gaps

model = Sequential()
model.add(Masking(mask_value=-1., batch_input_shape=(BATCH, STEPS, FEATURES)))
model.add(Dense(6, activation='tanh'))
for _ in range(2):
    model.add(GRU(6, return_sequences=True, stateful=True))
model.add(LSTM(5, return_sequences=True, stateful=True))
model.add(TimeDistributed(Dense(1)))
model.compile(loss='mse', optimizer='rmsprop', metrics=['mae'])

for epoch in range(3):
    losses = []
    for piece in range(PIECES):
        steps = slice(piece * STEPS, (piece + 1) * STEPS)
        if (lengths > piece * STEPS).any():
            loss, error = model.train_on_batch(series[:, steps], targets[:, steps])
            losses.append(loss)
    model.reset_states()
    print('epoch', epoch, 'loss %.4f' % np.mean(losses))

first = series[:, :STEPS], targets[:, :STEPS]
print('first piece', model.evaluate(*first, batch_size=BATCH, verbose=0))
model.reset_states()
print(model.predict(first[0], batch_size=BATCH).shape)
