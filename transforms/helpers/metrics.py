"""Metrics: what a model gives and its targets -> one value a sample, (N,), or one for a whole epoch."""

import torch
import torch.nn.functional as F


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def categorical_accuracy_sequence(outputs, targets):
    """How often the largest output (N, T, C) is the class of the one-hot target, (N,)."""
    return (outputs.argmax(-1) == targets.argmax(-1)).float().mean(1)


def categorical_accuracy_maps(outputs, targets):
    """How often the largest output (N, C, ...) is the class of the one-hot target, (N,)."""
    return (outputs.argmax(1) == targets.argmax(1)).flatten(1).float().mean(1)


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def sparse_categorical_accuracy_sequence(outputs, targets):
    """How often the largest output (N, T, C) is the target class (N, T), (N,)."""
    return (outputs.argmax(-1) == targets).float().mean(1)


def sparse_categorical_accuracy_maps(outputs, targets):
    """How often the largest output (N, C, ...) is the target class (N, ...), (N,)."""
    return (outputs.argmax(1) == targets).flatten(1).float().mean(1)


def threshold_accuracy(outputs, targets):
    """How often a probability lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0.5) == targets).flatten(1).float().mean(1)


def accuracy_above(outputs, targets, threshold):
    """How often a probability lies on the side of a threshold that its 0 or 1 target says, (N,)."""
    return ((outputs > threshold) == targets).flatten(1).float().mean(1)


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def top_k_categorical_accuracy(outputs, targets, k=5):
    """Whether the class of the one-hot target is among the k largest outputs, (N,)."""
    return (outputs.topk(k).indices == targets.argmax(-1, keepdim=True)).any(-1)


def sparse_top_k_categorical_accuracy(outputs, targets, k=5):
    """Whether the target class is among the k largest outputs, (N,)."""
    return (outputs.topk(k).indices == targets.unsqueeze(-1)).any(-1)


def mean_squared_error(outputs, targets):
    """Mean squared error of each sample, (N,)."""
    return (outputs - targets).square().flatten(1).mean(1)


def mean_absolute_error(outputs, targets):
    """Mean absolute error of each sample, (N,)."""
    return (outputs - targets).abs().flatten(1).mean(1)


def mean_absolute_percentage_error(outputs, targets):
    """Mean absolute error of each sample in percent of its target, (N,)."""
    return 100 * ((outputs - targets).abs() / targets.abs().clamp(min=1e-7)).flatten(1).mean(1)


def mean_squared_logarithmic_error(outputs, targets):
    """Mean squared error of the logarithms of each sample, (N,)."""
    difference = outputs.clamp(min=1e-7).log1p() - targets.clamp(min=1e-7).log1p()
    return difference.square().flatten(1).mean(1)


def cosine_similarity(outputs, targets):
    """Cosine of the angle between output and target, (N,)."""
    return F.cosine_similarity(outputs, targets, dim=-1, eps=1e-6)


def root_mean_squared_error(outputs, targets):
    """Root of the mean squared error over the whole epoch."""
    return (outputs - targets).square().mean().sqrt()


def precision(outputs, targets, threshold=0.5):
    """Share of true ones among those predicted, over the whole epoch."""
    predicted = outputs > threshold
    return (predicted * targets).sum() / predicted.sum().clamp(min=1)


def recall(outputs, targets, threshold=0.5):
    """Share of the true ones that are predicted, over the whole epoch."""
    return ((outputs > threshold) * targets).sum() / targets.sum().clamp(min=1)


def true_positives(outputs, targets, threshold=0.5):
    """How many true ones are predicted, over the whole epoch."""
    return ((outputs > threshold) * targets).sum()


def true_negatives(outputs, targets, threshold=0.5):
    """How many false ones are not predicted, over the whole epoch."""
    return ((outputs <= threshold) * (1 - targets)).sum()


def false_positives(outputs, targets, threshold=0.5):
    """How many false ones are predicted, over the whole epoch."""
    return ((outputs > threshold) * (1 - targets)).sum()


def false_negatives(outputs, targets, threshold=0.5):
    """How many true ones are not predicted, over the whole epoch."""
    return ((outputs <= threshold) * targets).sum()


def r2_score(outputs, targets):
    """Share of the variance of the targets that is explained, over the whole epoch."""
    left = (targets - outputs).square().sum(0)
    return (1 - left / (targets - targets.mean(0)).square().sum(0)).mean()


def auc(outputs, targets, num_thresholds=200):
    """Area under the ROC curve of probabilities over the whole epoch, by thresholds."""
    thresholds = torch.linspace(0, 1, num_thresholds, device=outputs.device)
    thresholds[0], thresholds[-1] = -1e-7, 1 + 1e-7
    predicted, positive = outputs.flatten() > thresholds[:, None], targets.flatten() > 0
    hits = (predicted & positive).sum(1) / positive.sum()
    false_alarms = (predicted & ~positive).sum(1) / (~positive).sum()
    return torch.trapezoid(hits.flip(0), false_alarms.flip(0))
