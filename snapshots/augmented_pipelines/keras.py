# Shapes drawn on a grid: images that change at random before the model sees them
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.RandomState(0)
images = rng.rand(40, 8, 8, 3).astype("float32")
labels = (images[:, :, :4].mean(axis=(1, 2, 3)) > 0.5).astype("int64")
train_ds = tf.data.Dataset.from_tensor_slices((images[:32], labels[:32])).batch(8)
val_ds = tf.data.Dataset.from_tensor_slices((images[32:], labels[32:])).batch(8)

data_augmentation = keras.Sequential([
    layers.RandomFlip("horizontal"),
    layers.RandomRotation(0.1),
])


def augment(image, label):
    image = data_augmentation(image, training=True)
    return image, label


augmented_train_ds = train_ds.map(lambda x, y: (data_augmentation(x, training=True), y), num_parallel_calls=tf.data.AUTOTUNE)
augmented_train_ds = augmented_train_ds.prefetch(tf.data.AUTOTUNE)

model = keras.Sequential([
    keras.Input(shape=(8, 8, 3)),
    layers.Conv2D(4, 3, activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(2),
])
model.compile(
    optimizer="adam",
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(augmented_train_ds, epochs=2, validation_data=val_ds)
model.fit(train_ds.map(augment), epochs=1)
print(model.evaluate(val_ds, verbose=0))

# A look at some of them
first = images[0]
for i in range(3):
    augmented_images = data_augmentation(np.expand_dims(first, 0))
    print(augmented_images.shape, augmented_images[0].numpy().min() >= 0)
