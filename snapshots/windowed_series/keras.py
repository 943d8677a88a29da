"""Forecast a series from windows over it, made by tf.data."""
import numpy as np
import tensorflow as tf

split_time = 150
window_size = 10
batch_size = 16
shuffle_buffer_size = 100


def trend(time, slope=0):
    return slope * time


def seasonality(time, period, amplitude=1):
    return amplitude * np.sin(2 * np.pi * (time % period) / period)


time = np.arange(200, dtype='float32')
series = 10 + trend(time, 0.1) + seasonality(time, period=30, amplitude=4)
x_train, x_valid = series[:split_time], series[split_time:]


def windowed_dataset(series, window_size, batch_size, shuffle_buffer):
    ds = tf.data.Dataset.from_tensor_slices(series)
    ds = ds.window(window_size + 1, shift=1, drop_remainder=True)
    ds = ds.flat_map(lambda w: w.batch(window_size + 1))
    ds = ds.shuffle(shuffle_buffer)
    ds = ds.map(lambda w: (w[:-1], w[-1]))
    return ds.batch(batch_size).prefetch(1)


def valid_dataset(series):
    ds = tf.data.Dataset.from_tensor_slices(series)
    ds = ds.window(window_size + 1, shift=4, drop_remainder=True)
    ds = ds.flat_map(lambda w: w.batch(window_size + 1))
    return ds.map(lambda w: (w[:-1], w[-1])).batch(8)


def model_forecast(model, series, window_size):
    ds = tf.data.Dataset.from_tensor_slices(series)
    ds = ds.window(window_size, shift=1, drop_remainder=True)
    ds = ds.flat_map(lambda w: w.batch(window_size))
    ds = ds.batch(32).prefetch(1)
    return model.predict(ds)


dataset = windowed_dataset(x_train, window_size, batch_size, shuffle_buffer_size)
for windows, targets in dataset.take(1):
    print('windows', windows.shape, 'targets', targets.shape)

valid = valid_dataset(x_valid)
for i, (windows, targets) in enumerate(valid):
    print(i, windows.numpy().mean(axis=1), targets.numpy())
x, y = next(iter(valid))
print(x.shape, float(y[0]), [len(targets) for _, targets in valid])
for value in tf.data.Dataset.from_tensor_slices(series).take(3):
    print(value.numpy())

model = tf.keras.models.Sequential([
    tf.keras.layers.Dense(10, activation='relu', input_shape=[window_size]),
    tf.keras.layers.Dense(1),
])
model.compile(loss='mse', optimizer=tf.keras.optimizers.SGD(learning_rate=1e-5, momentum=0.9), metrics=['mae'])
model.fit(dataset, epochs=2, validation_data=valid, verbose=0)
print('part', model.evaluate(valid.take(2)), model.evaluate(valid.skip(1), verbose=0))

# Scaled rows with classes, again and again
features = np.random.RandomState(5).randint(0, 255, size=(36, 10))
classes = tf.data.Dataset.from_tensor_slices((features, features[:, 0] % 3))
classes = classes.map(lambda x, c: (tf.cast(x, tf.float32) / 255.0, tf.one_hot(c, 3))).batch(8)
classifier = tf.keras.Sequential([tf.keras.layers.Dense(3, activation='softmax', input_shape=(10,))])
classifier.compile(loss='categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
history = classifier.fit(classes.repeat(), steps_per_epoch=3, epochs=3, verbose=0,
                         validation_data=classes.repeat(), validation_steps=2)
print(history.history['loss'], history.history['val_loss'])
print(list(classes.as_numpy_iterator())[-1][1].sum(axis=0))

forecast = model_forecast(model, series, window_size)
print(forecast.shape, forecast[-3:, 0])
