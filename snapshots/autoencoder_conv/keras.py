# Convolutional autoencoder: noisy digits in, clean digits out
import numpy as np
import matplotlib.pyplot as plt
import keras.layers as L
from keras.models import Sequential
from keras.datasets import mnist

(x_train, _), (x_test, _) = mnist.load_data()

x_train = x_train.astype('float32') / 255.
x_test = x_test.astype('float32') / 255.
x_train = np.reshape(x_train, (len(x_train), 28, 28, 1))
x_test = np.reshape(x_test, (len(x_test), 28, 28, 1))

noise_factor = 0.3
x_train_noisy = x_train + noise_factor * np.random.normal(loc=0.0, scale=1.0, size=x_train.shape)
x_test_noisy = x_test + noise_factor * np.random.normal(loc=0.0, scale=1.0, size=x_test.shape)

x_train_noisy = np.clip(x_train_noisy, 0., 1.)
x_test_noisy = np.clip(x_test_noisy, 0., 1.)

autoencoder = Sequential([
    # encoder
    L.Conv2D(16, (3, 3), activation='relu', padding='same', input_shape=(28, 28, 1)),
    L.MaxPooling2D((2, 2), padding='same'),
    L.Conv2D(8, (3, 3), activation='relu', padding='same'),
    L.MaxPooling2D((2, 2), padding='same'),

    # decoder
    L.Conv2D(8, (3, 3), activation='relu', padding='same'),
    L.UpSampling2D((2, 2)),
    L.Conv2D(16, (3, 3), activation='relu', padding='same'),
    L.UpSampling2D((2, 2)),
    L.Conv2D(1, (3, 3), activation='sigmoid', padding='same')
])
autoencoder.compile(optimizer='adam', loss='binary_crossentropy')

autoencoder.fit(x_train_noisy, x_train,
                epochs=3,
                batch_size=64,
                shuffle=True,
                validation_data=(x_test_noisy, x_test))

decoded_imgs = autoencoder.predict(x_test_noisy)
print(decoded_imgs.shape, 'mean error %.5f' % np.mean((decoded_imgs - x_test) ** 2))

n = 6  # how many digits we will display
plt.figure(figsize=(12, 4))
for i in range(n):
    # noisy digit
    ax = plt.subplot(2, n, i + 1)
    plt.imshow(x_test_noisy[i].reshape(28, 28))
    plt.gray()
    ax.get_xaxis().set_visible(False)

    # cleaned digit
    ax = plt.subplot(2, n, i + 1 + n)
    plt.imshow(decoded_imgs[i].reshape(28, 28))
    ax.get_yaxis().set_visible(False)
plt.show()
