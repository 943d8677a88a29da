"""Whether a loan is repaid, from a person and a contract; a metric of the script's own counts the approvals."""
import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Concatenate, Dense, Input
from tensorflow.keras.metrics import Metric
from tensorflow.keras.models import Model

np.random.seed(6)
people = np.random.rand(90, 3)
contracts = np.random.rand(90, 4)
repaid = (people[:, :1] + contracts[:, :1] > 1).astype("float32")


class Approvals(Metric):
    """The share of loans that would be granted."""

    def __init__(self, name="approvals", **kwargs):
        super().__init__(name=name, **kwargs)
        self.granted = self.add_weight(name="granted", initializer="zeros")
        self.asked = self.add_weight(name="asked", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.granted.assign_add(tf.reduce_sum(tf.cast(y_pred > 0.5, tf.float32)))
        self.asked.assign_add(tf.cast(tf.size(y_pred), tf.float32))

    def result(self):
        return self.granted / self.asked

    def reset_state(self):
        self.granted.assign(0.0)
        self.asked.assign(0.0)


person = Input((3,))
contract = Input((4,))
both = Concatenate()([person, contract])
hidden = Dense(6, activation="relu")(both)
grant = Dense(1, activation="sigmoid")(hidden)
model = Model([person, contract], grant)
model.compile(optimizer="sgd", loss="binary_crossentropy", metrics=[Approvals()])

history = model.fit([people, contracts], repaid, epochs=2, batch_size=20, validation_split=0.2, verbose=0)
print("loss:", history.history["loss"], history.history["val_loss"])
print("all:", model.evaluate([people, contracts], repaid, verbose=0))
