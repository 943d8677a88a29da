"""Regularizers and constraints as functions of the script, over weights as Keras lays them out."""
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


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


def orthogonal_penalty(weight, factor):
    """How far the rows of a weight are from being orthogonal to each other."""
    rows = F.normalize(weight, dim=1)
    products = rows @ rows.T
    pairs = len(rows) * (len(rows) - 1) / 2
    return factor * 0.5 * (products - products.diag().diag()).abs().sum() / pairs


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).permute(0, 3, 1, 2)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def penalty(model):
    """What the regularizers add to the loss."""
    return (
        l1_reg(model[0].weight.permute(2, 3, 1, 0))
        + neighbours_reg(model[3].weight.T)
        + l1_reg(model[3].bias)
        + unit_sum_reg(model[6].weight_ih_l0.T)
        + orthogonal_penalty(model[6].weight_hh_l0.T, 0.05)
        + unit_sum_reg(model[7].weight.T)
    )


def constrain(model):
    """What the constraints do after each step."""
    with torch.no_grad():
        model[0].weight.copy_(zero_mean(model[0].weight.permute(2, 3, 1, 0)).permute(3, 2, 0, 1))
        model[3].weight.copy_(clip_weights(model[3].weight))
        model[3].bias.copy_(clip_weights(model[3].bias))
        model[6].weight_hh_l0.copy_(zero_mean(model[6].weight_hh_l0.T).T)
        model[7].weight.copy_(zero_mean(model[7].weight.T).T)


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


ALPHA = 0.01


def l1_reg(weight_matrix):
    return ALPHA * weight_matrix.abs().sum()


def unit_sum_reg(w):
    """How far the weights of each output are from a sum of 1."""
    difference = w.sum(0) - 1.
    return 0.1 * difference.square().sum()


def neighbours_reg(kernel):
    """How much the weights of one input differ from those of the next."""
    return 0.05 * (kernel[1:] - kernel[:-1]).square().sum()


def clip_weights(w):
    return w.clamp(-0.2, 0.2)


def zero_mean(w):
    return w - w.mean(0)


rng = np.random.RandomState(0)
images = rng.rand(32, 4, 4, 2)
targets = np.stack([images[:, :2].mean((1, 2, 3)), images[:, 2:].mean((1, 2, 3))], axis=1)

critic = nn.Sequential(
    nn.Conv2d(2, 3, (2, 2)),
    Permute(0, 2, 3, 1),  # the flat order is Keras's
    nn.Flatten(),
    nn.Linear(27, 6),
    nn.ReLU(),
    nn.Unflatten(1, (2, 3)),
    LSTM(3, 4),
    nn.Linear(4, 2),
).to(device)
critic.apply(init_weights)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(critic.parameters(), lr=0.01)
history = fit(critic, loss_fn, optimizer, images, targets, batch_size=8, epochs=3)
print('losses', history['loss'])
print('evaluated', evaluate(critic, loss_fn, images, targets))
