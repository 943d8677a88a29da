"""A script whose own names are the ones a converter likes to use."""
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

np.random.seed(42)


def load(n):
    features = np.random.rand(n, 6).astype("float32")
    labels = (features.sum(axis=1) > 3.0).astype("int32")
    return features, labels


datasets = {"train": load(120), "test": load(40)}
device = "laptop"

net = keras.Sequential(
    [
        layers.Dense(16, activation="tanh", input_shape=(6,)),
        layers.Dense(2, activation="softmax"),
    ],
    name="classifier",
)
net.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"])

features, labels = datasets["train"]
fit = net.fit(features, labels, epochs=4, batch_size=16, validation_data=datasets["test"], verbose=0)
loss, accuracy = net.evaluate(*datasets["test"], verbose=0)
print("on my", device, "loss %.4f" % loss, "accuracy %.4f" % accuracy)


def predict(rows):
    return net.predict(rows, verbose=0).argmax(axis=-1)


print("predicted:", predict(datasets["test"][0][:8]))
print("history:", [round(value, 4) for value in fit.history["val_loss"]])

# names that come after their first use
model = "mlp-16"
optimizer = "adam"
evaluate = {model: accuracy}
torch = nn = F = None
print(evaluate, optimizer)
