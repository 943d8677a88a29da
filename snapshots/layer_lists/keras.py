"""Transfer to other classes with groups of layers in lists, and small networks from lists that grow."""
import numpy as np
from keras.models import Sequential
from keras.layers import Conv2D, MaxPooling2D, Flatten, Dense, Dropout, Activation, BatchNormalization

np.random.seed(3)
x = np.random.rand(60, 12, 12, 3)
y = np.random.randint(0, 4, 60)

feature_layers = [
    Conv2D(8, (3, 3), padding='same', input_shape=(12, 12, 3)),  # small filters
    Activation('relu'),
    MaxPooling2D((2, 2)),
    Flatten(),
]
classification_layers = [
    Dense(16, activation='relu'),
    Dropout(0.25),
    Dense(4),
    Activation('softmax')
]
model = Sequential(feature_layers + classification_layers)


def train(model, x, y):
    model.compile(loss='sparse_categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
    model.fit(x, y, batch_size=20, epochs=2, verbose=0)
    print(model.evaluate(x, y, verbose=0))


train(model, x, y)
for l in feature_layers:
    l.trainable = False
train(model, x, y)

# a list that grows
hidden = []
hidden.append(Dense(12, activation='tanh', input_shape=(6,)))
for i in range(2):
    hidden.append(Dense(12))
    hidden.append(Activation('relu'))
hidden += [Dropout(0.1)]
hidden.append(Dense(1))
net = Sequential(hidden)
net.compile('sgd', 'mse')
data, target = np.random.rand(50, 6), np.random.rand(50)
net.fit(data, target, epochs=2, verbose=0)
print(net.predict(data).mean())

# one after the other
other = Sequential()
for layer in [Dense(5, activation='relu', input_shape=(6,)), Dense(5), Dense(1)]:
    other.add(layer)
other.compile('sgd', 'mse')
other.fit(data, target, epochs=2, verbose=0)

def build(width):
    model = Sequential([
        Dense(width, input_shape=(6,)),
        Activation('relu'),
    ])
    model.add(Dense(width // 2, activation='relu'))
    model.add(Dense(1, activation='sigmoid'))
    return model

last = build(10)
last.compile('adam', 'binary_crossentropy')
last.fit(data, (target > 0.5).astype(int), epochs=2, verbose=0)
print(last.predict(data).shape)
