'''Small colour images, whitened and changed at random, after the Keras example for CIFAR-10'''
import numpy as np
from keras.models import Sequential
from keras.layers import Activation, Conv2D, Dense, Flatten
from keras.preprocessing.image import ImageDataGenerator

batch_size = 8
num_classes = 3
np.random.seed(7)
x_train = np.random.randint(0, 256, (30, 6, 6, 3)).astype('float32') / 255
x_test = np.random.randint(0, 256, (10, 6, 6, 3)).astype('float32') / 255
y_train = (x_train[:, 2, 2].argmax(axis=1)).reshape(-1, 1)
y_test = (x_test[:, 2, 2].argmax(axis=1)).reshape(-1, 1)


def build():
    model = Sequential()
    model.add(Conv2D(4, (3, 3), activation='relu', input_shape=x_train.shape[1:]))
    model.add(Flatten())
    model.add(Dense(num_classes))
    model.add(Activation('softmax'))
    model.compile(loss='sparse_categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
    return model


# ZCA whitening
whitener = ImageDataGenerator(
    featurewise_center=False,
    zca_whitening=True,
    zca_epsilon=0.1,
    rotation_range=0,
    data_format=None)
whitener.fit(x_train)
white, _ = next(whitener.flow(x_test, y_test, batch_size=10, shuffle=False))
print('whitened', white.dtype, white.shape, white.mean(), white[0, 0, :2])
model = build()
model.fit_generator(whitener.flow(x_train, y_train, batch_size=batch_size, shuffle=False),
                    steps_per_epoch=len(x_train) // batch_size,
                    epochs=2,
                    validation_data=whitener.flow(x_test, y_test, batch_size=batch_size, shuffle=False),
                    validation_steps=2,
                    workers=1)

# Measured on what comes out of random changes
datagen = ImageDataGenerator(
    featurewise_center=True,
    featurewise_std_normalization=True,
    rotation_range=20,
    channel_shift_range=0.1,
    horizontal_flip=True,
    rescale=2.0,
    dtype='float32')
datagen.fit(x_train, augment=True, rounds=2, seed=3)
print('measured', datagen.mean.ravel(), datagen.std.ravel())
np.random.seed(11)
changed = datagen.random_transform(x_train[0])
print('changed', changed.sum(), changed[0, 0])
for x_batch, y_batch in datagen.flow(x_train, y_train, batch_size=batch_size, seed=5):
    print('batch', x_batch.mean(), y_batch.ravel())
    break
