# Shapes drawn on a grid: images that change at random before the model sees them
import numpy as np
import itertools
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class MappedBatches:
    """Batches after a function."""

    def __init__(self, batches, function):
        self.batches, self.function = batches, function

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        return itertools.starmap(self.function, self.batches)


@torch.no_grad()
def torch_augment(model, images):
    """Images (N, H, W, C) as the model changes them in training."""
    images = torch.as_tensor(images, dtype=torch.float32)
    if images.dim() == 3:
        return torch_augment(model, images[None])[0]
    return model.train()(images.movedim(-1, 1)).movedim(1, -1)


def uniform(x, low, high):
    """A random number from low to high for each sample of x."""
    return low + (high - low) * torch.rand(len(x), device=x.device)


def warp(x, places):
    """Read images elsewhere: matrices (N, 2, 3), row by row, say where from each place (x, y, 1), from -1 to 1."""
    theta = torch.stack(places, -1).view(-1, 2, 3)
    grid = F.affine_grid(theta, x.shape, align_corners=False)
    x = F.grid_sample(x, grid, "bilinear", "reflection", align_corners=False)
    return x


class RandomFlip(nn.Module):
    """Flip each image along each of these axes with an even chance."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        if self.training:
            for dim in self.dims:
                flipped = torch.rand(len(x), 1, 1, 1, device=x.device) < 0.5
                x = torch.where(flipped, x.flip(dim), x)
        return x


class RandomRotation(nn.Module):
    """Turn each image by a random part of a full turn."""

    def __init__(self, low, high):
        super().__init__()
        self.low, self.high = low, high

    def forward(self, x):
        if not self.training:
            return x
        angle = 2 * torch.pi * uniform(x, self.low, self.high)
        cos, sin, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
        aspect = x.shape[2] / x.shape[3]
        places = [cos, -sin * aspect, zero, sin / aspect, cos, zero]
        return warp(x, places)


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).permute(0, 3, 1, 2)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(y, dtype=torch.long).reshape(-1)


def run_epoch(model, loss_fn, batches, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    totals = 0
    seen = 0
    with torch.set_grad_enabled(training):
        for batch in batches:
            outputs, targets = model(to_inputs(batch[0]).to(device)), to_targets(batch[1]).to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(targets), *sums]).detach()
            seen += len(targets)
    return dict(zip(["loss", *metrics], (totals / seen).tolist()))


def fit(model, loss_fn, optimizer, batches, metrics=None, epochs=1, validation_data=None):
    """Train; the mean values of each epoch by name."""
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, batches, optimizer, metrics)
        if validation_data is not None:
            val_logs = run_epoch(model, loss_fn, validation_data, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


def evaluate(model, loss_fn, batches, metrics=None):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, batches, metrics=metrics)
    return list(logs.values())


rng = np.random.RandomState(0)
images = rng.rand(40, 8, 8, 3).astype("float32")
labels = (images[:, :, :4].mean(axis=(1, 2, 3)) > 0.5).astype("int64")
train_ds = DataLoader(
    TensorDataset(torch.as_tensor(np.asarray(images[:32])), torch.as_tensor(np.asarray(labels[:32]))),
    batch_size=8,
)
val_ds = DataLoader(
    TensorDataset(torch.as_tensor(np.asarray(images[32:])), torch.as_tensor(np.asarray(labels[32:]))),
    batch_size=8,
)

data_augmentation = nn.Sequential(
    RandomFlip(3),
    RandomRotation(-0.1, 0.1),
).to(device)


def augment(image, label):
    image = torch_augment(data_augmentation, image)
    return image, label


augmented_train_ds = MappedBatches(train_ds, lambda x, y: (torch_augment(data_augmentation, x), y))

model = nn.Sequential(
    nn.Conv2d(3, 4, 3),
    nn.ReLU(),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(4, 2),
).to(device)
model.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": sparse_categorical_accuracy}
fit(model, loss_fn, optimizer, augmented_train_ds, epochs=2, validation_data=val_ds, metrics=metrics)
fit(model, loss_fn, optimizer, MappedBatches(train_ds, augment), epochs=1, metrics=metrics)
print(evaluate(model, loss_fn, val_ds, metrics=metrics))

# A look at some of them
first = images[0]
for i in range(3):
    augmented_images = torch_augment(data_augmentation, np.expand_dims(first, 0)).numpy()
    print(augmented_images.shape, augmented_images[0].min() >= 0)
