"""Schedules of the learning rate that are drawn before they are used, one of them for several models."""
import numpy as np
from functools import partial
from types import SimpleNamespace
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def tuned(parameters, make, factor=None):
    """An optimizer whose learning rate changes with its steps, or whose gradients are clipped."""
    optimizer = make(parameters)
    if factor is not None:
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        optimizer.register_step_post_hook(lambda *_: scheduler.step())
    return optimizer


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


# One schedule for several models, and its rates for a plot
falling = lambda step: 0.01 * (1 / (1 + 1 * (step / (STEPS_PER_EPOCH * 10))))
print("rates:", falling(np.linspace(0, 1000, 4)))


def get_optimizer():
    return partial(tuned, make=partial(torch.optim.Adam, lr=1.0, eps=1e-7), factor=falling)


def compile_and_fit(model, optimizer=None, max_epochs=4):
    if optimizer is None:
        optimizer = get_optimizer()
    model.loss_fn = F.cross_entropy
    model.optimizer = optimizer(model.parameters())
    return fit(model, model.loss_fn, model.optimizer, x_train, y_train, epochs=max_epochs, batch_size=BATCH_SIZE)


for name in ["tiny", "small"]:
    print(name, compile_and_fit(build_model()).history["loss"][-1])

polynomial = lambda step: (0.1 - 0.01) * (1 - min(step / 20, 1)) ** 2 + 0.01
print("rates:", ", ".join("%.5f" % polynomial(step) for step in range(0, 30, 10)))
model = build_model()
model.loss_fn = F.cross_entropy
model.optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
scheduler = torch.optim.lr_scheduler.LambdaLR(model.optimizer, polynomial)
model.optimizer.register_step_post_hook(lambda *_, scheduler=scheduler: scheduler.step())
history = fit(model, model.loss_fn, model.optimizer, x_train, y_train, epochs=4, batch_size=BATCH_SIZE)
print("polynomial:", history.history["loss"][-1])
