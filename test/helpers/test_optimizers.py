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


def test_shared_steps():
    """Where one steps alone it is Adam; another's steps make its own larger or smaller."""
    first, second = torch.nn.Parameter(torch.ones(3)), torch.nn.Parameter(torch.ones(3))
    steps = [0]
    shared = [optimizers.SharedAdam([p], steps, lr=0.1, eps=0) for p in (first, second)]
    alone = torch.nn.Parameter(torch.ones(3))
    adam = torch.optim.Adam([alone], lr=0.1, eps=1e-30)
    for parameter, optimizer in ((first, shared[0]), (alone, adam)):
        for gradient in ([1.0, -2.0, 3.0], [0.5, 1.0, -1.0]):
            parameter.grad = torch.tensor(gradient)
            optimizer.step()
    close(first, alone.tolist(), 1e-6)
    second.grad = torch.tensor([1.0, -1.0, 2.0])
    shared[1].step()
    # At the third step: 0.1 * sqrt(1 - 0.999**3) / (1 - 0.9**3) * 0.1 / sqrt(0.001)
    close(second, [1 - 0.0638, 1 + 0.0638, 1 - 0.0638], 1e-3)
    assert steps == [3]
