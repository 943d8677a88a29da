# Image classification with data augmentation inside the model
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras.models import Sequential

IMG_SIZE = 16
batch_size = 16
num_classes = 3

# images of one bright corner, 0 to 255
rng = np.random.RandomState(7)
labels = rng.randint(0, num_classes, 90)
images = rng.randint(0, 80, (90, 20, 18, 3))
for image, label in zip(images, labels):
    image[10 * (label // 2):10 * (label // 2) + 8, 9 * (label % 2):9 * (label % 2) + 8] += 150
images = images.astype('uint8')
x_train, y_train = images[:64], labels[:64]
x_test, y_test = images[64:], labels[64:]

data_augmentation = Sequential(
    [
        layers.RandomFlip("horizontal", input_shape=(20, 18, 3)),
        layers.RandomRotation(0.1),
        layers.RandomZoom(0.2),
    ],
    name="data_augmentation",
)

# Preprocessing and augmentation are part of the model
model = Sequential([
    data_augmentation,
    layers.Resizing(IMG_SIZE, IMG_SIZE),
    layers.Rescaling(1. / 255),
    layers.Conv2D(8, 3, padding='same', activation='relu'),
    layers.MaxPooling2D(),
    layers.Dropout(0.2),
    layers.Flatten(),
    layers.Dense(16, activation='relu'),
    layers.Dense(num_classes)
])
model.compile(optimizer='adam',
              loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=['accuracy'])
model.summary()

history = model.fit(x_train, y_train, batch_size=batch_size, epochs=3, validation_split=0.25)
loss, acc = model.evaluate(x_test, y_test, verbose=2)
print("Accuracy on the test images: {:.3f}".format(acc))

# The older names, and all that images can go through
preprocessing = tf.keras.layers.experimental.preprocessing
seed = 1337
model = Sequential()
model.add(tf.keras.Input(shape=(20, 18, 3)))
model.add(preprocessing.Rescaling(scale=1. / 255))
model.add(preprocessing.RandomTranslation(height_factor=(-0.2, 0.3), width_factor=0.1, fill_mode='nearest', seed=seed))
model.add(preprocessing.RandomZoom((-0.3, -0.2), (-0.1, 0.3), fill_mode='constant', fill_value=0.5, seed=seed))
model.add(preprocessing.RandomContrast(0.2, seed=seed))
model.add(layers.RandomBrightness(0.1, value_range=(0, 1)))
model.add(preprocessing.RandomCrop(16, 16))
model.add(preprocessing.RandomHeight(0.2))
model.add(preprocessing.RandomWidth((0.1, 0.3)))
model.add(preprocessing.Resizing(14, 14, interpolation="nearest"))
model.add(preprocessing.CenterCrop(12, 11))
model.add(layers.Conv2D(6, 3, activation='relu'))
model.add(layers.GlobalAveragePooling2D())
model.add(layers.Dense(num_classes, activation='softmax'))
model.compile(optimizer='sgd', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(x_train, y_train, batch_size=batch_size, epochs=2, validation_data=(x_test, y_test))
probabilities = model.predict(x_test)
print(probabilities.argmax(axis=1)[:10])
