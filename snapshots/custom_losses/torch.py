"""Losses and metrics of our own, written with the backend."""
import numpy as np
import math
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


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
    return torch.as_tensor(y, dtype=torch.float32)


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
            share = len(x) / math.ceil(len(x) / batch_size)
            values = [metric(outputs, targets) for metric in metrics.values()]
            sums = [value.float().mean() * (len(batch) if value.dim() else share) for value in values]
            totals += torch.stack([loss * len(batch), *sums]).detach()
    return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))


def fit(
    model,
    loss_fn,
    optimizer,
    x,
    y,
    metrics=None,
    batch_size=32,
    epochs=1,
    validation_split=0.0,
    validation_data=None,
    verbose=1,
    validation_batch_size=None,
):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    if validation_data is not None:
        x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    elif validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_split or validation_data is not None:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, validation_batch_size or batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        if verbose:
            values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
            print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


np.random.seed(21)
x = np.random.normal(size=(110, 5)).astype('float32')
y = (np.stack([x[:, 0] + x[:, 1], x[:, 2], x[:, 3] * x[:, 4]], axis=1) > 0.3).astype('float32')
x_train, y_train, x_test, y_test = x[:80], y[:80], x[80:], y[80:]


def dice_coef(y_true, y_pred, smooth=1):
    y_true_f = y_true.flatten()
    y_pred_f = y_pred.flatten()
    intersection = (y_true_f * y_pred_f).sum()
    return (2. * intersection + smooth) / (y_true_f.sum() + y_pred_f.sum() + smooth)


def dice_coef_loss(y_true, y_pred):
    return 1 - dice_coef(y_true, y_pred)


def bce_dice_loss(y_true, y_pred):
    """Both, one per sample."""
    return F.binary_cross_entropy(y_pred.clamp(1e-7, 1 - 1e-7), y_true, reduction="none").mean(-1) + dice_coef_loss(y_true, y_pred)


def iou(y_true, y_pred):
    intersection = (y_true * y_pred).abs().sum(-1)
    union = y_true.sum(-1) + y_pred.sum(-1) - intersection
    return ((intersection + 1e-7) / (union + 1e-7)).mean()


def f1(y_true, y_pred):
    tp = (y_true * y_pred).clamp(0, 1).round().sum()
    possible = y_true.clamp(0, 1).round().sum()
    predicted = y_pred.clamp(0, 1).round().sum()
    precision = tp / (predicted + 1e-7)
    recall = tp / (possible + 1e-7)
    return 2 * (precision * recall) / (precision + recall + 1e-7)


def rmse(y_true, y_pred):
    return (y_pred - y_true).square().mean(-1).clamp(min=0).sqrt()


def rmse_of_all(y_true, y_pred):
    return (y_pred - y_true).square().mean().clamp(min=0).sqrt()


def r_square(y_true, y_pred):
    SS_res = (y_true - y_pred).square().sum()
    SS_tot = (y_true - y_true.mean()).square().sum()
    return 1 - SS_res / (SS_tot + 1e-7)


def matches(y_true, y_pred):
    return (y_true == (y_pred > 0.5).float()).float().mean(-1)


def focal_loss(gamma=2., alpha=.25):
    def focal(y_true, y_pred):
        p_t = torch.where((y_true == 1), y_pred, 1 - y_pred)
        p_t = p_t.clamp(1e-6, 1.0)
        return -(alpha * ((1. - p_t) ** gamma) * p_t.log()).mean()
    return focal


def huber(y_true, y_pred, clip_delta=1.0):
    error = y_true - y_pred
    cond = error.abs() <= clip_delta
    squared_loss = 0.5 * error.square()
    linear_loss = clip_delta * (error.abs() - 0.5 * clip_delta)
    return torch.where(cond, squared_loss, linear_loss)


model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3), nn.Sigmoid()).to(device)
model.apply(init_weights)
loss_fn = lambda outputs, targets: dice_coef_loss(targets, outputs)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {
    "dice_coef": lambda outputs, targets: dice_coef(targets, outputs),
    "iou": lambda outputs, targets: iou(targets, outputs),
    "f1": lambda outputs, targets: f1(targets, outputs),
    "accuracy": categorical_accuracy,
}
history = fit(model, loss_fn, optimizer, x_train, y_train, epochs=3, batch_size=32, validation_data=(x_test, y_test), metrics=metrics)
print(history['val_dice_coef'], history['val_iou'])

model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3), nn.Sigmoid()).to(device)
model.apply(init_weights)
loss_fn = lambda outputs, targets: bce_dice_loss(targets, outputs).mean()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {
    "rmse": lambda outputs, targets: rmse(targets, outputs),
    "rmse_of_all": lambda outputs, targets: rmse_of_all(targets, outputs),
    "r_square": lambda outputs, targets: r_square(targets, outputs),
    "matches": lambda outputs, targets: matches(targets, outputs),
}
roots = fit(model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=32, validation_split=0.2, validation_batch_size=5, verbose=0, metrics=metrics)
print(roots["val_rmse_of_all"])
print(evaluate(model, loss_fn, x_test, y_test, batch_size=16, metrics=metrics))

model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3), nn.Sigmoid()).to(device)
model.apply(init_weights)
criterion = focal_loss(gamma=1.5)
loss_fn = lambda outputs, targets: criterion(targets, outputs)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
measure = lambda t, p: (t - p).abs().amax(-1)
metrics = {"<lambda>": lambda outputs, targets: measure(targets, outputs)}
fit(model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=32, verbose=0, metrics=metrics)
print(evaluate(model, loss_fn, x_test, y_test, metrics=metrics))

model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3), nn.Sigmoid()).to(device)
model.apply(init_weights)
loss_fn = lambda outputs, targets: huber(targets, outputs).mean()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
fit(model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=32, verbose=0, metrics={})
print(evaluate(model, loss_fn, x_test, y_test, metrics={}))

model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3), nn.Sigmoid()).to(device)
model.apply(init_weights)
criterion_2 = lambda y_true, y_pred: torch.maximum(0.2 * (y_true - y_pred), y_pred - y_true).mean(-1)
loss_fn = lambda outputs, targets: criterion_2(targets, outputs).mean()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
fit(model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=32, verbose=0, metrics={})
print(evaluate(model, loss_fn, x_test, y_test, metrics={}))
