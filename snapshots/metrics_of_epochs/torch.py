"""Rare events, three classes and masks: the metrics that count over a whole epoch."""
import numpy as np
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


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def equal_values(outputs, targets):
    """How often outputs are the same numbers as their targets, (N,)."""
    return (outputs == targets).flatten(1).float().mean(1)


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


def best_rate(rates, limited, at_least):
    """The highest of the rates at thresholds where the other rate is high enough, else 0."""
    return torch.where(limited >= at_least, rates, 0).max()


def precision_at_recall(outputs, targets, at_least, num_thresholds=200):
    """The best precision at a threshold with so much recall, over the whole epoch."""
    hits, false_alarms, positives, _ = threshold_counts(outputs, targets, num_thresholds)
    return best_rate(hits / (hits + false_alarms).clamp(min=1), hits / positives.clamp(min=1), at_least)


def recall_at_precision(outputs, targets, at_least, num_thresholds=200):
    """The best recall at a threshold with so much precision, over the whole epoch."""
    hits, false_alarms, positives, _ = threshold_counts(outputs, targets, num_thresholds)
    return best_rate(hits / positives.clamp(min=1), hits / (hits + false_alarms).clamp(min=1), at_least)


def sensitivity_at_specificity(outputs, targets, at_least, num_thresholds=200):
    """The best sensitivity at a threshold with so much specificity, over the whole epoch."""
    hits, false_alarms, positives, negatives = threshold_counts(outputs, targets, num_thresholds)
    specificity = (negatives - false_alarms) / negatives.clamp(min=1)
    return best_rate(hits / positives.clamp(min=1), specificity, at_least)


def specificity_at_sensitivity(outputs, targets, at_least, num_thresholds=200):
    """The best specificity at a threshold with so much sensitivity, over the whole epoch."""
    hits, false_alarms, positives, negatives = threshold_counts(outputs, targets, num_thresholds)
    specificity = (negatives - false_alarms) / negatives.clamp(min=1)
    return best_rate(specificity, hits / positives.clamp(min=1), at_least)


def f_score(outputs, targets, average="macro", beta=1.0, threshold=None):
    """The F score of one-hot or 0 and 1 targets over the whole epoch."""
    if threshold is None:
        predicted = (outputs >= outputs.amax(-1, keepdim=True)) & (outputs.abs() > 1e-9)
    else:
        predicted = outputs > threshold
    hits, found, wanted = ((predicted * targets).sum(0), predicted.sum(0), targets.sum(0))
    if average == "micro":
        hits, found, wanted = hits.sum(), found.sum(), wanted.sum()
    precision, recall = hits / (found + 1e-7), hits / (wanted + 1e-7)
    scores = (1 + beta**2) * precision * recall / (beta**2 * precision + recall + 1e-7)
    return (scores * wanted).sum() / (wanted.sum() + 1e-7) if average == "weighted" else scores.mean()


