"""Looks into a network layer by layer: names, shapes, weights, and what of them is trained."""
import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras import layers
from tensorflow.keras.utils import to_categorical

np.random.seed(4)
x = np.random.rand(60, 8, 8, 1).astype("float32")
y = to_categorical(np.random.randint(0, 3, 60), 3)

model = tf.keras.Sequential()
model.add(layers.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)))
model.add(layers.BatchNormalization())
model.add(layers.MaxPooling2D())
model.add(layers.Flatten())
model.add(layers.Dropout(0.2))
model.add(layers.Dense(6, activation="relu", name="features"))
model.add(layers.Dense(3))
model.add(layers.Activation("softmax"))
model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1, batch_size=20, shuffle=False, verbose=0)

print(model.name, [layer.name for layer in model.layers])
for i, layer in enumerate(model.layers):
    print(i, layer.name, layer.__class__.__name__, layer.output_shape, layer.count_params())

for layer in model.layers:
    weights = layer.get_weights()
    if "conv" in layer.name or layer.name == "features":
        print(layer.name, [w.shape for w in weights], weights[0].sum())

# The first layers stay as they are from here on.
for layer in model.layers[:2]:
    layer.trainable = False
model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1, batch_size=20, shuffle=False, verbose=0)

# Fine-tuning: what has a kernel is trained again, but for the last layers.
for layer in model.layers[:-2]:
    if isinstance(layer, (layers.Dense, layers.Conv2D)):
        layer.trainable = True
model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1, batch_size=20, shuffle=False, verbose=0)
print([layer.trainable for layer in model.layers if isinstance(layer, layers.BatchNormalization)])

for layer in model.layers:
    print(layer.name, layer.trainable)

held = 0
for layer in model.layers:
    if not isinstance(layer, tf.keras.layers.Dense):
        layer.trainable = False
        held += 1
model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1, batch_size=20, shuffle=False, verbose=0)
print(held, [layer.name for layer in model.layers if isinstance(layer, (layers.Conv2D, layers.Dense))])
for i, layer in enumerate(model.layers):
    if isinstance(layer, layers.Dense):
        weights, biases = layer.get_weights()
        print(i, layer.name, weights.shape, weights.mean(), biases.sum())

trainable = np.sum([K.count_params(w) for w in model.trainable_weights])
frozen = int(np.sum([K.count_params(p) for p in model.non_trainable_weights]))
print("Trainable: {:,}, frozen: {:,}, all: {:,}".format(trainable, frozen, model.count_params()))
print(sum(np.prod(v.get_shape().as_list()) for v in model.trainable_variables))
print(len(model.variables), len(model.trainable_variables), len(model.non_trainable_variables))
for w in model.trainable_weights:
    print(w.shape, K.count_params(w), float(np.abs(w.numpy()).mean()))
kernel, bias = model.layers[5].weights[0], model.layers[5].weights[1]
print(kernel.shape.as_list(), bias.numpy())
for i in range(len(model.layers)):
    print(i, [w.shape for w in model.layers[i].get_weights()])
