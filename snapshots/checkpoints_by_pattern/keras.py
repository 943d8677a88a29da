"""Checkpoints of every epoch, found again by patterns; a copy of the network trains on beside them."""
import glob
import os

import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras.callbacks import ModelCheckpoint
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential, load_model

rng = np.random.RandomState(3)
x = rng.rand(80, 4).astype("float32")
y = (x[:, :1] * x[:, 1:2] - x[:, 2:3]).astype("float32")


def asymmetric_loss(y_true, y_pred):
    error = y_true - y_pred
    return K.mean(K.maximum(2 * error, -error), axis=-1)


def create_model():
    return Sequential([Dense(8, activation="tanh", input_shape=(4,)), Dense(1)])


# Weights in a folder that does not exist yet
checkpoint_path = "training_1/cp-{epoch:04d}.ckpt"
checkpoint_dir = os.path.dirname(checkpoint_path)
model = create_model()
model.compile(optimizer="adam", loss=asymmetric_loss)
model.fit(x, y, epochs=3, batch_size=16, shuffle=False, verbose=0,
          callbacks=[ModelCheckpoint(checkpoint_path, save_weights_only=True)])
print("loss: %.5f" % model.evaluate(x, y, verbose=0))
latest = tf.train.latest_checkpoint(checkpoint_dir)
print(latest)

fresh = create_model()
fresh.load_weights(latest)
fresh.compile(optimizer="adam", loss=asymmetric_loss)
print("loss of the latest: %.5f" % fresh.evaluate(x, y, verbose=0))
fresh.save_weights("kept/last_weights")

# Whole models, one an epoch
model.fit(x, y, epochs=2, batch_size=16, shuffle=False, verbose=0,
          callbacks=[ModelCheckpoint("epoch-{epoch:02d}.h5")])
files = sorted(glob.glob("epoch-*.h5"))
print(len(files), "files")
best = load_model(files[-1], custom_objects={"asymmetric_loss": asymmetric_loss})
print(best.predict(x[:3], verbose=0))

# The same architecture with weights of its own, trained by another loss
config = model.get_config()
other = Sequential.from_config(config)
other.compile(optimizer="sgd", loss="mse")
other.fit(x, y, epochs=2, batch_size=16, shuffle=False, verbose=0)
print("mse of the other: %.5f" % other.evaluate(x, y, verbose=0))
tf.saved_model.save(other, "exported")
