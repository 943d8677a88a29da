import optimizers
import pytest
import torch
from conftest import close, load

recorded = load("optimizers")


@pytest.mark.parametrize("name, options, expected", recorded["results"])
def test_updates(name, options, expected):
    """Twenty steps on gradients of very different sizes; the rate falls to a tenth on the way."""
    parameter, unused = torch.nn.Parameter(torch.tensor(recorded["start"])), torch.nn.Parameter(torch.ones(1))
    optimizer = getattr(optimizers, name)([parameter, unused], **options)
    for i, gradient in enumerate(recorded["gradients"]):
        if i == 10:
            for group in optimizer.param_groups:
                group["lr"] *= 0.1
        parameter.grad = torch.tensor(gradient)
        optimizer.step()
    close(parameter, expected, 2e-6)
    assert unused.item() == 1


def test_schedulers_fit():
    parameter = torch.nn.Parameter(torch.ones(1))
    for kind in (
        optimizers.KerasSGD,
        optimizers.KerasRMSprop,
        optimizers.Lion,
        optimizers.Ftrl,
    ):
        optimizer = kind([parameter], lr=0.5)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: 1 / (1 + i))
        parameter.grad = torch.ones(1)
        optimizer.step()
        scheduler.step()
        assert optimizer.param_groups[0]["lr"] == 0.25
