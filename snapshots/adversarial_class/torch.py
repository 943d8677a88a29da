"""Small drawings from noise: two networks in a class, each wrapped as a functional model."""
import numpy as np
from functools import partial
import math
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Permute(nn.Module):
    """Reorder the axes of a batch."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)


class BatchNorm1d(nn.BatchNorm1d):
    """Batch normalization that keeps the biased variance for evaluation, and takes batches of one."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        dims, shape = ([0], (-1,)) if x.dim() == 2 else ([0, 2], (-1, 1))
        var, mean = torch.var_mean(x, dims, correction=0)
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(var, self.momentum)
        scale = self.weight * torch.rsqrt(var + self.eps)
        return (x - mean.view(shape)) * scale.view(shape) + self.bias.view(shape)


class SharedAdam(torch.optim.Optimizer):
    """Adam that counts its steps in a list, which those of several models share: so Keras's counts."""

    def __init__(self, params, steps, betas=(0.9, 0.999), eps=1e-7):
        super().__init__(params, {"lr": 0.001})
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
    if isinstance(module, (nn.Linear, nn.ConvTranspose2d)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, 8, 8, 1) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 8, 8, 1)


def to_inputs_2(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in model.to_inputs(x).split(batch_size)])
    outputs = outputs.movedim(1, -1)
    return outputs.numpy()


def train_on_batch(model, loss_fn, optimizer, x, y, metrics=None):
    """One step of the optimizer on one batch; its loss, and metrics if there are any."""
    model.train()
    outputs, targets = model(model.to_inputs(x).to(device)), to_targets(y).to(device)
    loss = loss_fn(outputs, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    values = [metric(outputs, targets).float().mean().item() for metric in metrics.values()]
    return [loss.item(), *values] if metrics else loss.item()


class Forger:
    def __init__(self, side=8, noise_size=6):
        self.shape = (side, side, 1)
        self.noise_size = noise_size
        optimizer = partial(SharedAdam, steps=[0], betas=(0.5, 0.999), eps=1e-7)

        self.critic = self.build_critic()
        self.critic.loss_fn = F.binary_cross_entropy_with_logits
        self.critic.optimizer = optimizer(self.critic.parameters())
        self.critic.metrics = {"accuracy": binary_accuracy}
        self.artist = self.build_artist()

        # the artist learns from what the critic says, which stands still meanwhile
        self.combined = nn.Sequential(
            self.artist,
            Permute(0, 2, 3, 1),
            self.critic,
        ).to(device)
        self.combined.to_inputs = to_inputs_2
        self.combined.loss_fn = F.binary_cross_entropy_with_logits
        self.combined.optimizer = optimizer(self.combined[0].parameters())

    def build_artist(self):
        layers = nn.Sequential(
            nn.Linear(6, 32),
            nn.LeakyReLU(0.2),
            BatchNorm1d(32, eps=1e-3, momentum=0.2),
            nn.Unflatten(1, (2, 2, 8)),
            Permute(0, 3, 1, 2),
            nn.ConvTranspose2d(8, 4, 3, stride=2),
            nn.ZeroPad2d((0, -1, 0, -1)),  # "same" leaves out the last cells
            nn.ConvTranspose2d(4, 1, 3, stride=2),
            nn.ZeroPad2d((0, -1, 0, -1)),  # "same" leaves out the last cells
            nn.Tanh(),
        ).to(device)
        layers.apply(init_weights)

        model = nn.Sequential(
            layers,
        ).to(device)
        model.to_inputs = to_inputs_2
        return model

    def build_critic(self):
        layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(64, 16),
            nn.LeakyReLU(0.2),
            nn.Linear(16, 1),
        ).to(device)
        layers.apply(init_weights)

        model = nn.Sequential(
            layers,
        ).to(device)
        model.to_inputs = to_inputs
        return model

    def train(self, drawings, steps, batch_size=16):
        drawings = np.expand_dims(drawings * 2 - 1., axis=3)
        real = np.ones((batch_size, 1))
        fake = np.zeros((batch_size, 1))
        for step in range(steps):
            rows = np.random.randint(0, drawings.shape[0], batch_size)
            noise = np.random.normal(0, 1, (batch_size, self.noise_size))
            forged = predict(self.artist, noise)
            loss_real = train_on_batch(self.critic, self.critic.loss_fn, self.critic.optimizer, drawings[rows], real, metrics=self.critic.metrics)
            loss_fake = train_on_batch(self.critic, self.critic.loss_fn, self.critic.optimizer, forged, fake, metrics=self.critic.metrics)
            critic_loss = 0.5 * np.add(loss_real, loss_fake)
            artist_loss = train_on_batch(self.combined, self.combined.loss_fn, self.combined.optimizer, noise, real, metrics={})
            print("%d [critic: %f, accuracy: %.2f%%] [artist: %f]"
                  % (step, critic_loss[0], 100 * critic_loss[1], artist_loss))


if __name__ == '__main__':
    np.random.seed(5)
    circles = np.zeros((40, 8, 8))
    for circle in circles:
        x, y = np.random.randint(2, 6, 2)
        circle[x - 2:x + 2, y - 2:y + 2] = 1
    forger = Forger()
    forger.train(circles, steps=4)
