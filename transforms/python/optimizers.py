"""Optimizers whose updates are Keras's where PyTorch's own differ by more than rounding."""

import torch


class MomentumSGD(torch.optim.Optimizer):
    """SGD whose velocity keeps the learning rate of each step, as Keras has it: torch.optim.SGD does not."""

    def __init__(self, params, lr, momentum, nesterov=False):
        super().__init__(params, {"lr": lr, "momentum": momentum, "nesterov": nesterov})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            lr, momentum = group["lr"], group["momentum"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                velocity = self.state[p].setdefault("velocity", torch.zeros_like(p))
                velocity.mul_(momentum).sub_(p.grad, alpha=lr)
                p.add_(momentum * velocity - lr * p.grad if group["nesterov"] else velocity)


class RMSprop(torch.optim.Optimizer):
    """RMSprop with epsilon inside the root, as Keras 3 has it: torch.optim.RMSprop adds it outside."""

    def __init__(self, params, lr=0.001, alpha=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "alpha": alpha, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                square = self.state[p].setdefault("square", torch.zeros_like(p))
                square.lerp_(p.grad.square(), 1 - group["alpha"])
                p.sub_(group["lr"] * p.grad * (square + group["eps"]).rsqrt())
