"""Callbacks that watch evaluations and predictions too, and those of Keras with their rarer arguments."""
import glob

import numpy as np
import csv
import math
from pathlib import Path
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def mean_absolute_error(outputs, targets):
    """Mean absolute error of each sample, (N,)."""
    return (outputs - targets).abs().flatten(1).mean(1)


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


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None, callbacks=(), test_callbacks=()):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = 0
    seen = 0
    with torch.set_grad_enabled(training):
        for index, batch in enumerate(rows.split(batch_size)):
            for callback in test_callbacks:
                callback.on_test_batch_begin(index, {})
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
            seen += len(batch)
            logs = dict(zip(["loss", *metrics], (totals / seen).tolist()))
            for callback in callbacks:
                callback.on_train_batch_end(index, logs)
            for callback in test_callbacks:
                callback.on_test_batch_end(index, logs)
            model.train(training)
            if callbacks and model.stop_training:
                totals *= len(x) / seen
                break
    return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))


def fit(
    model,
    loss_fn,
    optimizer,
    x,
    y,
    metrics=None,
    batch_size=32,
    epochs=1,
    validation_split=0.0,
    validation_data=None,
    callbacks=(),
):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    if validation_data is not None:
        x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    elif validation_split:
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
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics, callbacks=callbacks)
        if validation_split or validation_data is not None:
            for callback in callbacks:
                callback.on_test_begin({})
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics, test_callbacks=callbacks)
            for callback in callbacks:
                callback.on_test_end(val_logs)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if callbacks and model.stop_training:
            break
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32, callbacks=()):
    """The mean loss, and the metrics after it, over the data."""
    for callback in callbacks:
        callback.model = model
        callback.on_test_begin({})
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics, test_callbacks=callbacks)
    for callback in callbacks:
        callback.on_test_end(logs)
    return list(logs.values())


@torch.no_grad()
def predict(model, x, batch_size=32, callbacks=()):
    """The output for each sample, as a NumPy array."""
    for callback in callbacks:
        callback.model = model
        callback.on_predict_begin({})
    model.eval()
    outputs = []
    for index, batch in enumerate(to_inputs(x).split(batch_size)):
        for callback in callbacks:
            callback.on_predict_batch_begin(index, {})
        outputs.append(model(batch.to(device)).cpu())
        for callback in callbacks:
            callback.on_predict_batch_end(index, {})
    outputs = torch.cat(outputs)
    for callback in callbacks:
        callback.on_predict_end({})
    return outputs.numpy()


class Callback:
    """Hooks that do nothing."""

    def on_train_begin(self, logs=None):
        pass

    def on_epoch_begin(self, epoch, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass

    def on_batch_end(self, batch, logs=None):
        pass

    def on_train_batch_end(self, batch, logs=None):
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs=None):
        pass

    def on_test_end(self, logs=None):
        pass

    def on_test_batch_begin(self, batch, logs=None):
        pass

    def on_test_batch_end(self, batch, logs=None):
        pass

    def on_predict_begin(self, logs=None):
        pass

    def on_predict_end(self, logs=None):
        pass

    def on_predict_batch_begin(self, batch, logs=None):
        pass

    def on_predict_batch_end(self, batch, logs=None):
        pass


class LambdaCallback(Callback):
    """Call the given functions, each under the name of its hook."""

    def __init__(self, **hooks):
        self.__dict__.update(hooks)


class EarlyStopping(Callback):
    """Stop when the monitored value has not improved for `patience` epochs."""

    def __init__(self, monitor="val_loss", min_delta=0, patience=0, baseline=None, start_from_epoch=0):
        self.monitor = monitor
        self.min_delta = min_delta
        self.patience = patience
        self.baseline = baseline
        self.start_from_epoch = start_from_epoch

    def on_train_begin(self, logs=None):
        self.best, self.wait = math.inf, 0

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor not in logs:
            return
        if self.start_from_epoch and epoch < self.start_from_epoch:
            return
        value = logs[self.monitor]
        self.wait += 1
        if value + self.min_delta < self.best:
            if self.baseline is None:
                self.best, self.wait = value, 0
            else:
                self.best, limit = value, self.baseline
                if value + self.min_delta < limit:
                    self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.model.stop_training = True


class ModelCheckpoint(Callback):
    """Save the model after epochs: after each, or those in which the monitored value is the best so far."""

    def __init__(self, filepath, period=None):
        self.filepath = filepath
        self.period = period
        if self.period is not None:
            self.epochs = 0

    def on_epoch_end(self, epoch, logs=None):
        if self.period is not None:
            self.epochs += 1
            if self.epochs < self.period:
                return
            self.epochs = 0
        path = Path(self.filepath.format(epoch=epoch + 1, **logs))
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(self.model.state_dict(), path)


