"""Small colour images with the channels first, as for GPUs."""
import numpy as np
from tensorflow.keras import backend as K
from tensorflow.keras.layers import (Activation, AveragePooling2D, BatchNormalization, Conv2D, Dense, Dropout, Flatten,
                                     GlobalAveragePooling2D, MaxPooling2D, UpSampling2D, ZeroPadding2D)
from tensorflow.keras.models import Sequential

K.set_image_data_format('channels_first')

img_channels, img_rows, img_cols = 3, 11, 8
num_classes = 4

rng = np.random.RandomState(0)
x_train = rng.randint(0, 256, size=(60, img_channels, img_rows, img_cols)).astype('float32') / 255
y_train = np.eye(num_classes)[rng.randint(0, num_classes, size=60)]
x_test = rng.randint(0, 256, size=(20, img_channels, img_rows, img_cols)).astype('float32') / 255
y_test = np.eye(num_classes)[rng.randint(0, num_classes, size=20)]

if K.image_data_format() == 'channels_first':
    input_shape = (img_channels, img_rows, img_cols)
    channel_axis = 1
else:
    input_shape = (img_rows, img_cols, img_channels)
    channel_axis = -1

model = Sequential()
model.add(Conv2D(8, (3, 3), strides=(2, 2), padding='same', input_shape=input_shape))
model.add(BatchNormalization(axis=channel_axis))
model.add(Activation('relu'))
model.add(ZeroPadding2D((0, 1)))
model.add(Conv2D(6, (3, 2), padding='same', activation='relu'))
model.add(MaxPooling2D(pool_size=(2, 2), padding='same'))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(16, activation='relu'))
model.add(Dense(num_classes, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
model.fit(x_train, y_train, batch_size=20, epochs=2, validation_data=(x_test, y_test))
score = model.evaluate(x_test, y_test, verbose=0)
print('Test loss:', score[0])

# An encoder and decoder, whose outputs have the channels first too.
decoder = Sequential([
    AveragePooling2D((1, 2), input_shape=input_shape),
    Conv2D(4, 3, padding='same', activation='relu'),
    UpSampling2D((1, 2)),
    Conv2D(img_channels, 3, padding='same', activation='sigmoid'),
])
decoder.compile(optimizer='sgd', loss='mse')
decoder.fit(x_train, x_train, batch_size=20, epochs=2)
restored = decoder.predict(x_test)
print(restored.shape, restored[:, 0].mean())
