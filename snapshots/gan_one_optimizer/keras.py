"""A GAN over points, as a class: one optimizer for both models."""
from __future__ import print_function, division

import numpy as np
from keras.layers import Dense, Input
from keras.layers.advanced_activations import LeakyReLU
from keras.models import Model, Sequential
from keras.optimizers import Adam


class GAN():
    def __init__(self):
        self.size = 4
        self.latent_dim = 6

        optimizer = Adam(0.002, 0.5)

        # Build and compile the discriminator
        self.discriminator = self.build_discriminator()
        self.discriminator.compile(loss='binary_crossentropy',
            optimizer=optimizer,
            metrics=['accuracy'])

        # Build the generator
        self.generator = self.build_generator()

        # The generator takes noise as input and generates points
        z = Input(shape=(self.latent_dim,))
        point = self.generator(z)

        # For the combined model we will only train the generator
        self.discriminator.trainable = False

        # The discriminator takes generated points as input and determines validity
        validity = self.discriminator(point)

        # The combined model  (stacked generator and discriminator)
        self.combined = Model(z, validity)
        self.combined.compile(loss='binary_crossentropy', optimizer=optimizer)

    def build_generator(self):
        model = Sequential()
        model.add(Dense(16, input_dim=self.latent_dim))
        model.add(LeakyReLU(alpha=0.2))
        model.add(Dense(self.size, activation='tanh'))
        model.summary()
        return model

    def build_discriminator(self):
        model = Sequential()
        model.add(Dense(12, input_dim=self.size))
        model.add(LeakyReLU(alpha=0.2))
        model.add(Dense(1, activation='sigmoid'))
        model.summary()
        return model

    def train(self, x, epochs, batch_size=16):
        valid = np.ones((batch_size, 1))
        fake = np.zeros((batch_size, 1))
        for epoch in range(epochs):
            idx = np.random.randint(0, x.shape[0], batch_size)
            points = x[idx]
            noise = np.random.normal(0, 1, (batch_size, self.latent_dim))
            made = self.generator.predict(noise)

            d_loss_real = self.discriminator.train_on_batch(points, valid)
            d_loss_fake = self.discriminator.train_on_batch(made, fake)
            d_loss = 0.5 * np.add(d_loss_real, d_loss_fake)

            noise = np.random.normal(0, 1, (batch_size, self.latent_dim))
            g_loss = self.combined.train_on_batch(noise, valid)
            print("%d [D loss: %f, acc.: %.2f%%] [G loss: %f]" % (epoch, d_loss[0], 100 * d_loss[1], g_loss))


if __name__ == '__main__':
    np.random.seed(8)
    data = np.tanh(np.random.randn(64, 4)).astype('float32')
    gan = GAN()
    gan.train(data, epochs=8)
