"""Training in rounds, with the learning rate set by hand in between, as one does with a stubborn regression."""
import numpy as np
from keras import backend as K
from keras.layers import Dense
from keras.models import Sequential
from keras.optimizers import Adagrad, SGD

np.random.seed(1)
x = np.random.uniform(-2, 2, (96, 3))
y = np.sin(x[:, 0]) + x[:, 1] * x[:, 2]

model = Sequential()
model.add(Dense(16, activation='tanh', input_dim=3))
model.add(Dense(1))

sgd = SGD(lr=0.05, momentum=0.9, clipnorm=0.5)  # steep at first
model.compile(loss='mse', optimizer=sgd)
print('learning rate: %.4f' % K.get_value(model.optimizer.lr))

losses = []
for round in range(3):
    history = model.fit(x, y, epochs=2, batch_size=32, verbose=0)
    losses += history.history['loss']
    rate = float(K.get_value(model.optimizer.lr))
    K.set_value(model.optimizer.lr, rate * 0.5)
    print('round %d: loss %.4f, then a rate of %.4f' % (round, losses[-1], K.get_value(sgd.lr)))

model.optimizer.learning_rate = 0.002
model.fit(x, y, epochs=2, batch_size=32, verbose=0)
print('mse:', model.evaluate(x, y, verbose=0))

second = Sequential([Dense(8, activation='relu', input_dim=3), Dense(1)])
second.compile('adagrad', 'mae'); second.fit(x, y, epochs=1, verbose=0)
second.compile(optimizer=Adagrad(0.1, clipvalue=0.01), loss='mae')
second.fit(x, y, epochs=1, verbose=0)
print('mae:', second.evaluate(x, y, verbose=0))

# A rate that falls with every batch, and is halved between the rounds
third = Sequential([Dense(8, activation='relu', input_dim=3), Dense(1)])
falling = SGD(lr=0.05, decay=0.01, momentum=0.9, nesterov=True)
third.compile(loss='mse', optimizer=falling)
for round in range(3):
    third.fit(x, y, epochs=1, batch_size=32, verbose=0)
    falling.lr = falling.lr * 0.5
    print('a rate of %.4f before its decay' % K.get_value(third.optimizer.lr))
print('mse:', third.evaluate(x, y, verbose=0))
