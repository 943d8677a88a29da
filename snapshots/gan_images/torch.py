"""A DCGAN in miniature: normalized images from noise, built by functions."""
import numpy as np
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


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 1, 8, 8)


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


def train_on_batch(model, loss_fn, optimizer, x, y):
    """One step of the optimizer on one batch; its loss, and metrics if there are any."""
    model.train()
    for norm in getattr(model, "held_norms", ()):
        norm.eval()
    outputs, targets = model(model.to_inputs(x).to(device)), to_targets(y).to(device)
    loss = loss_fn(outputs, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


np.random.seed(11)


def generator_model():
    model = nn.Sequential(
        nn.Linear(6, 4 * 4 * 3),
        nn.LeakyReLU(0.2),
        nn.Unflatten(1, (4, 4, 3)),
        Permute(0, 3, 1, 2),
        nn.Upsample(scale_factor=(2, 2)),
        nn.Conv2d(3, 4, (3, 3), padding=1, bias=False),
        nn.BatchNorm2d(4, eps=1e-3, momentum=0.01),
        nn.ReLU(),
        nn.Conv2d(4, 1, (3, 3), padding=1),
        nn.Tanh(),
    ).to(device)
    model.apply(init_weights)
    model.to_inputs = to_inputs_2
    return model


def discriminator_model():
    model = nn.Sequential(
        nn.ZeroPad2d((0, 1, 0, 1)),  # "same" with a stride pads the end
        nn.Conv2d(1, 4, (3, 3), stride=(2, 2)),
        nn.LeakyReLU(0.2),
        nn.Conv2d(4, 6, (3, 3), padding=1, bias=False),
        nn.BatchNorm2d(6, eps=1e-3, momentum=0.2),
        nn.LeakyReLU(0.2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(96, 1),
    ).to(device)
    model.apply(init_weights)
    model.to_inputs = to_inputs
    return model


def generator_containing_discriminator(generator, discriminator):
    model = nn.Sequential()
    model.append(generator)
    model.append(discriminator)
    model.to(device)
    model.to_inputs = to_inputs_2
    return model


def train(images, batch_size):
    discriminator = discriminator_model()
    generator = generator_model()
    both = generator_containing_discriminator(generator, discriminator)
    both.loss_fn = F.binary_cross_entropy_with_logits
    both.optimizer = torch.optim.SGD(both[0].parameters(), lr=0.05, momentum=0.9, nesterov=True)
    both.held_norms = [module for module in both[1].modules() if isinstance(module, nn.BatchNorm2d)]
    discriminator.loss_fn = F.binary_cross_entropy_with_logits
    discriminator.optimizer = torch.optim.SGD(discriminator.parameters(), lr=0.05, momentum=0.9, nesterov=True)
    for epoch in range(2):
        print('Epoch', epoch)
        for index in range(len(images) // batch_size):
            noise = np.random.uniform(-1, 1, (batch_size, 6))
            image_batch = images[index * batch_size:(index + 1) * batch_size]
            generated = predict(generator, noise)
            X = np.concatenate((image_batch, generated))
            y = np.array([1] * batch_size + [0] * batch_size)
            d_loss = train_on_batch(discriminator, discriminator.loss_fn, discriminator.optimizer, X, y)
            print('batch %d d_loss : %f' % (index, d_loss))
            noise = np.random.uniform(-1, 1, (batch_size, 6))
            g_loss = train_on_batch(both, both.loss_fn, both.optimizer, noise, np.ones(batch_size))
            print('batch %d g_loss : %f' % (index, g_loss))
    torch.save(generator.state_dict(), 'generator.pt')


def generate(count):
    generator = generator_model()
    generator.load_state_dict(torch.load('generator.pt'))
    return predict(generator, np.random.uniform(-1, 1, (count, 6)))


images = np.random.rand(64, 8, 8, 1).astype('float32') * 2 - 1
train(images, 16)
made = generate(10)
print(made.shape, made.mean())
