"""A GAN that learns points on a circle."""
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Dropout, LeakyReLU
from keras.optimizers import Adam

np.random.seed(7)
latent_dim = 8
batch_size = 32


def build_generator():
    model = Sequential()
    model.add(Dense(16, input_dim=latent_dim))
    model.add(LeakyReLU(0.2))
    model.add(Dense(2, activation='tanh'))
    return model


def build_discriminator():
    model = Sequential()
    model.add(Dense(16, input_dim=2))
    model.add(LeakyReLU(0.2))
    model.add(Dropout(0.0))
    model.add(Dense(1, activation='sigmoid'))
    return model


discriminator = build_discriminator()
discriminator.compile(loss='binary_crossentropy', optimizer=Adam(0.002, 0.5), metrics=['accuracy'])

generator = build_generator()

# only the generator is trained in the combined model
discriminator.trainable = False
gan = Sequential([generator, discriminator])
gan.compile(loss='binary_crossentropy', optimizer=Adam(0.002, 0.5))

angles = np.random.uniform(0, 2 * np.pi, 512)
points = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype('float32')

for step in range(20):
    real = points[np.random.randint(0, len(points), batch_size)]
    noise = np.random.normal(0, 1, (batch_size, latent_dim))
    fake = generator.predict(noise)
    d_loss_real = discriminator.train_on_batch(real, np.ones((batch_size, 1)))
    d_loss_fake = discriminator.train_on_batch(fake, np.zeros((batch_size, 1)))
    d_loss = 0.5 * np.add(d_loss_real, d_loss_fake)

    noise = np.random.normal(0, 1, (batch_size, latent_dim))
    g_loss = gan.train_on_batch(noise, np.ones((batch_size, 1)))
    if step % 5 == 0:
        print('%d [D loss: %.4f, acc: %.2f] [G loss: %.4f]' % (step, d_loss[0], d_loss[1], g_loss))

noise = np.random.normal(0, 1, (100, latent_dim))
samples = generator.predict(noise)
print('Mean radius: %.4f' % np.sqrt((samples ** 2).sum(axis=1)).mean())
print('Taken for real: %.4f' % discriminator.predict(samples).mean())
print('By both: %.4f' % gan.predict(noise).mean())
