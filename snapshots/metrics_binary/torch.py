"""Fraud detection with the metrics that matter for rare classes."""
import numpy as np
import copy
import math
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def precision(outputs, targets, threshold=0.5):
    """Share of true ones among those predicted, over the whole epoch."""
    predicted = outputs > threshold
    return (predicted & targets.bool()).sum() / predicted.sum().clamp(min=1)


def recall(outputs, targets, threshold=0.5):
    """Share of the true ones that are predicted, over the whole epoch."""
    positive = targets.bool()
    return ((outputs > threshold) & positive).sum() / positive.sum().clamp(min=1)


def true_positives(outputs, targets, threshold=0.5):
    """How many true ones are predicted, over the whole epoch."""
    return ((outputs > threshold) & targets.bool()).sum()


def true_negatives(outputs, targets, threshold=0.5):
    """How many false ones are not predicted, over the whole epoch."""
    return ((outputs <= threshold) & ~targets.bool()).sum()


def false_positives(outputs, targets, threshold=0.5):
    """How many false ones are predicted, over the whole epoch."""
    return ((outputs > threshold) & ~targets.bool()).sum()


def false_negatives(outputs, targets, threshold=0.5):
    """How many true ones are not predicted, over the whole epoch."""
    return ((outputs <= threshold) & targets.bool()).sum()


def auc(outputs, targets, num_thresholds=200):
    """Area under the ROC curve of probabilities over the whole epoch, by thresholds."""
    steps = torch.arange(num_thresholds, device=outputs.device)
    predicted = (outputs.flatten() * (num_thresholds - 1)).ceil().clamp(min=1) > steps[:, None]
    positive = targets.flatten() > 0
    hits = (predicted & positive).sum(1) / positive.sum().clamp(min=1)
    false_alarms = (predicted & ~positive).sum(1) / (~positive).sum().clamp(min=1)
    return torch.trapezoid(hits.flip(0), false_alarms.flip(0))


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
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_data=None, callbacks=()):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    history = {}
    if callbacks:
        model.stop_training = False
    for callback in callbacks:
        callback.model, callback.optimizer = model, optimizer
        callback.on_train_begin({})
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if callbacks and model.stop_training:
            break
    for callback in callbacks:
        callback.on_train_end({})
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.sigmoid().numpy()


class Callback:
    """Hooks that do nothing."""

    def on_train_begin(self, logs=None):
        pass

    def on_train_end(self, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass


class EarlyStopping(Callback):
    """Stop when the monitored value has not improved for `patience` epochs."""

    def __init__(self, monitor="val_loss", patience=0, verbose=0, restore_best_weights=False):
        self.monitor = monitor
        self.patience = patience
        self.verbose = verbose
        self.restore_best_weights = restore_best_weights

    def on_train_begin(self, logs=None):
        self.best, self.wait = -math.inf, 0
        if self.restore_best_weights:
            self.best_weights = None

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor not in logs:
            return
        value = logs[self.monitor]
        self.wait += 1
        if value > self.best:
            self.best, self.wait = value, 0
            if self.restore_best_weights:
                self.best_weights = copy.deepcopy(self.model.state_dict())
        elif self.wait >= self.patience and epoch > 0:
            self.model.stop_training = True
            if self.verbose:
                print(f"Epoch {epoch + 1}: early stopping")

    def on_train_end(self, logs=None):
        if self.restore_best_weights and self.best_weights is not None:
            self.model.load_state_dict(self.best_weights)


np.random.seed(11)
features = np.random.normal(size=(200, 6)).astype('float32')
labels = (features[:, 0] - features[:, 1] > 1.2).astype('float32')
train_features, val_features, test_features = features[:120], features[120:160], features[160:]
train_labels, val_labels, test_labels = labels[:120], labels[120:160], labels[160:]


model = nn.Sequential(
    nn.Linear(6, 16),
    nn.ReLU(),
    nn.Dropout(0.5),
    nn.Linear(16, 1),
).to(device)
model.apply(init_weights)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
metrics = {
    "tp": lambda outputs, targets: true_positives(outputs.sigmoid(), targets),
    "fp": lambda outputs, targets: false_positives(outputs.sigmoid(), targets),
    "tn": lambda outputs, targets: true_negatives(outputs.sigmoid(), targets),
    "fn": lambda outputs, targets: false_negatives(outputs.sigmoid(), targets),
    "accuracy": binary_accuracy,
    "precision": lambda outputs, targets: precision(outputs.sigmoid(), targets),
    "recall": lambda outputs, targets: recall(outputs.sigmoid(), targets, threshold=0.3),
    "auc": lambda outputs, targets: auc(outputs.sigmoid(), targets),
    "cross_entropy": lambda outputs, targets: F.binary_cross_entropy_with_logits(outputs, targets, reduction="none").flatten(1).mean(1),
}

early_stopping = EarlyStopping(monitor='val_auc', verbose=1, patience=3, restore_best_weights=True)
history = fit(model, loss_fn, optimizer,
    train_features,
    train_labels,
    batch_size=48,
    epochs=6,
    callbacks=[early_stopping],
    validation_data=(val_features, val_labels), metrics=metrics)
print('validation', history['val_auc'], history['val_recall'])

results = evaluate(model, loss_fn, test_features, test_labels, batch_size=48, metrics=metrics)
for name, value in zip(["loss", "tp", "fp", "tn", "fn", "accuracy", "precision", "recall", "auc", "cross_entropy"], results):
    print(name, ': ', round(value, 4))
print(predict(model, test_features[:4]))
