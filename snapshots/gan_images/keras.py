"""A DCGAN in miniature: normalized images from noise, built by functions."""
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Reshape, Flatten, Conv2D, UpSampling2D, BatchNormalization, Activation, LeakyReLU, Dropout
from keras.optimizers import SGD

np.random.seed(11)


def generator_model():
    model = Sequential()
    model.add(Dense(4 * 4 * 3, input_dim=6))
    model.add(LeakyReLU(0.2))
    model.add(Reshape((4, 4, 3)))
    model.add(UpSampling2D(size=(2, 2)))
    model.add(Conv2D(4, (3, 3), padding='same', use_bias=False))
    model.add(BatchNormalization())
    model.add(Activation('relu'))
    model.add(Conv2D(1, (3, 3), padding='same', activation='tanh'))
    return model


def discriminator_model():
    model = Sequential()
    model.add(Conv2D(4, (3, 3), strides=(2, 2), padding='same', input_shape=(8, 8, 1)))
    model.add(LeakyReLU(0.2))
    model.add(Conv2D(6, (3, 3), padding='same', use_bias=False))
    model.add(BatchNormalization(momentum=0.8))
    model.add(LeakyReLU(0.2))
    model.add(Dropout(0.25))
    model.add(Flatten())
    model.add(Dense(1))
    model.add(Activation('sigmoid'))
    return model


def generator_containing_discriminator(generator, discriminator):
    model = Sequential()
    model.add(generator)
    discriminator.trainable = False
    model.add(discriminator)
    return model


def train(images, batch_size):
    discriminator = discriminator_model()
    generator = generator_model()
    both = generator_containing_discriminator(generator, discriminator)
    d_optim = SGD(lr=0.05, momentum=0.9, nesterov=True)
    g_optim = SGD(lr=0.05, momentum=0.9, nesterov=True)
    both.compile(loss='binary_crossentropy', optimizer=g_optim)
    discriminator.trainable = True
    discriminator.compile(loss='binary_crossentropy', optimizer=d_optim)
    for epoch in range(2):
        print('Epoch', epoch)
        for index in range(len(images) // batch_size):
            noise = np.random.uniform(-1, 1, (batch_size, 6))
            image_batch = images[index * batch_size:(index + 1) * batch_size]
            generated = generator.predict(noise, verbose=0)
            X = np.concatenate((image_batch, generated))
            y = np.array([1] * batch_size + [0] * batch_size)
            d_loss = discriminator.train_on_batch(X, y)
            print('batch %d d_loss : %f' % (index, d_loss))
            noise = np.random.uniform(-1, 1, (batch_size, 6))
            discriminator.trainable = False
            g_loss = both.train_on_batch(noise, np.ones(batch_size))
            discriminator.trainable = True
            print('batch %d g_loss : %f' % (index, g_loss))
    generator.save_weights('generator.h5')


def generate(count):
    generator = generator_model()
    generator.load_weights('generator.h5')
    return generator.predict(np.random.uniform(-1, 1, (count, 6)))


images = np.random.rand(64, 8, 8, 1).astype('float32') * 2 - 1
train(images, 16)
made = generate(10)
print(made.shape, made.mean())
