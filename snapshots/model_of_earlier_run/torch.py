"""Goes on with the model of an earlier run, if its file is there."""
import os

import numpy as np
from types import SimpleNamespace
import torch
import torch.nn.functional as F
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
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, shuffle=True):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    history = SimpleNamespace(epoch=[], history={})
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics, shuffle=shuffle)
        history.epoch.append(epoch)
        for name, value in logs.items():
            history.history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


MODEL_PATH = "classifier.pt"

rng = np.random.RandomState(5)
x = rng.rand(90, 6).astype("float32")
y = (x.sum(axis=1) > 3).astype("float32")


def get_model(path):
    if os.path.isfile(path):
        print("going on with", os.path.splitext(path)[0])
        return torch.load(path, weights_only=False)
    print("a new model")
    model = nn.Sequential(
        nn.Linear(6, 8),
        nn.ReLU(),
        nn.Linear(8, 1),
    ).to(device)
    model.apply(init_weights)
    model.loss_fn = F.binary_cross_entropy_with_logits
    model.optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    model.metrics = {"accuracy": binary_accuracy}
    return model


def get_regression():
    try:
        return torch.load("regression.pt", weights_only=False)
    except Exception:
        net = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 1)).to(device)
        net.apply(init_weights)
        net.loss_fn = F.mse_loss
        net.optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
        return net


for run in range(2):
    model = get_model(MODEL_PATH)
    history = fit(model, model.loss_fn, model.optimizer, x, y, epochs=2, batch_size=20, shuffle=False, metrics=model.metrics)
    print("run %d: %.5f" % (run, history.history["loss"][-1]))
    torch.save(model, MODEL_PATH)
print(evaluate(model, model.loss_fn, x, y, metrics=model.metrics))

for run in range(2):
    net = get_regression()
    fit(net, net.loss_fn, net.optimizer, x, x.mean(axis=1), epochs=2, batch_size=20, shuffle=False, metrics={})
    torch.save(net, "regression.pt")
print("mse: %.5f" % evaluate(net, net.loss_fn, x, x.mean(axis=1), metrics={}))
