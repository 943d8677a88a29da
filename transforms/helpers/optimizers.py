"""Optimizers that torch.optim lacks, or computes differently from Keras where it matters."""

import itertools
import math

import torch
from torch import nn


def cosine_restarts(step, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0):
    """What the learning rate is multiplied by after so many steps: cosines, each longer and lower than the one before."""
    length, height = first_decay_steps, 1.0
    while step >= length:
        step, length, height = step - length, length * t_mul, height * m_mul
    return (1 - alpha) * height * 0.5 * (1 + math.cos(math.pi * step / length)) + alpha


def clip_values(optimizer, limit):
    """Clip each value of the gradients before each step of the optimizer."""

    def clip(optimizer, args, kwargs):
        nn.utils.clip_grad_value_(optimizer.param_groups[0]["params"], limit)

    optimizer.register_step_pre_hook(clip)


def clip_norms(optimizer, limit):
    """Clip the norm of each gradient before each step of the optimizer."""

    def clip(optimizer, args, kwargs):
        for parameter in optimizer.param_groups[0]["params"]:
            nn.utils.clip_grad_norm_(parameter, limit)

    optimizer.register_step_pre_hook(clip)


def clip_global_norm(optimizer, limit):
    """Clip the norm of all gradients together before each step of the optimizer."""

    def clip(optimizer, args, kwargs):
        nn.utils.clip_grad_norm_(optimizer.param_groups[0]["params"], limit)

    optimizer.register_step_pre_hook(clip)


def decay_rate(optimizer, decay):
    """Take each step at the learning rate over 1 + decay * steps, whoever sets that rate."""
    group, steps = optimizer.param_groups[0], itertools.count()

    def divide(optimizer, args, kwargs):
        group["rate"] = group["lr"]
        group["lr"] /= 1 + decay * next(steps)

    def restore(optimizer, args, kwargs):
        group["lr"] = group["rate"]

    optimizer.register_step_pre_hook(divide)
    optimizer.register_step_post_hook(restore)


def tuned(parameters, make, factor=None, clip=None, limit=None):
    """An optimizer whose learning rate changes with its steps, or whose gradients are clipped."""
    optimizer = make(parameters)
    if factor is not None:
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        optimizer.register_step_post_hook(lambda *_: scheduler.step())
    if clip is not None:
        clip(optimizer, limit)
    return optimizer


class KerasSGD(torch.optim.Optimizer):
    """SGD with the learning rate inside the momentum, as Keras has it: the difference shows when the rate changes."""

    def __init__(self, params, lr=0.01, momentum=0, nesterov=False, weight_decay=0):
        super().__init__(params, {"lr": lr})
        self.momentum = momentum
        self.nesterov = nesterov
        self.weight_decay = weight_decay

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                if self.weight_decay:
                    p.mul_(1 - group["lr"] * self.weight_decay)
                velocity = self.state[p].setdefault("velocity", torch.zeros_like(p))
                velocity.mul_(self.momentum).sub_(group["lr"] * p.grad)
                p.add_(self.momentum * velocity - group["lr"] * p.grad if self.nesterov else velocity)


class KerasRMSprop(torch.optim.Optimizer):
    """RMSprop with epsilon inside the root, as Keras has it since 2.11: the difference shows for small gradients."""

    def __init__(
        self, params, lr=1e-3, rho=0.9, momentum=0, eps=1e-7, centered=False, weight_decay=0, initial_square=0
    ):
        super().__init__(params, {"lr": lr})
        self.rho = rho
        self.initial_square = initial_square
        self.momentum = momentum
        self.eps = eps
        self.centered = centered
        self.weight_decay = weight_decay

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                if self.weight_decay:
                    p.mul_(1 - group["lr"] * self.weight_decay)
                state = self.state[p]
                square = state.setdefault(
                    "square",
                    torch.full_like(p, self.initial_square) if self.initial_square else torch.zeros_like(p),
                ).lerp_(p.grad**2, 1 - self.rho)
                if self.centered:
                    mean = state.setdefault("mean", torch.zeros_like(p)).lerp_(p.grad, 1 - self.rho)
                    square = square - mean**2
                change = group["lr"] * p.grad * (square + self.eps).rsqrt()
                if self.momentum:
                    change = (
                        state.setdefault("velocity", torch.zeros_like(p)).mul_(self.momentum).add_(change)
                    )
                p.sub_(change)


class SharedAdam(torch.optim.Optimizer):
    """Adam that counts its steps in a list, which those of several models share: so Keras's counts."""

    def __init__(self, params, steps, lr=1e-3, betas=(0.9, 0.999), eps=1e-7):
        super().__init__(params, {"lr": lr})
        self.steps = steps
        self.beta1, self.beta2 = betas
        self.eps = eps

    @torch.no_grad()
    def step(self, closure=None):
        self.steps[0] += 1
        correction = math.sqrt(1 - self.beta2 ** self.steps[0]) / (1 - self.beta1 ** self.steps[0])
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                mean = self.state[p].setdefault("mean", torch.zeros_like(p)).lerp_(p.grad, 1 - self.beta1)
                square = self.state[p].setdefault("square", torch.zeros_like(p))
                square.lerp_(p.grad**2, 1 - self.beta2)
                p.sub_(group["lr"] * correction * mean / (square.sqrt() + self.eps))


class Lion(torch.optim.Optimizer):
    """Steps of the size of the learning rate, in the direction of the gradient's momentum."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.99), weight_decay=0):
        super().__init__(params, {"lr": lr})
        self.beta1, self.beta2 = betas
        self.weight_decay = weight_decay

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                if self.weight_decay:
                    p.mul_(1 - group["lr"] * self.weight_decay)
                mean = self.state[p].setdefault("mean", torch.zeros_like(p))
                p.sub_(group["lr"] * mean.lerp(p.grad, 1 - self.beta1).sign())
                mean.lerp_(p.grad, 1 - self.beta2)


class Ftrl(torch.optim.Optimizer):
    """Follow the regularized leader."""

    def __init__(self, params, lr=1e-3, lr_power=-0.5, initial_accumulator_value=0.1, l1=0, l2=0, beta=0):
        super().__init__(params, {"lr": lr})
        self.power = -lr_power
        self.initial = initial_accumulator_value
        self.l1 = l1
        self.l2 = l2
        self.beta = beta

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                total = self.state[p].setdefault("total", torch.full_like(p, self.initial))
                linear = self.state[p].setdefault("linear", torch.zeros_like(p))
                before = total**self.power
                after = total.add_(p.grad**2) ** self.power
                linear.add_(p.grad - (after - before) / group["lr"] * p)
                quadratic = (after + self.beta) / group["lr"] + 2 * self.l2
                p.copy_((linear.clamp(-self.l1, self.l1) - linear) / quadratic)
