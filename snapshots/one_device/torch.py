"""Trains under a strategy, on whatever devices there are."""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np
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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    n_train = int(len(x) * (1 - validation_split))
    x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


print("Eager execution:", True)
print("Backend:", "tensorflow")

BATCH_SIZE = 16 * 1

np.random.seed(12)
x = np.random.rand(96, 5).astype("float32")
y = (x @ np.arange(5)).astype("float32")

x = x - x.mean(axis=0)


def build_model():
    model = nn.Sequential(
        nn.Linear(5, 8),
        nn.Tanh(),
        nn.Linear(8, 1),
    ).to(device)
    model.apply(init_weights)
    return model


# Everything that creates variables stands under the strategy's scope
# a small network
model = build_model()

loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
metrics = {"mae": mean_absolute_error}

history = fit(model, loss_fn, optimizer, x, y, batch_size=BATCH_SIZE, epochs=3, validation_split=0.25, metrics=metrics)

if not os.path.exists("logs"):
    os.makedirs("logs", exist_ok=True)
with open("logs/losses.txt", "w", encoding="utf-8") as f:
    for epoch, loss in enumerate(history["loss"]):
        f.write(f"{epoch},{loss:.4f}\n")
with open("logs/losses.txt", encoding="utf-8") as f:
    losses = [float(line.split(",")[1]) for line in f]

for name in os.listdir("logs"):
    print(name, len(losses))
error, mae = evaluate(model, loss_fn, x, y, metrics=metrics)
print("mse: %.4f, mae: %.4f" % (error, mae))
