# Ridge-like regression: penalties, checkpoints, saving and loading
import numpy as np
import copy
import math
from pathlib import Path
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
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


def penalty(model):
    """What the regularizers add to the loss."""
    return (
        0.01 * model[0].weight.square().sum()
        + 0.001 * model[2].weight.abs().sum()
        + 0.002 * model[2].weight.square().sum()
        + 0.01 * model[4].bias.square().sum()
    )


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
            loss = loss + penalty(model)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
    return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0, callbacks=()):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    n_train = int(len(x) * (1 - validation_split))
    x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    if callbacks:
        model.stop_training = False
    for callback in callbacks:
        callback.model, callback.optimizer = model, optimizer
        callback.on_train_begin({})
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
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


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


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

    def on_train_end(self, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass


class EarlyStopping(Callback):
    """Stop when the monitored value has not improved for `patience` epochs."""

    def __init__(self, monitor="val_loss", patience=0, restore_best_weights=False):
        self.monitor = monitor
        self.patience = patience
        self.restore_best_weights = restore_best_weights

    def on_train_begin(self, logs=None):
        self.best, self.wait = math.inf, 0
        if self.restore_best_weights:
            self.best_weights = None

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor not in logs:
            return
        value = logs[self.monitor]
        self.wait += 1
        if value < self.best:
            self.best, self.wait = value, 0
            if self.restore_best_weights:
                self.best_weights = copy.deepcopy(self.model.state_dict())
        elif self.wait >= self.patience and epoch > 0:
            self.model.stop_training = True

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
        torch.save(self.model, path)


np.random.seed(5)
x = np.random.randn(120, 4)
y = x @ np.array([1.0, -2.0, 0.5, 0.0]) + 0.1 * np.random.randn(120)

model = nn.Sequential(
    nn.Linear(4, 12),
    nn.Tanh(),
    nn.Linear(12, 6),
    nn.Tanh(),
    nn.Linear(6, 1),
).to(device)
model.apply(init_weights)
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"mae": mean_absolute_error}

best = 'best-{epoch:02d}.pt'
callbacks = [ModelCheckpoint(best, monitor='val_loss', save_best_only=True),
             EarlyStopping(monitor='val_loss', patience=2, restore_best_weights=True)]
fit(model, loss_fn, optimizer, x, y, epochs=5, batch_size=20, validation_split=0.2, callbacks=callbacks, metrics=metrics)

torch.save(model, 'regression.pt')
again = torch.load('regression.pt', weights_only=False)
print('saved:', evaluate(again, loss_fn, x, y, metrics=metrics))
torch.save(model.state_dict(), 'weights.pt')
model.load_state_dict(torch.load('weights.pt'))
print('same:', predict(model, x[:3]).ravel())
