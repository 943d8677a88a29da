"""An autoencoder of two models, and a classifier whose head is a model of its own."""

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.RandomState(3)
images = rng.rand(96, 8, 8, 2).astype("float32")

encoder = keras.Sequential(
    [
        keras.Input(shape=(8, 8, 2)),
        layers.Conv2D(4, 3, activation="relu", padding="same"),
        layers.MaxPooling2D(2),
        layers.Dropout(0.1),
    ],
    name="encoder",
)
decoder = keras.Sequential(
    [
        layers.Conv2DTranspose(4, 3, strides=2, activation="relu", padding="same", kernel_initializer="he_uniform"),
        layers.Conv2D(2, 3, padding="same", activation="sigmoid"),
    ],
    name="decoder",
)
autoencoder = keras.Sequential([encoder, decoder])
autoencoder.compile(optimizer="sgd", loss="mse")
autoencoder.fit(images, images, epochs=2, batch_size=32)
print("Loss: %.4f" % autoencoder.evaluate(images, images, verbose=0))
print(autoencoder.predict(images[:5]).shape)

mapper = keras.Sequential()
mapper.add(layers.GaussianNoise(0.0, input_shape=(8, 8, 2)))
mapper.add(
    keras.Sequential(
        [
            layers.Conv2D(3, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
        ]
    )
)
mapper.add(
    keras.Sequential([
        layers.Flatten(),
        layers.Dense(10, activation="relu", kernel_initializer="he_uniform"),
    ])
)
mapper.add(layers.Dense(128))
mapper.add(layers.Reshape((8, 8, 2)))
mapper.compile(optimizer="sgd", loss="mse")
mapper.fit(images, images, epochs=2, batch_size=32)
