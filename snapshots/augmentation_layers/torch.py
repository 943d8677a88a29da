# Image classification with data augmentation inside the model
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Rescaling(nn.Module):
    """Multiply, and add an offset."""

    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def forward(self, x):
        return x * self.scale


def uniform(x, low, high):
    """A random number from low to high for each sample of x."""
    return low + (high - low) * torch.rand(len(x), device=x.device)


def warp(x, places, padding_mode="", fill_value=0.0):
    """Read images elsewhere: matrices (N, 2, 3), row by row, say where from each place (x, y, 1), from -1 to 1."""
    theta = torch.stack(places, -1).view(-1, 2, 3)
    grid = F.affine_grid(theta, x.shape, align_corners=False)
    if fill_value:
        x = x - fill_value
    x = F.grid_sample(x, grid, "bilinear", padding_mode or "reflection", align_corners=False)
    return x + fill_value if fill_value else x


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


class RandomZoom(nn.Module):
    """Zoom each image out (above 0) or in by random parts of its height and width, or the same part of both."""

    def __init__(self, height, width=None, padding_mode="", fill_value=0.0):
        super().__init__()
        self.height = height
        self.width = width
        self.padding_mode = padding_mode
        self.fill_value = fill_value

    def forward(self, x):
        if not self.training:
            return x
        height = 1 + uniform(x, *self.height)
        width = height if self.width is None else 1 + uniform(x, *self.width)
        zero = torch.zeros_like(height)
        places = [width, zero, zero, zero, height, zero]
        return warp(x, places, self.padding_mode, self.fill_value)


class RandomTranslation(nn.Module):
    """Move each image down and right by random parts of its height and width."""

    def __init__(self, height, width, padding_mode=""):
        super().__init__()
        self.height, self.width = height, width
        self.padding_mode = padding_mode

    def forward(self, x):
        if not self.training:
            return x
        down, right = uniform(x, *self.height), uniform(x, *self.width)
        zero, one = torch.zeros_like(down), torch.ones_like(down)
        places = [one, zero, -2 * right, zero, one, -2 * down]
        return warp(x, places, self.padding_mode)


class RandomBrightness(nn.Module):
    """Add a random part of the range of values to each image."""

    def __init__(self, low, high, value_range=(0, 255)):
        super().__init__()
        self.low, self.high = low, high
        self.value_range = value_range

    def forward(self, x):
        if not self.training:
            return x
        darkest, brightest = self.value_range
        change = (brightest - darkest) * uniform(x, self.low, self.high)
        return (x + change.view(-1, 1, 1, 1)).clamp(darkest, brightest)


class RandomContrast(nn.Module):
    """Scale how far pixels are from the mean of their channel by a random factor."""

    def __init__(self, low, high, value_range=(0, 255)):
        super().__init__()
        self.low, self.high = low, high
        self.value_range = value_range

    def forward(self, x):
        if not self.training:
            return x
        factor = uniform(x[:1], self.low, self.high)
        mean = x.mean((2, 3), keepdim=True)
        return ((x - mean) * factor + mean).clamp(*self.value_range)


class RandomCrop(nn.Module):
    """A random piece of images; in evaluation all of them, or their middle of the size `whole`, resized to it."""

    def __init__(self, height, width, whole=None):
        super().__init__()
        self.height, self.width = height, width
        self.whole = whole

    def forward(self, x):
        if self.training:
            top = torch.randint(x.shape[2] - self.height + 1, ())
            left = torch.randint(x.shape[3] - self.width + 1, ())
            return x[:, :, top : top + self.height, left : left + self.width]
        if self.whole is not None:
            height, width = self.whole
            top, left = (x.shape[2] - height) // 2, (x.shape[3] - width) // 2
            x = x[:, :, top : top + height, left : left + width]
        return F.interpolate(x, (self.height, self.width), mode="bilinear")


class RandomStretch(nn.Module):
    """Stretch the height (dim 2) or width (3) of a batch of images by a random part."""

    def __init__(self, low, high, dim):
        super().__init__()
        self.low, self.high = low, high
        self.dim = dim

    def forward(self, x):
        if not self.training:
            return x
        size = list(x.shape[2:])
        size[self.dim - 2] = int(size[self.dim - 2] * (1 + uniform(x[:1], self.low, self.high)))
        return F.interpolate(x, size, mode="bilinear")


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
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(-1)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None):
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
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
    return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))


def fit(
    model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0, validation_data=None
):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    if validation_data is not None:
        x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    elif validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_split or validation_data is not None:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.softmax(-1).numpy()


IMG_SIZE = 16
batch_size = 16
num_classes = 3

# images of one bright corner, 0 to 255
rng = np.random.RandomState(7)
labels = rng.randint(0, num_classes, 90)
images = rng.randint(0, 80, (90, 20, 18, 3))
for image, label in zip(images, labels):
    image[10 * (label // 2):10 * (label // 2) + 8, 9 * (label % 2):9 * (label % 2) + 8] += 150
images = images.astype('uint8')
x_train, y_train = images[:64], labels[:64]
x_test, y_test = images[64:], labels[64:]

data_augmentation = nn.Sequential(
    RandomFlip(3),
    RandomRotation(-0.1, 0.1),
    RandomZoom((-0.2, 0.2)),
).to(device)

# Preprocessing and augmentation are part of the model
model = nn.Sequential(
    data_augmentation,
    nn.Upsample((IMG_SIZE, IMG_SIZE), mode="bilinear"),
    Rescaling(1. / 255),
    nn.Conv2d(3, 8, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d((2, 2)),
    nn.Dropout(0.2),
    nn.Flatten(),
    nn.Linear(512, 16),
    nn.ReLU(),
    nn.Linear(16, num_classes)
).to(device)
for module in [model[3], model[8], model[10]]:
    module.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": sparse_categorical_accuracy}
print(model)

history = fit(model, loss_fn, optimizer, x_train, y_train, batch_size=batch_size, epochs=3, validation_split=0.25, metrics=metrics)
loss, acc = evaluate(model, loss_fn, x_test, y_test, metrics=metrics)
print("Accuracy on the test images: {:.3f}".format(acc))

# The older names, and all that images can go through
seed = 1337
model = nn.Sequential(
    Rescaling(1. / 255),
    RandomTranslation((-0.2, 0.3), (-0.1, 0.1), padding_mode="border"),
    RandomZoom((-0.3, -0.2), width=(-0.1, 0.3), padding_mode="zeros", fill_value=0.5),
    RandomContrast(0.8, 1.2),
    RandomBrightness(-0.1, 0.1, value_range=(0, 1)),
    RandomCrop(16, 16, whole=(18, 18)),
    RandomStretch(-0.2, 0.2, dim=2),
    RandomStretch(0.1, 0.3, dim=3),
    nn.Upsample((14, 14), mode="nearest-exact"),
    nn.ZeroPad2d((-1, -2, -1, -1)),  # the middle, 12 x 11
    nn.Conv2d(3, 6, 3),
    nn.ReLU(),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(6, num_classes),
).to(device)
model.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": sparse_categorical_accuracy}
fit(model, loss_fn, optimizer, x_train, y_train, batch_size=batch_size, epochs=2, validation_data=(x_test, y_test), metrics=metrics)
probabilities = predict(model, x_test)
print(probabilities.argmax(axis=1)[:10])
