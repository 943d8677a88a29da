# Learns digits 0 to 2 first, then adapts only the last layers to digits 3 to 5
import numpy as np
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from keras.models import Sequential
from keras.optimizers import SGD

rng = np.random.RandomState(0)
x_low, x_high = rng.rand(48, 8, 8, 1), rng.rand(48, 8, 8, 1)
y_low, y_high = rng.randint(0, 3, 48), rng.randint(0, 3, 48)

model = Sequential()
model.add(Conv2D(4, (3, 3), activation='relu', input_shape=(8, 8, 1)))
model.add(MaxPooling2D((2, 2)))
model.add(Flatten())
model.add(Dense(6, activation='tanh'))
model.add(Dense(5, activation='tanh'))
model.add(Dense(3, activation='softmax'))


def train(x, y):
    model.compile(loss='sparse_categorical_crossentropy', optimizer=SGD(0.05), metrics=['accuracy'])
    model.fit(x, y, epochs=2, batch_size=16, shuffle=False, verbose=0)
    print(model.evaluate(x, y, verbose=0))


train(x_low, y_low)

# freeze the features
for layer in model.layers[:-2]:
    layer.trainable = False
train(x_high, y_high)

# then all but the first and the last layer
for layer in model.layers:
    layer.trainable = True
model.layers[0].trainable = False
model.layers[-1].trainable = False
train(x_high, y_high)
