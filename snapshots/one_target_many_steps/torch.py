# A regression on windows of a series: the last layer gives a value for each step, the targets one for each window
import numpy as np
from sklearn.model_selection import train_test_split
import math
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Permute(nn.Module):
    """Reorder the axes of a batch."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


def threshold_accuracy(outputs, targets):
    """How often a probability lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0.5) == targets).flatten(1).float().mean(1)


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def mean_squared_error(outputs, targets):
    """Mean squared error of each sample, (N,)."""
    return (outputs - targets).square().flatten(1).mean(1)


def mean_absolute_error(outputs, targets):
    """Mean absolute error of each sample, (N,)."""
    return (outputs - targets).abs().flatten(1).mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv1d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)


def to_inputs(x):
    """Sequences (N, T, C) as the model reads them, (N, C, T)."""
    return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 1, 13)


def to_inputs_2(x):
    """Sequences (N, T, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32).reshape(len(x), -1, 1)


def to_inputs_3(x):
    """Sequences (N, T, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 13, 1)


def to_inputs_4(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """One target for each sample, (N,)."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1)


def to_targets_2(y):
    """One target for each sample, for all of its outputs."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1, 1)


def to_targets_3(y):
    """Each target as often as the model has outputs."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1, 1).expand(-1, 13, -1)


def to_targets_4(y):
    """Each target as often as the model has outputs."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1).expand(-1, 3)


def to_targets_5(y):
    """Several targets for the one output of a sample, (N, C)."""
    return torch.as_tensor(y, dtype=torch.float32)


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0, callbacks=()):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), model.to_targets(y)
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
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_split:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if callbacks and model.stop_training:
            break
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, model.to_inputs(x), model.to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


class Callback:
    """Hooks that do nothing."""

    def on_train_begin(self, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass


class EarlyStopping(Callback):
    """Stop when the monitored value has not improved for `patience` epochs."""

    def __init__(self, monitor="val_loss", patience=0):
        self.monitor = monitor
        self.patience = patience

    def on_train_begin(self, logs=None):
        self.best, self.wait = math.inf, 0

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor not in logs:
            return
        value = logs[self.monitor]
        self.wait += 1
        if value < self.best:
            self.best, self.wait = value, 0
        elif self.wait >= self.patience and epoch > 0:
            self.model.stop_training = True


# 1. data
np.random.seed(3)
x = np.random.rand(60, 13)
y = np.random.rand(60)

x_train, x_test, y_train, y_test = train_test_split(x, y, train_size=0.75, random_state=66)
x_train = x_train.reshape(45, 13, 1)
x_test = x_test.reshape(15, 13, 1)

# 2. the model
model = nn.Sequential(
    nn.Conv1d(1, 8, 2),
    Permute(0, 2, 1),
    LSTM(8, 6, return_sequences=True),
    nn.Linear(6, 4),
    nn.ReLU(),
    nn.Linear(4, 1),
).to(device)
model.apply(init_weights)
model.to_inputs, model.to_targets = to_inputs, to_targets

# 3. training
# As in Keras: each output (N, T, 1) is compared with the targets (N,) of the whole batch.
loss_fn = lambda outputs, targets: F.mse_loss(*torch.broadcast_tensors(outputs, targets))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"mae": mean_absolute_error, "accuracy": threshold_accuracy}
es = EarlyStopping(monitor='val_loss', patience=5)
hist = fit(model, loss_fn, optimizer, x_train, y_train, epochs=3, batch_size=8, validation_split=0.2, callbacks=[es], metrics=metrics)

# 4. evaluation, whose last batch is smaller
print(evaluate(model, loss_fn, x_test, y_test, metrics=metrics))
print(evaluate(model, loss_fn, x_test, y_test, batch_size=4, metrics=metrics))
print(hist['val_mae'])

# columns of targets are taken for their own samples
columns = y_train.reshape(-1, 1)
sizes = nn.Sequential(
    LSTM(1, 5, return_sequences=True),
    nn.Linear(5, 1),
).to(device)
sizes.apply(init_weights)
sizes.to_inputs, sizes.to_targets = to_inputs_2, to_targets_2
loss_fn = lambda outputs, targets: F.binary_cross_entropy_with_logits(*torch.broadcast_tensors(outputs, targets))
optimizer = torch.optim.SGD(sizes.parameters(), lr=0.01)
metrics = {"acc": binary_accuracy}
fit(sizes, loss_fn, optimizer, x_train, (columns > 0.5).astype('float32'), epochs=2, batch_size=8, metrics=metrics)
print(evaluate(sizes, loss_fn, x_train, (columns > 0.5).astype('float32'), metrics=metrics))

spread = nn.Sequential(
    LSTM(1, 5, return_sequences=True),
    nn.Linear(5, 1),
).to(device)
spread.apply(init_weights)
spread.to_inputs, spread.to_targets = to_inputs_3, to_targets_3
loss_fn = nn.HuberLoss()
optimizer = torch.optim.SGD(spread.parameters(), lr=0.01)
metrics = {"mse": mean_squared_error}
fit(spread, loss_fn, optimizer, x_train, columns, epochs=2, batch_size=10, metrics=metrics)

pairs = nn.Sequential(
    nn.Linear(13, 4),
    nn.ReLU(),
    nn.Linear(4, 3),
).to(device)
pairs.apply(init_weights)
pairs.to_inputs, pairs.to_targets = to_inputs_4, to_targets_4
loss_fn = nn.L1Loss()
optimizer = torch.optim.SGD(pairs.parameters(), lr=0.01)
metrics = {"mse": mean_squared_error}
fit(pairs, loss_fn, optimizer, x_train.reshape(45, 13), columns, epochs=2, batch_size=8, metrics=metrics)
print(evaluate(pairs, loss_fn, x_train.reshape(45, 13), columns, metrics=metrics))

# three targets, one output
wide = nn.Sequential(
    nn.Linear(13, 4),
    nn.ReLU(),
    nn.Linear(4, 1),
    nn.Sigmoid(),
).to(device)
wide.apply(init_weights)
wide.to_inputs, wide.to_targets = to_inputs_4, to_targets_5
loss_fn = lambda outputs, targets: F.mse_loss(*torch.broadcast_tensors(outputs, targets))
optimizer = torch.optim.SGD(wide.parameters(), lr=0.01)
metrics = {"mae": mean_absolute_error, "accuracy": threshold_accuracy}
labels = (np.random.rand(45, 3) > 0.5).astype('float32')
fit(wide, loss_fn, optimizer, x_train.reshape(45, 13), labels, epochs=2, batch_size=8, metrics=metrics)
print(evaluate(wide, loss_fn, x_train.reshape(45, 13), labels, batch_size=4, metrics=metrics))
