"""Penalties and weight clipping as classes and lambdas of the script, and a penalty on activities as a layer."""
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Permute(nn.Module):
    """Reorder the axes of a batch."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)


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


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).permute(0, 3, 1, 2)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def penalty(model):
    """What the regularizers add to the loss."""
    return (
        ScaledL2(0.05)(model[0].weight.permute(2, 3, 1, 0))
        + Smooth()(model[3].weight.T)
        + ScaledL2(strength=STRENGTH)(model[3].bias)
        + STRENGTH * model[5].weight.T.abs().sum()
        + model[7].penalty
        + 0.1 * (model[8].weight.T.sum(0) - 1.).square().sum()
        + l1_sum(model[9].weight.T)
    )


def constrain(model):
    """What the constraints do after each step."""
    with torch.no_grad():
        model[0].weight.copy_(const(model[0].weight))
        model[3].weight.copy_(ZeroMean()(model[3].weight.T).T)
        model[5].weight.copy_((model[5].weight.T - model[5].weight.T.mean(0)).T)
        model[5].bias.copy_(const(model[5].bias))
        model[8].weight.copy_(model[8].weight.clamp(-0.3, 0.3))


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
            loss = loss + penalty(model)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                constrain(model)
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size)
    return logs["loss"]


STRENGTH = 0.02


class ScaledL2:
    def __init__(self, strength):
        self.strength = strength

    def __call__(self, x):
        return self.strength * x.square().sum()


class Smooth:
    """Weights of one input should be near those of the next."""

    def __init__(self, factor=0.1, **kwargs):
        super().__init__()
        self.factor = factor

    def __call__(self, kernel):
        steps = kernel[1:] - kernel[:-1]
        return self.factor * steps.square().sum()


class ClipConstraint:
    # set the clip value when it is initialized
    def __init__(self, clip_value):
        self.clip_value = clip_value

    # clip the weights
    def __call__(self, weights):
        return weights.clamp(-self.clip_value, self.clip_value)


class ZeroMean:
    def __call__(self, w):
        return w - w.mean(0)


rng = np.random.RandomState(0)
images = rng.rand(32, 4, 4, 2)
targets = np.stack([images[:, :2].mean((1, 2, 3)), images[:, 2:].mean((1, 2, 3))], axis=1)

const = ClipConstraint(0.2)
l1_sum = lambda w: 0.01 * w.abs().sum()
critic = nn.Sequential(
    nn.Conv2d(2, 3, (2, 2)),
    Permute(0, 2, 3, 1),  # the flat order is Keras's
    nn.Flatten(),
    nn.Linear(27, 6),
    nn.ReLU(),
    nn.Linear(6, 5),
    nn.Tanh(),
    ActivityRegularization(l1=0.03, l2=0.2),
    nn.Linear(5, 4),
    nn.Linear(4, 2),
).to(device)
critic.apply(init_weights)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(critic.parameters(), lr=0.01)
history = fit(critic, loss_fn, optimizer, images, targets, batch_size=8, epochs=3)
print('losses', history['loss'])
print('evaluated', evaluate(critic, loss_fn, images, targets))
