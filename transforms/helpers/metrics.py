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


def any_accuracy(outputs, targets, threshold=0.5):
    """Whether the largest of several outputs is the class of the target, or one is on the side of its 0 or 1, (N,)."""
    if outputs.shape[1] == 1:
        return ((outputs > threshold) == targets).flatten(1).float().mean(1)
    classes = targets[:, 0] if targets.shape[1] == 1 else targets.argmax(1)
    return outputs.argmax(1) == classes


def top_k_categorical_accuracy(outputs, targets, k=5):
    """Whether the class of the one-hot target is among the k largest outputs, (N,)."""
    wanted = outputs.gather(-1, targets.argmax(-1, keepdim=True))
    return (outputs > wanted).sum(-1) < k


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


def equal_values(outputs, targets):
    """How often outputs are the same numbers as their targets, (N,)."""
    return (outputs == targets).flatten(1).float().mean(1)


def equal_classes(outputs, targets):
    """How often outputs are the number of the target class, (N,)."""
    return (outputs == targets.unsqueeze(-1)).flatten(1).float().mean(1)


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


def root_mean_squared_error(outputs, targets):
    """Root of the mean squared error over the whole epoch."""
    return (outputs - targets).square().mean().sqrt()


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


def true_negatives(outputs, targets, threshold=0.5):
    """How many false ones are not predicted, over the whole epoch."""
    return ((outputs <= threshold) & ~targets.bool()).sum()


def false_positives(outputs, targets, threshold=0.5):
    """How many false ones are predicted, over the whole epoch."""
    return ((outputs > threshold) & ~targets.bool()).sum()


def false_negatives(outputs, targets, threshold=0.5):
    """How many true ones are not predicted, over the whole epoch."""
    return ((outputs <= threshold) & targets.bool()).sum()


def r2_score(outputs, targets, weighted=False, each=False, num_regressors=None):
    """Share of the variance of the targets that is explained, over the whole epoch."""
    total = (targets - targets.mean(0)).square().sum(0)
    scores = 1 - (targets - outputs).square().sum(0) / total
    scores = scores.where(~scores.isinf(), 0)
    if weighted:
        scores = (scores * total).sum() / total.sum()
    elif not each:
        scores = scores.mean()
    if num_regressors is not None:
        count = targets.numel() - 1
        if num_regressors < count:
            scores = 1 - (1 - scores) * count / (count - num_regressors)
    return scores


def auc(outputs, targets, num_thresholds=200):
    """Area under the ROC curve of probabilities over the whole epoch, by thresholds."""
    steps = torch.arange(num_thresholds, device=outputs.device)
    predicted = (outputs.flatten() * (num_thresholds - 1)).ceil().clamp(min=1) > steps[:, None]
    positive = targets.flatten() > 0
    hits = (predicted & positive).sum(1) / positive.sum().clamp(min=1)
    false_alarms = (predicted & ~positive).sum(1) / (~positive).sum().clamp(min=1)
    return torch.trapezoid(hits.flip(0), false_alarms.flip(0))


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


def pr_auc(outputs, targets, num_thresholds=200, thresholds=None):
    """Area under the curve of precision and recall over the whole epoch, by thresholds, as Davis and Goadrich have it."""
    hits, false_alarms, positives, _ = threshold_counts(
        outputs.clamp(min=1e-7), targets, num_thresholds, thresholds
    )
    predicted = hits + false_alarms
    slope = (hits[:-1] - hits[1:]) / (predicted[:-1] - predicted[1:]).clamp(min=1)
    intercept = hits[1:] - slope * predicted[1:]
    ratio = torch.where(predicted[1:] > 0, predicted[:-1] / predicted[1:].clamp(min=1), 1)
    areas = slope * (hits[:-1] - hits[1:] + intercept * ratio.log())
    return areas.sum() / positives.clamp(min=1)


def stepped_auc(outputs, targets, num_thresholds=200, thresholds=None, summation="interpolation", pr=False):
    """Area under a curve over the whole epoch, by thresholds: between two, their mean or the lower or higher of both."""
    hits, false_alarms, positives, negatives = threshold_counts(
        outputs.clamp(min=1e-7), targets, num_thresholds, thresholds
    )
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


def mean_iou(outputs, targets, num_classes, classes=None, ignored=None):
    """The mean over classes of what outputs and targets share of both, over the whole epoch."""
    pairs = targets.flatten().long() * num_classes + outputs.flatten().long()
    if ignored is not None:
        pairs = pairs[targets.flatten() != ignored]
    matrix = pairs.bincount(minlength=num_classes**2).reshape(num_classes, num_classes)
    shared, union = matrix.diag(), matrix.sum(0) + matrix.sum(1) - matrix.diag()
    if classes is not None:
        shared, union = shared[list(classes)], union[list(classes)]
    return (shared / union.clamp(min=1)).sum() / (union > 0).sum().clamp(min=1)
