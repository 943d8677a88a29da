"""Rare events, counted by metrics of our own."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def mean_absolute_error(outputs, targets):
    """Mean absolute error of each sample, (N,)."""
    return (outputs - targets).abs().flatten(1).mean(1)


def precision(outputs, targets, threshold=0.5):
    """Share of true ones among those predicted, over the whole epoch."""
    predicted = outputs > threshold
    return (predicted & targets.bool()).sum() / predicted.sum().clamp(min=1)


def recall(outputs, targets, threshold=0.5):
    """Share of the true ones that are predicted, over the whole epoch."""
    positive = targets.bool()
    return ((outputs > threshold) & positive).sum() / positive.sum().clamp(min=1)


def auc(outputs, targets, num_thresholds=200):
    """Area under the ROC curve of probabilities over the whole epoch, by thresholds."""
    steps = torch.arange(num_thresholds, device=outputs.device)
    predicted = (outputs.flatten() * (num_thresholds - 1)).ceil().clamp(min=1) > steps[:, None]
    positive = targets.flatten() > 0
    hits = (predicted & positive).sum(1) / positive.sum().clamp(min=1)
    false_alarms = (predicted & ~positive).sum(1) / (~positive).sum().clamp(min=1)
    return torch.trapezoid(hits.flip(0), false_alarms.flip(0))


class MeanOf:
    """The mean of a metric over samples, or over batches where it gives one number for each."""

    def __init__(self, metric):
        self.metric = metric

    def reset_state(self):
        self.total, self.count = 0, 0

    def update_state(self, targets, outputs):
        values = self.metric(outputs, targets).float()
        self.total += values.sum()
        self.count += values.numel()

    def result(self):
        return self.total / self.count


class OverEpoch:
    """A metric of all samples that it was updated with."""

    def __init__(self, metric):
        self.metric = metric
        self.reset_state()

    def reset_state(self):
        self.kept = []

    def update_state(self, targets, outputs):
        self.kept.append((outputs, targets))

    def result(self):
        outputs, targets = (torch.cat(parts) for parts in zip(*self.kept))
        return self.metric(outputs, targets).float().mean(0)


class Given:
    """A metric that is given targets and outputs in another form than the loss."""

    def __init__(self, metric, form):
        self.metric, self.form = metric, form

    def reset_state(self):
        self.metric.reset_state()

    def update_state(self, targets, outputs):
        self.metric.update_state(*self.form(targets, outputs))

    def result(self):
        return self.metric.result()


def cosine_loss(outputs, targets):
    """Minus the cosine of the angle between output and target."""
    losses = -F.cosine_similarity(outputs, targets, dim=-1, eps=1e-6)
    return losses.mean()


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
    """Class indices (N,)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(-1)


def to_targets_3(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32)


def results(metrics):
    """What metrics have come to."""
    values = {name: torch.as_tensor(metric.result(), dtype=torch.float32) for name, metric in metrics.items()}
    return {name: value.item() for name, value in values.items()}


def batch_results(metrics, outputs, targets):
    """The metrics of one batch."""
    for metric in metrics.values():
        metric.reset_state()
        metric.update_state(targets, outputs.detach())
    return list(results(metrics).values())


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = 0
    for metric in metrics.values():
        metric.reset_state()
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            for metric in metrics.values():
                metric.update_state(targets, outputs.detach())
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item(), **results(metrics)}


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
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), model.to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


