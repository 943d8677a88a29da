"""Losses and scores of predictions by hand, and metrics made of Keras's functions."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K
from tensorflow.keras import layers
from tensorflow.keras.metrics import categorical_accuracy, top_k_categorical_accuracy

rng = np.random.RandomState(3)
x = rng.rand(70, 6).astype("float32")
labels = rng.randint(0, 4, 70)
onehot = keras.utils.to_categorical(labels, 4)


def top_2_accuracy(y_true, y_pred):
    return top_k_categorical_accuracy(y_true, y_pred, k=2)


def mixed_accuracy(y_true, y_pred):
    return 0.5 * categorical_accuracy(y_true, y_pred) + 0.5 * top_k_categorical_accuracy(y_true, y_pred, 3)


def log_error(y_true, y_pred):
    return K.mean(keras.losses.mean_squared_logarithmic_error(y_true, y_pred))


def percentage(y_true, y_pred):
    shifted = y_true + 0.5
    return keras.losses.mean_absolute_percentage_error(shifted, y_pred) / 100


def squared_angle(y_true, y_pred):
    return keras.losses.cosine_similarity(y_true, y_pred) ** 2


def robust(y_true, y_pred):
    return tf.keras.losses.huber(y_true, y_pred, delta=0.3) + tf.keras.losses.kl_divergence(y_true, y_pred)


model = keras.Sequential(
    [layers.Dense(10, activation="relu", input_shape=(6,)), layers.Dense(4, activation="softmax")]
)
model.compile(
    loss="categorical_crossentropy",
    optimizer="sgd",
    metrics=["accuracy", top_2_accuracy, mixed_accuracy, log_error, percentage, squared_angle, robust],
)
model.fit(x, onehot, epochs=2, batch_size=25, validation_split=0.2, verbose=2)
scores = model.evaluate(x, onehot, verbose=0)
predictions = model.predict(x)

# One number a row, their mean, their sum
per_row = tf.keras.losses.categorical_crossentropy(onehot, predictions)
sparse_rows = keras.losses.sparse_categorical_crossentropy(labels, predictions).numpy()
worst = np.argmax(per_row)
print("worst: row %d, %.4f" % (worst, per_row[worst]))
cce = keras.losses.CategoricalCrossentropy(reduction=tf.keras.losses.Reduction.NONE)
each = cce(onehot, predictions).numpy()
whole = keras.losses.SparseCategoricalCrossentropy(reduction="sum")(labels, predictions).numpy()
weights = np.where(labels == 2, 3.0, 1.0)
weighted = keras.losses.SparseCategoricalCrossentropy()(labels, predictions, sample_weight=weights).numpy()
bce = keras.losses.BinaryCrossentropy(label_smoothing=0.1)
smoothed = float(bce(onehot, predictions))
print("whole %.4f weighted %.4f smoothed %.4f" % (whole, weighted, smoothed))
hits = categorical_accuracy(onehot, predictions)
print("accuracy:", np.mean(hits))
print("sparse:", np.mean(keras.metrics.sparse_categorical_accuracy(labels, predictions)))
print("binary: %.4f" % np.mean(keras.metrics.binary_accuracy(onehot, predictions, threshold=0.3)))
angles = tf.keras.losses.cosine_similarity(onehot, predictions, axis=1)
huber = tf.keras.losses.Huber(delta=0.3, reduction="none")
robust_rows = huber(onehot, predictions, sample_weight=weights).numpy()
extreme = keras.losses.binary_crossentropy(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])).numpy()
print("angles %.4f extreme %.4f" % (np.mean(angles), extreme[0]))
