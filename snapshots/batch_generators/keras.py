'''Batches from a generator function, and from a Sequence that shuffles after each epoch.'''
import math

import numpy as np
from keras.callbacks import EarlyStopping
from keras.layers import LSTM, Dense
from keras.models import Sequential
from keras.utils import Sequence, to_categorical

np.random.seed(3)
n_steps, n_features, n_classes = 6, 2, 3
x = np.random.normal(size=(57, n_steps, n_features))
labels = np.abs(x.sum(axis=(1, 2))).astype(int) % n_classes
x_train, x_val, x_test = x[:30], x[30:44], x[44:]
y_train, y_val, y_test = labels[:30], labels[30:44], labels[44:]


def batch_generator(x, y, batch_size, shuffle=True):
    """Endless batches of the rows."""
    index = 0
    order = np.arange(len(x))
    while True:
        if index == 0 and shuffle:
            np.random.shuffle(order)
        rows = order[index:index + batch_size]
        index = index + batch_size
        if index >= len(x):
            index = 0
        yield x[rows], to_categorical(y[rows], n_classes)


class Batches(Sequence):
    """Batches in the order of their means, the other way round after each epoch."""

    def __init__(self, x, y, batch_size):
        self.x, self.y = x, y
        self.batch_size = batch_size
        self.order = np.argsort(x.mean(axis=(1, 2)))
        self.passes = 0

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, idx):
        rows = self.order[idx * self.batch_size:(idx + 1) * self.batch_size]
        return self.x[rows], to_categorical(self.y[rows], n_classes)

    def on_epoch_end(self):
        self.passes += 1
        self.order = self.order[::-1]


model = Sequential()
model.add(LSTM(5, input_shape=(n_steps, n_features)))
model.add(Dense(n_classes, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])

# The generator goes on where it was
history = model.fit_generator(batch_generator(x_train, y_train, 8), steps_per_epoch=3, epochs=3,
                              validation_data=batch_generator(x_val, y_val, 8, shuffle=False),
                              validation_steps=2, verbose=1)
print(history.history['val_loss'])

train, val = Batches(x_train, y_train, 8), Batches(x_val, y_val, 8)
history = model.fit(train, epochs=4, validation_data=val, verbose=0,
                    callbacks=[EarlyStopping(monitor='val_loss', patience=2)])
print(history.history['loss'], train.passes, val.passes)

loss, accuracy = model.evaluate(Batches(x_test, y_test, 5))
print('test loss', loss, 'accuracy', accuracy)
print('by generator', model.evaluate_generator(batch_generator(x_test, y_test, 5, False), steps=2))
probabilities = model.predict(Batches(x_test, y_test, 5))
print(probabilities.shape, probabilities.argmax(axis=1))
