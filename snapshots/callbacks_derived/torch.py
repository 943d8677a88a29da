"""Keras's own callbacks, each with a little more to do."""
import numpy as np
import copy
import math
from pathlib import Path
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = 0
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1, validation_split=0.0, callbacks=()):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    if validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    if callbacks:
        model.stop_training = False
    for callback in callbacks:
        callback.model, callback.optimizer = model, optimizer
        callback.on_train_begin({})
    for epoch in range(epochs):
        for callback in callbacks:
            callback.on_epoch_begin(epoch, {})
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer)
        if validation_split:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if callbacks and model.stop_training:
            break
    for callback in callbacks:
        callback.on_train_end({})
    return history


def evaluate(model, loss_fn, x, y, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size)
    return logs["loss"]


class Callback:
    """Hooks that do nothing."""

    def on_train_begin(self, logs=None):
        pass

    def on_train_end(self, logs=None):
        pass

    def on_epoch_begin(self, epoch, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass


class EarlyStopping(Callback):
    """Stop when the monitored value has not improved for `patience` epochs."""

    def __init__(self, monitor="val_loss", min_delta=0, patience=0, restore_best_weights=False):
        self.monitor = monitor
        self.min_delta = min_delta
        self.patience = patience
        self.restore_best_weights = restore_best_weights

    def on_train_begin(self, logs=None):
        self.best, self.wait = math.inf, 0
        self.stopped_epoch = 0
        if self.restore_best_weights:
            self.best_weights = None

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor not in logs:
            return
        value = logs[self.monitor]
        self.wait += 1
        if value + self.min_delta < self.best:
            self.best, self.wait = value, 0
            if self.restore_best_weights:
                self.best_weights = copy.deepcopy(self.model.state_dict())
        elif self.wait >= self.patience and epoch > 0:
            self.model.stop_training = True
            self.stopped_epoch = epoch

    def on_train_end(self, logs=None):
        if self.restore_best_weights and self.best_weights is not None:
            self.model.load_state_dict(self.best_weights)


class ModelCheckpoint(Callback):
    """Save the model after epochs: after each, or those in which the monitored value is the best so far."""

    def __init__(self, filepath, monitor="val_loss", save_best_only=False):
        self.filepath = filepath
        self.monitor = monitor
        self.save_best_only = save_best_only
        if self.save_best_only:
            self.best = math.inf

    def on_epoch_end(self, epoch, logs=None):
        if self.save_best_only:
            if self.monitor not in logs:
                return
            value = logs[self.monitor]
            if not value < self.best:
                return
            self.best = value
        path = Path(self.filepath.format(epoch=epoch + 1, **logs))
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(self.model.state_dict(), path)


class LearningRateScheduler(Callback):
    """Set the learning rate of each epoch, counted from 0."""

    def __init__(self, schedule):
        self.schedule = schedule

    def on_epoch_begin(self, epoch, logs=None):
        rate = float(self.schedule(epoch))
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def on_epoch_end(self, epoch, logs=None):
        logs["lr"] = self.optimizer.param_groups[0]["lr"]


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
        super().__init__(path, monitor="val_loss", save_best_only=True)
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
            print("starts at %.4f" % self.optimizer.param_groups[0]["lr"])


rng = np.random.RandomState(4)
x = rng.normal(size=(80, 4)).astype("float32")
y = x[:, 0] - 0.5 * x[:, 1] * x[:, 2]


def build():
    model = nn.Sequential(
        nn.Linear(4, 10),
        nn.Tanh(),
        nn.Linear(10, 1),
    ).to(device)
    model.apply(init_weights)
    model.loss_fn = F.mse_loss
    model.optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    return model


model = build()
stopping = PatientStopping(start_epoch=4, monitor="val_loss", min_delta=0.2, patience=2)
checkpoint = TalkingCheckpoint("best.h5")
history = fit(model, model.loss_fn, model.optimizer, x, y, epochs=15, batch_size=16, validation_split=0.25, callbacks=[stopping, checkpoint, Warmup(0.1, steps=4)])
print("epochs:", len(history["loss"]), "stopped:", stopping.stopped_epoch)
print("seen:", np.round(stopping.seen, 4))
print("bests:", np.round(checkpoint.bests, 4))

model = build()
fit(model, model.loss_fn, model.optimizer, x, y, epochs=20, batch_size=16, callbacks=[GoodEnough(monitor="loss", patience=5, restore_best_weights=True)])
print("loss: %.4f" % evaluate(model, model.loss_fn, x, y))
