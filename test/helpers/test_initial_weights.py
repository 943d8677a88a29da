"""Initial weights as they are written into scripts, against the formulas of Keras's initializers."""

import math

import modules
import parameters
import pytest
import torch
from torch import nn

TRUNCATED = 0.87962566103423978  # the standard deviation that is left of a normal distribution cut off at 2


def check(weight, std, bound=None, mean=0.0):
    values = weight.detach().flatten()
    assert abs(values.mean() - mean) < 4 * std / math.sqrt(len(values))
    assert math.isclose(values.std(), std, rel_tol=0.03)
    if bound is not None:
        assert values.abs().max() <= bound * (1 + 1e-6)
        assert values.abs().max() > 0.95 * bound


def fans(weight):
    """Of Keras's kernel (k..., in, out)."""
    cells = math.prod(weight.shape[2:])
    return weight.shape[1] * cells, weight.shape[0] * cells


LAYERS = [nn.Linear(150, 300), nn.Conv2d(20, 50, 5), nn.Conv1d(60, 90, 3)]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
@pytest.mark.parametrize("distribution", ["uniform", "truncated_normal", "untruncated_normal"])
def test_variance_scaling(layer, mode, distribution):
    torch.manual_seed(0)
    parameters.variance_scaling_(layer.weight, 1.5, mode, distribution)
    fan_in, fan_out = fans(layer.weight)
    std = math.sqrt(1.5 / {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode])
    bounds = {
        "uniform": math.sqrt(3) * std,
        "truncated_normal": 2 * std / TRUNCATED,
        "untruncated_normal": None,
    }
    check(layer.weight, std, bounds[distribution])


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_lines_of_torch(layer):
    """PyTorch's own functions that stand for Keras's initializers."""
    torch.manual_seed(0)
    fan_in, fan_out = fans(layer.weight)
    for line, variance in [
        (lambda w: nn.init.xavier_uniform_(w), 2 / (fan_in + fan_out)),
        (lambda w: nn.init.kaiming_uniform_(w, nonlinearity="relu"), 2 / fan_in),
        (lambda w: nn.init.kaiming_uniform_(w, nonlinearity="linear"), 1 / fan_in),
    ]:
        line(layer.weight)
        check(layer.weight, math.sqrt(variance), math.sqrt(3 * variance))
    for mode, variance in {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}.items():
        modules.truncated_normal_(layer.weight, mode)
        check(layer.weight, math.sqrt(variance), 2 * math.sqrt(variance) / TRUNCATED)


def test_a_wrong_fan_is_noticed():
    layer = nn.Linear(150, 300)
    nn.init.kaiming_uniform_(layer.weight, mode="fan_out", nonlinearity="relu")
    with pytest.raises(AssertionError):
        check(layer.weight, math.sqrt(2 / 150), math.sqrt(6 / 150))


def test_constraints():
    weight = torch.randn(4, 6)
    before = weight.clone()
    parameters.max_norm_(weight, 1.5, dim=1)
    assert torch.allclose(weight.norm(dim=1), before.norm(dim=1).clamp(max=1.5), atol=1e-6)
    parameters.unit_norm_(weight, dim=0)
    assert torch.allclose(weight.norm(dim=0), torch.ones(6), atol=1e-5)
    weight = before.clone()
    parameters.min_max_norm_(weight, 1.0, 1.5, 0.5, dim=1)
    norm = before.norm(dim=1)
    assert torch.allclose(weight.norm(dim=1), 0.5 * norm.clamp(1.0, 1.5) + 0.5 * norm, atol=1e-5)


@pytest.mark.parametrize("dim", [(1, 2), (1, 2, 3)])
def test_constraints_of_maps(dim):
    weight = torch.randn(4, 6, 3, 3)
    expected = weight.square().sum(dim).sqrt().clamp(max=2.0)
    parameters.max_norm_(weight, 2.0, dim=dim)
    assert torch.allclose(weight.square().sum(dim).sqrt(), expected, atol=1e-5)
