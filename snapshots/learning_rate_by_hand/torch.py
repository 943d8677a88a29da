"""Training in rounds, with the learning rate set by hand in between, as one does with a stubborn regression."""
import numpy as np
import itertools
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def clip_values(optimizer, limit):
    """Clip each value of the gradients before each step of the optimizer."""

    def clip(optimizer, args, kwargs):
        nn.utils.clip_grad_value_(optimizer.param_groups[0]["params"], limit)

    optimizer.register_step_pre_hook(clip)


def clip_norms(optimizer, limit):
    """Clip the norm of each gradient before each step of the optimizer."""

    def clip(optimizer, args, kwargs):
        for parameter in optimizer.param_groups[0]["params"]:
            nn.utils.clip_grad_norm_(parameter, limit)

    optimizer.register_step_pre_hook(clip)


def decay_rate(optimizer, decay):
    """Take each step at the learning rate over 1 + decay * steps, whoever sets that rate."""
    group, steps = optimizer.param_groups[0], itertools.count()

    def divide(optimizer, args, kwargs):
        group["rate"] = group["lr"]
        group["lr"] /= 1 + decay * next(steps)

    def restore(optimizer, args, kwargs):
        group["lr"] = group["rate"]

    optimizer.register_step_pre_hook(divide)
    optimizer.register_step_post_hook(restore)


class KerasSGD(torch.optim.Optimizer):
    """SGD with the learning rate inside the momentum, as Keras has it: the difference shows when the rate changes."""

    def __init__(self, params, lr=0.01, momentum=0, nesterov=False):
        super().__init__(params, {"lr": lr})
        self.momentum = momentum
        self.nesterov = nesterov

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                velocity = self.state[p].setdefault("velocity", torch.zeros_like(p))
                velocity.mul_(self.momentum).sub_(group["lr"] * p.grad)
                p.add_(self.momentum * velocity - group["lr"] * p.grad if self.nesterov else velocity)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


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


np.random.seed(1)
x = np.random.uniform(-2, 2, (96, 3))
y = np.sin(x[:, 0]) + x[:, 1] * x[:, 2]

model = nn.Sequential(
    nn.Linear(3, 16),
    nn.Tanh(),
    nn.Linear(16, 1),
).to(device)
model.apply(init_weights)

loss_fn = nn.MSELoss()
sgd = KerasSGD(model.parameters(), lr=0.05, momentum=0.9)
clip_norms(sgd, 0.5)
print('learning rate: %.4f' % sgd.param_groups[0]["lr"])

losses = []
for round in range(3):
    history = fit(model, loss_fn, sgd, x, y, epochs=2, batch_size=32)
    losses += history['loss']
    rate = float(sgd.param_groups[0]["lr"])
    sgd.param_groups[0]["lr"] = rate * 0.5
    print('round %d: loss %.4f, then a rate of %.4f' % (round, losses[-1], sgd.param_groups[0]["lr"]))

sgd.param_groups[0]["lr"] = 0.002
fit(model, loss_fn, sgd, x, y, epochs=2, batch_size=32)
print('mse:', evaluate(model, loss_fn, x, y))

second = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1)).to(device)
second.apply(init_weights)
loss_fn = nn.L1Loss()
optimizer = torch.optim.Adagrad(second.parameters(), lr=0.001, initial_accumulator_value=0.1, eps=1e-7)
fit(second, loss_fn, optimizer, x, y, epochs=1)
loss_fn = nn.L1Loss()
optimizer = torch.optim.Adagrad(second.parameters(), lr=0.1, initial_accumulator_value=0.1, eps=1e-7)
clip_values(optimizer, 0.01)
fit(second, loss_fn, optimizer, x, y, epochs=1)
print('mae:', evaluate(second, loss_fn, x, y))

# A rate that falls with every batch, and is halved between the rounds
third = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1)).to(device)
third.apply(init_weights)
loss_fn = nn.MSELoss()
falling = KerasSGD(third.parameters(), lr=0.05, momentum=0.9, nesterov=True)
decay_rate(falling, 0.01)
for round in range(3):
    fit(third, loss_fn, falling, x, y, epochs=1, batch_size=32)
    falling.param_groups[0]["lr"] = falling.param_groups[0]["lr"] * 0.5
    print('a rate of %.4f before its decay' % falling.param_groups[0]["lr"])
print('mse:', evaluate(third, loss_fn, x, y))
