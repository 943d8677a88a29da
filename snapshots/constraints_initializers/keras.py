"""Sonar returns: dropout with max-norm constraints, two models with penalties of their own."""
import numpy as np
from tensorflow.keras import Sequential, initializers, regularizers
from tensorflow.keras.constraints import MaxNorm, NonNeg, max_norm, unit_norm
from tensorflow.keras.layers import BatchNormalization, Conv1D, Dense, Dropout, Flatten, LeakyReLU, PReLU
from tensorflow.keras.optimizers import SGD

WEIGHT_DECAY = 1e-3
rng = np.random.RandomState(11)
X = rng.rand(120, 24).astype("float32")
Y = (X[:, :12].sum(axis=1) > X[:, 12:].sum(axis=1)).astype("float32")


def create_model(decay=WEIGHT_DECAY):
    # dropout on the weights that max norm holds
    model = Sequential()
    model.add(Dense(30, input_dim=24, kernel_initializer="normal", activation="relu", kernel_constraint=MaxNorm(0.2)))
    model.add(Dropout(0.2))
    model.add(Dense(15, kernel_initializer="normal", activation="relu", kernel_constraint=max_norm(0.15, axis=0),
                    bias_constraint=NonNeg()))
    model.add(Dense(8, kernel_initializer=initializers.RandomNormal(stddev=0.2), kernel_regularizer=regularizers.l2(decay)))
    model.add(LeakyReLU(0.1))
    model.add(Dense(1, kernel_initializer="normal", activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer=SGD(learning_rate=0.1, momentum=0.8), metrics=["accuracy"])
    return model


model = create_model()
model.fit(X, Y, epochs=4, batch_size=16, verbose=0)
print("dense: %.4f, %.4f" % tuple(model.evaluate(X, Y, verbose=0)))

l1 = regularizers.l1_l2(l1=WEIGHT_DECAY, l2=0.0)
waves = Sequential([
    Conv1D(4, 3, padding="same", input_shape=(24, 1), kernel_initializer="he_uniform", kernel_regularizer=l1,
           kernel_constraint=unit_norm(axis=[0, 1])),
    PReLU(shared_axes=[1]),
    BatchNormalization(gamma_regularizer=regularizers.l2(0.01), center=False),
    Flatten(),
    Dense(6, activation="gelu", kernel_initializer=initializers.VarianceScaling(2.0, mode="fan_out"),
          bias_regularizer="l2", activity_regularizer=regularizers.l2(0.001)),
    Dense(1, activation="sigmoid", kernel_initializer=initializers.Constant(0.05)),
])
waves.compile(loss="binary_crossentropy", optimizer="sgd", metrics=["accuracy"])
history = waves.fit(X[..., np.newaxis], Y, epochs=3, batch_size=20, validation_split=0.25, verbose=0)
print("waves:", history.history["loss"], history.history["val_loss"])
print("plain: %.4f" % waves.evaluate(X[..., np.newaxis], Y, verbose=0)[0])
