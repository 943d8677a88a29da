'''Stateful LSTMs: each batch goes on where the batch before ended.'''
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, LSTM, GRU

batch_size = 5
tsteps = 2
epochs = 2
lahead = 1


def gen_cosine_amp(amp=100, period=25, x0=0, xn=30, step=1, k=0.01):
    """A cosine with an exponentially decreasing amplitude, one value a step."""
    cos = np.zeros(((xn - x0) * step, 1, 1))
    for i in range(len(cos)):
        cos[i, 0, 0] = amp * np.cos(2 * np.pi * (x0 + i * step) / period)
        cos[i, 0, 0] = cos[i, 0, 0] * np.exp(-k * (x0 + i * step))
    return cos / amp


cos = gen_cosine_amp()
cos = np.concatenate([cos, np.roll(cos, 1, axis=0)], axis=1)
expected_output = np.zeros((len(cos), 1))
for i in range(len(cos) - lahead):
    expected_output[i, 0] = np.mean(cos[i + 1:i + lahead + 1])

print('Creating Model')
model = Sequential()
model.add(LSTM(8,
               batch_input_shape=(batch_size, tsteps, 1),
               return_sequences=True,
               stateful=True))
model.add(GRU(6,
              activation='relu',
              return_sequences=True,
              stateful=True))
model.add(LSTM(5, return_sequences=False, stateful=True))
model.add(Dense(1))
model.compile(loss='mse', optimizer='rmsprop')
model.summary()

print('Training')
for i in range(epochs):
    print('Epoch', i, '/', epochs)
    history = model.fit(cos, expected_output, batch_size=batch_size, epochs=1,
                        validation_data=(cos[:10], expected_output[:10]), verbose=0, shuffle=False)
    print('loss', history.history['loss'], history.history['val_loss'])
    model.reset_states()

print('Predicting')
predicted_output = model.predict(cos, batch_size=batch_size)
goes_on = model.predict(cos, batch_size=batch_size)
print('first', predicted_output[:3].flatten(), 'again', goes_on[:3].flatten())
model.layers[0].reset_states()
print('one layer reset', model.predict(cos[:5], batch_size=batch_size).flatten())
model.reset_states()
print('loss from zeros', model.evaluate(cos, expected_output, batch_size=batch_size, verbose=0))
