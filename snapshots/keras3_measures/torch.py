"""Masks and curves, with the losses and metrics that came with Keras 3."""
from functools import partial
import torch
import torch.nn.functional as F
from torch import nn
import numpy as np

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def to_categorical(y, num_classes=None):
    """Class indices (n,) or (n, 1) as one-hot rows (n, classes)."""
    y = np.asarray(y, dtype="int64")
    if y.ndim > 1 and y.shape[-1] == 1:
        y = y.reshape(y.shape[:-1])
    return np.eye(num_classes or y.max() + 1, dtype="float32")[y]


class Normalize(nn.Module):
    """Scale to length 1 along axes."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return F.normalize(x, dim=self.dims)


def threshold_accuracy(outputs, targets):
    """How often a probability lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0.5) == targets).flatten(1).float().mean(1)


def pearson_correlation(outputs, targets):
    """Correlation of the outputs of a sample with its targets, (N,)."""
    outputs, targets = (part - part.mean(-1, keepdim=True) for part in (outputs, targets))
    return (outputs * targets).mean(-1) / (outputs.std(-1, correction=0) * targets.std(-1, correction=0))


def concordance_correlation(outputs, targets):
    """How well the outputs of a sample agree with its targets, (N,)."""
    mean, wanted = outputs.mean(-1, keepdim=True), targets.mean(-1, keepdim=True)
    shared = (targets - mean) * (outputs - mean)
    spread = outputs.var(-1, correction=0, keepdim=True) + targets.var(-1, correction=0, keepdim=True)
    return (2 * shared / (spread + (wanted - mean).square() + 1e-7)).mean(-1)


def precision(outputs, targets, threshold=0.5):
    """Share of true ones among those predicted, over the whole epoch."""
    predicted = outputs > threshold
    return (predicted & targets.bool()).sum() / predicted.sum().clamp(min=1)


def r2_score(outputs, targets):
    """Share of the variance of the targets that is explained, over the whole epoch."""
    total = (targets - targets.mean(0)).square().sum(0)
    scores = 1 - (targets - outputs).square().sum(0) / total
    scores = scores.where(~scores.isinf(), 0)
    scores = scores.mean()
    return scores


def threshold_counts(outputs, targets, num_thresholds):
    """Hits and false alarms (T,) at thresholds from 0 to 1, and how many targets are true and false."""
    steps = torch.arange(num_thresholds, device=outputs.device)
    predicted = (outputs.flatten() * (num_thresholds - 1)).ceil() > steps[:, None]
    positive = targets.flatten() > 0
    hits, false_alarms = (predicted & positive).sum(1), (predicted & ~positive).sum(1)
    return hits, false_alarms, positive.sum(), (~positive).sum()


def pr_auc(outputs, targets, num_thresholds=200):
    """Area under the curve of precision and recall over the whole epoch, by thresholds, as Davis and Goadrich have it."""
    hits, false_alarms, positives, _ = threshold_counts(outputs.clamp(min=1e-7), targets, num_thresholds)
    predicted = hits + false_alarms
    slope = (hits[:-1] - hits[1:]) / (predicted[:-1] - predicted[1:]).clamp(min=1)
    intercept = hits[1:] - slope * predicted[1:]
    ratio = torch.where(predicted[1:] > 0, predicted[:-1] / predicted[1:].clamp(min=1), 1)
    areas = slope * (hits[:-1] - hits[1:] + intercept * ratio.log())
    return areas.sum() / positives.clamp(min=1)


def mean_iou(outputs, targets, num_classes):
    """The mean over classes of what outputs and targets share of both, over the whole epoch."""
    pairs = targets.flatten().long() * num_classes + outputs.flatten().long()
    matrix = pairs.bincount(minlength=num_classes**2).reshape(num_classes, num_classes)
    shared, union = matrix.diag(), matrix.sum(0) + matrix.sum(1) - matrix.diag()
    return (shared / union.clamp(min=1)).sum() / (union > 0).sum().clamp(min=1)


def dice_loss(outputs, targets):
    """How little of outputs and targets overlaps, in the whole batch."""
    return 1 - 2 * (outputs * targets).sum() / (targets.sum() + outputs.sum() + 1e-7)


def tversky_loss(outputs, targets, alpha=0.5, beta=0.5):
    """How little of outputs and targets overlaps in the whole batch: alpha weighs what is missed, beta what is too much."""
    shared = (outputs * targets).sum()
    missed, extra = ((1 - outputs) * targets).sum(), (outputs * (1 - targets)).sum()
    return 1 - shared / (shared + alpha * missed + beta * extra + 1e-7)


def dice_losses(outputs, targets, axes):
    """How little of outputs and targets overlaps along some axes, the mean over the others."""
    shares = 2 * (outputs * targets).sum(axes) / (targets.sum(axes) + outputs.sum(axes) + 1e-7)
    return 1 - shares.mean()


def tversky_losses(outputs, targets, axes, alpha=0.5, beta=0.5):
    """How little of outputs and targets overlaps along some axes, the mean over the others: alpha weighs what is missed, beta what is too much."""
    shared = (outputs * targets).sum(axes)
    missed, extra = ((1 - outputs) * targets).sum(axes), (outputs * (1 - targets)).sum(axes)
    return 1 - (shared / (shared + alpha * missed + beta * extra + 1e-7)).mean()


