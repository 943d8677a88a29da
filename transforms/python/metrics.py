"""Metrics: one value a sample, from what the model gives and its targets."""


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
