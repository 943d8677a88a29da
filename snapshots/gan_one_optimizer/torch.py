"""A GAN over points, as a class: one optimizer for both models."""
from __future__ import print_function, division

import numpy as np
from functools import partial
import math
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


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


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.numpy()


def train_on_batch(model, loss_fn, optimizer, x, y, metrics=None):
    """One step of the optimizer on one batch; its loss, and metrics if there are any."""
    model.train()
    outputs, targets = model(to_inputs(x).to(device)), to_targets(y).to(device)
    loss = loss_fn(outputs, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    values = [metric(outputs, targets).float().mean().item() for metric in metrics.values()]
    return [loss.item(), *values] if metrics else loss.item()


class GAN():
    def __init__(self):
        self.size = 4
        self.latent_dim = 6

        optimizer = partial(SharedAdam, steps=[0], lr=0.002, betas=(0.5, 0.999), eps=1e-7)

        # Build and compile the discriminator
        self.discriminator = self.build_discriminator()
        self.discriminator.loss_fn = F.binary_cross_entropy_with_logits
        self.discriminator.optimizer = optimizer(self.discriminator.parameters())
        self.discriminator.metrics = {"accuracy": binary_accuracy}

        # Build the generator
        self.generator = self.build_generator()

        # The generator takes noise as input and generates points

        # For the combined model we will only train the generator

        # The discriminator takes generated points as input and determines validity

        # The combined model  (stacked generator and discriminator)
        self.combined = nn.Sequential(
            self.generator,
            self.discriminator,
        ).to(device)
        self.combined.loss_fn = F.binary_cross_entropy_with_logits
        self.combined.optimizer = optimizer(self.combined[0].parameters())

    def build_generator(self):
        model = nn.Sequential(
            nn.Linear(6, 16),
            nn.LeakyReLU(0.2),
            nn.Linear(16, self.size),
            nn.Tanh(),
        ).to(device)
        model.apply(init_weights)
        print(model)
        return model

    def build_discriminator(self):
        model = nn.Sequential(
            nn.Linear(4, 12),
            nn.LeakyReLU(0.2),
            nn.Linear(12, 1),
        ).to(device)
        model.apply(init_weights)
        print(model)
        return model

    def train(self, x, epochs, batch_size=16):
        valid = np.ones((batch_size, 1))
        fake = np.zeros((batch_size, 1))
        for epoch in range(epochs):
            idx = np.random.randint(0, x.shape[0], batch_size)
            points = x[idx]
            noise = np.random.normal(0, 1, (batch_size, self.latent_dim))
            made = predict(self.generator, noise)

            d_loss_real = train_on_batch(self.discriminator, self.discriminator.loss_fn, self.discriminator.optimizer, points, valid, metrics=self.discriminator.metrics)
            d_loss_fake = train_on_batch(self.discriminator, self.discriminator.loss_fn, self.discriminator.optimizer, made, fake, metrics=self.discriminator.metrics)
            d_loss = 0.5 * np.add(d_loss_real, d_loss_fake)

            noise = np.random.normal(0, 1, (batch_size, self.latent_dim))
            g_loss = train_on_batch(self.combined, self.combined.loss_fn, self.combined.optimizer, noise, valid, metrics={})
            print("%d [D loss: %f, acc.: %.2f%%] [G loss: %f]" % (epoch, d_loss[0], 100 * d_loss[1], g_loss))


if __name__ == '__main__':
    np.random.seed(8)
    data = np.tanh(np.random.randn(64, 4)).astype('float32')
    gan = GAN()
    gan.train(data, epochs=8)
