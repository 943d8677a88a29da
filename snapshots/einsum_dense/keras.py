import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, models

np.random.seed(0)

# sequences of 6 steps with 5 features; the class is the step with the largest sum
x = np.random.rand(80, 6, 5).astype('float32')
y = x.sum(axis=-1).argmax(axis=-1)

model = models.Sequential([
    layers.Input(shape=(6, 5)),
    layers.EinsumDense('...x,xy->...y', output_shape=12, bias_axes='y', activation='relu'),
    # split into 3 heads of 4 features
    layers.EinsumDense('abc,cde->abde', output_shape=(None, 3, 4), bias_axes='de', kernel_initializer='he_uniform'),
    layers.Activation('tanh'),
    # and over steps and heads into one vector
    layers.EinsumDense('abde,bdef->af', output_shape=10),
    layers.Dense(6, activation='softmax'),
])
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
history = model.fit(x[:64], y[:64], epochs=3, batch_size=16, verbose=0)
print(history.history['loss'])
print(model.predict(x[64:], verbose=0).argmax(axis=-1))
