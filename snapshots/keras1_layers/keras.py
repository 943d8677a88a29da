import numpy as np
np.random.seed(1337)  # for reproducibility

from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Flatten, Highway, MaxoutDense
from keras.layers.convolutional import AtrousConvolution2D, Convolution2D, Deconvolution2D
from keras.layers.advanced_activations import ParametricSoftplus, SReLU
from keras.regularizers import l2

nb_epoch = 3
batch_size = 16

# a small set of images with a bright square in one of four corners
X = np.random.rand(96, 8, 8, 1).astype('float32') * 0.3
labels = np.random.randint(0, 4, size=96)
for image, label in zip(X, labels):
    row, col = 4 * (label // 2), 4 * (label % 2)
    image[row:row + 4, col:col + 4] += 0.6
y = np.eye(4)[labels]

# classifier: dilated convolutions, s-shaped units, maxout and highway layers
model = Sequential()
model.add(AtrousConvolution2D(6, 3, 3, atrous_rate=(2, 2), border_mode='same', input_shape=(8, 8, 1)))
model.add(SReLU(shared_axes=[1, 2]))
model.add(Convolution2D(8, 3, 3, subsample=(2, 2), border_mode='same', activation='relu'))
model.add(Flatten())
model.add(MaxoutDense(12, nb_feature=3, W_regularizer=l2(0.001)))
model.add(Dropout(0.2))
# let information through
model.add(Highway(activation='relu'))
model.add(Highway(activation='tanh', init='orthogonal'))
model.add(Dense(4, init='glorot_normal', activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X[:80], y[:80], batch_size=batch_size, nb_epoch=nb_epoch, verbose=2)
loss, acc = model.evaluate(X[80:], y[80:], verbose=0)
print('Test loss: %.4f' % loss)
print('Test accuracy: %.4f' % acc)

# autoencoder: up again to the size of the input
autoencoder = Sequential()
autoencoder.add(Convolution2D(4, 3, 3, subsample=(2, 2), border_mode='same', input_shape=(8, 8, 1)))
autoencoder.add(ParametricSoftplus(beta_init=2.0))
autoencoder.add(Deconvolution2D(3, 3, 3, output_shape=(None, 7, 8, 3), border_mode='same', subsample=(2, 2), activation='relu'))
autoencoder.add(Deconvolution2D(1, 2, 1, (None, 8, 8, 1), activation='sigmoid'))
autoencoder.compile(loss='mse', optimizer='rmsprop')
autoencoder.fit(X, X, batch_size=batch_size, nb_epoch=nb_epoch, verbose=0)
decoded = autoencoder.predict(X[:8])
print(decoded.shape, decoded.mean())
