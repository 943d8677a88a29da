# A small network over striped pictures, then a guess for a picture from a file
import os

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from PIL import Image
from tensorflow.keras import layers, models

CLASSES = ["across", "upright"]
IMG_SHAPE = 12


def stripes(n, upright, size=20):
    waves = np.sin(np.arange(size) * 1.3 + np.random.rand(n, 1) * 6)
    pictures = np.repeat((waves * 100 + 128)[:, None, :, None], size, axis=1)
    pictures = np.repeat(pictures, 3, axis=-1).astype("uint8")
    return pictures if upright else pictures.transpose(0, 2, 1, 3)


np.random.seed(8)
images = np.concatenate([stripes(30, False), stripes(30, True)])
labels = np.repeat([0, 1], 30)

small = tf.image.resize(images, [IMG_SHAPE, IMG_SHAPE]) / 255.
coarse = tf.image.resize(images[:4], (6, 7), method="nearest")
blocks = tf.image.resize(images[0], (9, 5), method=tf.image.ResizeMethod.NEAREST_NEIGHBOR)
mirrored = tf.image.flip_left_right(small)
turned = tf.image.flip_up_down(images[0])

model = models.Sequential([
    layers.Conv2D(4, 3, activation="relu", input_shape=(IMG_SHAPE, IMG_SHAPE, 3)),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(loss="binary_crossentropy", optimizer=tf.keras.optimizers.SGD(0.05), metrics=["accuracy"])
model.fit(small, labels, epochs=2, batch_size=20, validation_data=(mirrored, labels), verbose=0)

if not os.path.exists("pictures"):
    os.makedirs("pictures")
Image.fromarray(images[40]).save("pictures/colour.png")
Image.fromarray(images[3][..., 0]).save("pictures/grey.png")


def load_and_prep_image(filename, img_shape=IMG_SHAPE):
    """Reads a picture from a file and turns it into a tensor of shape (img_shape, img_shape, colour channels)."""
    img = tf.io.read_file(filename)
    img = tf.image.decode_image(img, channels=3)
    img = tf.image.resize(img, size=[img_shape, img_shape])
    img = img / 255.
    return img


def pred_and_plot(model, filename, class_names=CLASSES):
    img = load_and_prep_image(filename)
    pred = model.predict(tf.expand_dims(img, axis=0))
    pred_class = class_names[int(tf.round(pred)[0][0])]
    plt.imshow(img)
    plt.title(f"Prediction: {pred_class}")
    plt.axis(False)
    return pred_class, float(pred[0][0])


print(pred_and_plot(model, "pictures/colour.png"), pred_and_plot(model, "pictures/grey.png"))
plain = tf.io.decode_png(tf.io.read_file("pictures/grey.png"))
grey = tf.image.decode_png(tf.io.read_file("pictures/colour.png"), channels=1)
scaled = tf.image.convert_image_dtype(grey, tf.float32)
print(plain.shape, grey.shape, grey.numpy().mean())
