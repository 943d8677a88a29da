"""A model that is built before it is trained, and what its layers say of themselves."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

model = keras.Sequential([layers.Dense(8, activation='relu'), layers.Dense(3)], name='small')
model.build(input_shape=(None, 6))
model.summary(line_length=80)
lines = []
model.summary(print_fn=lambda x: lines.append(x))
print(model.name, model.layers[0].output_shape, model.layers[-1].input_shape)
print(model.layers[0].kernel.shape, model.layers[0].bias.numpy().sum())
model.compile('sgd', 'mse')
x, y = np.random.rand(20, 6), np.random.rand(20, 3)
model.fit(x, y, epochs=2, verbose=0)
w = model.layers[0].kernel.numpy()
print(w.shape, w.sum())
print(len(model.layers), len(model.trainable_weights), model.count_params())
for i, layer in enumerate(model.layers):
    weights = layer.get_weights()
    print(i, weights[0].shape)
