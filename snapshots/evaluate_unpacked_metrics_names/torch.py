import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def mean_squared_error(outputs, targets):
    """Mean squared error of each sample, (N,)."""
    return (outputs - targets).square().flatten(1).mean(1)


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_data=None):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
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


gen = np.random.RandomState(5)
data = gen.normal(size=(150, 10))
labels = (data @ gen.normal(size=10) + 0.5 * gen.normal(size=150) > 0).astype(int)

train_x, train_y = data[:100], labels[:100]
test_x, test_y = data[100:], labels[100:]

clf = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1)).to(device)
clf.apply(init_weights)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.RMSprop(clf.parameters(), lr=0.005, alpha=0.9, eps=1e-7)
metrics = {
    "binary_accuracy": binary_accuracy,
    "mse": lambda outputs, targets: mean_squared_error(outputs.sigmoid(), targets),
}
fit(clf, loss_fn, optimizer, train_x, train_y, epochs=5, batch_size=25, validation_data=(test_x, test_y), metrics=metrics)

print(["loss", "binary_accuracy", "mse"])
loss, acc, mse = evaluate(clf, loss_fn, test_x, test_y, metrics=metrics)
print('loss = {:.4f}, acc = {:.4f}, mse = {:.4f}'.format(loss, acc, mse))

train_scores = evaluate(clf, loss_fn, train_x, train_y, metrics=metrics)
for name, score in zip(["loss", "binary_accuracy", "mse"], train_scores):
    print("train %s: %.4f" % (name, score))
print("test %s: %.2f%%" % (["loss", "binary_accuracy", "mse"][1], acc * 100))
