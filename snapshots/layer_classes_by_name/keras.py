"""Networks whose classes of layers are arguments, or picked from the command line."""
import sys

import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Activation, Dropout, AlphaDropout
from keras.layers import LSTM, GRU, SimpleRNN

np.random.seed(7)
x_train = np.random.rand(64, 12)
y_train = np.random.randint(0, 2, (64, 1))


def create_network(n_dense=3,
                   dense_units=16,
                   activation='selu',
                   dropout=AlphaDropout,
                   dropout_rate=0.1,
                   kernel_initializer='lecun_normal',
                   optimizer='adam'):
    model = Sequential()
    model.add(Dense(dense_units, input_shape=(12,), kernel_initializer=kernel_initializer))
    model.add(Activation(activation))
    model.add(dropout(dropout_rate))
    for i in range(n_dense - 1):
        model.add(Dense(dense_units, kernel_initializer=kernel_initializer))
        model.add(Activation(activation))
        model.add(dropout(dropout_rate))
    model.add(Dense(1))
    model.add(Activation('sigmoid'))
    model.compile(loss='binary_crossentropy', optimizer=optimizer, metrics=['accuracy'])
    return model


network1 = {
    'n_dense': 2,
    'dense_units': 16,
    'activation': 'relu',
    'dropout': Dropout,
    'dropout_rate': 0.5,
    'kernel_initializer': 'glorot_uniform',
    'optimizer': 'sgd'
}
network2 = {
    'n_dense': 3,
    'dense_units': 16,
    'activation': 'selu',
    'dropout': AlphaDropout,
    'dropout_rate': 0.1,
    'kernel_initializer': 'lecun_normal',
    'optimizer': 'sgd'
}

model1 = create_network(**network1)
history1 = model1.fit(x_train, y_train, batch_size=16, epochs=2, verbose=0, validation_split=0.25)
score1 = model1.evaluate(x_train, y_train, verbose=0)
model2 = create_network(**network2)
history2 = model2.fit(x_train, y_train, batch_size=16, epochs=2, verbose=0, validation_split=0.25)
score2 = model2.evaluate(x_train, y_train, verbose=0)
print('test scores:', score1[0], score2[0])

# the kind of cell, as the command line says
cell = sys.argv[1] if len(sys.argv) > 1 else 'gru'
if cell == 'lstm':
    RNN = LSTM
elif cell == 'gru':
    RNN = GRU
else:
    RNN = SimpleRNN

sequences = x_train.reshape(64, 6, 2)
rnn = Sequential()
rnn.add(RNN(8, input_shape=(6, 2)))
rnn.add(Dense(1, activation='sigmoid'))
rnn.compile(loss='binary_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
rnn.fit(sequences, y_train, batch_size=16, epochs=2, verbose=0)
print(rnn.evaluate(sequences, y_train, verbose=0))
