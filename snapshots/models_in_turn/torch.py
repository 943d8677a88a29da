"""Three networks for house prices: compiled together, trained in turn, and the best one trained on."""
import numpy as np
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


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None):
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
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    history = SimpleNamespace(epoch=[], history={})
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer)
        history.epoch.append(epoch)
        for name, value in logs.items():
            history.history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size)
    return logs["loss"]


rng = np.random.RandomState(4)
x = rng.rand(100, 5)
y = x @ np.array([3.0, 1.0, 0.5, 2.0, 0.1]) + 0.05 * rng.randn(100)

models = []
for units in [4, 8, 16]:
    model = nn.Sequential(
        nn.Linear(5, units),
        nn.ReLU(),
        nn.Linear(units, 1),
    ).to(device)
    model.apply(init_weights)
    models.append(model)

for model in models:
    model.loss_fn = F.mse_loss
    model.optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

scores = []
for model in models:
    history = fit(model, model.loss_fn, model.optimizer, x, y, epochs=2, batch_size=20)
    scores.append(history.history["loss"][-1])
print("scores:", scores)

best = models[int(np.argmin(scores))]
fit(best, best.loss_fn, best.optimizer, x, y, epochs=2, batch_size=20)
print("best:", evaluate(best, best.loss_fn, x, y))
