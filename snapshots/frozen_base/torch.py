# A small base learns shapes, then serves a new task: first frozen, then fine-tuned from its second block on
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


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).permute(0, 3, 1, 2)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(-1)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


def penalty(model):
    """What the regularizers add to the loss."""
    return 1e-2 * model[0][0].weight.square().sum()


def hold_frozen_norms(model):
    """Normalizations whose parameters are frozen stay at their running statistics."""
    types = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
    for norm in [module for module in model.modules() if isinstance(module, types)]:
        if not any(parameter.requires_grad for parameter in norm.parameters()):
            norm.eval()


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None, shuffle=True):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    hold_frozen_norms(model)
    rows = torch.randperm(len(x)) if training and shuffle else torch.arange(len(x))
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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0, shuffle=True):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), model.to_targets(y)
    if validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics, shuffle=shuffle)
        if validation_split:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), model.to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


rng = np.random.RandomState(1)
shapes, kinds = rng.rand(48, 8, 8, 2), rng.randint(0, 3, 48)
photos, labels = rng.rand(40, 8, 8, 2) + 0.5, rng.randint(0, 2, (40, 1))

base = nn.Sequential(
    nn.Conv2d(2, 4, 3, padding=1),
    nn.BatchNorm2d(4, eps=1e-3, momentum=0.2),
    nn.ReLU(),
    nn.MaxPool2d((2, 2)),
    nn.Conv2d(4, 6, 3, bias=False),
    nn.BatchNorm2d(6, eps=1e-3, momentum=0.2),
    nn.ReLU(),
    Permute(0, 2, 3, 1),  # the flat order is Keras's
    nn.Flatten(),
).to(device)
base.apply(init_weights)

shape_model = nn.Sequential(base, nn.Linear(24, 3)).to(device)
shape_model[1].apply(init_weights)
shape_model.to_targets = to_targets
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(shape_model.parameters(), lr=0.05)
metrics = {"accuracy": sparse_categorical_accuracy}
fit(shape_model, loss_fn, optimizer, shapes, kinds, epochs=2, batch_size=16, shuffle=False, metrics=metrics)

base.requires_grad_(False)
print('trained of the base:', sum(parameter.requires_grad for parameter in base.parameters()))
model = nn.Sequential(
    base,
    nn.Linear(24, 5),
    BatchNorm1d(5, eps=1e-3, momentum=0.01),
    nn.Tanh(),
    nn.Linear(5, 1),
).to(device)
model[1].apply(init_weights)
model[4].apply(init_weights)
model.to_targets = to_targets_2
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
metrics = {"accuracy": binary_accuracy}
history = fit(model, loss_fn, optimizer, photos, labels, epochs=3, batch_size=16, shuffle=False,
              validation_split=0.2, metrics=metrics)
print('frozen:', history['loss'])

base.requires_grad_(True)
for layer in base[:4]:
    layer.requires_grad_(False)
print('trained:', sum(parameter.requires_grad for parameter in model.parameters()))
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": binary_accuracy}
history = fit(model, loss_fn, optimizer, photos, labels, epochs=3, batch_size=16, shuffle=False,
              validation_split=0.2, metrics=metrics)
print('fine-tuned:', history['loss'])

loss, accuracy = evaluate(model, loss_fn, photos, labels, metrics=metrics)
print('Loss %.4f, accuracy %.2f' % (loss, accuracy))
