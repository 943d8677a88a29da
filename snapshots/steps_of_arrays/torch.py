# steps_per_epoch beside arrays: the batches are as large as it takes
import numpy as np
import itertools
import math
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


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
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None, rows=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    if rows is None:
        rows = torch.arange(len(x)).split(batch_size)
    totals = 0
    seen = 0
    with torch.set_grad_enabled(training):
        for batch in rows:
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
            seen += len(batch)
    return dict(zip(["loss", *metrics], (totals / seen).tolist()))


def fit(
    model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0, steps_per_epoch=None
):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    n_train = int(len(x) * (1 - validation_split))
    x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    batch_size = math.ceil(len(x) / steps_per_epoch)
    passes = (torch.randperm(len(x)) for _ in range(epochs))
    batches = (rows for one in passes for rows in one.split(batch_size))
    for epoch in range(epochs):
        rows = list(itertools.islice(batches, steps_per_epoch))
        if not rows:
            break
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics, rows=rows)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if len(rows) < steps_per_epoch:
            print("No rows are left: training ends")
            break
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


#1. data
np.random.seed(66)
x = np.random.uniform(size=(62, 4))
y = (x.sum(axis=1) > 2).astype(int)
x_train, x_test, y_train, y_test = x[:50], x[50:], y[:50], y[50:]

#2. model
model = nn.Sequential(
    nn.Linear(4, 16),
    nn.ReLU(),
    nn.Linear(16, 1),
).to(device)
model.apply(init_weights)

#3. compile, fit
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"acc": binary_accuracy}
hist = fit(model, loss_fn, optimizer, x_train, y_train, epochs=5, validation_split=0.2,
           steps_per_epoch=9, metrics=metrics)

#4. evaluate, predict
acc = hist['acc']
val_loss = hist['val_loss']
print('epochs :', len(acc), 'val_loss :', val_loss[-1])

loss = evaluate(model, loss_fn, x_test, y_test, metrics=metrics)
print('loss :', loss[0], 'acc :', loss[1])
