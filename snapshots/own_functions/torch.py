"""Digit-like images: the script's own functions as layers and as activations."""

import numpy as np
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


class Lambda(nn.Module):
    """Apply a function."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Sequences (N, T, C) as the model reads them."""
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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


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


rng = np.random.RandomState(0)
x_train = (rng.rand(160, 12, 12) * 255).astype("float32")
y_train = (x_train[:, :6].mean(axis=(1, 2)) > x_train[:, 6:].mean(axis=(1, 2))).astype("float32")


def swish(x):
    """Swish activation (Ramachandran et al., 2017)."""
    return x * x.sigmoid()


def mish(x):
    return x * F.softplus(x).tanh()


def gelu(x):
    cdf = 0.5 * (1.0 + torch.erf(x / np.sqrt(2.0)))
    return x * cdf


def antirectifier(x):
    x = x - x.mean(1, keepdim=True)
    return F.normalize(x, dim=1, eps=1e-6)


def normalize(images):
    return images / 127.5 - 1.0


model = nn.Sequential(
    Lambda(normalize),  # pixels to [-1, 1]
    Lambda(lambda x: x.unsqueeze(-1)),
    Permute(0, 3, 1, 2),
    nn.Conv2d(1, 8, (3, 3)),
    Lambda(swish),
    nn.MaxPool2d((2, 2)),
    nn.Conv2d(8, 8, (3, 3)),
    Lambda(mish),
    nn.Flatten(),
    nn.Linear(72, 16),
    Lambda(swish),
    Lambda(antirectifier),
    nn.Linear(16, 8),
    Lambda(lambda x: torch.maximum(x, 0.1 * x)),
    Lambda(mish),
    nn.Linear(8, 1),
).to(device)
model.apply(init_weights)

loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": binary_accuracy}
fit(model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=32, metrics=metrics)
print("accuracy:", evaluate(model, loss_fn, x_train, y_train, metrics=metrics)[1])

# A sequence read to its last step, its mean and its extremes.
sequences = rng.normal(size=(96, 10, 4)).astype("float32")
targets = sequences[:, -1].sum(axis=-1)


def summary(steps):
    ahead = steps.flip([1])
    ahead = ahead * (1.0 + 0.5)
    gains = ahead.abs().clamp(0.0, 2.0)
    return gains[:, :5].reshape((-1, 20))


regressor = nn.Sequential(
    Lambda(lambda x: x * 2.0),
    nn.Linear(4, 4),
    Lambda(gelu),
    Lambda(summary),
    nn.Linear(20, 8),
    nn.ReLU(),
    nn.Linear(8, 1),
).to(device)
regressor.apply(init_weights)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(regressor.parameters(), lr=0.01)
fit(regressor, loss_fn, optimizer, sequences, targets, epochs=2, batch_size=16, metrics={})
print("loss:", evaluate(regressor, loss_fn, sequences, targets, metrics={}))
print(predict(regressor, sequences[:3]))
