"""Scores of a model by metric objects, on all rows at once and batch by batch."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def threshold_accuracy(outputs, targets):
    """How often a probability lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0.5) == targets).flatten(1).float().mean(1)


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def sparse_top_k_categorical_accuracy(outputs, targets, k=5):
    """Whether the target class is among the k largest outputs, (N,)."""
    wanted = outputs.gather(-1, targets.unsqueeze(-1))
    return (outputs > wanted).sum(-1) < k


def mean_squared_error(outputs, targets):
    """Mean squared error of each sample, (N,)."""
    return (outputs - targets).square().flatten(1).mean(1)


def mean_absolute_error(outputs, targets):
    """Mean absolute error of each sample, (N,)."""
    return (outputs - targets).abs().flatten(1).mean(1)


def equal_values(outputs, targets):
    """How often outputs are the same numbers as their targets, (N,)."""
    return (outputs == targets).flatten(1).float().mean(1)


def torch_precision(outputs, targets, threshold=0.5):
    """Share of true ones among those predicted, over the whole epoch."""
    predicted = outputs > threshold
    return (predicted & targets.bool()).sum() / predicted.sum().clamp(min=1)


def torch_recall(outputs, targets, threshold=0.5):
    """Share of the true ones that are predicted, over the whole epoch."""
    positive = targets.bool()
    return ((outputs > threshold) & positive).sum() / positive.sum().clamp(min=1)


def torch_auc(outputs, targets, num_thresholds=200):
    """Area under the ROC curve of probabilities over the whole epoch, by thresholds."""
    steps = torch.arange(num_thresholds, device=outputs.device)
    predicted = (outputs.flatten() * (num_thresholds - 1)).ceil().clamp(min=1) > steps[:, None]
    positive = targets.flatten() > 0
    hits = (predicted & positive).sum(1) / positive.sum().clamp(min=1)
    false_alarms = (predicted & ~positive).sum(1) / (~positive).sum().clamp(min=1)
    return torch.trapezoid(hits.flip(0), false_alarms.flip(0))


def mean_iou(outputs, targets, num_classes):
    """The mean over classes of what outputs and targets share of both, over the whole epoch."""
    pairs = targets.flatten().long() * num_classes + outputs.flatten().long()
    matrix = pairs.bincount(minlength=num_classes**2).reshape(num_classes, num_classes)
    shared, union = matrix.diag(), matrix.sum(0) + matrix.sum(1) - matrix.diag()
    return (shared / union.clamp(min=1)).sum() / (union > 0).sum().clamp(min=1)


def to_floats(values):
    """Numbers of any kind as a tensor of their own."""
    return torch.tensor(np.asarray(values), dtype=torch.float32)


class Mean:
    """The mean of all values that it is updated with."""

    def __init__(self, name="mean"):
        self.name = name
        self.reset_state()

    def reset_state(self):
        self.total, self.count = 0.0, 0.0

    def update_state(self, values, sample_weight=None):
        values = np.asarray(values, dtype="float32")
        weights = np.asarray(1 if sample_weight is None else sample_weight, dtype="float32")
        if weights.ndim == 0:
            weights = np.full_like(values, weights)
        values = values.reshape(*weights.shape, -1).mean(-1)
        self.total += float((values * weights).sum())
        self.count += float(weights.sum())

    def result(self):
        return np.float32(self.total / self.count if self.count else 0)

    def __call__(self, *args, **kwargs):
        self.update_state(*args, **kwargs)
        return self.result()


class Sum:
    """The sum of all values that it is updated with."""

    def __init__(self, name="sum"):
        self.name = name
        self.reset_state()

    def reset_state(self):
        self.total = 0.0

    def update_state(self, values):
        self.total += float(np.sum(np.asarray(values, dtype="float32")))

    def result(self):
        return np.float32(self.total)

    def __call__(self, values):
        self.update_state(values)
        return self.result()


