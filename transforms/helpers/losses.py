"""Losses that PyTorch has not: their mean, or one value a sample or element where samples are weighed."""

import math

import torch
import torch.nn.functional as F

WEIGHTS = False  # some call weighs samples or classes: losses come unreduced
ADDS_EPSILON = False  # Keras 2 adds its epsilon once more to what it has clipped


def mean_loss(loss, outputs, targets):
    """The mean of a loss that takes the targets first."""
    return loss(targets, outputs).mean()


def sequence_cross_entropy(outputs, targets, label_smoothing=None):
    """Mean crossentropy of logits (N, T, C) and one-hot targets (N, T, C)."""
    if label_smoothing is not None and WEIGHTS:
        return F.cross_entropy(outputs.mT, targets.mT, label_smoothing=label_smoothing, reduction="none")
    elif label_smoothing is not None:
        return F.cross_entropy(outputs.mT, targets.mT, label_smoothing=label_smoothing)
    elif WEIGHTS:
        return F.cross_entropy(outputs.mT, targets.mT, reduction="none")
    else:
        return F.cross_entropy(outputs.mT, targets.mT)


def sparse_sequence_cross_entropy(outputs, targets, ignore_index=None):
    """Mean crossentropy of logits (N, T, C) and class indices (N, T)."""
    if ignore_index is not None:
        return F.cross_entropy(outputs.mT, targets, ignore_index=ignore_index)
    elif WEIGHTS:
        return F.cross_entropy(outputs.mT, targets, reduction="none")
    else:
        return F.cross_entropy(outputs.mT, targets)


def unnormalized_cross_entropy(outputs, targets, each=False):
    """Crossentropy whose gradient is that of targets that sum to 1, whatever they sum to."""
    total = outputs.logsumexp(1)
    losses = total - (targets * outputs).sum(1) + ((targets.sum(1) - 1) * total).detach()
    return losses if WEIGHTS or each else losses.mean()


def clipped_cross_entropy(outputs, targets, each=False):
    """Crossentropy of outputs taken for probabilities: scaled to a sum of 1, clipped."""
    probabilities = (outputs / outputs.sum(-1, keepdim=True)).clamp(1e-7, 1 - 1e-7)
    losses = -(targets * probabilities.log()).sum(-1)
    return losses if WEIGHTS or each else losses.mean()


def clipped_map_cross_entropy(outputs, targets):
    """Crossentropy of maps (N, C, ...) taken for probabilities: scaled to a sum of 1, clipped."""
    probabilities = (outputs / outputs.sum(1, keepdim=True)).clamp(1e-7, 1 - 1e-7)
    losses = -(targets * probabilities.log()).sum(1)
    return losses if WEIGHTS else losses.mean()


def clipped_sparse_cross_entropy(outputs, targets, each=False):
    """Crossentropy of outputs taken for probabilities, clipped, and class indices."""
    logits = outputs.clamp(1e-7, 1 - 1e-7).log()
    if WEIGHTS or each:
        return F.cross_entropy(logits, targets, reduction="none")
    else:
        return F.cross_entropy(logits, targets)


def clipped_sparse_sequence_cross_entropy(outputs, targets):
    """Crossentropy of outputs (N, T, C) taken for probabilities, clipped, and class indices (N, T)."""
    logits = outputs.clamp(1e-7, 1 - 1e-7).log().mT
    if WEIGHTS:
        return F.cross_entropy(logits, targets, reduction="none")
    else:
        return F.cross_entropy(logits, targets)


def clipped_binary_cross_entropy(outputs, targets, each=False):
    """Binary crossentropy of outputs taken for probabilities, clipped."""
    outputs = outputs.clamp(1e-7, 1 - 1e-7)
    if ADDS_EPSILON:
        losses = -(targets * (outputs + 1e-7).log() + (1 - targets) * (1 - outputs + 1e-7).log())
    else:
        losses = -(targets * outputs.log() + (1 - targets) * (1 - outputs).log())
    return losses if WEIGHTS or each else losses.mean()


def binary_focal_loss(outputs, targets, alpha=0.25, gamma=2.0, balanced=False, each=False):
    """Binary crossentropy of logits, less for those that are well classified."""
    losses = F.binary_cross_entropy_with_logits(outputs, targets, reduction="none")
    probabilities = outputs.sigmoid()
    matched = targets * probabilities + (1 - targets) * (1 - probabilities)
    losses = (1 - matched) ** gamma * losses
    if balanced:
        losses = (targets * alpha + (1 - targets) * (1 - alpha)) * losses
    return losses if WEIGHTS or each else losses.mean()


def categorical_focal_loss(outputs, targets, alpha=0.25, gamma=2.0, each=False):
    """Crossentropy of probabilities and one-hot targets, less for those that are well classified."""
    probabilities = (outputs / outputs.sum(-1, keepdim=True)).clamp(1e-7, 1 - 1e-7)
    losses = (-alpha * (1 - probabilities) ** gamma * targets * probabilities.log()).sum(-1)
    return losses if WEIGHTS or each else losses.mean()


