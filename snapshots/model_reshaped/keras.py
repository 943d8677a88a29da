"""A classifier whose head is exchanged before training, looked at from all sides, and copied by its configuration."""
import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.models import Sequential

rng = np.random.RandomState(5)
x = rng.normal(size=(72, 6)).astype("float32")
y = (x[:, 0] + x[:, 1] > 0).astype("int32") + (x[:, 2] > 1)

model = Sequential()
model.add(layers.Dense(12, activation="relu", input_shape=(6,)))
model.add(layers.BatchNormalization())
model.add(layers.Dropout(0.3))
model.add(layers.Dense(10, activation="softmax"))
# three classes, not ten
model.pop()
model.add(layers.Dense(3, activation="softmax"))
print("layers:", len(model.layers), model.layers[len(model.layers) - 1].name, model.output_shape)

model.compile(optimizer=keras.optimizers.RMSprop(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=3, batch_size=24, validation_split=0.25, verbose=0)
print(np.round(pd.DataFrame(model.history.history).values, 4))
print("epochs:", model.history.epoch[-1] + 1, "last loss: %.4f" % model.history.history["loss"][-1])

# normalizations see all samples of a call at once, and go on with their statistics
before = model(x[:10], training=False).numpy()
drawn = model(x, training=True).numpy()
after = model(x[:10], training=False).numpy()
print("calls:", before.shape, drawn.shape, np.round(np.abs(after - before).max(), 4))

small = Sequential([layers.Dense(5, activation="tanh", input_shape=(6,)), layers.Dense(4), layers.Dense(2)])
small.pop()
small.pop()
small.summary()
# the same architecture, untrained, from its configuration
config = small.get_config()
copy = Sequential.from_config(config)
copy.compile(optimizer="sgd", loss="mse")
copy.fit(x, x[:, :5], epochs=1, verbose=0)
print("copy: %.4f" % copy.evaluate(x, x[:, :5], verbose=0))

print("features:", small.predict(x, verbose=0).sum(), len(small.layers))
