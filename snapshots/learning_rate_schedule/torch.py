"""Schedules of the learning rate, by the number of batches."""
import numpy as np
import math
from bisect import bisect_left
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def clip_global_norm(optimizer, limit):
    """Clip the norm of all gradients together before each step of the optimizer."""

    def clip(optimizer, args, kwargs):
        nn.utils.clip_grad_norm_(optimizer.param_groups[0]["params"], limit)

    optimizer.register_step_pre_hook(clip)


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


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(-1)


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
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


rng = np.random.RandomState(7)
x_train = rng.normal(size=(120, 6)).astype("float32")
y_train = (x_train @ rng.normal(size=(6, 3))).argmax(axis=1)

BATCH_SIZE = 16
STEPS_PER_EPOCH = len(x_train) // BATCH_SIZE


def build_model():
    return nn.Sequential(
        nn.Linear(6, 12),
        nn.ReLU(),
        nn.Linear(12, 3),
    ).apply(init_weights).to(device)


model = build_model()
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5 ** (step // (STEPS_PER_EPOCH * 2)))
optimizer.register_step_post_hook(lambda *_, scheduler=scheduler: scheduler.step())
metrics = {"accuracy": sparse_categorical_accuracy}
history = fit(model, loss_fn, optimizer, x_train, y_train, epochs=5, batch_size=BATCH_SIZE, metrics=metrics)
print("exponential:", history["loss"][-1])

boundaries, values = [10, 25], [0.1, 0.05, 0.01]
model = build_model()
loss_fn = nn.CrossEntropyLoss()
optimizer = KerasSGD(model.parameters(), lr=1.0, momentum=0.9, nesterov=True)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: values[bisect_left(boundaries, step)])
optimizer.register_step_post_hook(lambda *_, scheduler=scheduler: scheduler.step())
clip_global_norm(optimizer, 1.0)
metrics = {"accuracy": sparse_categorical_accuracy}
history = fit(model, loss_fn, optimizer, x_train, y_train, epochs=5, batch_size=BATCH_SIZE, metrics=metrics)
print("piecewise:", history["loss"][-1])

model = build_model()
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01, alpha=0.9, eps=1e-7)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5 * (1 + math.cos(math.pi * min(step / (5 * STEPS_PER_EPOCH), 1))))
optimizer.register_step_post_hook(lambda *_, scheduler=scheduler: scheduler.step())
metrics = {"accuracy": sparse_categorical_accuracy}
history = fit(model, loss_fn, optimizer, x_train, y_train, epochs=5, batch_size=BATCH_SIZE, metrics=metrics)
print("cosine:", history["loss"][-1])
