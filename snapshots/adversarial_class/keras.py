"""Small drawings from noise: two networks in a class, each wrapped as a functional model."""
import numpy as np
from keras.layers import BatchNormalization, Conv2DTranspose, Dense, Flatten, Input, LeakyReLU, Reshape
from keras.models import Model, Sequential
from keras.optimizers import Adam


class Forger:
    def __init__(self, side=8, noise_size=6):
        self.shape = (side, side, 1)
        self.noise_size = noise_size
        optimizer = Adam(0.001, 0.5)

        self.critic = self.build_critic()
        self.critic.compile(loss='binary_crossentropy', optimizer=optimizer, metrics=['accuracy'])
        self.artist = self.build_artist()

        # the artist learns from what the critic says, which stands still meanwhile
        noise = Input(shape=(self.noise_size,))
        drawing = self.artist(noise)
        self.critic.trainable = False
        verdict = self.critic(drawing)
        self.combined = Model(noise, verdict)
        self.combined.compile(loss='binary_crossentropy', optimizer=optimizer)

    def build_artist(self):
        layers = Sequential()
        layers.add(Dense(32, input_dim=self.noise_size))
        layers.add(LeakyReLU(alpha=0.2))
        layers.add(BatchNormalization(momentum=0.8))
        layers.add(Reshape((2, 2, 8)))
        layers.add(Conv2DTranspose(4, 3, strides=2, padding='same'))
        layers.add(Conv2DTranspose(1, 3, strides=2, padding='same', activation='tanh'))

        noise = Input(shape=(self.noise_size,))
        return Model(noise, layers(noise))

    def build_critic(self):
        layers = Sequential()
        layers.add(Flatten(input_shape=self.shape))
        layers.add(Dense(16))
        layers.add(LeakyReLU(alpha=0.2))
        layers.add(Dense(1, activation='sigmoid'))

        drawing = Input(shape=self.shape)
        return Model(drawing, layers(drawing))

    def train(self, drawings, steps, batch_size=16):
        drawings = np.expand_dims(drawings * 2 - 1., axis=3)
        real = np.ones((batch_size, 1))
        fake = np.zeros((batch_size, 1))
        for step in range(steps):
            rows = np.random.randint(0, drawings.shape[0], batch_size)
            noise = np.random.normal(0, 1, (batch_size, self.noise_size))
            forged = self.artist.predict(noise)
            loss_real = self.critic.train_on_batch(drawings[rows], real)
            loss_fake = self.critic.train_on_batch(forged, fake)
            critic_loss = 0.5 * np.add(loss_real, loss_fake)
            artist_loss = self.combined.train_on_batch(noise, real)
            print("%d [critic: %f, accuracy: %.2f%%] [artist: %f]"
                  % (step, critic_loss[0], 100 * critic_loss[1], artist_loss))


if __name__ == '__main__':
    np.random.seed(5)
    circles = np.zeros((40, 8, 8))
    for circle in circles:
        x, y = np.random.randint(2, 6, 2)
        circle[x - 2:x + 2, y - 2:y + 2] = 1
    forger = Forger()
    forger.train(circles, steps=4)
