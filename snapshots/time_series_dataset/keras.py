# Temperature of tomorrow from the hours of the days before
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

np.random.seed(7)
hours = np.arange(400)
temperature = np.sin(hours / 12) + 0.1 * np.random.normal(size=400)
raw_data = np.stack([temperature, np.cos(hours / 12), np.random.normal(size=400)], axis=-1)

num_train_samples = 200
num_val_samples = 100
num_test_samples = len(raw_data) - num_train_samples - num_val_samples

mean = raw_data[:num_train_samples].mean(axis=0)
raw_data -= mean
std = raw_data[:num_train_samples].std(axis=0)
raw_data /= std

sampling_rate = 2
sequence_length = 10
delay = sampling_rate * (sequence_length + 4 - 1)
batch_size = 32

train_dataset = keras.utils.timeseries_dataset_from_array(
    raw_data[:-delay],
    targets=temperature[delay:],
    sampling_rate=sampling_rate,
    sequence_length=sequence_length,
    shuffle=True,
    batch_size=batch_size,
    start_index=0,
    end_index=num_train_samples)
val_dataset = keras.utils.timeseries_dataset_from_array(
    raw_data[:-delay],
    targets=temperature[delay:],
    sampling_rate=sampling_rate,
    sequence_length=sequence_length,
    shuffle=True,
    seed=3,
    batch_size=batch_size,
    start_index=num_train_samples,
    end_index=num_train_samples + num_val_samples)
test_dataset = keras.preprocessing.timeseries_dataset_from_array(
    raw_data[:-delay], temperature[delay:], sequence_length, sequence_stride=3, sampling_rate=sampling_rate,
    batch_size=batch_size, start_index=num_train_samples + num_val_samples)

for samples, targets in train_dataset:
    print('samples shape:', samples.shape)
    print('targets shape:', targets.shape)
    break


def evaluate_naive_method(dataset):
    total_abs_err = 0.
    samples_seen = 0
    for samples, targets in dataset:
        preds = samples[:, -1, 0] * std[0] + mean[0]
        total_abs_err += np.sum(np.abs(preds - targets))
        samples_seen += samples.shape[0]
    return total_abs_err / samples_seen


print(f'Validation MAE: {evaluate_naive_method(val_dataset):.2f}')
print(f'Test MAE: {evaluate_naive_method(test_dataset):.2f}')

model = keras.Sequential([
    layers.LSTM(8, input_shape=(sequence_length, raw_data.shape[-1])),
    layers.Dense(1),
])
model.compile(optimizer='rmsprop', loss='mse', metrics=['mae'])
history = model.fit(train_dataset, epochs=2, validation_data=val_dataset)
print(f'Test MAE: {model.evaluate(test_dataset)[1]:.2f}')

# Runs alone, to predict with
windows = keras.utils.timeseries_dataset_from_array(raw_data, None, sequence_length, batch_size=64)
predictions = model.predict(windows)
print(predictions.shape, predictions[:3, 0])
