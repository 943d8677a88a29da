# Tensors by hand, then a small classifier on readings that a pickle holds
import pickle

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.metrics import accuracy_score
from tensorflow.keras import backend as K
from tensorflow.keras import Sequential, layers

np.random.seed(3)

# --- what tensors can do
grid = tf.linspace(-1.0, 1.0, 5)
steps = tf.range(-2.0, 2.0)
table = np.random.randn(4, 3).astype("float32")
ordered = tf.sort(table, axis=0)
largest_first = tf.sort(table, direction="DESCENDING")
ranks = tf.argsort(table, axis=1)
places = tf.argsort(table, axis=1, direction="DESCENDING")
sevens = tf.fill([2, 2], 7)
identity = tf.eye(3)
doubled = tf.repeat(table, 2, axis=0)
left, middle, right = tf.split(table, 3, axis=1)
padded = tf.pad(table, [[0, 0], [1, 1]])
mirrored = tf.pad(table, [[1, 1], [0, 0]], mode="REFLECT")
rolled = tf.roll(table, shift=1, axis=0)
positive = tf.boolean_mask(table, table > 0)
length = tf.norm(table)
lengths = tf.norm(table, axis=1)
product = tf.linalg.matmul(table, tf.transpose(table))
contracted = tf.tensordot(table, table, axes=[[0], [0]])
inverse = tf.linalg.inv(product[:2, :2] + tf.eye(2))
leaky = tf.nn.leaky_relu(table)
steep = tf.nn.leaky_relu(table, alpha=0.5)
rectified = K.relu(table)
kept = tf.identity(table)
column = tf.expand_dims(table, axis=-1)
column += 1
turned = tf.transpose(table)
table[0] = 0
print(tf.rank(table).numpy(), K.ndim(kept), tf.reduce_all(tf.math.is_finite(table)).numpy())


# --- readings from elsewhere
def unpack(blob):
    return pickle.loads(blob)


def show(readings, probabilities):
    plt.plot(tf.squeeze(readings), label="readings")
    plt.plot(tf.squeeze(tf.round(probabilities)), ".")
    plt.legend()


def score(labels, probabilities):
    found = tf.squeeze(tf.round(probabilities))
    error = tf.keras.losses.MAE(tf.cast(labels, tf.float32), found)
    return {"accuracy": accuracy_score(labels, found), "mae": error.numpy()}


samples = np.random.randn(96, 4).astype("float32")
readings, labels = unpack(pickle.dumps([samples, (samples[:, 0] > samples[:, 1]).astype("int32")]))
readings = tf.concat([readings, tf.expand_dims(tf.reduce_max(readings, axis=1), axis=-1)], axis=1)

model = Sequential([
    layers.Dense(8, activation="relu", input_shape=(5,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(loss="binary_crossentropy", optimizer="sgd", metrics=["accuracy"])
model.fit(readings, labels, epochs=3, batch_size=16, verbose=0)

probabilities = model.predict(readings)
show(readings, probabilities)
print(score(labels, probabilities))
classes = tf.squeeze(tf.cast(probabilities > 0.5, tf.int32))
matrix = tf.math.confusion_matrix(labels, classes)
print(matrix.numpy())
wide = tf.math.confusion_matrix(labels=labels, predictions=classes, num_classes=3)

# Rows in another order, numbers in a row, axes that are added
steps = tf.range(-1.0, 1.0, 0.3)
thirds = tf.range(2.5)
print(steps.numpy(), thirds.numpy(), len(steps))
indices = tf.range(start=0, limit=tf.shape(readings)[0], dtype=tf.int32)
mixed = tf.random.shuffle(indices)
shuffled, shuffled_labels = tf.gather(readings, mixed), tf.gather(labels, mixed)
print(shuffled.shape, tf.reduce_max(shuffled_labels).numpy())
start = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="start")
print((start * 2).numpy(), start.numpy()[tf.newaxis].shape, readings[..., tf.newaxis].shape)
dice = tf.random.uniform((4, 2), 1, 7, dtype=tf.int32, seed=3)
print(dice.shape, bool(tf.reduce_all(dice > 0)), bool(tf.reduce_max(dice) < 7))
del mixed, shuffled, shuffled_labels, dice
