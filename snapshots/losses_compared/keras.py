"""Which loss fits best? The same small network, trained with many of them."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import losses
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential

np.random.seed(7)
x = np.random.rand(90, 6)
labels = x[:, :3].argmax(axis=1)
y = keras.utils.to_categorical(labels, 3)
x_train, x_test, y_train, y_test = x[:70], x[70:], y[:70], y[70:]

# probabilities that no softmax makes
relu_model = Sequential([Dense(8, activation='relu', input_shape=(6,)), Dense(3, activation='relu', bias_initializer='ones')])
relu_model.compile(loss='categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
relu_model.fit(x_train, y_train, epochs=2, batch_size=16, verbose=0)
print('crossentropy of relu', relu_model.evaluate(x_test, y_test, verbose=0))

linear_model = Sequential([Dense(8, activation='tanh', input_shape=(6,)), Dense(3)])
linear_model.compile(loss='binary_crossentropy', optimizer='sgd')
linear_model.fit(x_train, y_train, epochs=2, batch_size=16, verbose=0)
print('binary crossentropy of a linear layer', linear_model.evaluate(x_test, y_test, verbose=0))

# label smoothing
smooth_model = Sequential([Dense(8, activation='relu', input_shape=(6,)), Dense(3, activation='softmax')])
smooth_model.compile(loss=losses.CategoricalCrossentropy(label_smoothing=0.1), optimizer='sgd', metrics=['accuracy'])
smooth_model.fit(x_train, y_train, epochs=2, batch_size=16, verbose=0)
print('smoothed', smooth_model.evaluate(x_test, y_test, verbose=0))

logits_model = Sequential([Dense(8, activation='relu', input_shape=(6,)), Dense(3)])
logits_model.compile(loss=tf.keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2), optimizer='sgd')
logits_model.fit(x_train, y_train, epochs=2, batch_size=16, verbose=0)
print('smoothed logits', logits_model.evaluate(x_test, y_test, verbose=0))

# margins
hinge_model = Sequential([Dense(8, activation='tanh', input_shape=(6,)), Dense(3)])
hinge_model.compile(loss='hinge', optimizer='sgd')
hinge_model.fit(x_train, y_train, epochs=2, batch_size=16, verbose=0)
print('hinge', hinge_model.evaluate(x_test, y_test, verbose=0))

categorical_hinge_model = Sequential([Dense(8, activation='tanh', input_shape=(6,)), Dense(3)])
categorical_hinge_model.compile(loss=keras.losses.categorical_hinge, optimizer='sgd')
categorical_hinge_model.fit(x_train, y_train, epochs=2, batch_size=16, verbose=0)
print('categorical hinge', categorical_hinge_model.evaluate(x_test, y_test, verbose=0))

# distributions and errors
kld_model = Sequential([Dense(8, activation='relu', input_shape=(6,)), Dense(3, activation='softmax')])
kld_model.compile(loss='kullback_leibler_divergence', optimizer='sgd')
kld_model.fit(x_train, y_train, epochs=2, batch_size=16, verbose=0)
print('divergence', kld_model.evaluate(x_test, y_test, verbose=0))

huber_model = Sequential([Dense(8, activation='relu', input_shape=(6,)), Dense(3)])
huber_model.compile(loss=keras.losses.Huber(delta=0.5), optimizer='sgd', metrics=['mae'])
huber_model.fit(x_train, y_train, epochs=2, batch_size=16, verbose=0)
print('huber', huber_model.evaluate(x_test, y_test, verbose=0))

logcosh_model = Sequential([Dense(8, activation='relu', input_shape=(6,)), Dense(3)])
logcosh_model.compile(loss='logcosh', optimizer='sgd')
logcosh_model.fit(x_train, y_train, epochs=2, batch_size=16, verbose=0)
print('log cosh', logcosh_model.evaluate(x_test, y_test, verbose=0))

cosine_model = Sequential([Dense(8, activation='relu', input_shape=(6,)), Dense(3)])
cosine_model.compile(loss='cosine_similarity', optimizer='sgd')
cosine_model.fit(x_train, y_train, epochs=2, batch_size=16, verbose=0)
print('cosine', cosine_model.evaluate(x_test, y_test, verbose=0))

poisson_model = Sequential([Dense(8, activation='relu', input_shape=(6,)), Dense(3, activation='softplus')])
poisson_model.compile(loss='poisson', optimizer='sgd')
poisson_model.fit(x_train, y_train, epochs=2, batch_size=16, verbose=0)
print('poisson', poisson_model.evaluate(x_test, y_test, verbose=0))

# by hand
wanted = np.array([[0.0, 1.0, 0.5], [2.0, -1.0, 0.0]])
predicted = np.array([[0.2, 0.9, 0.1], [1.0, -0.7, 0.6]])
mse = losses.MeanSquaredError()
print('error by hand', mse(wanted, predicted).numpy())
hinge = losses.Hinge()
print('hinge by hand', hinge(wanted, predicted).numpy(), 'huber by hand', losses.Huber(0.3)(wanted, predicted).numpy())
bce = losses.BinaryCrossentropy(label_smoothing=0.2)
print('crossentropy by hand', bce([[0, 1], [0, 0]], [[0.6, 0.4], [0.0, 0.6]]).numpy())
