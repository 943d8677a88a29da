# Painted squares: images that functions of tf.image prepare on their way to the model
import numpy as np
import itertools
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def resize_image(images, size, mode="bilinear"):
    """Images in another size; the nearest cells keep their data type."""
    batch = images.reshape(-1, *images.shape[-3:]).permute(0, 3, 1, 2)
    resized = F.interpolate(batch.float(), tuple(size), mode=mode).permute(0, 2, 3, 1)
    resized = resized.reshape(*images.shape[:-3], *resized.shape[1:])
    return resized.to(images.dtype) if mode == "nearest-exact" else resized


def resize_by_kernel(images, size, method, antialias=False):
    """Images in another size, each cell a mean of those around it by the weights of a kernel."""
    x = images.float()
    for axis, n_out in zip((-3, -2), size):
        weights = resize_weights(x.shape[axis], n_out, method, antialias)
        x = torch.movedim(torch.tensordot(x, weights, ([axis % x.dim()], [1])), -1, axis)
    return x


def resize_weights(n_in, n_out, method, antialias=False):
    """What each of n_out cells takes of each of n_in cells, (n_out, n_in)."""
    scale = n_in / n_out
    cells = torch.arange(n_in, dtype=torch.float64)
    out = torch.arange(n_out, dtype=torch.float64)[:, None]
    if method == "area":
        overlap = torch.minimum(cells + 1, (out + 1) * scale) - torch.maximum(cells, out * scale)
        return (overlap.clamp(min=0) / scale).float()
    x = cells + 0.5 - (out + 0.5) * scale
    if method == "bicubic" and not antialias:
        x = torch.floor(x) + (1024 * (x - torch.floor(x))).round() / 1024
    x = x.abs() / (max(scale, 1) if antialias else 1)
    if method == "bilinear":
        weights = (1 - x).clamp(min=0)
    elif method == "bicubic":
        weights = torch.where(x < 1, (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2) * (
            x < 2
        )
    elif method == "mitchellcubic":
        near = (7 / 6 * x - 2) * x * x + 8 / 9
        weights = torch.where(x < 1, near, ((-7 / 18 * x + 2) * x - 10 / 3) * x + 16 / 9) * (x < 2)
    elif method == "gaussian":
        weights = torch.exp(-2 * x * x) * (x < 1.5)
    else:
        radius = 3 if method == "lanczos3" else 5
        weights = torch.sinc(x) * torch.sinc(x / radius) * (x < radius)
    return (weights / weights.sum(1, keepdim=True)).float()


def image_floats(images):
    """Images as floats: whole numbers become parts of their largest."""
    return images if images.is_floating_point() else images.float() / torch.iinfo(images.dtype).max


def image_dtype(images, dtype):
    """Floats from 0 to 1 as images of a data type."""
    if dtype.is_floating_point:
        return images.to(dtype)
    largest = torch.iinfo(dtype).max
    return (images * (largest + 0.5)).clamp(0, largest).to(dtype)


def rgb_to_grayscale(images):
    """Images of one channel."""
    gray = (image_floats(images) * torch.tensor([0.2989, 0.587, 0.114])).sum(-1, keepdim=True)
    return image_dtype(gray, images.dtype)


def grayscale_to_rgb(images):
    """The one channel three times."""
    return torch.cat([images] * 3, -1)


def per_image_standardization(images):
    """Each image with a mean of 0 and a variance of 1."""
    x = images.float()
    mean = x.mean((-3, -2, -1), keepdim=True)
    std = x.std((-3, -2, -1), correction=0, keepdim=True)
    return (x - mean) / std.clamp(min=x.shape[-3:].numel() ** -0.5)


def central_crop(images, central_fraction):
    """The middle of images."""
    height, width = images.shape[-3:-1]
    top, left = (int((size - size * central_fraction) / 2) for size in (height, width))
    return images[..., top : height - top, left : width - left, :]


def crop_to_bounding_box(images, offset_height, offset_width, target_height, target_width):
    """A piece of images."""
    rows = slice(offset_height, offset_height + target_height)
    return images[..., rows, offset_width : offset_width + target_width, :]


def pad_to_bounding_box(images, offset_height, offset_width, target_height, target_width):
    """Images on a larger one of zeros."""
    height, width = images.shape[-3:-1]
    right, bottom = target_width - offset_width - width, target_height - offset_height - height
    return F.pad(images, (0, 0, offset_width, right, offset_height, bottom))


def resize_with_crop_or_pad(images, target_height, target_width):
    """The middle of images, with zeros around it where they are smaller."""
    height, width = images.shape[-3:-1]
    top, left = max((height - target_height) // 2, 0), max((width - target_width) // 2, 0)
    x = images[..., top : top + target_height, left : left + target_width, :]
    rows, columns = target_height - x.shape[-3], target_width - x.shape[-2]
    return F.pad(x, (0, 0, columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))


def resize_with_pad(images, target_height, target_width, mode="bilinear"):
    """Images resized to fit, with zeros around them."""
    height, width = images.shape[-3:-1]
    ratio = max(width / target_width, height / target_height)
    rows, columns = height / ratio, width / ratio
    x = resize_image(images, (int(rows), int(columns)), mode)
    top, left = int((target_height - rows) / 2), int((target_width - columns) / 2)
    bottom, right = target_height - top - int(rows), target_width - left - int(columns)
    return F.pad(x, (0, 0, left, right, top, bottom))


def adjust_brightness(images, delta):
    """Images with a number added, of the range from 0 to 1."""
    return image_dtype(image_floats(images) + delta, images.dtype)


def adjust_contrast(images, contrast_factor):
    """Images further from or nearer to the mean of each channel."""
    x = image_floats(images)
    mean = x.mean((-3, -2), keepdim=True)
    return image_dtype((x - mean) * contrast_factor + mean, images.dtype)


def adjust_gamma(images, gamma=1, gain=1):
    """Images to a power."""
    return image_dtype(gain * image_floats(images) ** gamma, images.dtype)


def hue_and_chroma(images):
    """Each colour as its hue, from 0 to 6, its largest channel and the range of its channels."""
    low, high = images.amin(-1), images.amax(-1)
    red, green, blue = images.unbind(-1)
    chroma = high - low
    safe = torch.where(chroma > 0, chroma, 1)
    hue = torch.where(
        high == red,
        (green - blue) / safe,
        torch.where(high == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    return torch.where(chroma > 0, hue % 6, 0), high, chroma


def from_hue(hue, high, chroma):
    """Colours from their hue, largest channel and range of channels."""
    parts = [((hue + shift) % 6 - 3).abs() - 1 for shift in (0, 4, 2)]
    return torch.stack([high - chroma * (1 - part.clamp(0, 1)) for part in parts], -1)


def adjust_saturation(images, saturation_factor):
    """Images of stronger or weaker colours."""
    hue, high, chroma = hue_and_chroma(image_floats(images))
    return image_dtype(from_hue(hue, high, torch.minimum(chroma * saturation_factor, high)), images.dtype)


def adjust_hue(images, delta):
    """Images with their colours turned by a part of a circle."""
    hue, high, chroma = hue_and_chroma(image_floats(images))
    return image_dtype(from_hue(hue + 6 * delta, high, chroma), images.dtype)


def random_flip(images, axis):
    """Each image turned around along an axis, with an even chance."""
    if images.dim() == 3:
        return images.flip(axis) if torch.rand(()) < 0.5 else images
    return torch.where(torch.rand(len(images), 1, 1, 1) < 0.5, images.flip(axis), images)


def random_crop(images, size):
    """A random piece."""
    starts = [int(torch.randint(whole - part + 1, ())) for whole, part in zip(images.shape, size)]
    return images[tuple(slice(start, start + part) for start, part in zip(starts, size))]


class MappedRows(Dataset):
    """Samples of a data set after a function."""

    def __init__(self, dataset, function):
        self.dataset, self.function = dataset, function

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        return self.function(*self.dataset[index])


class MappedBatches:
    """Batches after a function."""

    def __init__(self, batches, function):
        self.batches, self.function = batches, function

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        return itertools.starmap(self.function, self.batches)


def as_arrays(dataset, count=None):
    """The batches or rows of a data set as NumPy arrays."""
    for parts in itertools.islice(dataset, count):
        yield tuple(part.numpy() for part in parts)


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(x, dtype=torch.float32).permute(0, 3, 1, 2)


def to_inputs_2(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 1)


def run_epoch(model, loss_fn, batches, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    totals = 0
    seen = 0
    with torch.set_grad_enabled(training):
        for batch in batches:
            outputs, targets = model(model.to_inputs(batch[0]).to(device)), model.to_targets(batch[1]).to(device)
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
    return list(logs.values()) if metrics else logs["loss"]


IMG_SIZE = 12
BATCH_SIZE = 6

rng = np.random.RandomState(1)
images = rng.randint(0, 256, size=(30, 10, 14, 3)).astype('uint8')
images = np.maximum(images, images[:, :, ::-1])  # the same from both sides
labels = (images[:, 3:6, :, 0].mean(axis=(1, 2)) > 150).astype('int64').reshape(-1, 1)


def preprocess(image, label):
    """Floats of the size that the model takes."""
    image = image_floats(image)
    image = resize_image(image, (IMG_SIZE, IMG_SIZE))
    return image, F.one_hot(label.long(), 2).float().squeeze()


def augment(image, label):
    image = random_flip(image, -2)
    image = random_crop(image, [IMG_SIZE, IMG_SIZE, 3])
    image = adjust_brightness(image, 0.1)
    image = adjust_contrast(image, 1.5)
    image = adjust_saturation(image, 1.2)
    image = adjust_hue(image, 0.1)
    image = image - 0.5
    return image, label


def both(image, label):
    image, label = preprocess(image, label)
    return per_image_standardization(image), label


dataset = TensorDataset(torch.as_tensor(images), torch.as_tensor(np.asarray(labels)))
train_ds = DataLoader(
    MappedRows(MappedRows(Subset(dataset, range(len(dataset))[:20]), preprocess), augment),
    batch_size=BATCH_SIZE,
    shuffle=True,
)
val_ds = DataLoader(MappedRows(Subset(dataset, range(len(dataset))[20:]), both), batch_size=BATCH_SIZE)

model = nn.Sequential(
    nn.Conv2d(3, 4, 3),
    nn.ReLU(),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(4, 2),
).to(device)
model.apply(init_weights)
model.to_inputs, model.to_targets = to_inputs, to_targets
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": categorical_accuracy}
fit(model, loss_fn, optimizer, train_ds, epochs=2, validation_data=val_ds, metrics=metrics)
print('evaluated', evaluate(model, loss_fn, val_ds, metrics=metrics))

# Batches at a time, some of them in grey
gray_ds = MappedBatches(DataLoader(dataset, batch_size=5), lambda x, y: (rgb_to_grayscale(x), y))
gray_ds = MappedBatches(gray_ds, lambda x, y: ((x.float() / 255.0).reshape([-1, 140]), y.float()))
flat = nn.Sequential(nn.Linear(140, 3), nn.ReLU(), nn.Linear(3, 1)).to(device)
flat.apply(init_weights)
flat.to_inputs, flat.to_targets = to_inputs_2, to_targets_2
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(flat.parameters(), eps=1e-7)
fit(flat, loss_fn, optimizer, gray_ds, epochs=2, metrics={})
for x, y in as_arrays(gray_ds, 1):
    print('gray', x.shape, x.sum(), y.ravel())

# Ways to look at a picture
picture = images[0]
for method in ['bilinear', 'nearest']:
    print('resized', resize_by_kernel(torch.as_tensor(images), (7, 20), "bicubic").numpy().mean(), method)
print('kernels', resize_by_kernel(torch.as_tensor(picture), [5, 5], "area").numpy()[0, :, 0],
      resize_by_kernel(torch.as_tensor(picture), [20, 9], "lanczos3", antialias=True).numpy()[0, :, 0])
print('padded', resize_with_pad(torch.as_tensor(picture), 16, 12).numpy().sum(axis=(1, 2)))
print('cut', resize_with_crop_or_pad(torch.as_tensor(picture), 12, 8).numpy().sum(axis=(1, 2)))
print('box', pad_to_bounding_box(torch.as_tensor(picture), 1, 2, 13, 17).numpy().sum(axis=(1, 2)),
      crop_to_bounding_box(torch.as_tensor(picture), 1, 2, 3, 4).numpy().ravel()[:6])
print('middle', central_crop(torch.as_tensor(images), 0.5).numpy().shape, torch.rot90(torch.as_tensor(picture), 1, (-3, -2)).numpy()[0, :, 1])
print('bright', adjust_brightness(torch.as_tensor(picture), 0.2).numpy()[0, :, 0], adjust_gamma(torch.as_tensor(picture), 2).numpy()[1, :, 0])
gray = rgb_to_grayscale(torch.as_tensor(picture)).numpy()
print('grey', gray[2, :, 0], grayscale_to_rgb(torch.as_tensor(gray)).numpy().shape)
print('standard', per_image_standardization(torch.as_tensor(picture)).numpy()[0, :, 0])
