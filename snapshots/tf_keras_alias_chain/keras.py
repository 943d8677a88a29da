import argparse

import tensorflow as tf
import numpy as np

keras = tf.keras
K = keras.backend
KL = keras.layers

parser = argparse.ArgumentParser(description="Spirals with a small network")
parser.add_argument("--epochs", type=int, default=6)
parser.add_argument("--batch-size", type=int, default=30)
parser.add_argument("--units", type=int, default=20)
args = parser.parse_args()


def spirals(n, classes):
    rng = np.random.default_rng(4)
    x = np.zeros((n * classes, 2)); y = np.zeros(n * classes, dtype="int64")
    for c in range(classes):
        r = np.linspace(0.05, 1, n)
        angle = np.linspace(c * 4, (c + 1) * 4, n) + 0.2 * rng.standard_normal(n)
        x[c * n:(c + 1) * n] = np.c_[r * np.sin(angle), r * np.cos(angle)]
        y[c * n:(c + 1) * n] = c
    order = rng.permutation(n * classes)
    return x[order], y[order]


def main():
    x, y = spirals(40, 3)
    one_hot = keras.utils.to_categorical(y)

    model = keras.models.Sequential()
    model.add(KL.InputLayer(input_shape=(2,)))
    for _ in range(2):
        model.add(KL.Dense(args.units, activation="elu", kernel_initializer="he_normal"))
    model.add(KL.Dense(one_hot.shape[1], activation="softmax", use_bias=False))

    model.compile(optimizer=tf.keras.optimizers.Adam(0.02, beta_1=0.8), loss="categorical_crossentropy",
                  metrics=["accuracy"])
    reduce_lr = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, min_delta=0.05)
    history = model.fit(x, one_hot, epochs=args.epochs, batch_size=args.batch_size, callbacks=[reduce_lr], verbose=0)
    print("losses:", " ".join("%.3f" % l for l in history.history["loss"]))
    print("accuracy: %.3f" % history.history["accuracy"][-1])

    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 5), np.linspace(-1, 1, 5)), axis=-1).reshape(-1, 2)
    regions = np.argmax(model.predict(grid, batch_size=8), axis=1)
    print(regions.reshape(5, 5))


if __name__ == "__main__":
    main()
