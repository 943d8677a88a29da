"""A warm-up of the learning rate, batch by batch, and a search for a good one."""
import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras.callbacks import Callback, LambdaCallback, LearningRateScheduler, ModelCheckpoint


class WarmUp(Callback):
    def __init__(self, steps, target):
        super().__init__()
        self.steps = steps
        self.target = target
        self.step = 0
        self.history = []

    def on_train_batch_begin(self, batch, logs=None):
        if self.step < self.steps:
            self.model.optimizer.learning_rate = self.target * (self.step + 1) / self.steps
        self.step += 1

    def on_train_batch_end(self, batch, logs=None):
        self.history.append((self.model.optimizer.lr.numpy(), logs["loss"]))


class ExponentialLearningRate(Callback):
    def __init__(self, factor):
        self.factor = factor
        self.rates = []
        self.losses = []

    def on_epoch_begin(self, epoch, logs=None):
        self.sum_of_losses = 0

    def on_batch_end(self, batch, logs=None):
        mean_loss = logs["loss"] * (batch + 1)
        self.losses.append(mean_loss - self.sum_of_losses)
        self.sum_of_losses = mean_loss
        self.rates.append(K.get_value(self.model.optimizer.learning_rate))
        K.set_value(self.model.optimizer.learning_rate, self.model.optimizer.learning_rate * self.factor)
        if mean_loss > 1000 * (batch + 1):
            self.model.stop_training = True


rng = np.random.RandomState(11)
X = rng.normal(size=(192, 4)).astype(np.float32)
y = X @ np.array([1.0, -2.0, 0.5, 0.0], dtype=np.float32) + 0.1 * rng.normal(size=192).astype(np.float32)


def build():
    model = tf.keras.models.Sequential([
        tf.keras.layers.Dense(8, activation="elu", input_shape=[4]),
        tf.keras.layers.Dense(1),
    ])
    return model


model = build()
model.compile(loss="mse", optimizer=tf.keras.optimizers.SGD(learning_rate=1e-3))
finder = ExponentialLearningRate(factor=1.6)
history = model.fit(X, y, epochs=3, batch_size=16, callbacks=[finder], verbose=0)
print("rates:", len(finder.rates), "last loss:", finder.losses[-1])

model = build()
model.compile(loss="mse", optimizer=tf.keras.optimizers.SGD(learning_rate=1e-3, momentum=0.9))
warm_up = WarmUp(steps=10, target=0.05)
seen = []
checkpoint = ModelCheckpoint("model_{epoch}.weights.h5", save_weights_only=True, save_freq=16)
model.fit(
    X, y, batch_size=16, epochs=2, verbose=0,
    callbacks=[warm_up, checkpoint, LambdaCallback(on_batch_end=lambda batch, logs: seen.append(logs["loss"]))],
)
print("warm-up:", np.array(warm_up.history)[[0, 9, -1]])
print("batches seen:", len(seen))

model.fit(X, y, epochs=2, verbose=0, callbacks=[LearningRateScheduler(lambda epoch, lr: lr * 0.5)])
model.fit(X, y, epochs=2, verbose=0, callbacks=[LearningRateScheduler(lambda epoch: 0.01 / (1 + epoch))])
print("loss:", model.evaluate(X, y, verbose=0))
