"""Metrics as objects that are updated batch by batch, beside classes of the script's own that are."""

import torch


class MeanOf:
    """The mean of a metric over samples, or over batches where it gives one number for each."""

    def __init__(self, metric):
        self.metric = metric

    def reset_state(self):
        self.total, self.count = 0, 0

    def update_state(self, targets, outputs):
        values = self.metric(outputs, targets).float()
        self.total += values.sum()
        self.count += values.numel()

    def result(self):
        return self.total / self.count


class OverEpoch:
    """A metric of all samples that it was updated with."""

    def __init__(self, metric):
        self.metric = metric
        self.reset_state()

    def reset_state(self):
        self.kept = []

    def update_state(self, targets, outputs):
        self.kept.append((outputs, targets))

    def result(self):
        outputs, targets = (torch.cat(parts) for parts in zip(*self.kept))
        return self.metric(outputs, targets).float().mean(0)


class Given:
    """A metric that is given targets and outputs in another form than the loss."""

    def __init__(self, metric, form):
        self.metric, self.form = metric, form

    def reset_state(self):
        self.metric.reset_state()

    def update_state(self, targets, outputs):
        self.metric.update_state(*self.form(targets, outputs))

    def result(self):
        return self.metric.result()
