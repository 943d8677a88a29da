"""Trains a network with one loss, then goes on with others."""
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def mean_squared_error(outputs, targets):
    """Mean squared error of each sample, (N,)."""
    return (outputs - targets).square().flatten(1).mean(1)


def mean_absolute_error(outputs, targets):
    """Mean absolute error of each sample, (N,)."""
    return (outputs - targets).abs().flatten(1).mean(1)


def mean_absolute_percentage_error(outputs, targets):
    """Mean absolute error of each sample in percent of its target, (N,)."""
    return 100 * ((outputs - targets).abs() / targets.abs().clamp(min=1e-7)).flatten(1).mean(1)


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
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 1)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None, shuffle=True):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training and shuffle else torch.arange(len(x))
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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_data=None, shuffle=True):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    if validation_data is not None:
        x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics, shuffle=shuffle)
        if validation_data is not None:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.numpy()


rng = np.random.RandomState(3)
x = rng.rand(96, 6).astype("float32")
y = (x[:, :3] @ np.array([1.0, -2.0, 0.5]) + 0.1 * rng.randn(96)).astype("float32")
x_train, y_train, x_test, y_test = x[:64], y[:64], x[64:], y[64:]

model = nn.Sequential(
    nn.Linear(6, 12),
    nn.Tanh(),
    nn.Linear(12, 1),
).to(device)
model.apply(init_weights)

# Roughly first, with large steps.
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
metrics = {}
fit(model, loss_fn, optimizer, x_train, y_train, epochs=3, batch_size=16, shuffle=False, metrics=metrics)
print("mse:", evaluate(model, loss_fn, x_test, y_test, metrics=metrics))

# What counts are absolute errors: finer, and watched.
loss_fn = nn.L1Loss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01, alpha=0.9, eps=1e-7)
metrics = {"mse": mean_squared_error}
history = fit(model, loss_fn, optimizer,
    x_train, y_train, epochs=3, batch_size=16, shuffle=False, validation_data=(x_test, y_test), metrics=metrics
)
print("mae, mse:", evaluate(model, loss_fn, x_test, y_test, metrics=metrics))
print(sorted(history))

# Outliers at the end.
loss_fn = nn.HuberLoss(delta=0.5)
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"mae": mean_absolute_error, "mape": mean_absolute_percentage_error}
fit(model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=16, shuffle=False, metrics=metrics)
loss, mae, mape = evaluate(model, loss_fn, x_test, y_test, metrics=metrics)
print("huber: %.5f, mae: %.5f, mape: %.3f" % (loss, mae, mape))
print(predict(model, x_test[:4]).ravel())