def generalized_cross_entropy(outputs, targets, q=0.5, each=False):
    """Between crossentropy (q near 0) and absolute error (q near 1) of probabilities and class indices."""
    losses = (1 - outputs.gather(-1, targets.unsqueeze(-1)).squeeze(-1) ** q) / q
    return losses if WEIGHTS or each else losses.mean()


def percentage_loss(outputs, targets, each=False):
    """Absolute error in percent of the target."""
    losses = 100 * (outputs - targets).abs() / targets.abs().clamp(min=1e-7)
    return losses if WEIGHTS or each else losses.mean()


def squared_logarithmic_loss(outputs, targets, each=False):
    """Squared error of the logarithms of both plus 1."""
    losses = (outputs.clamp(min=1e-7).log1p() - targets.clamp(min=1e-7).log1p()).square()
    return losses if WEIGHTS or each else losses.mean()


def signs(targets):
    """Targets of -1 and 1, also where they are given as 0 and 1."""
    return 2 * targets - 1 if ((targets == 0) | (targets == 1)).all() else targets


def hinge_loss(outputs, targets, each=False):
    """How far outputs are from the right side of a margin of 1."""
    losses = (1 - signs(targets) * outputs).clamp(min=0)
    return losses if WEIGHTS or each else losses.mean()


def squared_hinge_loss(outputs, targets, each=False):
    """The square of how far outputs are from the right side of a margin of 1."""
    losses = (1 - signs(targets) * outputs).clamp(min=0).square()
    return losses if WEIGHTS or each else losses.mean()


def categorical_hinge_loss(outputs, targets, each=False):
    """How far the output of the target class is from being 1 above every other."""
    losses = (1 + ((1 - targets) * outputs).amax(-1) - (targets * outputs).sum(-1)).clamp(min=0)
    return losses if WEIGHTS or each else losses.mean()


def divergence_loss(outputs, targets, each=False):
    """Kullback-Leibler divergence of probabilities from target probabilities."""
    outputs, targets = outputs.clamp(1e-7, 1), targets.clamp(1e-7, 1)
    losses = (targets * (targets / outputs).log()).sum(-1)
    return losses if WEIGHTS or each else losses.mean()


def log_cosh_loss(outputs, targets, each=False):
    """Logarithm of the hyperbolic cosine of the error."""
    errors = outputs - targets
    losses = errors + F.softplus(-2 * errors) - math.log(2)
    return losses if WEIGHTS or each else losses.mean()


def cosine_loss(outputs, targets, each=False):
    """Minus the cosine of the angle between output and target."""
    losses = -F.cosine_similarity(outputs, targets, dim=-1, eps=1e-6)
    return losses if WEIGHTS or each else losses.mean()


def dice_loss(outputs, targets):
    """How little of outputs and targets overlaps, in the whole batch."""
    return 1 - 2 * (outputs * targets).sum() / (targets.sum() + outputs.sum() + 1e-7)


def tversky_loss(outputs, targets, alpha=0.5, beta=0.5):
    """How little of outputs and targets overlaps in the whole batch: alpha weighs what is missed, beta what is too much."""
    shared = (outputs * targets).sum()
    missed, extra = ((1 - outputs) * targets).sum(), (outputs * (1 - targets)).sum()
    return 1 - shared / (shared + alpha * missed + beta * extra + 1e-7)


def dice_losses(outputs, targets, axes):
    """How little of outputs and targets overlaps along some axes, the mean over the others."""
    shares = 2 * (outputs * targets).sum(axes) / (targets.sum(axes) + outputs.sum(axes) + 1e-7)
    return 1 - shares.mean()


def tversky_losses(outputs, targets, axes, alpha=0.5, beta=0.5):
    """How little of outputs and targets overlaps along some axes, the mean over the others: alpha weighs what is missed, beta what is too much."""
    shared = (outputs * targets).sum(axes)
    missed, extra = ((1 - outputs) * targets).sum(axes), (outputs * (1 - targets)).sum(axes)
    return 1 - (shared / (shared + alpha * missed + beta * extra + 1e-7)).mean()


def circle_loss(outputs, targets, gamma=80, margin=0.4, remove_diagonal=True):
    """How far unit vectors are from those of their class and near to others; a vector without either has no loss."""
    distances = (1 - outputs @ outputs.T).clamp(min=0)
    same = targets[:, None] == targets
    near = same & ~torch.eye(len(same), dtype=torch.bool, device=same.device) if remove_diagonal else same
    pull = gamma * (margin + distances).clamp(min=0) * (distances - margin)
    push = gamma * (1 + margin - distances).clamp(min=0) * (1 - margin - distances)
    pull, push = pull.masked_fill(~near, -torch.inf), push.masked_fill(same, -torch.inf)
    losses = F.softplus(pull.logsumexp(1) + push.logsumexp(1))
    return losses.sum() / (losses > 0).sum().clamp(min=1)
