"""A small residual network with an inception block for pictures, and a regression over branches of a table."""
import numpy as np
from tensorflow.keras import layers, regularizers
from tensorflow.keras.callbacks import ModelCheckpoint
from tensorflow.keras.layers import (Activation, Add, AveragePooling2D, BatchNormalization, Concatenate, Conv2D, Dense,
                                     Dropout, Flatten, GlobalAveragePooling2D, Input, LSTM, MaxPooling2D, Reshape)
from tensorflow.keras.models import Model

np.random.seed(1)
images = np.random.rand(48, 8, 10, 3).astype('float32')
kinds = np.eye(4)[np.random.randint(0, 4, 48)]

# 1. residual blocks and an inception block
inputs = Input(shape=(8, 10, 3))
x = Conv2D(6, (3, 3), padding='same', activation='relu')(inputs)
shortcut = x
# first block
x = Conv2D(6, (3, 3), padding='same', use_bias=False)(x)
x = BatchNormalization()(x)
x = Activation('relu')(x)
x = Conv2D(6, (3, 3), padding='same')(x)  # no activation here
x = Add()([x, shortcut])
x = Activation('relu')(x)

# squeeze and excitation
squeeze = GlobalAveragePooling2D()(x)
squeeze = Dense(3, activation='relu')(squeeze)
squeeze = Dense(6, activation='sigmoid')(squeeze)
squeeze = Reshape((1, 1, 6))(squeeze)
x = layers.multiply([x, squeeze])
# inception
tower_1 = Conv2D(4, (1, 1), activation='relu')(x)
tower_2 = Conv2D(4, (3, 3), padding='same', activation='relu')(Conv2D(2, (1, 1), activation='relu')(x))
tower_3 = MaxPooling2D((3, 3), strides=(1, 1), padding='same')(x)
x = Concatenate(axis=-1, name='mixed')([tower_1, tower_2, tower_3])
pooled = layers.average([MaxPooling2D(2)(x), AveragePooling2D(2)(x)])
features = Flatten(name='features')(pooled)
features = Dropout(0.3)(features)
predictions = Dense(4, activation='softmax', kernel_regularizer=regularizers.l2(0.01))(features)
model = Model(inputs=inputs, outputs=predictions)

model.compile(loss='categorical_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
best = ModelCheckpoint('best.h5', monitor='val_loss', save_best_only=True, save_weights_only=True)
history = model.fit(images, kinds, batch_size=12, epochs=3, validation_split=0.25, callbacks=[best], verbose=0)
print('loss %.4f, accuracy %.4f' % tuple(model.evaluate(images, kinds, verbose=0)))
print('validation:', history.history['val_accuracy'])
model.load_weights('best.h5')
print(model.predict(images[:2], verbose=0).round(4))
print(len(model.layers), model.count_params())

# 2. the same layers for both halves of a row, compared in several ways
table = np.random.rand(60, 8)
price = table[:, :4].max(axis=1) * 2 - table.sum(axis=1) / 8


def build_regressor(units, rate=0.01):
    row = Input(shape=(8,))
    left = Dense(units, activation='tanh', name='left')(row)
    right = Dense(units, activation='tanh')(row)
    shared = Dense(units, name='both')
    left, right = shared(left), shared(right)
    print('units:', units)
    both = layers.concatenate([
        layers.maximum([left, right]),
        layers.minimum([left, right]),
        layers.subtract([left, right]),
        layers.dot([left, right], axes=1, normalize=True),
    ])
    # a row again, as a sequence and weighed by itself
    steps = Reshape((2, 4))(row)
    states = LSTM(units, return_sequences=True)(steps)
    scores = layers.Dot(axes=(2, 2))([states, states])
    steps = layers.add([layers.Dot(axes=(2, 1))([scores, states]), states])
    out = Dense(1)(layers.add([Dense(5)(both), Dense(5)(Flatten()(steps))]))
    return Model(row, out)


for units in (3, 5):
    regressor = build_regressor(units)
    regressor.compile(optimizer='sgd', loss='mse')
    regressor.fit(table, price, epochs=2, batch_size=20, verbose=0)
    print('mse: %.4f' % regressor.evaluate(table, price, verbose=0))
print(regressor.get_layer('left').get_weights()[0].shape)
