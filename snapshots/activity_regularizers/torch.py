"""Activations and penalties on what layers give, in the ways that scripts say them."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Lambda(nn.Module):
    """Apply a function."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class ActivityRegularization(nn.Module):
    """Keep what the outputs add to the loss: a mean over samples."""

    def __init__(self, l1=0.0, l2=0.0):
        super().__init__()
        self.l1 = l1
        self.l2 = l2

    def forward(self, x):
        if self.l1 and self.l2:
            self.penalty = (self.l1 * x.abs().sum() + self.l2 * x.square().sum()) / len(x)
        elif self.l1:
            self.penalty = self.l1 * x.abs().sum() / len(x)
        else:
            self.penalty = self.l2 * x.square().sum() / len(x)
        return x


class ActivityPenalty(nn.Module):
    """Keep what a function of the outputs adds to the loss, for each sample."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        self.penalty = self.function(x) / len(x)
        return x


def mean_absolute_error(outputs, targets):
    """Mean absolute error of each sample, (N,)."""
    return (outputs - targets).abs().flatten(1).mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.constant_(module.bias, 0.1)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 1)


def penalty(model):
    """What the regularizers add to the loss."""
    return sum(module.penalty for module in model if isinstance(module, ActivityPenalty)) + model[-4].penalty


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


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.numpy()


RHO = 0.1


class NearMean:
    """Activities that are not far from each other."""

    def __init__(self, strength=0.05):
        self.strength = strength

    def __call__(self, x):
        return self.strength * (x - x.mean(0)).square().sum()


def sparse(activity):
    """Each unit should be on for a tenth of the samples."""
    mean = activity.mean(0)
    return 0.5 * (mean - RHO).square().sum()


def build(features, depth):
    model = nn.Sequential()
    model.extend([nn.Linear(features, 12), nn.LeakyReLU(0.2), ActivityPenalty(NearMean(0.02))])
    for _ in range(depth):
        model.extend([nn.Linear(12, 12), nn.ELU()])
    model.extend([nn.Linear(12, 8), Lambda(lambda x: F.leaky_relu(x, 0.1).clamp(max=2.0)), ActivityPenalty(sparse)])
    model.extend([nn.Linear(8, 8), Lambda(torch.sin), ActivityPenalty(lambda x: 0.01 * x.abs().sum())])
    model.extend([nn.Linear(8, 6), nn.SELU(), ActivityRegularization(l1=0.001, l2=0.01)])
    model.extend([nn.Linear(6, 6), nn.LeakyReLU(0.3)])
    model.append(nn.Linear(6, 1))
    model.to(device)
    model.apply(init_weights)
    nn.init.uniform_(model[0].bias, -0.5, 0.5)
    nn.init.zeros_(model[-12].bias)
    nn.init.zeros_(model[-9].bias)
    nn.init.zeros_(model[-6].bias)
    nn.init.zeros_(model[-3].bias)
    nn.init.trunc_normal_(model[-1].bias, std=1.6077448, a=-3.2154896, b=3.2154896)
    return model


rng = np.random.RandomState(2)
x = rng.randn(48, 5)
y = np.tanh(x[:, 0] - x[:, 1] * x[:, 2])

model = build(x.shape[1], depth=2)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"mae": mean_absolute_error}
history = fit(model, loss_fn, optimizer, x, y, batch_size=16, epochs=3, validation_split=0.25, metrics=metrics)
print('loss', history['loss'])
print('validation', history['val_loss'], history['val_mae'])
print('with penalties', evaluate(model, loss_fn, x, y, batch_size=20, metrics=metrics))
print('predictions', predict(model, x[:3]).ravel())
