"""Energy use of buildings: training that goes on from a file, and a copy that is trained beside it."""
import numpy as np
import copy
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
    initial_epoch=0,
    callbacks=(),
    validation_freq=1,
):
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
    for epoch in range(initial_epoch, epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_split and (
            (epoch + 1) % validation_freq == 0
        ):
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if callbacks and model.stop_training:
            break
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


class Callback:
    """Hooks that do nothing."""

    def on_epoch_end(self, epoch, logs=None):
        pass


class ModelCheckpoint(Callback):
    """Save the model after epochs: after each, or those in which the monitored value is the best so far."""

    def __init__(self, filepath, save_best_only=False):
        self.filepath = filepath
        self.save_best_only = save_best_only
        if self.save_best_only:
            self.best = math.inf

    def on_epoch_end(self, epoch, logs=None):
        if self.save_best_only:
            if "val_loss" not in logs:
                return
            value = logs["val_loss"]
            if not value < self.best:
                return
            self.best = value
        path = Path(self.filepath.format(epoch=epoch + 1, **logs))
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(self.model, path)


rng = np.random.RandomState(7)
x = rng.rand(120, 6).astype("float32")
y = x @ rng.rand(6, 1) + 0.1 * rng.rand(120, 1)

model = nn.Sequential(
    nn.Linear(6, 12),
    nn.ReLU(),
    nn.Linear(12, 1),
).to(device)
model.apply(init_weights)
model.loss_fn = F.mse_loss
model.optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
model.metrics = {"mae": mean_absolute_error}
fit(model, model.loss_fn, model.optimizer, x, y, epochs=2, validation_split=0.25, callbacks=[ModelCheckpoint("energy.pt", save_best_only=True)], metrics=model.metrics)

# the best one goes on where it was, with the moments of its optimizer
model = torch.load("energy.pt", weights_only=False)
history = fit(model, model.loss_fn, model.optimizer, x, y, epochs=2, initial_epoch=1, metrics=model.metrics)
print("after the restart:", history["loss"])

# a copy with the same start, trained with another optimizer
twin = copy.deepcopy(model).apply(init_weights)
twin.load_state_dict(model.state_dict())
twin.loss_fn = F.mse_loss
twin.optimizer = torch.optim.SGD(twin.parameters(), lr=0.01)
twin.metrics = {"mae": mean_absolute_error}
fit(model, model.loss_fn, model.optimizer, x, y, epochs=1, metrics=model.metrics)
values = fit(twin, twin.loss_fn, twin.optimizer, x, y, epochs=4, validation_split=0.25, validation_freq=2, metrics=twin.metrics)["val_loss"]
print("every other epoch:", values)
for name, one in [("model", model), ("twin", twin)]:
    loss, mae = evaluate(one, one.loss_fn, x, y, metrics=one.metrics)
    print(f"{name}: {loss:.4f} {mae:.4f}")
