# Image classification: images of shapes in folders, loaded with a Keras utility
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras.models import Sequential

data_dir = 'data/train'
batch_size = 4
img_height = 16
img_width = 18

# 80% of the images for training, 20% for validation
train_ds = tf.keras.utils.image_dataset_from_directory(
    data_dir,
    validation_split=0.2,
    subset="training",
    seed=123,
    image_size=(img_height, img_width),
    batch_size=batch_size)

val_ds = tf.keras.utils.image_dataset_from_directory(data_dir,
                                                     label_mode='int',
                                                     validation_split=0.2,
                                                     subset="validation",
                                                     seed=123,
                                                     image_size=(img_height, img_width),
                                                     batch_size=batch_size)
test_ds = tf.keras.preprocessing.image_dataset_from_directory(
    'data/test', color_mode='rgb', image_size=(img_height, img_width), shuffle=False)

class_names = train_ds.class_names
print(class_names)
num_classes = len(class_names)

train_ds = train_ds.cache().shuffle(1000).prefetch(buffer_size=tf.data.AUTOTUNE)

def scale(image, label):
    image = tf.cast(image, tf.float32)
    return image / 255., label


train_ds = train_ds.map(lambda x, y: (x / 255, y))
val_ds = val_ds.map(scale, num_parallel_calls=tf.data.AUTOTUNE)
test_ds = test_ds.map(scale)
val_ds = val_ds.cache().prefetch(buffer_size=tf.data.AUTOTUNE)

model = Sequential([
    layers.Conv2D(8, 3, padding='same', activation='relu', input_shape=(img_height, img_width, 3)),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(16, activation='relu'),
    layers.Dense(num_classes)
])
model.compile(optimizer='adam',
              loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=['accuracy'])

epochs = 3
history = model.fit(
    train_ds,
    validation_data=val_ds,
    epochs=epochs
)
acc = history.history['accuracy']
val_loss = history.history['val_loss']
print(acc, val_loss)

loss, accuracy = model.evaluate(test_ds, verbose=0)
print('test', loss, accuracy)
predictions = model.predict(test_ds)
print([class_names[np.argmax(row)] for row in predictions])

# The pictures themselves, scaled by a layer
for images, labels in test_ds.take(1):
    print(images.shape, labels.numpy())
    for i in range(3):
        print(class_names[labels[i]], images[i].numpy().max())
normalization_layer = layers.Rescaling(1. / 127.5, offset=-1)
plain_ds = tf.keras.utils.image_dataset_from_directory(
    'data/test', labels='inferred', image_size=(img_height, img_width), batch_size=2, shuffle=False)
normalized_ds = plain_ds.map(lambda x, y: (normalization_layer(x), y))
image_batch, labels_batch = next(iter(normalized_ds))
print(np.min(image_batch[0]), np.max(image_batch[0]))
print(model.evaluate(normalized_ds.skip(1), verbose=0))
unlabeled_ds = tf.keras.utils.image_dataset_from_directory(
    'data/test', label_mode=None, image_size=(img_height, img_width), batch_size=3, shuffle=False)
print(model.predict(unlabeled_ds).argmax(axis=1))