def train_on_batch(model, loss_fn, optimizer, x, y, metrics=None):
    """One step of the optimizer on one batch; its loss, and metrics if there are any."""
    model.train()
    outputs, targets = model(to_inputs(x).to(device)), model.to_targets(y).to(device)
    loss = loss_fn(outputs, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    values = batch_results(metrics, outputs, targets)
    return [loss.item(), *values]


class BinaryTruePositives:
    """How many positives are found."""

    def __init__(self, name='binary_true_positives', **kwargs):
        super(BinaryTruePositives, self).__init__()
        self.true_positives = torch.zeros((), device=device)

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true = y_true.bool()
        y_pred = (y_pred > 0.5).bool()
        values = ((y_true == (True)) & (y_pred == (True)))
        values = values.to(torch.float32)
        self.true_positives += values.sum()

    def result(self):
        return self.true_positives

    def reset_state(self):
        self.true_positives.zero_()


class F1Score:
    def __init__(self, name='f1', **kwargs):
        super().__init__()
        self.precision = OverEpoch(precision)
        self.recall = OverEpoch(recall)

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.precision.update_state(y_true, y_pred)
        self.recall.update_state(y_true, y_pred)

    def result(self):
        p = self.precision.result()
        r = self.recall.result()
        return 2 * ((p * r) / (p + r + 1e-7))

    def reset_state(self):
        self.precision.reset_state()
        self.recall.reset_state()


class MeanError:
    def __init__(self, scale=2.0, **kwargs):
        super().__init__()
        self.scale = scale
        self.total = torch.zeros((), device=device)
        self.count = torch.zeros((), device=device)

    def update_state(self, y_true, y_pred, sample_weight=None):
        error = (y_true - y_pred).abs() * self.scale
        self.total += error.sum()
        self.count += float(y_true.numel())

    def result(self):
        return self.total / self.count

    def reset_state(self):
        self.total.zero_()
        self.count.zero_()


class CategoricalTruePositives:
    def __init__(self, name="ctp", **kwargs):
        super().__init__()
        self.true_positives = torch.zeros((), device=device)

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_pred = y_pred.argmax(1).reshape((-1, 1))
        values = y_true.int() == y_pred.int()
        values = values.float()
        self.true_positives += values.sum()

    def result(self):
        return self.true_positives

    def reset_state(self):
        # The state of the metric will be reset at the start of each epoch.
        self.true_positives.zero_()


def mean_pred(y_true, y_pred):
    return y_pred.mean()


rng = np.random.RandomState(3)
x = rng.normal(size=(53, 4)).astype('float32')
y = (x[:, 0] > 0.3).astype('float32')
kinds = x[:, :3].argmax(1)

model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1)).to(device)
model.apply(init_weights)
model.to_targets = to_targets
f1 = F1Score()
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {
    "accuracy": MeanOf(binary_accuracy),
    "binary_true_positives": Given(BinaryTruePositives(), lambda targets, outputs: (targets, outputs.sigmoid())),
    "f1": Given(f1, lambda targets, outputs: (targets, outputs.sigmoid())),
    "error": Given(MeanError(name='error'), lambda targets, outputs: (targets, outputs.sigmoid())),
    "auc": OverEpoch(lambda outputs, targets: auc(outputs.sigmoid(), targets)),
    "mean_pred": MeanOf(lambda outputs, targets: mean_pred(targets, outputs.sigmoid())),
}
history = fit(model, loss_fn, optimizer, x, y, batch_size=6, epochs=2, validation_split=0.3, metrics=metrics)
print(sorted(history))
print(evaluate(model, loss_fn, x, y, metrics=metrics))
print(train_on_batch(model, loss_fn, optimizer, x[:5], y[:5], metrics=metrics))

model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).to(device)
model.apply(init_weights)
model.to_targets = to_targets_2
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {
    "ctp": Given(CategoricalTruePositives(), lambda targets, outputs: (targets.unsqueeze(-1), outputs.softmax(-1))),
}
history = fit(model, loss_fn, optimizer, x, kinds, batch_size=6, epochs=2, validation_split=0.3, metrics=metrics)
print(evaluate(model, loss_fn, x, kinds, metrics=metrics))

model = nn.Sequential(nn.Linear(4, 2)).to(device)
model.apply(init_weights)
model.to_targets = to_targets_3
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"mean_error": MeanError(3.0)}
history = fit(model, loss_fn, optimizer, x, x[:, :2], batch_size=6, epochs=2, metrics=metrics)


# a function over class numbers, and a loss that is looked at: means over batches
def far_off(y_true, y_pred):
    return ((y_true - y_pred.argmax(-1).float()[:, None]).abs() > 1).float().mean()


kinds = x[:, :3].argmax(axis=1)
kind = nn.Sequential(nn.Linear(4, 3)).to(device)
kind.apply(init_weights)
kind.to_targets = to_targets_2
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(kind.parameters(), lr=0.01)
metrics = {
    "far_off": MeanOf(lambda outputs, targets: far_off(targets.unsqueeze(-1).float(), outputs.softmax(-1))),
    "mae": MeanOf(lambda outputs, targets: mean_absolute_error(outputs.softmax(-1), targets.unsqueeze(-1))),
}
fit(kind, loss_fn, optimizer, x, kinds, batch_size=15, epochs=2, metrics=metrics)

amounts = np.abs(x[:, :2])
line = nn.Sequential(nn.Linear(4, 2)).to(device)
line.apply(init_weights)
line.to_targets = to_targets_3
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(line.parameters(), lr=0.01)
metrics = {
    "mean_absolute_error": MeanOf(lambda outputs, targets: F.l1_loss(outputs, targets)),
    "cosine_similarity": MeanOf(lambda outputs, targets: cosine_loss(outputs, targets).expand(len(outputs))),
    "huber_loss": MeanOf(lambda outputs, targets: F.huber_loss(outputs, targets, delta=0.5)),
}
fit(line, loss_fn, optimizer, x, amounts, batch_size=15, epochs=2, metrics=metrics)
