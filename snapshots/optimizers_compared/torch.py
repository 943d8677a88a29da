"""Compares optimizers on a small problem, each with a fresh network."""
import numpy as np
from functools import partial
from types import SimpleNamespace
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


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


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, shuffle=True):
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
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1, shuffle=True):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    history = SimpleNamespace(epoch=[], history={})
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, shuffle=shuffle)
        history.epoch.append(epoch)
        for name, value in logs.items():
            history.history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size)
    return logs["loss"]


rng = np.random.RandomState(11)
x = rng.rand(80, 5).astype("float32")
y = (np.sin(x[:, 0] * 3) + x[:, 1]).astype("float32")

results = {}


def create_model(optimizer):
    model = nn.Sequential(
        nn.Linear(5, 8),
        nn.ReLU(),
        nn.Linear(8, 1),
    ).to(device)
    model.apply(init_weights)
    model.loss_fn = F.mse_loss
    model.optimizer = {
        "sgd": torch.optim.SGD(model.parameters(), lr=0.01),
        "rmsprop": torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7),
        "adam": torch.optim.Adam(model.parameters(), eps=1e-7),
    }[optimizer]
    return model


def make_optimizer(kind, rate=0.01):
    if kind == "momentum":
        return partial(torch.optim.SGD, lr=rate, momentum=0.9, nesterov=True)
    elif kind == "adagrad":
        return partial(torch.optim.Adagrad, lr=rate, initial_accumulator_value=0.1, eps=1e-7)
    return partial(torch.optim.RMSprop, lr=rate, alpha=0.8, eps=1e-7)


# By name
for name in ["sgd", "rmsprop", "adam"]:
    model = create_model(name)
    results[name] = fit(model, model.loss_fn, model.optimizer, x, y, epochs=2, batch_size=20, shuffle=False).history["loss"][-1]

# As objects in a dict
optimizers = {"plain": partial(torch.optim.SGD, lr=0.1), "adam 0.02": partial(torch.optim.Adam, lr=0.02, eps=1e-7), "adam slow": partial(torch.optim.Adam, lr=0.005, betas=(0.8, 0.999), eps=1e-7)}
for name, optimizer in optimizers.items():
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1)).to(device)
    net.apply(init_weights)
    net.loss_fn = F.mse_loss
    net.optimizer = optimizer(net.parameters())
    history = fit(net, net.loss_fn, net.optimizer, x, y, epochs=2, batch_size=20, shuffle=False)
    results[name] = history.history["loss"][-1]

# Made by a function
for kind in ("momentum", "adagrad", "other"):
    small = nn.Sequential(nn.Linear(5, 4), nn.Sigmoid(), nn.Linear(4, 1)).to(device)
    small.apply(init_weights)
    small.loss_fn = F.mse_loss
    small.optimizer = make_optimizer(kind, 0.05)(small.parameters())
    fit(small, small.loss_fn, small.optimizer, x, y, epochs=2, batch_size=20, shuffle=False)
    results[kind] = evaluate(small, small.loss_fn, x, y)


class Trainer:
    """Keeps its optimizer on itself."""

    def __init__(self, rate):
        self.optimizer = partial(torch.optim.Adam, lr=rate, eps=1e-7)
        self.model = nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 1)).to(device)
        self.model.apply(init_weights)
        self.model.loss_fn = F.l1_loss
        self.model.optimizer = self.optimizer(self.model.parameters())

    def train(self):
        fit(self.model, self.model.loss_fn, self.model.optimizer, x, y, epochs=2, batch_size=20, shuffle=False)
        return evaluate(self.model, self.model.loss_fn, x, y)


results["trainer"] = Trainer(0.03).train()

for name, loss in sorted(results.items()):
    print("%-10s %.5f" % (name, loss))
