# What a regression predicts, looked at with TensorFlow's functions
import numpy as np
import tensorflow as tf
from tensorflow import keras

X = tf.range(-100, 100, 4)
y = X + 10
x_train, x_test = X[:40], X[40:]
y_train, y_test = y[:40], y[40:]

model = keras.Sequential([
    keras.layers.Dense(4, activation='relu', input_shape=[1]),
    keras.layers.Dense(1),
])
model.compile(loss='mae', optimizer=keras.optimizers.SGD(0.0001))
model.fit(tf.expand_dims(x_train, axis=-1), y_train, epochs=3, verbose=0)
y_pred = model.predict(tf.expand_dims(x_test, axis=-1))

# errors
flat = tf.squeeze(y_pred)
targets = tf.cast(y_test, tf.float32)
mae = tf.keras.losses.mae(targets, flat).numpy()
mse = tf.keras.metrics.mean_squared_error(y_true=targets, y_pred=flat)
print('mae %.4f, mse %.4f' % (mae, mse))
print('by hand: {:.4f}'.format(tf.reduce_mean(tf.abs(targets - flat))))

# statistics
summary = tf.stack([tf.reduce_min(flat), tf.reduce_max(flat), tf.math.reduce_std(flat)])
rows = tf.reshape(flat, (5, -1))
row_sums = tf.reduce_sum(rows, axis=1, keepdims=True)
columns = tf.transpose(rows)
both = tf.concat([rows, rows], axis=1)
halves = tf.round(tf.constant([0.5, 1.5, 2.5, -0.5]))
squares = tf.square(halves)
roots = tf.sqrt(tf.abs(rows))
logs = tf.math.log(tf.maximum(roots, 1.0))
grown = tf.exp(-roots)
waves = tf.tanh(tf.sin(rows))
signs = tf.sign(rows)
clipped = tf.clip_by_value(rows, -50.0, 50.0)
running = tf.cumsum(rows, axis=1)
backwards = tf.reverse(rows, [1])
twice = tf.tile(rows, [1, 2])
product = tf.matmul(rows, columns)
powers = tf.pow(halves, 2)

# classes
above = tf.greater(rows, tf.reduce_mean(rows))
positions = tf.where(above)
chosen = tf.where(above, rows, tf.zeros_like(rows))
highest = tf.argmax(rows, axis=1)
lowest = tf.argmin(rows)
one_hot = tf.one_hot([0, 2, -1, 5], depth=3)
agreement = tf.reduce_mean(tf.cast(tf.equal(highest, tf.argmax(both, axis=1)), tf.float32))
picked = tf.gather(rows, [0, 2])
every = tf.reduce_all(above).numpy()
some = tf.reduce_any(above, axis=0).numpy()
shares = tf.nn.softmax(rows / 100)
chances = tf.sigmoid(rows).numpy()
ones = tf.ones((2, 3)) + tf.zeros([2, 3])
shape = tf.shape(rows).numpy()
copy = tf.convert_to_tensor(np.arange(6).reshape(2, 3))
print(highest.numpy(), lowest.numpy())
print(one_hot.numpy())
