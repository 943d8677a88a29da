import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import numpy as np
import keras
from keras import ops

keras.utils.set_random_seed(812)

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = np.expand_dims(x_train.astype("float32") / 255, -1)
x_test = np.expand_dims(x_test.astype("float32") / 255, -1)

model = keras.Sequential(
    [
        keras.Input(shape=(28, 28, 1)),
        keras.layers.Conv2D(12, kernel_size=3, padding="same", strides=2),
        keras.layers.LeakyReLU(negative_slope=0.1),
        keras.layers.Conv2D(24, kernel_size=3, activation="gelu"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.summary()

model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(),
    optimizer=keras.optimizers.AdamW(learning_rate=3e-3, weight_decay=1e-4),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc")],
)

history = model.fit(x_train, y_train, batch_size=64, epochs=4, validation_split=0.15)
print("recorded:", list(history.history))
score = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
print(f"loss {score['loss']:.4f}, acc {score['acc']:.4f}")

predictions = model.predict(x_test[:6])
print("classes:", ops.convert_to_numpy(ops.argmax(predictions, axis=-1)))