class MeanMetric(Mean):
    """The mean of a metric over the rows of all that it is updated with, or over their elements."""

    def __init__(self, metric, name=None, classes=False, elements=False):
        self.metric = metric
        self.classes = classes
        self.elements = elements
        self.name = name
        self.reset_state()

    def update_state(self, targets, outputs, sample_weight=None):
        super().update_state(self.values(targets, outputs), sample_weight)

    def values(self, targets, outputs):
        """The metric of each row or element."""
        targets, outputs = to_floats(targets), to_floats(outputs)
        if self.elements:
            return self.metric(outputs.reshape(-1, 1), targets.reshape(-1, 1)).reshape(outputs.shape)
        if not self.classes:
            outputs = outputs.squeeze(-1) if outputs.dim() > targets.dim() else outputs
        rows = outputs.reshape(-1, outputs.shape[-1])
        targets = targets.flatten().long() if self.classes else targets.reshape(rows.shape)
        return self.metric(rows, targets).reshape(outputs.shape[:-1])


class EpochMetric:
    """A metric of all that it is updated with."""

    def __init__(self, metric, name=None):
        self.metric = metric
        self.name = name
        self.reset_state()

    def reset_state(self):
        self.kept = []

    def update_state(self, targets, outputs):
        targets, outputs = to_floats(targets), to_floats(outputs)
        self.kept.append((outputs, targets.reshape(outputs.shape)))

    def result(self):
        if not self.kept:
            return np.float32(0)
        outputs, targets = (torch.cat(parts) for parts in zip(*self.kept))
        return np.float32(self.metric(outputs, targets))

    def __call__(self, targets, outputs):
        self.update_state(targets, outputs)
        return self.result()


def clipped_sparse_cross_entropy(outputs, targets):
    """Crossentropy of outputs taken for probabilities, clipped, and class indices."""
    logits = outputs.clamp(1e-7, 1 - 1e-7).log()
    return F.cross_entropy(logits, targets)


def clipped_binary_cross_entropy(outputs, targets):
    """Binary crossentropy of outputs taken for probabilities, clipped."""
    outputs = outputs.clamp(1e-7, 1 - 1e-7)
    losses = -(targets * (outputs + 1e-7).log() + (1 - targets) * (1 - outputs + 1e-7).log())
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
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 1)


def to_targets_2(y):
    """Class indices (N,)."""
    return torch.as_tensor(y, dtype=torch.long).reshape(-1)


def to_outputs(outputs):
    """Probabilities of logits."""
    return outputs.sigmoid()


def to_outputs_2(outputs):
    """Probabilities of logits."""
    return outputs.softmax(-1)


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), model.to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return model.to_outputs(outputs).numpy()


def train_on_batch(model, loss_fn, optimizer, x, y, metrics=None):
    """One step of the optimizer on one batch; its loss, and metrics if there are any."""
    model.train()
    outputs, targets = model(to_inputs(x).to(device)), model.to_targets(y).to(device)
    loss = loss_fn(outputs, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    values = [metric(outputs, targets).float().mean().item() for metric in metrics.values()]
    return [loss.item(), *values] if metrics else loss.item()


rng = np.random.RandomState(0)
x = rng.rand(90, 6).astype("float32")
score = x @ rng.randn(6)
y = (score > np.median(score)).astype("int32")
species = np.digitize(score, np.quantile(score, [0.3, 0.6]))


def build():
    model = nn.Sequential(
        nn.Linear(6, 12),
        nn.ReLU(),
        nn.Linear(12, 1),
    ).to(device)
    model.apply(init_weights)
    model.to_targets, model.to_outputs = to_targets, to_outputs
    model.loss_fn = F.binary_cross_entropy_with_logits
    model.optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    model.metrics = {"accuracy": binary_accuracy}
    return model



model = build()
fit(model, model.loss_fn, model.optimizer, x, y, epochs=3, batch_size=16, metrics=model.metrics)
y_prob = predict(model, x)
y_pred = (y_prob > 0.5).astype("int32")


def calculate_results(y_true, y_prob):
    """Accuracy, precision, recall and F1 of probabilities."""
    a = MeanMetric(threshold_accuracy, elements=True, name="binary_accuracy")
    a.update_state(y_true, y_prob)
    p = EpochMetric(torch_precision, name="precision")
    p.update_state(y_true, y_prob)
    r = EpochMetric(lambda outputs, targets: torch_recall(outputs, targets, threshold=0.4), name="recall")
    r.update_state(y_true, y_prob)
    precision, recall = p.result(), r.result()
    return {
        "accuracy": a.result(),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall),
    }


