import argparse

import math
import torch
from torch import nn
import numpy as np

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def to_categorical(y):
    """Class indices (n,) or (n, 1) as one-hot rows (n, classes)."""
    y = np.asarray(y, dtype="int64")
    if y.ndim > 1 and y.shape[-1] == 1:
        y = y.reshape(y.shape[:-1])
    return np.eye(y.max() + 1, dtype="float32")[y]


def truncated_normal_(weight, mode):
    """Keras's normal initializers, cut off at two standard deviations: "glorot", "he" or "lecun"."""
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(weight)
    variance = {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[mode]
    std = variance**0.5 / 0.87962566103423978
    nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        truncated_normal_(module.weight, "he")
        if module.bias is not None:
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
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
    return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, callbacks=()):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    history = {}
    if callbacks:
        model.stop_training = False
    for callback in callbacks:
        callback.model, callback.optimizer = model, optimizer
        callback.on_train_begin({})
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if callbacks and model.stop_training:
            break
    return history


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.softmax(-1).numpy()


class Callback:
    """Hooks that do nothing."""

    def on_train_begin(self, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass


class ReduceLROnPlateau(Callback):
    """Multiply the learning rate by `factor` when the monitored value has not improved for `patience` epochs."""

    def __init__(self, monitor="val_loss", factor=0.1, patience=10, min_delta=1e-4):
        self.monitor = monitor
        self.factor = factor
        self.patience = patience
        self.min_delta = min_delta

    def on_train_begin(self, logs=None):
        self.best, self.wait = math.inf, 0

    def on_epoch_end(self, epoch, logs=None):
        rate = logs["lr"] = self.optimizer.param_groups[0]["lr"]
        if self.monitor not in logs:
            return
        value = logs[self.monitor]
        self.wait += 1
        if value < self.best - self.min_delta:
            self.best, self.wait = value, 0
        elif self.wait >= self.patience and rate > 0:
            self.wait = 0
            for group in self.optimizer.param_groups:
                group["lr"] = max(rate * self.factor, 0)



parser = argparse.ArgumentParser(description="Spirals with a small network")
parser.add_argument("--epochs", type=int, default=6)
parser.add_argument("--batch-size", type=int, default=30)
parser.add_argument("--units", type=int, default=20)
args = parser.parse_args()


def spirals(n, classes):
    rng = np.random.default_rng(4)
    x = np.zeros((n * classes, 2)); y = np.zeros(n * classes, dtype="int64")
    for c in range(classes):
        r = np.linspace(0.05, 1, n)
        angle = np.linspace(c * 4, (c + 1) * 4, n) + 0.2 * rng.standard_normal(n)
        x[c * n:(c + 1) * n] = np.c_[r * np.sin(angle), r * np.cos(angle)]
        y[c * n:(c + 1) * n] = c
    order = rng.permutation(n * classes)
    return x[order], y[order]


def main():
    x, y = spirals(40, 3)
    one_hot = to_categorical(y)

    model = nn.Sequential()
    for _ in range(2):
        model.extend([nn.LazyLinear(args.units), nn.ELU()])
    model.append(nn.LazyLinear(one_hot.shape[1], bias=False))
    model.to(device)
    with torch.no_grad():
        model.eval()(torch.zeros(1, 2, device=device))
    model.apply(init_weights)
    nn.init.xavier_uniform_(model[-1].weight)

    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02, betas=(0.8, 0.999), eps=1e-7)
    metrics = {"accuracy": categorical_accuracy}
    reduce_lr = ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, min_delta=0.05)
    history = fit(model, loss_fn, optimizer, x, one_hot, epochs=args.epochs, batch_size=args.batch_size, callbacks=[reduce_lr], metrics=metrics)
    print("losses:", " ".join("%.3f" % l for l in history["loss"]))
    print("accuracy: %.3f" % history["accuracy"][-1])

    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 5), np.linspace(-1, 1, 5)), axis=-1).reshape(-1, 2)
    regions = np.argmax(predict(model, grid, batch_size=8), axis=1)
    print(regions.reshape(5, 5))


if __name__ == "__main__":
    main()
