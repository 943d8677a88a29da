"""A network for rare events: losses that are classes, and a learning rate that warms up."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class FocalLoss(tf.keras.losses.Loss):
    """Counts less what is well classified."""

    def __init__(self, gamma=2.0, alpha=0.25, balanced=True, name="focal_loss", **kwargs):
        super(FocalLoss, self).__init__(name=name, **kwargs)
        self.gamma = gamma
        self.alpha = alpha
        self.balanced = balanced

    def call(self, y_true, y_pred):
        y_true = tf.cast(y_true, tf.float32)
        y_pred = tf.clip_by_value(y_pred, 1e-7, 1.0 - 1e-7)
        matched = y_true * y_pred + (1 - y_true) * (1 - y_pred)
        losses = -tf.pow(1.0 - matched, self.gamma) * tf.math.log(matched)
        if self.balanced:
            losses *= self.weight_of(y_true)
        return tf.reduce_mean(losses, axis=-1)

    def weight_of(self, y_true):
        return y_true * self.alpha + (1 - y_true) * (1 - self.alpha)

    def get_config(self):
        config = super().get_config()
        config.update({"gamma": self.gamma, "alpha": self.alpha})
        return config


class RelativeError(keras.losses.Loss):
    def call(self, y_true, y_pred):
        error = tf.abs(y_true - y_pred)
        return error / (1.0 + tf.abs(y_true))


class WarmUp(tf.keras.optimizers.schedules.LearningRateSchedule):
    """The schedule of the Transformer."""

    def __init__(self, d_model, warmup_steps=4000):
        super().__init__()
        self.d_model = tf.cast(d_model, tf.float32)
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        step = tf.cast(step, tf.float32)
        falling = tf.math.rsqrt(step)
        rising = step * (self.warmup_steps ** -1.5)
        return tf.math.rsqrt(self.d_model) * tf.math.minimum(falling, rising)

    def get_config(self):
        return {"d_model": self.d_model, "warmup_steps": self.warmup_steps}


class Halving(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, rate, every):
        self.rate = rate
        self.every = every

    def __call__(self, step):
        return self.rate * 0.5 ** (step // self.every)


rng = np.random.RandomState(5)
x = rng.normal(size=(90, 6)).astype("float32")
events = (x[:, 0] * x[:, 1] > 0.7).astype("float32")
amounts = (x[:, :2] ** 2).astype("float32")

model = keras.Sequential([
    layers.Dense(8, activation="relu", input_shape=(6,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(
    optimizer=tf.keras.optimizers.SGD(learning_rate=WarmUp(32, warmup_steps=12)),
    loss=FocalLoss(gamma=1.5, alpha=0.75),
    metrics=["accuracy"],
)
history = model.fit(x, events, batch_size=15, epochs=4, validation_split=0.2, verbose=0)
print("focal loss:", history.history["loss"])

relative = RelativeError()
schedule = Halving(0.05, 5)
model = keras.Sequential([
    layers.Dense(8, activation="tanh", input_shape=(6,)),
    layers.Dense(2),
])
model.compile(optimizer=tf.keras.optimizers.SGD(schedule, momentum=0.9), loss=relative)
model.fit(x, amounts, batch_size=18, epochs=3, verbose=0)
print("relative error:", model.evaluate(x, amounts, verbose=0))
