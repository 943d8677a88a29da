# What a small network has learned: weights as arrays, and the model in two files
import numpy as np
from keras.layers import Activation, BatchNormalization, Conv2D, Dense, Flatten, Input, MaxPooling2D
from keras.models import Sequential

np.random.seed(3)
x = np.random.rand(64, 6, 6, 2).astype('float32')
y = np.eye(3)[(x.mean(axis=(1, 2, 3)) * 60).astype(int) % 3]

model = Sequential()
model.add(Conv2D(4, (3, 3), input_shape=(6, 6, 2), name='features'))
model.add(BatchNormalization())
model.add(Activation('relu'))
model.add(MaxPooling2D((2, 2)))
print('after pooling:', model.output_shape)
model.add(Flatten())
model.add(Dense(5, activation='tanh', name='hidden'))
output_layer = Dense(3, activation='softmax')
model.add(output_layer)
print('in', model.input_shape, 'out', model.output_shape, len(model.layers), 'layers')
model.compile(loss='categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
print(model.predict(x[:2], verbose=0))
start = model.get_weights()
model.fit(x, y, epochs=2, batch_size=16, verbose=0, shuffle=False)

kernel, bias = model.layers[0].get_weights()
print(kernel.shape, bias.shape, kernel[0, 1, 0].round(4))
gamma, beta, mean, variance = model.layers[1].get_weights()
print('running mean', mean.round(4))
hidden = model.get_layer('hidden')
W = hidden.get_weights()[0]
print(W.shape, W[:3, 0].round(4))
print('last', model.layers[-1].get_weights()[1].round(4), output_layer.get_weights()[0].shape)
print(len(model.weights), 'arrays,', model.count_params(), 'parameters')

# put the weights back by hand
moved = [w + 0.5 * (v - w) for v, w in zip(start, model.get_weights())]
model.set_weights(moved)
print(model.predict(x[:2], verbose=0))
hidden.set_weights([W * 0, np.ones(5)])
print(model.predict(x[:2], verbose=0))