def circle_loss(outputs, targets, gamma=80, margin=0.4):
    """How far unit vectors are from those of their class and near to others; a vector without either has no loss."""
    distances = (1 - outputs @ outputs.T).clamp(min=0)
    same = targets[:, None] == targets
    near = same & ~torch.eye(len(same), dtype=torch.bool, device=same.device)
    pull = gamma * (margin + distances).clamp(min=0) * (distances - margin)
    push = gamma * (1 + margin - distances).clamp(min=0) * (1 - margin - distances)
    pull, push = pull.masked_fill(~near, -torch.inf), push.masked_fill(same, -torch.inf)
    losses = F.softplus(pull.logsumexp(1) + push.logsumexp(1))
    return losses.sum() / (losses > 0).sum().clamp(min=1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).reshape(-1, 1, 8, 8)


def to_inputs_2(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1, 8, 8)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def to_targets_3(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).permute(0, 3, 1, 2)


def to_targets_4(y):
    """Class indices (N,)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(-1)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = 0
    kept = []
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            kept.append((outputs.detach(), targets))
            totals += loss.detach() * len(batch)
    outputs, targets = (torch.cat(parts) for parts in zip(*kept))
    values = {name: metric(outputs, targets).float().mean().item() for name, metric in metrics.items()}
    return {"loss": (totals / len(x)).item(), **values}


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), model.to_targets(y)
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
    logs = run_epoch(model, loss_fn, model.to_inputs(x), model.to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


rng = np.random.RandomState(4)
images = rng.rand(14, 8, 8, 1).astype("float32")
masks = (images > 0.6).astype("float32")

segments = nn.Sequential(
    nn.Conv2d(1, 4, 3, padding=1),
    nn.ReLU(),
    nn.Conv2d(4, 1, 3, padding=1),
    nn.Sigmoid(),
).to(device)
segments.apply(init_weights)
segments.to_inputs, segments.to_targets = to_inputs, to_targets
loss_fn = dice_loss
optimizer = torch.optim.SGD(segments.parameters(), lr=0.5)
metrics = {
    "iou": lambda outputs, targets: mean_iou(outputs >= 0.5, targets, num_classes=2),
    "precision": precision,
    "auc": pr_auc,
}
history = fit(segments, loss_fn, optimizer, images, masks, batch_size=4, epochs=3, metrics=metrics)
print(history["iou"])
print(evaluate(segments, loss_fn, images[:1], masks[:1], metrics=metrics))

careful = nn.Sequential(
    nn.Conv2d(1, 1, 3, padding=1),
    nn.Sigmoid(),
).to(device)
careful.apply(init_weights)
careful.to_inputs, careful.to_targets = to_inputs, to_targets
loss_fn = lambda outputs, targets: 0.5 * tversky_loss(outputs, targets, alpha=0.7, beta=0.3)
optimizer = torch.optim.SGD(careful.parameters(), lr=0.01)
metrics = {"accuracy": threshold_accuracy}
fit(careful, loss_fn, optimizer, images, masks, batch_size=5, epochs=2, metrics=metrics)

curves = rng.rand(40, 5).astype("float32")
shapes = np.cumsum(curves, axis=1)
follow = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 5)).to(device)
follow.apply(init_weights)
follow.to_inputs, follow.to_targets = to_inputs_2, to_targets_2
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(follow.parameters(), lr=0.01)
metrics = {"pearson_correlation": pearson_correlation, "ccc": concordance_correlation, "r2_score": r2_score}
fit(follow, loss_fn, optimizer, curves, shapes, epochs=2, validation_split=0.25, metrics=metrics)

parts = nn.Sequential(
    nn.Conv2d(1, 3, 3, padding=1),
    nn.Softmax(dim=1),
).to(device)
parts.apply(init_weights)
parts.to_inputs, parts.to_targets = to_inputs, to_targets_3
labels = to_categorical((3 * images[..., 0]).astype("int32"), 3)
loss_fn = partial(dice_losses, axes=(2, 3))
optimizer = torch.optim.SGD(parts.parameters(), lr=0.01)
fit(parts, loss_fn, optimizer, images, labels, batch_size=4, epochs=2, metrics={})
loss_fn = partial(tversky_losses, axes=(0, 1), alpha=0.3, beta=0.7)
optimizer = torch.optim.SGD(parts.parameters(), lr=0.01)
fit(parts, loss_fn, optimizer, images, labels, batch_size=4, epochs=2, metrics={})

kinds = rng.randint(0, 6, size=40)
embed = nn.Sequential(
    nn.Linear(5, 8),
    nn.ReLU(),
    nn.Linear(8, 4),
    Normalize(1),
).to(device)
embed.apply(init_weights)
embed.to_inputs, embed.to_targets = to_inputs_2, to_targets_4
loss_fn = partial(circle_loss, gamma=16, margin=0.3)
optimizer = torch.optim.SGD(embed.parameters(), lr=0.001)
fit(embed, loss_fn, optimizer, curves, kinds, batch_size=9, epochs=2, metrics={})
print(evaluate(embed, loss_fn, curves, kinds, batch_size=9, metrics={}))
