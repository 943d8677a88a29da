"""A network for rare events: losses that are classes, and a learning rate that warms up."""
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class KerasSGD(torch.optim.Optimizer):
    """SGD with the learning rate inside the momentum, as Keras has it: the difference shows when the rate changes."""

    def __init__(self, params, lr=0.01, momentum=0):
        super().__init__(params, {"lr": lr})
        self.momentum = momentum

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                velocity = self.state[p].setdefault("velocity", torch.zeros_like(p))
                velocity.mul_(self.momentum).sub_(group["lr"] * p.grad)
                p.add_(velocity)


def threshold_accuracy(outputs, targets):
    """How often a probability lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0.5) == targets).flatten(1).float().mean(1)


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
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32)


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), model.to_targets(y)
    if validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_split:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), model.to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


class FocalLoss(nn.Module):
    """Counts less what is well classified."""

    def __init__(self, gamma=2.0, alpha=0.25, balanced=True, name="focal_loss", **kwargs):
        super(FocalLoss, self).__init__()
        self.gamma = gamma
        self.alpha = alpha
        self.balanced = balanced

    def forward(self, y_true, y_pred):
        y_true = y_true.float()
        y_pred = y_pred.clamp(1e-7, 1.0 - 1e-7)
        matched = y_true * y_pred + (1 - y_true) * (1 - y_pred)
        losses = -((1.0 - matched) ** self.gamma) * matched.log()
        if self.balanced:
            losses = losses * self.weight_of(y_true)
        return losses.mean(-1)

    def weight_of(self, y_true):
        return y_true * self.alpha + (1 - y_true) * (1 - self.alpha)


class RelativeError(nn.Module):
    def forward(self, y_true, y_pred):
        error = (y_true - y_pred).abs()
        return error / (1.0 + y_true.abs())


class WarmUp:
    """The schedule of the Transformer."""

    def __init__(self, d_model, warmup_steps=4000):
        super().__init__()
        self.d_model = np.asarray(d_model).astype("float32")
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        step = step.float()
        falling = step.rsqrt()
        rising = step * (self.warmup_steps ** -1.5)
        return (1 / np.sqrt(self.d_model)) * torch.minimum(falling, rising)


class Halving:
    def __init__(self, rate, every):
        self.rate = rate
        self.every = every

    def __call__(self, step):
        return self.rate * 0.5 ** (step // self.every)


rng = np.random.RandomState(5)
x = rng.normal(size=(90, 6)).astype("float32")
events = (x[:, 0] * x[:, 1] > 0.7).astype("float32")
amounts = (x[:, :2] ** 2).astype("float32")

model = nn.Sequential(
    nn.Linear(6, 8),
    nn.ReLU(),
    nn.Linear(8, 1),
    nn.Sigmoid(),
).to(device)
model.apply(init_weights)
model.to_targets = to_targets
criterion = FocalLoss(gamma=1.5, alpha=0.75)
loss_fn = lambda outputs, targets: criterion(targets, outputs).mean()
optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step, schedule=WarmUp(32, warmup_steps=12): float(schedule(torch.tensor(float(step)))))
optimizer.register_step_post_hook(lambda *_, scheduler=scheduler: scheduler.step())
metrics = {"accuracy": threshold_accuracy}
history = fit(model, loss_fn, optimizer, x, events, batch_size=15, epochs=4, validation_split=0.2, metrics=metrics)
print("focal loss:", history["loss"])

relative = RelativeError()
schedule = Halving(0.05, 5)
model = nn.Sequential(
    nn.Linear(6, 8),
    nn.Tanh(),
    nn.Linear(8, 2),
).to(device)
model.apply(init_weights)
model.to_targets = to_targets_2
loss_fn = lambda outputs, targets: relative(targets, outputs).mean()
optimizer = KerasSGD(model.parameters(), lr=1.0, momentum=0.9)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step, schedule=schedule: float(schedule(torch.tensor(float(step)))))
optimizer.register_step_post_hook(lambda *_, scheduler=scheduler: scheduler.step())
fit(model, loss_fn, optimizer, x, amounts, batch_size=18, epochs=3, metrics={})
print("relative error:", evaluate(model, loss_fn, x, amounts, metrics={}))