class ReduceLROnPlateau(Callback):
    """Multiply the learning rate by `factor` when the monitored value has not improved for `patience` epochs."""

    def __init__(self, monitor="val_loss", factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_lr=0):
        self.monitor = monitor
        self.factor = factor
        self.patience = patience
        self.min_delta = min_delta
        self.cooldown = cooldown
        self.min_lr = min_lr

    def on_train_begin(self, logs=None):
        self.best, self.wait = math.inf, 0
        if self.cooldown:
            self.cooling = 0

    def on_epoch_end(self, epoch, logs=None):
        rate = logs["lr"] = self.optimizer.param_groups[0]["lr"]
        if self.monitor not in logs:
            return
        value = logs[self.monitor]
        self.wait += 1
        if self.cooldown and self.cooling > 0:
            self.cooling -= 1
            self.wait = 0 if self.cooling else 1
        if value < self.best - self.min_delta:
            self.best, self.wait = value, 0
        elif self.wait >= self.patience and rate > self.min_lr and (not self.cooldown or not self.cooling):
            self.wait = 0
            if self.cooldown:
                self.cooling = self.cooldown
            for group in self.optimizer.param_groups:
                group["lr"] = max(rate * self.factor, self.min_lr)


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


class CSVLogger(Callback):
    """Write a row of values for each epoch, counted from 0."""

    def __init__(self, filename, separator=",", append=False):
        self.filename = filename
        self.separator = separator
        self.append = append

    def on_train_begin(self, logs=None):
        if not self.append:
            Path(self.filename).write_text("")

    def on_epoch_end(self, epoch, logs=None):
        with open(self.filename, "a", newline="") as file:
            writer = csv.DictWriter(file, ["epoch", *sorted(logs)], delimiter=self.separator)
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow({"epoch": epoch, **logs})


class Journal(Callback):
    """Writes down what it is told, and when."""

    def __init__(self):
        super().__init__()
        self.lines = []
        self.losses = []

    def on_epoch_begin(self, epoch, logs=None):
        self.lines.append("epoch %d" % epoch)

    def on_train_batch_end(self, batch, logs=None):
        self.lines.append("trained %d" % batch)

    def on_test_begin(self, logs=None):
        self.lines.append("test begins")

    def on_test_batch_begin(self, batch, logs=None):
        self.lines.append("test of %d" % batch)

    def on_test_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])

    def on_test_end(self, logs=None):
        keys = list(logs.keys())
        self.lines.append("test ends: %s %.4f" % (keys, logs["mae"]))

    def on_predict_begin(self, logs=None):
        self.lines.append("predicts")

    def on_predict_batch_begin(self, batch, logs=None):
        self.lines.append("prediction %d begins" % batch)

    def on_predict_batch_end(self, batch, logs=None):
        self.lines.append("prediction %d ends" % batch)

    def on_predict_end(self, logs=None):
        self.lines.append("has predicted")


rng = np.random.RandomState(2)
x = rng.normal(size=(80, 3)).astype("float32")
y = (x[:, :1] - 0.5 * x[:, 1:2] + 0.1 * rng.normal(size=(80, 1))).astype("float32")


def build(rate):
    model = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1)).to(device)
    model.apply(init_weights)
    model.loss_fn = F.mse_loss
    model.optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    model.metrics = {"mae": mean_absolute_error}
    return model


model = build(0.05)
journal = Journal()
fit(model, model.loss_fn, model.optimizer, x, y, batch_size=30, epochs=2, validation_split=0.4, callbacks=[journal], metrics=model.metrics)
evaluate(model, model.loss_fn, x, y, batch_size=50, callbacks=[journal], metrics=model.metrics)
evaluate(model, model.loss_fn, x[:10], y[:10], metrics=model.metrics)
first = predict(model, x, batch_size=40, callbacks=[journal])
print("\n".join(journal.lines))
print("losses of evaluations:", np.round(journal.losses, 4))

# stops early, but not in the first epochs; a rate that is far too high
model = build(0.9)
stopping = EarlyStopping(monitor="loss", patience=1, min_delta=0.01, start_from_epoch=4, baseline=0.05)
history = fit(model, model.loss_fn, model.optimizer, x, y, epochs=12, callbacks=[stopping], metrics=model.metrics)
print("epochs:", len(history["loss"]))

# every second epoch a file, and a table that goes on
model = build(0.05)
table = CSVLogger("log.csv", separator=";", append=True)
saving = ModelCheckpoint("every_{epoch:02d}.pt", period=2)
for _ in range(2):
    fit(model, model.loss_fn, model.optimizer, x, y, epochs=3, validation_split=0.1, callbacks=[saving, table], metrics=model.metrics)
print("files:", len(glob.glob("every_*")))
print("rows:", len(open("log.csv").readlines()), open("log.csv").readline().strip())

# rates
model = build(0.4)
plateau = ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, cooldown=2, min_delta=0.02, min_lr=0.06)
history = fit(model, model.loss_fn, model.optimizer, x, y, epochs=10, callbacks=[plateau], metrics=model.metrics)
print("rates:", np.round(history["lr"], 5))
ended = []
history = fit(model, model.loss_fn, model.optimizer, x, y, epochs=4, validation_data=(x[:20], y[:20]), callbacks=[
    LearningRateScheduler(lambda epoch: 0.2 / (1 + epoch)),
    LambdaCallback(on_test_end=lambda logs: ended.append(logs["loss"])),
], metrics=model.metrics)
print("rates:", np.round(history["lr"], 5), "validated:", np.round(ended, 4))
