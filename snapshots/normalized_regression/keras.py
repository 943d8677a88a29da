# Fuel efficiency of cars: linear and deep regression on normalized features
import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.RandomState(1)
dataset = pd.DataFrame({
    'Cylinders': rng.choice([4, 6, 8], 120),
    'Weight': rng.normal(3800, 800, 120).round(),
    'Model Year': rng.randint(70, 83, 120),
})
dataset['Horsepower'] = (30 * dataset['Cylinders'] + rng.normal(0, 12, 120)).round()
dataset['MPG'] = 45 - 0.006 * dataset['Weight'] + 0.5 * (dataset['Model Year'] - 70) + rng.normal(0, 1, 120)

train_dataset = dataset.sample(frac=0.75, random_state=0)
test_dataset = dataset.drop(train_dataset.index)
train_features = train_dataset.copy()
test_features = test_dataset.copy()
train_labels = train_features.pop('MPG')
test_labels = test_features.pop('MPG')

# The normalization layer
normalizer = tf.keras.layers.Normalization(axis=-1)
normalizer.adapt(np.array(train_features))
print(normalizer.mean.numpy())

first = np.array(train_features[:1])
with np.printoptions(precision=2, suppress=True):
    print('First example:', first)
    print('Normalized:', normalizer(first).numpy())

linear_model = tf.keras.Sequential([
    normalizer,
    layers.Dense(units=1)
])
linear_model.compile(
    optimizer=tf.keras.optimizers.Adam(learning_rate=0.1),
    loss='mean_absolute_error')
history = linear_model.fit(
    train_features,
    train_labels,
    epochs=3,
    # Suppress logging.
    verbose=0,
    # Calculate validation results on 20% of the training data.
    validation_split=0.2)
test_results = {}
test_results['linear_model'] = linear_model.evaluate(test_features, test_labels, verbose=0)


def build_and_compile_model(norm):
    model = keras.Sequential([
        norm,
        layers.Dense(16, activation='relu'),
        layers.Dense(1)
    ])

    model.compile(loss='mean_absolute_error',
                  optimizer=tf.keras.optimizers.Adam(0.001))
    return model


dnn_model = build_and_compile_model(normalizer)
dnn_model.summary()
dnn_model.fit(train_features, train_labels, validation_split=0.2, verbose=0, epochs=3)
test_results['dnn_model'] = dnn_model.evaluate(test_features, test_labels, verbose=0)
print(test_results)
test_predictions = dnn_model.predict(test_features).flatten()

# One feature, one mean; adapted after the model is built
horsepower_normalizer = layers.experimental.preprocessing.Normalization(input_shape=[1,], axis=None)
horsepower_model = keras.Sequential()
horsepower_model.add(horsepower_normalizer)
horsepower_model.add(layers.Dense(units=1))
horsepower_normalizer.adapt(np.array(train_features['Horsepower']).reshape(-1, 1))
horsepower_model.compile(optimizer='sgd', loss='mse')
horsepower_model.fit(train_features['Horsepower'], train_labels, epochs=2, verbose=0)
print(horsepower_model.predict(test_features['Horsepower'][:3]))
print(horsepower_normalizer.variance.numpy())

# Known numbers, on images
images = rng.randint(0, 256, (24, 8, 8, 3)).astype('float32')
brightness = np.linspace(0, 1, 24)
model = keras.Sequential([
    keras.Input(shape=(8, 8, 3)),
    layers.Normalization(mean=[123.7, 116.8, 103.9], variance=[3400.0, 3260.0, 3300.0]),
    layers.Conv2D(4, 3, strides=2, activation='relu'),
    layers.Flatten(),
    layers.Dense(1),
])
model.compile(optimizer='sgd', loss='mse')
model.fit(images, brightness, epochs=2, batch_size=8)
