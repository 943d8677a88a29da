"""A GAN that learns points on a circle."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


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


def to_outputs(outputs):
    """Probabilities of logits."""
    return outputs.sigmoid()


def to_outputs_2(outputs):
    """Outputs as they are."""
    return outputs


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return model.to_outputs(outputs).numpy()


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


np.random.seed(7)
latent_dim = 8
batch_size = 32


def build_generator():
    model = nn.Sequential(
        nn.Linear(8, 16),
        nn.LeakyReLU(0.2),
        nn.Linear(16, 2),
        nn.Tanh(),
    ).to(device)
    model.apply(init_weights)
    model.to_outputs = to_outputs_2
    return model


def build_discriminator():
    model = nn.Sequential(
        nn.Linear(2, 16),
        nn.LeakyReLU(0.2),
        nn.Dropout(0.0),
        nn.Linear(16, 1),
    ).to(device)
    model.apply(init_weights)
    model.to_outputs = to_outputs
    return model


discriminator = build_discriminator()
discriminator.loss_fn = F.binary_cross_entropy_with_logits
discriminator.optimizer = torch.optim.Adam(discriminator.parameters(), lr=0.002, betas=(0.5, 0.999), eps=1e-7)
discriminator.metrics = {"accuracy": binary_accuracy}

generator = build_generator()

# only the generator is trained in the combined model
gan = nn.Sequential(generator, discriminator).to(device)
gan.to_outputs = to_outputs
gan.loss_fn = F.binary_cross_entropy_with_logits
gan.optimizer = torch.optim.Adam(generator.parameters(), lr=0.002, betas=(0.5, 0.999), eps=1e-7)

angles = np.random.uniform(0, 2 * np.pi, 512)
points = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype('float32')

for step in range(20):
    real = points[np.random.randint(0, len(points), batch_size)]
    noise = np.random.normal(0, 1, (batch_size, latent_dim))
    fake = predict(generator, noise)
    d_loss_real = train_on_batch(discriminator, discriminator.loss_fn, discriminator.optimizer, real, np.ones((batch_size, 1)), metrics=discriminator.metrics)
    d_loss_fake = train_on_batch(discriminator, discriminator.loss_fn, discriminator.optimizer, fake, np.zeros((batch_size, 1)), metrics=discriminator.metrics)
    d_loss = 0.5 * np.add(d_loss_real, d_loss_fake)

    noise = np.random.normal(0, 1, (batch_size, latent_dim))
    g_loss = train_on_batch(gan, gan.loss_fn, gan.optimizer, noise, np.ones((batch_size, 1)), metrics={})
    if step % 5 == 0:
        print('%d [D loss: %.4f, acc: %.2f] [G loss: %.4f]' % (step, d_loss[0], d_loss[1], g_loss))

noise = np.random.normal(0, 1, (100, latent_dim))
samples = predict(generator, noise)
print('Mean radius: %.4f' % np.sqrt((samples ** 2).sum(axis=1)).mean())
print('Taken for real: %.4f' % predict(discriminator, samples).mean())
print('By both: %.4f' % predict(gan, noise).mean())
