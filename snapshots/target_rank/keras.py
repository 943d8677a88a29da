"""y has shape (n,), the output (n, 1): Keras compares them row by row."""
import numpy as np
import tensorflow as tf

np.random.seed(3)
hours = np.random.uniform(0, 10, size=(64, 2))
grade = 2.5 * hours[:, 0] - 0.7 * hours[:, 1] + 4 + np.random.normal(size=64)

model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(2,)))
model.add(tf.keras.layers.Dense(10, activation=tf.nn.relu))
model.add(tf.keras.layers.Dense(1))
model.compile(loss='mse', optimizer=tf.keras.optimizers.SGD(0.005), metrics=['mae', 'mse'])

h = model.fit(hours, grade, epochs=5, batch_size=16, verbose=0)
for name in ('loss', 'mae', 'mse'):
    print(name, ['%.4f' % v for v in h.history[name]])

result = model.evaluate(hours, grade, verbose=0)
print('mse', result[0], 'mae', result[1])
guess = model.predict(np.array([[5.0, 2.0], [1.0, 9.0]]))
print('guess:', guess.flatten())
