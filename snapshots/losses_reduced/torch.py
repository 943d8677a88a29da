"""Sums instead of means, steps with weights of their own, pixels that do not count."""
import numpy as np
from functools import partial
import math
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def to_categorical(y, num_classes=None):
    """Class indices (n,) or (n, 1) as one-hot rows (n, classes)."""
    y = np.asarray(y, dtype="int64")
    if y.ndim > 1 and y.shape[-1] == 1:
        y = y.reshape(y.shape[:-1])
    return np.eye(num_classes or y.max() + 1, dtype="float32")[y]


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def categorical_accuracy_sequence(outputs, targets):
    """How often the largest output (N, T, C) is the class of the one-hot target, (N,)."""
    return (outputs.argmax(-1) == targets.argmax(-1)).float().mean(1)


def sequence_cross_entropy(outputs, targets, label_smoothing=None):
    """Mean crossentropy of logits (N, T, C) and one-hot targets (N, T, C)."""
    if label_smoothing is not None:
        return F.cross_entropy(outputs.mT, targets.mT, label_smoothing=label_smoothing, reduction="none")
    elif label_smoothing is not None:
        return F.cross_entropy(outputs.mT, targets.mT, label_smoothing=label_smoothing)
    else:
        return F.cross_entropy(outputs.mT, targets.mT, reduction="none")


def log_cosh_loss(outputs, targets):
    """Logarithm of the hyperbolic cosine of the error."""
    errors = outputs - targets
    losses = errors + F.softplus(-2 * errors) - math.log(2)
    return losses


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32)


def sample_weights(y, sample_weight=None):
    """The weight of each sample, (N,)."""
    weights = torch.ones(len(y))
    if sample_weight is not None:
        weights = torch.as_tensor(np.asarray(sample_weight)[: len(y)], dtype=torch.float32)
    elif sample_weight is not None:
        weights = torch.as_tensor(np.asarray(sample_weight)[: len(y)], dtype=torch.float32).reshape(len(y))
    return weights


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None, sample_weight=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = 0
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            losses = loss_fn(outputs, targets)
            if sample_weight is not None:
                weights = sample_weight[batch].to(device)
                losses = losses.reshape(*weights.shape, -1).mean(-1) * weights
            loss = losses.mean()
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
    return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))


def fit(
    model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0, sample_weight=None
):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    if validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
        tail = None if sample_weight is None else sample_weight[n_train:]
        val_weights = sample_weights(y_val, sample_weight=tail)
    weights = sample_weights(y, sample_weight=sample_weight)
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics, sample_weight=weights)
        if validation_split:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics, sample_weight=val_weights)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32, sample_weight=None):
    """The mean loss, and the metrics after it, over the data."""
    if sample_weight is not None:
        sample_weight = sample_weights(y, sample_weight=sample_weight)
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics, sample_weight=sample_weight)
    return list(logs.values()) if metrics else logs["loss"]


def train_on_batch(model, loss_fn, optimizer, x, y, metrics=None, sample_weight=None):
    """One step of the optimizer on one batch; its loss, and metrics if there are any."""
    model.train()
    outputs, targets = model(to_inputs(x).to(device)), to_targets(y).to(device)
    losses = loss_fn(outputs, targets)
    if sample_weight is not None:
        weights = sample_weights(targets, sample_weight=sample_weight).to(device)
        losses = losses.reshape(*weights.shape, -1).mean(-1) * weights
    loss = losses.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    values = [metric(outputs, targets).float().mean().item() for metric in metrics.values()]
    return [loss.item(), *values] if metrics else loss.item()


rng = np.random.RandomState(2)
x = rng.normal(size=(64, 5)).astype('float32')
tags = (x[:, :3] > 0.4).astype('float32')

# sums over the samples of a batch
model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3)).to(device)
model.apply(init_weights)
loss_fn = lambda outputs, targets: len(outputs) * F.binary_cross_entropy_with_logits(outputs, targets, reduction="none")
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": categorical_accuracy}
fit(model, loss_fn, optimizer, x, tags, batch_size=16, epochs=2, metrics=metrics)
print('sum of entropies', evaluate(model, loss_fn, x, tags, metrics=metrics))

model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3)).to(device)
model.apply(init_weights)
loss_fn = lambda outputs, targets: 0.5 * len(outputs) * log_cosh_loss(outputs, targets)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
fit(model, loss_fn, optimizer, x, x[:, :3], batch_size=16, epochs=2, sample_weight=rng.rand(64), metrics={})

# words with weights: padding does not count
sentences = rng.normal(size=(40, 6, 4)).astype('float32')
words = to_categorical(sentences[:, :, :3].argmax(axis=2), 3)
weights = np.ones((40, 6))
weights[:, 4:] = 0.25
weights[::3, 5] = 0

reader = nn.Sequential(
    LSTM(4, 7, return_sequences=True),
    nn.Linear(7, 3),
).to(device)
reader.apply(init_weights)
loss_fn = partial(sequence_cross_entropy, label_smoothing=0.1)
optimizer = torch.optim.SGD(reader.parameters(), lr=0.01)
metrics = {"accuracy": categorical_accuracy_sequence}
fit(reader, loss_fn, optimizer, sentences, words, batch_size=8, epochs=2, sample_weight=weights, validation_split=0.25, metrics=metrics)
print('weighted words', evaluate(reader, loss_fn, sentences, words, sample_weight=weights, metrics=metrics))
print('next batch', train_on_batch(reader, loss_fn, optimizer, sentences[:8], words[:8], sample_weight=weights[:8], metrics=metrics))
print('all words', evaluate(reader, loss_fn, sentences, words, metrics=metrics))
