"""Three trainings of one regression, and what is looked up about them afterwards."""
import functools
import glob

import numpy as np
import math
from pathlib import Path
from types import SimpleNamespace
import torch
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


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None):
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
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
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
    callbacks=(),
    verbose=1,
):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    if validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = SimpleNamespace(epoch=[], history={})
    history.model = model
    steps = math.ceil(len(x) / batch_size)
    params = {"verbose": verbose, "epochs": epochs, "steps": steps}
    history.params = params
    if callbacks:
        model.stop_training = False
    for callback in callbacks:
        callback.model, callback.optimizer = model, optimizer
        callback.params = params
        callback.on_train_begin({})
    for epoch in range(epochs):
        for callback in callbacks:
            callback.on_epoch_begin(epoch, {})
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_split:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        history.epoch.append(epoch)
        for name, value in logs.items():
            history.history.setdefault(name, []).append(value)
        if callbacks and model.stop_training:
            break
    return history


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.numpy()


class Callback:
    """Hooks that do nothing."""

    def on_train_begin(self, logs=None):
        pass

    def on_epoch_begin(self, epoch, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass


class History(Callback):
    """The mean values of each epoch by name."""

    def __init__(self):
        self.history = {}

    def on_train_begin(self, logs=None):
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)


class ModelCheckpoint(Callback):
    """Save the model after epochs: after each, or those in which the monitored value is the best so far."""

    def __init__(self, filepath, monitor="val_loss", save_best_only=False, initial_value_threshold=None):
        self.filepath = filepath
        self.monitor = monitor
        self.save_best_only = save_best_only
        if self.save_best_only and initial_value_threshold is not None:
            self.best = initial_value_threshold
        elif self.save_best_only:
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


rng = np.random.RandomState(7)
x = rng.normal(size=(90, 3)).astype("float32")
y = x[:, 0] - 2 * x[:, 1] * x[:, 2]


class StepDecay:
    def __init__(self, start, drop=0.5, every=2):
        self.start = start
        self.drop = drop
        self.every = every

    def __call__(self, epoch):
        return self.start * self.drop ** (epoch // self.every)


def polynomial(epoch, start, power):
    return start * (1 - epoch / 10) ** power


class Told(Callback):
    def on_train_begin(self, logs=None):
        print("for", self.params["epochs"], "epochs of", self.params.get("steps"))


model = nn.Sequential(
    nn.Linear(3, 8),
    nn.Tanh(),
    nn.Linear(8, 1),
).to(device)
model.apply(init_weights)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
metrics = {"mae": mean_absolute_error}

# one object for two trainings has the losses of both
kept = History()
fit(model, loss_fn, optimizer, x, y, epochs=2, batch_size=32, verbose=0, callbacks=[kept, LearningRateScheduler(StepDecay(0.05))], metrics=metrics)
fit(model, loss_fn, optimizer, x, y, epochs=3, batch_size=32, verbose=0,
    callbacks=[kept, Told(), LearningRateScheduler(functools.partial(polynomial, start=0.02, power=2))], metrics=metrics)
print("losses:", np.round(kept.history["loss"], 4), "epochs:", kept.epoch)

# only what is better than before is kept
best = ModelCheckpoint("best-{epoch:02d}.pt", monitor="val_mae", save_best_only=True,
                       initial_value_threshold=0.9)
steady = ModelCheckpoint("steady.pt", monitor="val_loss", save_best_only=True, initial_value_threshold=1e-6)
history = fit(model, loss_fn, optimizer, x, y, epochs=4, validation_split=0.3, verbose=0,
              callbacks=[best, steady, LearningRateScheduler(lambda epoch: 0.02 / (1 + epoch))], metrics=metrics)
print("best:", np.round(best.best, 4), steady.best, "files:", len(glob.glob("best-*")), len(glob.glob("steady*")))
print(history.params)
print(history.params["epochs"] == len(history.epoch), np.round(history.history["val_mae"], 4))
print("mean:", predict(history.model, x).mean())
torch.save(history.model.state_dict(), "last.pt")
