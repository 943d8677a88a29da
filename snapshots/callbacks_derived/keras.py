"""Keras's own callbacks, each with a little more to do."""
import numpy as np
from keras import backend as K
from keras.callbacks import EarlyStopping, LearningRateScheduler, ModelCheckpoint
from keras.layers import Dense
from keras.models import Sequential
from keras.optimizers import SGD


class PatientStopping(EarlyStopping):
    """Waits for some epochs before it looks at the monitored value at all."""

    def __init__(self, start_epoch=3, **kwargs):
        super(PatientStopping, self).__init__(**kwargs)
        self.start_epoch = start_epoch
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(logs[self.monitor])
        if epoch >= self.start_epoch:
            super(PatientStopping, self).on_epoch_end(epoch, logs)


class GoodEnough(EarlyStopping):
    def on_epoch_end(self, epoch, logs=None):
        if logs.get("loss") < 0.3:
            print("good enough after epoch", epoch)
            self.model.stop_training = True
        super().on_epoch_end(epoch, logs)

    def on_train_end(self, logs=None):
        super().on_train_end(logs)
        print("waited for", self.wait, "of", self.patience, "best: %.4f" % self.best)


class TalkingCheckpoint(ModelCheckpoint):
    def __init__(self, path):
        super().__init__(path, monitor="val_loss", save_best_only=True, save_weights_only=True, mode="min")
        self.bests = []

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        self.bests.append(self.best)


class Warmup(LearningRateScheduler):
    def __init__(self, target, steps):
        self.target = target
        self.steps = steps
        super().__init__(self.rate)

    def rate(self, epoch):
        return self.target * min(1.0, (epoch + 1) / self.steps)

    def on_epoch_begin(self, epoch, logs=None):
        super().on_epoch_begin(epoch, logs)
        if epoch == 0:
            print("starts at %.4f" % K.get_value(self.model.optimizer.lr))


rng = np.random.RandomState(4)
x = rng.normal(size=(80, 4)).astype("float32")
y = x[:, 0] - 0.5 * x[:, 1] * x[:, 2]


def build():
    model = Sequential()
    model.add(Dense(10, activation="tanh", input_dim=4))
    model.add(Dense(1))
    model.compile(optimizer=SGD(lr=0.05), loss="mse")
    return model


model = build()
stopping = PatientStopping(start_epoch=4, monitor="val_loss", min_delta=0.2, patience=2, mode="min")
checkpoint = TalkingCheckpoint("best.h5")
history = model.fit(x, y, epochs=15, batch_size=16, validation_split=0.25, verbose=0,
                    callbacks=[stopping, checkpoint, Warmup(0.1, steps=4)])
print("epochs:", len(history.history["loss"]), "stopped:", stopping.stopped_epoch)
print("seen:", np.round(stopping.seen, 4))
print("bests:", np.round(checkpoint.bests, 4))

model = build()
model.fit(x, y, epochs=20, batch_size=16, verbose=0, callbacks=[GoodEnough(monitor="loss", patience=5, restore_best_weights=True)])
print("loss: %.4f" % model.evaluate(x, y, verbose=0))
