"""Rare events, counted by metrics of our own."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers, losses
from tensorflow.keras import backend as K


class BinaryTruePositives(keras.metrics.Metric):
    """How many positives are found."""

    def __init__(self, name='binary_true_positives', **kwargs):
        super(BinaryTruePositives, self).__init__(name=name, **kwargs)
        self.true_positives = self.add_weight(name='tp', initializer='zeros')

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true = tf.cast(y_true, tf.bool)
        y_pred = tf.cast(y_pred > 0.5, tf.bool)
        values = tf.logical_and(tf.equal(y_true, True), tf.equal(y_pred, True))
        values = tf.cast(values, self.dtype)
        if sample_weight is not None:
            sample_weight = tf.cast(sample_weight, self.dtype)
            values = tf.multiply(values, sample_weight)
        self.true_positives.assign_add(tf.reduce_sum(values))

    def result(self):
        return self.true_positives

    def reset_states(self):
        self.true_positives.assign(0)


class F1Score(tf.keras.metrics.Metric):
    def __init__(self, name='f1', **kwargs):
        super().__init__(name=name, **kwargs)
        self.precision = tf.keras.metrics.Precision()
        self.recall = tf.keras.metrics.Recall(thresholds=0.5)

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.precision.update_state(y_true, y_pred, sample_weight)
        self.recall.update_state(y_true, y_pred, sample_weight)

    def result(self):
        p = self.precision.result()
        r = self.recall.result()
        return 2 * ((p * r) / (p + r + K.epsilon()))

    def reset_state(self):
        self.precision.reset_state()
        self.recall.reset_state()


class MeanError(tf.keras.metrics.Metric):
    def __init__(self, scale=2.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale
        self.total = self.add_weight('total', initializer='zeros')
        self.count = self.add_weight('count', initializer='zeros', dtype=tf.float32)

    def update_state(self, y_true, y_pred, sample_weight=None):
        error = tf.abs(y_true - y_pred) * self.scale
        self.total.assign_add(tf.reduce_sum(error))
        self.count.assign_add(tf.cast(tf.size(y_true), tf.float32))

    def result(self):
        return self.total / self.count

    def get_config(self):
        base_config = super().get_config()
        return {**base_config, "scale": self.scale}


class CategoricalTruePositives(keras.metrics.Metric):
    def __init__(self, name="ctp", **kwargs):
        super().__init__(name=name, **kwargs)
        self.true_positives = self.add_weight(name="ctp", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_pred = tf.reshape(tf.argmax(y_pred, axis=1), shape=(-1, 1))
        values = tf.cast(y_true, "int32") == tf.cast(y_pred, "int32")
        values = tf.cast(values, "float32")
        if sample_weight is not None:
            sample_weight = tf.cast(sample_weight, "float32")
            values = tf.multiply(values, sample_weight)
        self.true_positives.assign_add(tf.reduce_sum(values))

    def result(self):
        return self.true_positives

    def reset_state(self):
        # The state of the metric will be reset at the start of each epoch.
        self.true_positives.assign(0.0)


def mean_pred(y_true, y_pred):
    return K.mean(y_pred)


rng = np.random.RandomState(3)
x = rng.normal(size=(53, 4)).astype('float32')
y = (x[:, 0] > 0.3).astype('float32')
kinds = x[:, :3].argmax(1)

model = keras.Sequential([layers.Dense(6, activation='tanh', input_shape=(4,)), layers.Dense(1, activation='sigmoid')])
f1 = F1Score()
model.compile(optimizer='sgd', loss='binary_crossentropy', metrics=['accuracy', BinaryTruePositives(), f1, MeanError(name='error'), keras.metrics.AUC(name='auc'), mean_pred])
history = model.fit(x, y, batch_size=6, epochs=2, validation_split=0.3, verbose=2)
print(sorted(history.history))
print(model.evaluate(x, y, verbose=0))
print(model.train_on_batch(x[:5], y[:5]))

model = keras.Sequential([layers.Dense(6, activation='tanh', input_shape=(4,)), layers.Dense(3, activation='softmax')])
model.compile(optimizer='sgd', loss='sparse_categorical_crossentropy', metrics=[CategoricalTruePositives()])
history = model.fit(x, kinds, batch_size=6, epochs=2, validation_split=0.3, verbose=2)
print(model.evaluate(x, kinds, verbose=0))

model = keras.Sequential([layers.Dense(2, input_shape=(4,))])
model.compile(optimizer='sgd', loss='mse', metrics=[MeanError(3.0)])
history = model.fit(x, x[:, :2], batch_size=6, epochs=2, verbose=2)


# a function over class numbers, and a loss that is looked at: means over batches
def far_off(y_true, y_pred):
    return tf.reduce_mean(tf.cast(tf.abs(y_true - tf.cast(tf.argmax(y_pred, axis=-1), tf.float32)[:, None]) > 1, tf.float32))


kinds = x[:, :3].argmax(axis=1)
kind = keras.Sequential([layers.Dense(3, activation='softmax', input_shape=(4,))])
kind.compile('sgd', 'sparse_categorical_crossentropy', metrics=[far_off, 'mae'])
kind.fit(x, kinds, batch_size=15, epochs=2)

amounts = np.abs(x[:, :2])
line = keras.Sequential([layers.Dense(2, input_shape=(4,))])
line.compile('sgd', 'mse', metrics=[losses.MeanAbsoluteError(), losses.cosine_similarity, keras.losses.Huber(0.5)])
line.fit(x, amounts, batch_size=15, epochs=2)
