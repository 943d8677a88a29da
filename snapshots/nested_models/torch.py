"""An autoencoder of two models, and a classifier whose head is a model of its own."""

import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Permute(nn.Module):
    """Reorder the axes of a batch."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)


class GaussianNoise(nn.Module):
    """Add noise while training."""

    def __init__(self, stddev):
        super().__init__()
        self.stddev = stddev

    def forward(self, x):
        return x + self.stddev * torch.randn_like(x) if self.training else x


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.ConvTranspose2d):
        nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).permute(0, 3, 1, 2)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).permute(0, 3, 1, 2)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = 0
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), model.to_targets(y)
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer)
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


def evaluate(model, loss_fn, x, y, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), model.to_targets(y), batch_size)
    return logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    outputs = outputs.movedim(1, -1)
    return outputs.numpy()


rng = np.random.RandomState(3)
images = rng.rand(96, 8, 8, 2).astype("float32")

encoder = nn.Sequential(
    nn.Conv2d(2, 4, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Dropout(0.1),
).to(device)
encoder.apply(init_weights)
decoder = nn.Sequential(
    nn.ConvTranspose2d(4, 4, 3, stride=2),
    nn.ZeroPad2d((0, -1, 0, -1)),  # "same" leaves out the last cells
    nn.ReLU(),
    nn.Conv2d(4, 2, 3, padding=1),
    nn.Sigmoid(),
).to(device)
decoder.apply(init_weights)
autoencoder = nn.Sequential(encoder, decoder).to(device)
autoencoder.to_targets = to_targets
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(autoencoder.parameters(), lr=0.01)
fit(autoencoder, loss_fn, optimizer, images, images, epochs=2, batch_size=32)
print("Loss: %.4f" % evaluate(autoencoder, loss_fn, images, images))
print(predict(autoencoder, images[:5]).shape)

mapper = nn.Sequential(
    GaussianNoise(0.0),
    nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1),
        nn.BatchNorm2d(3, eps=1e-3, momentum=0.01),
        nn.ReLU(),
    ),
    Permute(0, 2, 3, 1),
    nn.Sequential(
        nn.Flatten(),
        nn.Linear(192, 10),
        nn.ReLU(),
    ),
    nn.Linear(10, 128),
    nn.Unflatten(1, (8, 8, 2)),
).to(device)
mapper.apply(init_weights)
nn.init.kaiming_uniform_(mapper[3][1].weight, nonlinearity="relu")
mapper.to_targets = to_targets_2
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(mapper.parameters(), lr=0.01)
fit(mapper, loss_fn, optimizer, images, images, epochs=2, batch_size=32)
