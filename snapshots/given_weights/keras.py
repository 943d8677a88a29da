"""A network that starts from arrays: a wider copy of another, and a deeper one (net2net)."""
import numpy as np
from keras.layers import BatchNormalization, Conv2D, Dense, Flatten, GRU, LSTM, MaxPooling2D, RepeatVector
from keras.models import Sequential

rng = np.random.RandomState(4)
x = rng.rand(40, 6, 6, 2)
y = rng.randint(0, 3, 40)


def identity_kernel(filters, size=3):
    kernel = np.zeros((size, size, filters, filters))
    kernel[size // 2, size // 2] = np.eye(filters)
    return [kernel, np.zeros(filters)]


deeper = identity_kernel(4)
first = 0.3 * rng.randn(3, 3, 2, 4), np.linspace(0, 0.1, 4)
scales = [np.full(4, 2.0), np.ones(4), np.zeros(4), np.full(4, 3.0)]

student = Sequential()
student.add(Conv2D(4, 3, padding='same', activation='relu', input_shape=(6, 6, 2), weights=first))
student.add(Conv2D(4, 3, padding='same', activation='relu', weights=deeper))
student.add(BatchNormalization(weights=scales))
student.add(MaxPooling2D(2))
student.add(Flatten())
student.add(Dense(3, activation='softmax', weights=[np.repeat(np.eye(9, 3), 4, axis=0), np.zeros(3)]))
student.compile(loss='sparse_categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
student.fit(x, y, batch_size=10, epochs=2)
print('loss %.4f, accuracy %.4f' % tuple(student.evaluate(x, y, verbose=0)))

# a decoder whose gates are set by hand
gates = [0.1 * rng.randn(5, 9), 0.1 * rng.randn(3, 9), np.zeros((2, 9))]
decoder = Sequential([
    RepeatVector(4, input_shape=(5,)),
    GRU(3, return_sequences=True, reset_after=True, weights=gates),
    LSTM(2, weights=[np.full((3, 8), 0.2), np.tile(np.eye(2), 4), np.repeat([0., 1., 0., 0.], 2)]),
])
print(decoder.predict(np.eye(5)[:2]).round(3))