results = calculate_results(y, y_prob)
for name, value in results.items():
    print(f"{name}: {value:.4f}")

# How many labels are the same
m = MeanMetric(equal_values, elements=True, name="accuracy")
m.update_state(y, y_pred)
print("equal:", float(m.result()))
m.reset_state()
m.update_state([[1], [2], [3], [4]], [[0], [2], [3], [4]], sample_weight=[1, 1, 0, 0])
print("weighted:", float(m.result()))

# Batch by batch, the last one smaller
auc = EpochMetric(lambda outputs, targets: torch_auc(outputs, targets, num_thresholds=100), name="roc")
mse = MeanMetric(mean_squared_error, name="mean_squared_error")
flat = MeanMetric(mean_squared_error, name="flat")
bce = MeanMetric(lambda outputs, targets: clipped_binary_cross_entropy(outputs, targets).expand(len(outputs)), name="bce")
for start in range(0, len(x), 40):
    batch = slice(start, start + 40)
    prob = predict(model, x[batch])
    auc.update_state(y[batch], prob)
    mse.update_state(y[batch].reshape(-1, 1), prob)
    flat.update_state(y[batch], prob)
    bce(outputs=prob, targets=y[batch])
for metric in [auc, mse, flat, bce]:
    print("%s %.4f" % (metric.name, metric.result()))
at_once = MeanMetric(mean_absolute_error, name="mean_absolute_error")(y, y_prob)
iou = EpochMetric(lambda outputs, targets: mean_iou(outputs, targets, num_classes=2), name="mean_io_u")
iou.update_state(y, y_pred)
overlap = iou.result()

# A model for three classes, trained batch by batch
classifier = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3)).to(device)
classifier.apply(init_weights)
classifier.to_targets, classifier.to_outputs = to_targets_2, to_outputs_2
classifier.loss_fn = F.cross_entropy
classifier.optimizer = torch.optim.Adam(classifier.parameters(), eps=1e-7)
train_loss = Mean(name="train_loss")
train_acc = MeanMetric(sparse_categorical_accuracy, classes=True, name="sparse_categorical_accuracy")
top2 = MeanMetric(lambda outputs, targets: sparse_top_k_categorical_accuracy(outputs, targets, k=2), classes=True, name="sparse_top_k_categorical_accuracy")
history = []
for epoch in range(3):
    train_loss.reset_state()
    train_acc.reset_state()
    for start in range(0, len(x), 32):
        xb, yb = x[start : start + 32], species[start : start + 32]
        train_loss(train_on_batch(classifier, classifier.loss_fn, classifier.optimizer, xb, yb, metrics={}), sample_weight=len(xb))
        train_acc.update_state(yb, predict(classifier, xb))
    history.append((float(train_loss.result()), train_acc.result()))
    print("epoch {} loss {:.4f} accuracy {:.4f}".format(epoch + 1, *history[-1]))
probabilities = predict(classifier, x)
top2.update_state(species, probabilities)
everywhere = MeanMetric(sparse_top_k_categorical_accuracy, classes=True, name="sparse_top_k_categorical_accuracy")
everywhere.update_state(species, probabilities)
cce = MeanMetric(lambda outputs, targets: clipped_sparse_cross_entropy(outputs, targets).expand(len(outputs)), classes=True, name="sparse_categorical_crossentropy")
cce.update_state(species, probabilities)
best = top2.result(), everywhere.result(), cce.result()
weighted = MeanMetric(categorical_accuracy, name="categorical_accuracy")
weighted.update_state(np.eye(3)[species], probabilities, sample_weight=1 + species)
total = Sum(name="sum")
total.update_state(species)
total.update_state(4.0)
sums = float(weighted.result()), total.result()
drift = Mean(name="mean")
drift.update_state(probabilities[:30, 0], sample_weight=2.0)
drift.update_state(probabilities[30:40, 0], sample_weight=5.0)
drifted = float(drift.result())
