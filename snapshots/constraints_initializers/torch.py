"""Sonar returns: dropout with max-norm constraints, two models with penalties of their own."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class BatchNorm1d(nn.BatchNorm1d):
    """Batch normalization that keeps the biased variance for evaluation, and takes batches of one."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        dims, shape = ([0], (-1,)) if x.dim() == 2 else ([0, 2], (-1, 1))
        var, mean = torch.var_mean(x, dims, correction=0)
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(var, self.momentum)
        scale = self.weight * torch.rsqrt(var + self.eps)
        return (x - mean.view(shape)) * scale.view(shape) + self.bias.view(shape)


class ActivityRegularization(nn.Module):
    """Keep what the outputs add to the loss: a mean over samples."""

    def __init__(self, l2=0.0):
        super().__init__()
        self.l2 = l2

    def forward(self, x):
        self.penalty = self.l2 * x.square().sum() / len(x)
        return x


def variance_scaling_(weight, scale, mode, distribution):
    """Random weights of the variance scale / fan; a normal distribution may be cut off at two standard deviations."""
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(weight)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    std = (scale / fan) ** 0.5
    if distribution == "uniform":
        nn.init.uniform_(weight, -(3**0.5) * std, 3**0.5 * std)
    elif distribution == "truncated_normal":
        std /= 0.87962566103423978
        nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)
    else:
        nn.init.normal_(weight, std=std)


def max_norm_(weight, max_value, dim):
    """Scale down what is longer along `dim`."""
    norm = weight.norm(2, dim, keepdim=True)
    weight.mul_(norm.clamp(max=max_value) / (norm + 1e-7))


def unit_norm_(weight, dim):
    """Scale to length 1 along `dim`."""
    weight.div_(weight.norm(2, dim, keepdim=True) + 1e-7)


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.05)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Conv1d):
        nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_inputs_2(x):
    """Sequences (N, T, C) as the model reads them, (N, C, T)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).reshape(-1, 1, 24)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


def penalty(model):
    """What the regularizers add to the loss."""
    return 0.001 * model[5].weight.square().sum()


def penalty_2(model):
    """What the regularizers add to the loss."""
    return (
        WEIGHT_DECAY * model[0].weight.abs().sum()
        + 0.01 * model[2].weight.square().sum()
        + 0.01 * model[4].bias.square().sum()
        + model[6].penalty
    )


def constrain(model):
    """What the constraints do after each step."""
    with torch.no_grad():
        max_norm_(model[0].weight, 0.2, dim=1)
        max_norm_(model[3].weight, 0.15, dim=1)
        model[3].bias.clamp_(min=0)


def constrain_2(model):
    """What the constraints do after each step."""
    with torch.no_grad():
        unit_norm_(model[0].weight, dim=(2, 1))


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
            loss = loss + model.penalty(model)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                model.constrain(model)
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
    return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), to_targets(y)
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
    logs = run_epoch(model, loss_fn, model.to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


WEIGHT_DECAY = 1e-3
rng = np.random.RandomState(11)
X = rng.rand(120, 24).astype("float32")
Y = (X[:, :12].sum(axis=1) > X[:, 12:].sum(axis=1)).astype("float32")


def create_model(decay=WEIGHT_DECAY):
    # dropout on the weights that max norm holds
    model = nn.Sequential(
        nn.Linear(24, 30),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(30, 15),
        nn.ReLU(),
        nn.Linear(15, 8),
        nn.LeakyReLU(0.1),
        nn.Linear(8, 1),
    ).to(device)
    model.apply(init_weights)
    nn.init.normal_(model[5].weight, 0.0, 0.2)
    model.to_inputs, model.penalty, model.constrain = to_inputs, penalty, constrain
    model.loss_fn = F.binary_cross_entropy_with_logits
    model.optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.8)
    model.metrics = {"accuracy": binary_accuracy}
    return model


model = create_model()
fit(model, model.loss_fn, model.optimizer, X, Y, epochs=4, batch_size=16, metrics=model.metrics)
print("dense: %.4f, %.4f" % tuple(evaluate(model, model.loss_fn, X, Y, metrics=model.metrics)))

waves = nn.Sequential(
    nn.Conv1d(1, 4, 3, padding=1),
    nn.PReLU(4, init=0.0),
    BatchNorm1d(4, eps=1e-3, momentum=0.01),
    nn.Flatten(),
    nn.Linear(96, 6),
    nn.GELU(),
    ActivityRegularization(l2=0.001),
    nn.Linear(6, 1),
).to(device)
waves.apply(init_weights)
waves[2].bias.requires_grad_(False)
variance_scaling_(waves[4].weight, 2.0, "fan_out", "truncated_normal")
nn.init.constant_(waves[7].weight, 0.05)
waves.to_inputs, waves.penalty, waves.constrain = to_inputs_2, penalty_2, constrain_2
waves.loss_fn = F.binary_cross_entropy_with_logits
waves.optimizer = torch.optim.SGD(waves.parameters(), lr=0.01)
waves.metrics = {"accuracy": binary_accuracy}
history = fit(waves, waves.loss_fn, waves.optimizer, X[..., np.newaxis], Y, epochs=3, batch_size=20, validation_split=0.25, metrics=waves.metrics)
print("waves:", history["loss"], history["val_loss"])
print("plain: %.4f" % evaluate(waves, waves.loss_fn, X[..., np.newaxis], Y, metrics=waves.metrics)[0])
