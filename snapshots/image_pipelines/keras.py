# Painted squares: images that functions of tf.image prepare on their way to the model
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

IMG_SIZE = 12
BATCH_SIZE = 6

rng = np.random.RandomState(1)
images = rng.randint(0, 256, size=(30, 10, 14, 3)).astype('uint8')
images = np.maximum(images, images[:, :, ::-1])  # the same from both sides
labels = (images[:, 3:6, :, 0].mean(axis=(1, 2)) > 150).astype('int64').reshape(-1, 1)


def preprocess(image, label):
    """Floats of the size that the model takes."""
    image = tf.image.convert_image_dtype(image, tf.float32)
    image = tf.image.resize(image, (IMG_SIZE, IMG_SIZE))
    return image, tf.squeeze(tf.one_hot(label, 2))


def augment(image, label):
    image = tf.image.random_flip_left_right(image)
    image = tf.image.random_crop(image, size=[IMG_SIZE, IMG_SIZE, 3])
    image = tf.image.adjust_brightness(image, 0.1)
    image = tf.image.adjust_contrast(image, contrast_factor=1.5)
    image = tf.image.adjust_saturation(image, 1.2)
    image = tf.image.adjust_hue(image, 0.1)
    image -= 0.5
    return image, label


def both(image, label):
    image, label = preprocess(image, label)
    return tf.image.per_image_standardization(image), label


dataset = tf.data.Dataset.from_tensor_slices((images, labels))
train_ds = (dataset.take(20)
            .map(preprocess, num_parallel_calls=tf.data.AUTOTUNE)
            .cache()
            .map(augment, num_parallel_calls=tf.data.AUTOTUNE)
            .shuffle(20)
            .batch(BATCH_SIZE)
            .prefetch(tf.data.AUTOTUNE))
val_ds = dataset.skip(20).map(both).batch(BATCH_SIZE)

model = keras.Sequential([
    layers.Conv2D(4, 3, activation='relu', input_shape=(IMG_SIZE, IMG_SIZE, 3)),
    layers.GlobalAveragePooling2D(),
    layers.Dense(2, activation='softmax'),
])
model.compile(optimizer='sgd', loss='categorical_crossentropy', metrics=['accuracy'])
model.fit(train_ds, epochs=2, validation_data=val_ds)
print('evaluated', model.evaluate(val_ds, verbose=0))

# Batches at a time, some of them in grey
gray_ds = dataset.batch(5).map(lambda x, y: (tf.image.rgb_to_grayscale(x), y), num_parallel_calls=tf.data.AUTOTUNE)
gray_ds = gray_ds.map(lambda x, y: (tf.reshape(tf.cast(x, tf.float32) / 255.0, [-1, 140]), tf.cast(y, tf.float32)))
flat = keras.Sequential([layers.Dense(3, activation='relu', input_shape=(140,)), layers.Dense(1, activation='sigmoid')])
flat.compile(optimizer='adam', loss='binary_crossentropy')
flat.fit(gray_ds, epochs=2)
for x, y in gray_ds.take(1):
    print('gray', x.shape, x.numpy().sum(), y.numpy().ravel())

# Ways to look at a picture
picture = images[0]
for method in ['bilinear', 'nearest']:
    print('resized', tf.image.resize(images, (7, 20), method='bicubic').numpy().mean(), method)
print('kernels', tf.image.resize(picture, [5, 5], method='area').numpy()[0, :, 0],
      tf.image.resize(picture, [20, 9], method='lanczos3', antialias=True).numpy()[0, :, 0])
print('padded', tf.image.resize_with_pad(picture, 16, 12).numpy().sum(axis=(1, 2)))
print('cut', tf.image.resize_with_crop_or_pad(picture, 12, 8).numpy().sum(axis=(1, 2)))
print('box', tf.image.pad_to_bounding_box(picture, 1, 2, 13, 17).numpy().sum(axis=(1, 2)),
      tf.image.crop_to_bounding_box(picture, 1, 2, 3, 4).numpy().ravel()[:6])
print('middle', tf.image.central_crop(images, central_fraction=0.5).shape, tf.image.rot90(picture).numpy()[0, :, 1])
print('bright', tf.image.adjust_brightness(picture, delta=0.2).numpy()[0, :, 0], tf.image.adjust_gamma(picture, 2).numpy()[1, :, 0])
gray = tf.image.rgb_to_grayscale(picture)
print('grey', gray.numpy()[2, :, 0], tf.image.grayscale_to_rgb(gray).shape)
print('standard', tf.image.per_image_standardization(picture).numpy()[0, :, 0])
