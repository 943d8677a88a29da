# Two kinds of pictures in folders; training and validation come from one call
import os

import itertools
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset
import numpy as np
from PIL import Image

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class ImageFiles(Dataset):
    """Images (H, W, channels) from files, with their labels."""

    def __init__(self, samples, image_size):
        self.samples = samples
        self.image_size = image_size

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        path, label = self.samples[index]
        image = torch.tensor(np.array(Image.open(path).convert("RGB")), dtype=torch.float32)
        image = F.interpolate(image.permute(2, 0, 1)[None], self.image_size, mode="bilinear")[0]
        return image.permute(1, 2, 0), label


def files_in_folders(
    directory, formats, shuffle=True, seed=None, validation_split=None, subset=None, label_mode="int"
):
    """Paths of files, one folder a class, with their labels; and the names of the classes."""
    folders = [entry.name for entry in os.scandir(directory) if entry.is_dir()]
    folders = sorted(name for name in folders if not name.startswith("."))
    if label_mode is None:
        folders = [""]
    class_names = folders
    samples = []
    for name in folders:
        label = class_names.index(name)
        label = torch.eye(len(class_names))[label]
        for folder, _, files in sorted(os.walk(os.path.join(directory, name))):
            files = [file for file in sorted(files) if file.lower().endswith(formats)]
            if label_mode is not None:
                samples += [(os.path.join(folder, file), label) for file in files]
            else:
                samples += [(os.path.join(folder, file),) for file in files]
    if label_mode is not None:
        print(f"Found {len(samples)} files belonging to {len(folders)} classes.")
    else:
        print(f"Found {len(samples)} files.")
    if seed is None:
        seed = np.random.randint(1e6)
    if shuffle:
        np.random.RandomState(seed).shuffle(samples)
    if subset is not None:
        n_train = len(samples) - int(validation_split * len(samples))
        print(f"Using {n_train} files for training.")
        print(f"Using {len(samples) - n_train} files for validation.")
    return samples, class_names


def both_subsets(dataset, validation_split, batch_size, shuffle, class_names):
    """Batches for training, and batches for validation, which keep their order."""
    n_train = len(dataset) - int(validation_split * len(dataset))
    training = DataLoader(Subset(dataset, range(n_train)), batch_size, shuffle)
    validation = DataLoader(Subset(dataset, range(n_train, len(dataset))), batch_size)
    training.class_names = validation.class_names = class_names
    return training, validation


def image_dataset_from_directory(
    directory,
    batch_size=32,
    image_size=(256, 256),
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    label_mode="int",
):
    """Batches of images from folders, one folder a class, with their labels."""
    formats = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
    samples, names = files_in_folders(directory, formats, shuffle, seed, validation_split, subset, label_mode)
    if subset is not None:
        images = ImageFiles(samples, image_size)
        return both_subsets(images, validation_split, batch_size, shuffle, names)
    batches = DataLoader(ImageFiles(samples, image_size), batch_size, shuffle)
    batches.class_names = names
    return batches


def as_arrays(dataset, count=None):
    """The batches or rows of a data set as NumPy arrays."""
    for parts in itertools.islice(dataset, count):
        yield tuple(part.numpy() for part in parts)


class Rescaling(nn.Module):
    """Multiply, and add an offset."""

    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def forward(self, x):
        return x * self.scale


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


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


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
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, batches, optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, validation_data, metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, batches, metrics=None):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, batches, metrics=metrics)
    return list(logs.values())


rng = np.random.default_rng(4)
for kind, level in [("dark", 60), ("light", 190)]:
    os.makedirs(f"pictures/{kind}", exist_ok=True)
    for i in range(9):
        pixels = np.clip(rng.normal(level, 40, (10, 12, 3)), 0, 255).astype("uint8")
        Image.fromarray(pixels).save(f"pictures/{kind}/{i}.png")

train_ds, val_ds = image_dataset_from_directory(
    "pictures",
    validation_split=0.25,
    subset="both",
    seed=1337,
    image_size=(8, 8),
    batch_size=4,
)
test_ds = image_dataset_from_directory(
    "pictures", image_size=(8, 8), batch_size=6, shuffle=False
)
print(train_ds.class_names, val_ds.class_names == test_ds.class_names)

model = nn.Sequential(
    Rescaling(1.0 / 255),
    nn.Conv2d(3, 4, 3),
    nn.ReLU(),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(4, 2),
).to(device)
model.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
metrics = {"accuracy": categorical_accuracy}
history = fit(model, loss_fn, optimizer, train_ds, validation_data=val_ds, epochs=3, metrics=metrics)
loss, accuracy = evaluate(model, loss_fn, test_ds, metrics=metrics)
print("test: %.4f %.2f" % (loss, accuracy))
for images, labels in as_arrays(val_ds, 1):
    print(images.shape, labels.argmax(axis=1))
