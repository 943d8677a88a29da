"""A tagger for Keras 1 that starts from the weights of an older program, an array for each gate."""
import numpy as np
from keras.layers import LSTM, GRU, Convolution1D, Dense, SimpleRNN
from keras.models import Sequential

rng = np.random.RandomState(2)


def gates(count, inputs, units):
    arrays = []
    for _ in range(count):
        arrays += [0.4 * rng.randn(inputs, units), 0.4 * rng.randn(units, units), 0.1 * rng.randn(units)]
    return arrays


filters = 0.3 * rng.randn(3, 1, 5, 4)
lstm = gates(4, 4, 6)
gru = gates(3, 6, 3)
rnn = gates(1, 3, 3)

model = Sequential()
model.add(Convolution1D(4, 3, border_mode='same', activation='relu', input_shape=(7, 5), weights=[filters, np.zeros(4)]))
model.add(LSTM(6, return_sequences=True, weights=lstm))
model.add(GRU(3, return_sequences=True, reset_after=False, weights=gru))
model.add(SimpleRNN(3, weights=rnn))
model.add(Dense(2, activation='softmax', init='normal'))
model.compile(loss='categorical_crossentropy', optimizer='rmsprop')

x = rng.rand(24, 7, 5)
y = np.eye(2)[rng.randint(0, 2, 24)]
model.fit(x, y, nb_epoch=2, batch_size=8)
print(model.evaluate(x, y, verbose=0))
