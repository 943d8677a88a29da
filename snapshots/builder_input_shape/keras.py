"""Networks for images of a shape that the caller knows."""
import numpy as np
from keras.layers import Activation, Conv1D, Conv2D, Dense, Dropout, Flatten, MaxPooling1D, MaxPooling2D
from keras.models import Sequential

data = dict(np.load('data/shapes.npz'))
x_train, y_train = data['x'], data['y']
x_steps = data['steps']


def first_model(images, input_shape):
    model = Sequential()
    model.add(Conv2D(4, (3, 3), input_shape=input_shape))
    model.add(Activation('relu'))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Flatten())
    model.add(Dense(8, activation='relu'))
    model.add(Dropout(0.5))
    model.add(Dense(1, activation='sigmoid'))
    model.compile(loss='binary_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
    model.fit(images, y_train, batch_size=10, epochs=2, verbose=2)
    return model.evaluate(images, y_train, verbose=0)


print(first_model(x_train, x_train.shape[1:]))

sequences = Sequential([
    Conv1D(6, 3, padding='same', activation='relu', input_shape=x_steps.shape[1:]),
    MaxPooling1D(2),
    Flatten(),
    Dense(1, activation='sigmoid'),
])
sequences.compile(loss='binary_crossentropy', optimizer='sgd', metrics=['accuracy'])
sequences.fit(x_steps, y_train, batch_size=10, epochs=2, verbose=2)
