"""Metrics: one value a sample, from what the model gives and its targets; and losses over sequences."""

import torch.nn.functional as F


def categorical_accuracy(outputs, targets):
    """Whether the likeliest class is the one of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def sparse_categorical_accuracy(outputs, targets):
    """Whether the likeliest class is the target, (N,)."""
    return outputs.argmax(-1) == targets


def binary_accuracy(outputs, targets):
    """Whether the logits are on the side of their targets, (N,)."""
    return ((outputs > 0) == targets).float().mean(-1)


def threshold_accuracy(outputs, targets):
    """Whether the outputs, cut at 0.5, are their targets, (N,)."""
    return ((outputs > 0.5) == targets).float().mean(-1)


def mean_absolute_error(outputs, targets):
    """Mean distance, (N,)."""
    return (outputs - targets).abs().mean(-1)


def mean_squared_error(outputs, targets):
    """Mean squared distance, (N,)."""
    return (outputs - targets).square().mean(-1)


def sequence_accuracy(outputs, targets):
    """How many steps have the class of their one-hot target as the likeliest, (N,)."""
    return (outputs.argmax(-1) == targets.argmax(-1)).float().mean(-1)


def sparse_sequence_accuracy(outputs, targets):
    """How many steps have their target as the likeliest class, (N,)."""
    return (outputs.argmax(-1) == targets).float().mean(-1)


def sequence_cross_entropy(outputs, targets):
    """Mean crossentropy of logits (N, T, C) and one-hot targets (N, T, C)."""
    return F.cross_entropy(outputs.mT, targets.mT)


def sparse_sequence_cross_entropy(outputs, targets):
    """Mean crossentropy of logits (N, T, C) and class indices (N, T)."""
    return F.cross_entropy(outputs.mT, targets)