def mean_iou(outputs, targets, num_classes, classes=None):
    """The mean over classes of what outputs and targets share of both, over the whole epoch."""
    pairs = targets.flatten().long() * num_classes + outputs.flatten().long()
    matrix = pairs.bincount(minlength=num_classes**2).reshape(num_classes, num_classes)
    shared, union = matrix.diag(), matrix.sum(0) + matrix.sum(1) - matrix.diag()
    if classes is not None:
        shared, union = shared[list(classes)], union[list(classes)]
    return (shared / union.clamp(min=1)).sum() / (union > 0).sum().clamp(min=1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_inputs_2(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).reshape(-1, 1, 6, 6)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def to_targets_3(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1, 6, 6)


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
    return list(logs.values())


rng = np.random.RandomState(8)
x = rng.normal(size=(150, 6)).astype('float32')
events = (x[:, 0] + rng.normal(size=150) > 0.8).astype('float32')
kinds = to_categorical(np.digitize(x[:, 1] + x[:, 2], [-0.7, 0.7]), 3)

# fraud
fraud = nn.Sequential(
    nn.Linear(6, 8),
    nn.ReLU(),
    nn.Linear(8, 1),
).to(device)
fraud.apply(init_weights)
fraud.to_inputs, fraud.to_targets = to_inputs, to_targets
loss_fn = lambda outputs, targets: 0.5 * F.binary_cross_entropy_with_logits(outputs, targets)
optimizer = torch.optim.SGD(fraud.parameters(), lr=0.3)
metrics = {
    "prc": lambda outputs, targets: pr_auc(outputs.sigmoid(), targets),
    "auc": lambda outputs, targets: auc(outputs.sigmoid(), targets, num_thresholds=50),
    "precision_at_recall": lambda outputs, targets: precision_at_recall(outputs.sigmoid(), targets, at_least=0.8),
    "recall_at_40": lambda outputs, targets: recall_at_precision(outputs.sigmoid(), targets, at_least=0.4),
    "sensitivity_at_specificity": lambda outputs, targets: sensitivity_at_specificity(outputs.sigmoid(), targets, at_least=0.6, num_thresholds=40),
    "specificity_at_sensitivity": lambda outputs, targets: specificity_at_sensitivity(outputs.sigmoid(), targets, at_least=0.6),
    "fbeta_score": lambda outputs, targets: f_score(outputs.sigmoid(), targets, average='macro', beta=0.5, threshold=0.5),
    "smoothed": lambda outputs, targets: F.binary_cross_entropy_with_logits(outputs, targets * 0.9 + 0.05, reduction="none").flatten(1).mean(1),
    "accuracy": binary_accuracy,
}
history = fit(fraud, loss_fn, optimizer, x, events, batch_size=20, epochs=3, validation_split=0.3, metrics=metrics)
print(sorted(history))
print(evaluate(fraud, loss_fn, x, events, batch_size=64, metrics=metrics))

# three classes
kind = nn.Sequential(
    nn.Linear(6, 8),
    nn.ReLU(),
    nn.Linear(8, 3),
).to(device)
kind.apply(init_weights)
kind.to_inputs, kind.to_targets = to_inputs, to_targets_2
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(kind.parameters(), lr=0.01)
metrics = {
    "accuracy": categorical_accuracy,
    "f1": lambda outputs, targets: f_score(outputs.softmax(-1), targets, average='macro'),
    "f1_weighted": lambda outputs, targets: f_score(outputs.softmax(-1), targets, average='weighted', threshold=0.4),
    "auc": lambda outputs, targets: torch.stack([auc(*pair) for pair in zip(outputs.softmax(-1).mT, targets.mT)]).mean(),
    "precision_1": lambda outputs, targets: precision(outputs.softmax(-1)[:, 1], targets[:, 1]),
    "one_hot_mean_io_u": lambda outputs, targets: mean_iou(outputs.argmax(-1), targets.argmax(-1), num_classes=3),
    "outer": lambda outputs, targets: mean_iou(outputs.argmax(-1), targets.argmax(-1), num_classes=3, classes=[0, 2]),
}
fit(kind, loss_fn, optimizer, x, kinds, batch_size=40, epochs=2, metrics=metrics)
print(evaluate(kind, loss_fn, x[:1], kinds[:1], metrics=metrics))

# masks
images = rng.rand(12, 6, 6, 1).astype('float32')
masks = (images > 0.5).astype('float32')
segments = nn.Sequential(
    nn.Conv2d(1, 4, 3, padding=1),
    nn.ReLU(),
    nn.Conv2d(4, 1, 1),
).to(device)
segments.apply(init_weights)
segments.to_inputs, segments.to_targets = to_inputs_2, to_targets_3
loss_fn = lambda outputs, targets: 2.0 * F.binary_cross_entropy_with_logits(outputs, targets)
optimizer = torch.optim.SGD(segments.parameters(), lr=0.01)
metrics = {
    "iou": lambda outputs, targets: mean_iou(outputs.sigmoid() >= 0.5, targets, num_classes=2, classes=[1]),
    "mean_io_u": lambda outputs, targets: mean_iou(outputs.sigmoid(), targets, num_classes=2),
    "accuracy": binary_accuracy,
}
fit(segments, loss_fn, optimizer, images, masks, batch_size=5, epochs=2, metrics=metrics)
print(evaluate(segments, loss_fn, images, masks, metrics=metrics))

points = nn.Sequential(nn.Linear(6, 2)).to(device)
points.apply(init_weights)
points.to_inputs, points.to_targets = to_inputs, to_targets_2
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(points.parameters(), lr=0.01)
metrics = {"accuracy": equal_values}
fit(points, loss_fn, optimizer, x, np.abs(x[:, :2]), epochs=1, metrics=metrics)
