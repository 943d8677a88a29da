"""Tags of many photos, words of sentences and pixels of images, measured closely."""
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


class SimpleRNN(nn.RNN):
    """A plain recurrent layer that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


def categorical_accuracy_sequence(outputs, targets):
    """How often the largest output (N, T, C) is the class of the one-hot target, (N,)."""
    return (outputs.argmax(-1) == targets.argmax(-1)).float().mean(1)


def top_k_categorical_accuracy(outputs, targets, k=5):
    """Whether the class of the one-hot target is among the k largest outputs, (N,)."""
    wanted = outputs.gather(-1, targets.argmax(-1, keepdim=True))
    return (outputs > wanted).sum(-1) < k


def sparse_top_k_categorical_accuracy(outputs, targets, k=5):
    """Whether the target class is among the k largest outputs, (N,)."""
    wanted = outputs.gather(-1, targets.unsqueeze(-1))
    return (outputs > wanted).sum(-1) < k


def cosine_similarity(outputs, targets):
    """Cosine of the angle between output and target, (N,)."""
    return F.cosine_similarity(outputs, targets, dim=-1, eps=1e-6)


def largest_only(outputs, k):
    """The k largest of each row; no threshold lies below the others."""
    ranks = outputs.argsort(dim=-1, descending=True, stable=True).argsort(-1)
    return outputs.where(ranks < k, -torch.inf)


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


def r2_score(outputs, targets, weighted=False):
    """Share of the variance of the targets that is explained, over the whole epoch."""
    total = (targets - targets.mean(0)).square().sum(0)
    scores = 1 - (targets - outputs).square().sum(0) / total
    scores = scores.where(~scores.isinf(), 0)
    if weighted:
        scores = (scores * total).sum() / total.sum()
    else:
        scores = scores.mean()
    return scores


def threshold_counts(outputs, targets, num_thresholds, thresholds=None):
    """Hits and false alarms (T,) at thresholds from 0 to 1, and how many targets are true and false."""
    if thresholds is None:
        steps = torch.arange(num_thresholds, device=outputs.device)
        predicted = (outputs.flatten() * (num_thresholds - 1)).ceil() > steps[:, None]
    else:
        limits = torch.tensor([-1e-7, *sorted(thresholds), 1 + 1e-7], device=outputs.device)
        predicted = outputs.flatten() > limits[:, None]
    positive = targets.flatten() > 0
    hits, false_alarms = (predicted & positive).sum(1), (predicted & ~positive).sum(1)
    return hits, false_alarms, positive.sum(), (~positive).sum()


def stepped_auc(outputs, targets, num_thresholds=200, thresholds=None, summation="interpolation", pr=False):
    """Area under a curve over the whole epoch, by thresholds: between two, their mean or the lower or higher of both."""
    hits, false_alarms, positives, negatives = threshold_counts(outputs.clamp(min=1e-7), targets, num_thresholds, thresholds)
    recall = hits / positives.clamp(min=1)
    if pr:
        x, y = recall, hits / (hits + false_alarms).clamp(min=1)
    else:
        x, y = false_alarms / negatives.clamp(min=1), recall
    if summation == "minoring":
        heights = torch.minimum(y[:-1], y[1:])
    elif summation == "majoring":
        heights = torch.maximum(y[:-1], y[1:])
    else:
        heights = (y[:-1] + y[1:]) / 2
    return ((x[:-1] - x[1:]) * heights).sum()


def f_score(outputs, targets, average="macro", beta=1.0, threshold=None, each=False):
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
    if each:
        return scores
    else:
        return (scores * wanted).sum() / (wanted.sum() + 1e-7) if average == "weighted" else scores.mean()


def mean_iou(outputs, targets, num_classes, ignored=None):
    """The mean over classes of what outputs and targets share of both, over the whole epoch."""
    pairs = targets.flatten().long() * num_classes + outputs.flatten().long()
    if ignored is not None:
        pairs = pairs[targets.flatten() != ignored]
    matrix = pairs.bincount(minlength=num_classes**2).reshape(num_classes, num_classes)
    shared, union = matrix.diag(), matrix.sum(0) + matrix.sum(1) - matrix.diag()
    return (shared / union.clamp(min=1)).sum() / (union > 0).sum().clamp(min=1)


def sequence_cross_entropy(outputs, targets, label_smoothing=None):
    """Mean crossentropy of logits (N, T, C) and one-hot targets (N, T, C)."""
    if label_smoothing is not None:
        return F.cross_entropy(outputs.mT, targets.mT, label_smoothing=label_smoothing)
    else:
        return F.cross_entropy(outputs.mT, targets.mT)


def divergence_loss(outputs, targets):
    """Kullback-Leibler divergence of probabilities from target probabilities."""
    outputs, targets = outputs.clamp(1e-7, 1), targets.clamp(1e-7, 1)
    losses = (targets * (targets / outputs).log()).sum(-1)
    return losses.mean()


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.RNN):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_inputs_2(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).permute(0, 3, 1, 2)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32)


def to_targets_2(y):
    """Class indices (N, ...)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(len(y), 6, 5)


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
    values = {name: metric(outputs, targets).float().mean(0) for name, metric in metrics.items()}
    values = {
        name: value.cpu().numpy() if value.dim() else value.item() for name, value in values.items()
    }
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
        values = " - ".join(f"{name}: {np.mean(value):.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, model.to_inputs(x), model.to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


rng = np.random.RandomState(11)
x = rng.normal(size=(120, 6)).astype('float32')
tags = (x[:, :4] + rng.normal(size=(120, 4)) > 0.5).astype('float32')

# several tags for each photo
tagger = nn.Sequential(
    nn.Linear(6, 8),
    nn.ReLU(),
    nn.Linear(8, 4),
).to(device)
tagger.apply(init_weights)
tagger.to_inputs, tagger.to_targets = to_inputs, to_targets
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(tagger.parameters(), lr=0.01)
metrics = {
    "precision": lambda outputs, targets: torch.stack([precision(outputs.sigmoid(), targets, threshold=threshold) for threshold in [0.3, 0.5]])[None],
    "recall_at_2": lambda outputs, targets: recall(largest_only(outputs.sigmoid(), 2), targets, threshold=-torch.inf),
    "precision_of_1": lambda outputs, targets: precision(largest_only(outputs.sigmoid(), 3)[:, 1], targets[:, 1], threshold=0.4),
    "f1_score": lambda outputs, targets: f_score(outputs.sigmoid(), targets, each=True, threshold=0.5)[None],
    "f2": lambda outputs, targets: f_score(outputs.sigmoid(), targets, each=True, beta=2.0, threshold=0.4)[None],
    "coarse": lambda outputs, targets: stepped_auc(outputs.sigmoid(), targets, thresholds=[0.2, 0.4, 0.6, 0.8]),
    "at_most": lambda outputs, targets: stepped_auc(outputs.sigmoid(), targets, pr=True, summation="majoring"),
    "true_positives": lambda outputs, targets: torch.stack([true_positives(outputs.sigmoid(), targets, threshold=threshold) for threshold in [0.25, 0.75]])[None],
    "r2_score": lambda outputs, targets: r2_score(outputs.sigmoid(), targets, weighted=True),
}
history = fit(tagger, loss_fn, optimizer, x, tags, batch_size=25, epochs=3, validation_split=0.25, metrics=metrics)
print(history['f1_score'][-1])
print(history['val_precision'])
loss, *scores = evaluate(tagger, loss_fn, x, tags, batch_size=50, metrics=metrics)
print(scores[0], np.mean(scores[3]), scores[5])

# words of sentences
sentences = rng.normal(size=(40, 5, 6)).astype('float32')
words = to_categorical(sentences[:, :, :3].argmax(axis=2), 3)
reader = nn.Sequential(
    SimpleRNN(6, 7, return_sequences=True),
    nn.Linear(7, 3),
).to(device)
reader.apply(init_weights)
reader.to_inputs, reader.to_targets = to_inputs, to_targets
loss_fn = sequence_cross_entropy
optimizer = torch.optim.SGD(reader.parameters(), lr=0.01)
metrics = {
    "accuracy": categorical_accuracy_sequence,
    "top_k_categorical_accuracy": lambda outputs, targets: top_k_categorical_accuracy(outputs, targets, k=2).flatten(1).float().mean(1),
    "kl_divergence": lambda outputs, targets: divergence_loss(outputs.softmax(-1), targets).expand(len(outputs)),
    "huber": lambda outputs, targets: F.huber_loss(outputs.softmax(-1), targets, reduction="none").flatten(1).mean(1),
    "poisson": lambda outputs, targets: F.poisson_nll_loss(outputs.softmax(-1), targets, log_input=False, eps=1e-7, reduction="none").flatten(1).mean(1),
    "smoothed": lambda outputs, targets: sequence_cross_entropy(outputs, targets, label_smoothing=0.1).expand(len(outputs)),
    "cosine_similarity": lambda outputs, targets: cosine_similarity(outputs.softmax(-1), targets).flatten(1).float().mean(1),
    "precision": lambda outputs, targets: precision(outputs.softmax(-1)[..., 2], targets[..., 2]),
}
fit(reader, loss_fn, optimizer, sentences, words, batch_size=16, epochs=2, metrics=metrics)

# pixels, of which some do not count
images = rng.rand(14, 6, 5, 3).astype('float32')
labels = images.argmax(axis=3)
mapper = nn.Sequential(
    nn.Conv2d(3, 4, 3, padding=1),
    nn.ReLU(),
    nn.Conv2d(4, 3, 1),
).to(device)
mapper.apply(init_weights)
mapper.to_inputs, mapper.to_targets = to_inputs_2, to_targets_2
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(mapper.parameters(), lr=0.01)
metrics = {
    "mean_io_u": lambda outputs, targets: mean_iou(outputs.argmax(1), targets, num_classes=3, ignored=0),
    "top2": lambda outputs, targets: sparse_top_k_categorical_accuracy(outputs.movedim(1, -1), targets, k=2).flatten(1).float().mean(1),
    "entropy": lambda outputs, targets: F.cross_entropy(outputs, targets, reduction="none").flatten(1).mean(1),
}
fit(mapper, loss_fn, optimizer, images, labels, batch_size=6, epochs=2, metrics=metrics)
print(evaluate(mapper, loss_fn, images, labels, metrics=metrics))
