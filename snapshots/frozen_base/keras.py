# A small base learns shapes, then serves a new task: first frozen, then fine-tuned from its second block on
import numpy as np
from tensorflow.keras import layers, regularizers
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import SGD

rng = np.random.RandomState(1)
shapes, kinds = rng.rand(48, 8, 8, 2), rng.randint(0, 3, 48)
photos, labels = rng.rand(40, 8, 8, 2) + 0.5, rng.randint(0, 2, (40, 1))

base = Sequential([
    layers.Conv2D(4, 3, padding='same', kernel_regularizer=regularizers.l2(1e-2), input_shape=(8, 8, 2)),
    layers.BatchNormalization(momentum=0.8),
    layers.Activation('relu'),
    layers.MaxPooling2D(),
    layers.Conv2D(6, 3, use_bias=False),
    layers.BatchNormalization(momentum=0.8),
    layers.Activation('relu'),
    layers.Flatten(),
])

shape_model = Sequential([base, layers.Dense(3, activation='softmax')])
shape_model.compile(SGD(0.05), 'sparse_categorical_crossentropy', metrics=['accuracy'])
shape_model.fit(shapes, kinds, epochs=2, batch_size=16, shuffle=False, verbose=0)

base.trainable = False
print('trained of the base:', len(base.trainable_weights))
model = Sequential([
    base,
    layers.Dense(5),
    layers.BatchNormalization(),
    layers.Activation('tanh'),
    layers.Dense(1, activation='sigmoid'),
])
model.compile(SGD(0.1, momentum=0.9), 'binary_crossentropy', metrics=['accuracy'])
history = model.fit(photos, labels, epochs=3, batch_size=16, shuffle=False,
                    validation_split=0.2, verbose=0)
print('frozen:', history.history['loss'])

base.trainable = True
for layer in base.layers[:4]:
    layer.trainable = False
print('trained:', len(model.trainable_weights))
model.compile(SGD(0.01), 'binary_crossentropy', metrics=['accuracy'])
history = model.fit(photos, labels, epochs=3, batch_size=16, shuffle=False,
                    validation_split=0.2, verbose=0)
print('fine-tuned:', history.history['loss'])

loss, accuracy = model.evaluate(photos, labels, verbose=0)
print('Loss %.4f, accuracy %.2f' % (loss, accuracy))
