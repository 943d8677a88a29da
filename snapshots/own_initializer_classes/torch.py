"""Initial weights from classes, lambdas and functions inside of functions."""
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


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_inputs_2(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).reshape(-1, 1, 3, 2)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 1)


def penalty(model):
    """What the regularizers add to the loss."""
    return 0.0


def penalty_2(model):
    """What the regularizers add to the loss."""
    return Smooth(0.1)(model[4].weight.T)


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
            loss = loss + model.penalty(model)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, model.to_inputs(x), to_targets(y), batch_size)
    return logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in model.to_inputs(x).split(batch_size)])
    return outputs.numpy()


class Ramp:
    """Cells that rise from the first to the last."""

    def __init__(self, step=0.01, start=0.0, seed=None):
        super().__init__()
        self.step = step
        self.start = start
        self.seed = seed

    def __call__(self, shape, dtype=None, **kwargs):
        cells = np.arange(np.prod(shape)) * self.step + self.start
        return cells.reshape(shape)


class InverseRoot:
    def __call__(self, shape, dtype=None):
        return torch.ones(shape) / np.sqrt(shape[0])


class Smooth:
    """Weights of one input should be near those of the next."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, w):
        return self.factor * (w[1:] - w[:-1]).square().sum()


def constant_rows(scale):
    def rows(shape, dtype=None):
        return scale * np.ones(shape) * np.arange(shape[0]).reshape(-1, 1)
    return rows


def build(features, slope, units=(6, 4)):
    def rising(shape, dtype=None):
        return slope * (np.arange(np.prod(shape)) % 5 - 2.0).reshape(shape)

    model = nn.Sequential(
        nn.Linear(6, units[0]),
        nn.Tanh(),
        nn.Linear(6, units[1]),
        nn.Tanh(),
        nn.Linear(4, 1),
    ).to(device)
    model.apply(init_weights)
    model[0].weight.data.copy_(torch.as_tensor(rising(model[0].weight.T.shape)).T)
    model[2].weight.data.copy_(torch.as_tensor(np.full(model[2].weight.T.shape, slope)).T)
    model[4].weight.data.copy_(torch.as_tensor(constant_rows(0.1)(model[4].weight.T.shape)).T)
    model[4].bias.data.copy_(torch.ones(model[4].bias.shape) * 0.5)
    model.to_inputs, model.penalty = to_inputs, penalty
    return model


rng = np.random.RandomState(5)
x = rng.rand(24, 6)
y = x @ np.array([1.0, -1.0, 0.5, 0.0, 2.0, -0.5])

first = build(6, 0.1)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(first.parameters(), lr=0.01)
print('at first', evaluate(first, loss_fn, x, y))
fit(first, loss_fn, optimizer, x, y, epochs=2, batch_size=8)
print('then', evaluate(first, loss_fn, x, y))

images = x.reshape(24, 3, 2, 1)
small = Ramp(0.05, start=-0.2)
second = nn.Sequential(
    nn.Conv2d(1, 2, (2, 2)),
    nn.ReLU(),
    Permute(0, 2, 3, 1),  # the flat order is Keras's
    nn.Flatten(),
    nn.Linear(4, 3),
    nn.Tanh(),
    nn.Linear(3, 1),
).to(device)
second.apply(init_weights)
second[0].weight.data.copy_(torch.as_tensor(small(second[0].weight.permute(2, 3, 1, 0).shape)).permute(3, 2, 0, 1))
second[0].bias.data.copy_(InverseRoot()(second[0].bias.shape))
second[4].weight.data.copy_(torch.as_tensor(Ramp(0.02)(second[4].weight.T.shape)).T)
second[6].weight.data.copy_(InverseRoot()(second[6].weight.T.shape).T)
second.to_inputs, second.penalty = to_inputs_2, penalty_2
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(second.parameters(), lr=0.01, eps=1e-7)
history = fit(second, loss_fn, optimizer, images, y, epochs=3, batch_size=6)
print('losses', history['loss'])
print('of the first two', predict(second, images[:2]).ravel())
