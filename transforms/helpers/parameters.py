"""What Keras does to weights: initial values that torch.nn.init lacks, and constraints."""

import torch.nn.functional as F
from torch import nn


def variance_scaling_(weight, scale, mode, distribution):
    """Random weights of the variance scale / fan; a normal distribution may be cut off at two standard deviations."""
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(weight)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    std = (scale / fan) ** 0.5
    if distribution == "uniform":
        nn.init.uniform_(weight, -(3**0.5) * std, 3**0.5 * std)
    elif distribution == "truncated_normal":
        std /= 0.87962566103423978
        nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)
    else:
        nn.init.normal_(weight, std=std)


def orthogonal_penalty(weight, factor):
    """How far the rows of a weight are from being orthogonal to each other."""
    rows = F.normalize(weight, dim=1)
    products = rows @ rows.T
    pairs = len(rows) * (len(rows) - 1) / 2
    return factor * 0.5 * (products - products.diag().diag()).abs().sum() / pairs


def max_norm_(weight, max_value, dim):
    """Scale down what is longer along `dim`."""
    norm = weight.norm(2, dim, keepdim=True)
    weight.mul_(norm.clamp(max=max_value) / (norm + 1e-7))


def unit_norm_(weight, dim):
    """Scale to length 1 along `dim`."""
    weight.div_(weight.norm(2, dim, keepdim=True) + 1e-7)


def min_max_norm_(weight, min_value, max_value, rate, dim):
    """Scale to a length between the two along `dim`, by the rate of the way."""
    norm = weight.norm(2, dim, keepdim=True)
    wanted = rate * norm.clamp(min_value, max_value) + (1 - rate) * norm
    weight.mul_(wanted / (norm + 1e-7))
