"""Metrics that a script updates with arrays and reads by itself."""

import numpy as np
import torch

STANDING_CALLS = True  # the script calls such metrics: m(y, p) updates and gives the result
STANDING_NAMES = True  # ... reads their names
STANDING_WEIGHTS = True  # ... gives weights of samples
STANDING_RANKS = True  # one of targets and outputs may lack the last axis
STANDING_SAMPLES = False  # a sample counts once, however many values it has, as in Keras 3


def to_floats(values):
    """Numbers of any kind as a tensor of their own."""
    return torch.tensor(np.asarray(values), dtype=torch.float32)


class Mean:
    """The mean of all values that it is updated with."""

    def __init__(self, name="mean"):
        if STANDING_NAMES:
            self.name = name
        self.reset_state()

    def reset_state(self):
        self.total, self.count = 0.0, 0.0

    if STANDING_WEIGHTS:

        def update_state(self, values, sample_weight=None):
            values = np.asarray(values, dtype="float32")
            weights = np.asarray(1 if sample_weight is None else sample_weight, dtype="float32")
            if sample_weight is None and STANDING_SAMPLES:
                weights = np.ones(len(values) if values.ndim else ())
            elif weights.ndim == 0 and not STANDING_SAMPLES:
                weights = np.full_like(values, weights)
            values = values.reshape(*weights.shape, -1).mean(-1)
            self.total += float((values * weights).sum())
            self.count += float(weights.sum())

    else:

        def update_state(self, values):
            values = np.asarray(values, dtype="float32")
            if STANDING_SAMPLES:
                values = values.reshape(len(values), -1).mean(1) if values.ndim > 1 else values
            self.total += float(values.sum())
            self.count += values.size

    def result(self):
        return np.float32(self.total / self.count if self.count else 0)

    if STANDING_CALLS:

        def __call__(self, *args, **kwargs):
            self.update_state(*args, **kwargs)
            return self.result()


class Sum:
    """The sum of all values that it is updated with."""

    def __init__(self, name="sum"):
        if STANDING_NAMES:
            self.name = name
        self.reset_state()

    def reset_state(self):
        self.total = 0.0

    def update_state(self, values):
        self.total += float(np.sum(np.asarray(values, dtype="float32")))

    def result(self):
        return np.float32(self.total)

    if STANDING_CALLS:

        def __call__(self, values):
            self.update_state(values)
            return self.result()


class MeanMetric(Mean):
    """The mean of a metric over the rows of all that it is updated with, or over their elements."""

    def __init__(self, metric, name=None, classes=False, elements=False):
        self.metric = metric
        self.classes = classes
        self.elements = elements
        if STANDING_NAMES:
            self.name = name
        self.reset_state()

    if STANDING_WEIGHTS:

        def update_state(self, targets, outputs, sample_weight=None):
            super().update_state(self.values(targets, outputs), sample_weight)

    else:

        def update_state(self, targets, outputs):
            super().update_state(self.values(targets, outputs))

    def values(self, targets, outputs):
        """The metric of each row or element."""
        targets, outputs = to_floats(targets), to_floats(outputs)
        if self.elements:
            return self.metric(outputs.reshape(-1, 1), targets.reshape(-1, 1)).reshape(outputs.shape)
        if STANDING_RANKS and STANDING_SAMPLES and not self.classes:
            outputs = outputs.reshape(targets.shape) if outputs.dim() < targets.dim() else outputs
        elif STANDING_RANKS and not self.classes:
            outputs = outputs.squeeze(-1) if outputs.dim() > targets.dim() else outputs
        rows = outputs.reshape(-1, outputs.shape[-1])
        targets = targets.flatten().long() if self.classes else targets.reshape(rows.shape)
        return self.metric(rows, targets).reshape(outputs.shape[:-1])


class EpochMetric:
    """A metric of all that it is updated with."""

    def __init__(self, metric, name=None, several=False):
        self.metric = metric
        self.several = several
        if STANDING_NAMES:
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
        if self.several:
            return self.metric(outputs, targets)[0].numpy()
        return np.float32(self.metric(outputs, targets))

    if STANDING_CALLS:

        def __call__(self, targets, outputs):
            self.update_state(targets, outputs)
            return self.result()
