"""Losses and metrics of our own, written with the backend."""
import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras.losses import binary_crossentropy
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense

np.random.seed(21)
x = np.random.normal(size=(110, 5)).astype('float32')
y = (np.stack([x[:, 0] + x[:, 1], x[:, 2], x[:, 3] * x[:, 4]], axis=1) > 0.3).astype('float32')
x_train, y_train, x_test, y_test = x[:80], y[:80], x[80:], y[80:]


def dice_coef(y_true, y_pred, smooth=1):
    y_true_f = K.flatten(y_true)
    y_pred_f = K.flatten(y_pred)
    intersection = K.sum(y_true_f * y_pred_f)
    return (2. * intersection + smooth) / (K.sum(y_true_f) + K.sum(y_pred_f) + smooth)


def dice_coef_loss(y_true, y_pred):
    return 1 - dice_coef(y_true, y_pred)


def bce_dice_loss(y_true, y_pred):
    """Both, one per sample."""
    return binary_crossentropy(y_true, y_pred) + dice_coef_loss(y_true, y_pred)


def iou(y_true, y_pred):
    intersection = K.sum(K.abs(y_true * y_pred), axis=-1)
    union = K.sum(y_true, -1) + K.sum(y_pred, -1) - intersection
    return K.mean((intersection + K.epsilon()) / (union + K.epsilon()))


def f1(y_true, y_pred):
    tp = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
    possible = K.sum(K.round(K.clip(y_true, 0, 1)))
    predicted = K.sum(K.round(K.clip(y_pred, 0, 1)))
    precision = tp / (predicted + K.epsilon())
    recall = tp / (possible + K.epsilon())
    return 2 * (precision * recall) / (precision + recall + K.epsilon())


def rmse(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true), axis=-1))


def rmse_of_all(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true)))


def r_square(y_true, y_pred):
    SS_res = K.sum(K.square(y_true - y_pred))
    SS_tot = K.sum(K.square(y_true - K.mean(y_true)))
    return 1 - SS_res / (SS_tot + K.epsilon())


def matches(y_true, y_pred):
    return K.mean(K.equal(y_true, K.cast(K.greater(y_pred, 0.5), K.floatx())), axis=-1)


def focal_loss(gamma=2., alpha=.25):
    def focal(y_true, y_pred):
        p_t = tf.where(tf.equal(y_true, 1), y_pred, 1 - y_pred)
        p_t = tf.clip_by_value(p_t, 1e-6, 1.0)
        return -tf.reduce_mean(alpha * tf.pow(1. - p_t, gamma) * tf.math.log(p_t))
    return focal


def huber(y_true, y_pred, clip_delta=1.0):
    error = y_true - y_pred
    cond = tf.abs(error) <= clip_delta
    squared_loss = 0.5 * tf.square(error)
    linear_loss = clip_delta * (tf.abs(error) - 0.5 * clip_delta)
    return tf.where(cond, squared_loss, linear_loss)


model = Sequential([Dense(8, activation='relu', input_shape=(5,)), Dense(3, activation='sigmoid')])
model.compile(optimizer='sgd', loss=dice_coef_loss, metrics=[dice_coef, iou, f1, 'accuracy'])
history = model.fit(x_train, y_train, epochs=3, batch_size=32, validation_data=(x_test, y_test))
print(history.history['val_dice_coef'], history.history['val_iou'])

model = Sequential([Dense(8, activation='relu', input_shape=(5,)), Dense(3, activation='sigmoid')])
model.compile(optimizer='sgd', loss=bce_dice_loss, metrics=[rmse, rmse_of_all, r_square, matches])
roots = model.fit(x_train, y_train, epochs=2, batch_size=32, validation_split=0.2, validation_batch_size=5, verbose=0)
print(roots.history["val_rmse_of_all"])
print(model.evaluate(x_test, y_test, batch_size=16, verbose=0))

model = Sequential([Dense(8, activation='relu', input_shape=(5,)), Dense(3, activation='sigmoid')])
model.compile(optimizer='sgd', loss=focal_loss(gamma=1.5), metrics=[lambda t, p: K.max(K.abs(t - p), axis=-1)])
model.fit(x_train, y_train, epochs=2, batch_size=32, verbose=0)
print(model.evaluate(x_test, y_test, verbose=0))

model = Sequential([Dense(8, activation='relu', input_shape=(5,)), Dense(3, activation='sigmoid')])
model.compile(optimizer='sgd', loss=huber)
model.fit(x_train, y_train, epochs=2, batch_size=32, verbose=0)
print(model.evaluate(x_test, y_test, verbose=0))

model = Sequential([Dense(8, activation='relu', input_shape=(5,)), Dense(3, activation='sigmoid')])
model.compile(optimizer='sgd', loss=lambda y_true, y_pred: K.mean(K.maximum(0.2 * (y_true - y_pred), y_pred - y_true), axis=-1))
model.fit(x_train, y_train, epochs=2, batch_size=32, verbose=0)
print(model.evaluate(x_test, y_test, verbose=0))
