# Two kinds of pictures in folders; training and validation come from one call
import os

import keras
import numpy as np
from keras import layers
from PIL import Image

rng = np.random.default_rng(4)
for kind, level in [("dark", 60), ("light", 190)]:
    os.makedirs(f"pictures/{kind}", exist_ok=True)
    for i in range(9):
        pixels = np.clip(rng.normal(level, 40, (10, 12, 3)), 0, 255).astype("uint8")
        Image.fromarray(pixels).save(f"pictures/{kind}/{i}.png")

train_ds, val_ds = keras.utils.image_dataset_from_directory(
    "pictures",
    validation_split=0.25,
    subset="both",
    seed=1337,
    image_size=(8, 8),
    batch_size=4,
    label_mode="categorical",
)
test_ds = keras.utils.image_dataset_from_directory(
    "pictures", image_size=(8, 8), batch_size=6, label_mode="categorical", shuffle=False
)
print(train_ds.class_names, val_ds.class_names == test_ds.class_names)

model = keras.Sequential([
    keras.Input(shape=(8, 8, 3)),
    layers.Rescaling(1.0 / 255),
    layers.Conv2D(4, 3, activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(2, activation="softmax"),
])
model.compile(loss="categorical_crossentropy", optimizer=keras.optimizers.SGD(0.1), metrics=["accuracy"])
history = model.fit(train_ds, validation_data=val_ds, epochs=3, verbose=0)
loss, accuracy = model.evaluate(test_ds, verbose=0)
print("test: %.4f %.2f" % (loss, accuracy))
for images, labels in val_ds.take(1):
    print(images.shape, labels.numpy().argmax(axis=1))
