# Image classification: images of shapes in folders, loaded with a Keras utility
import numpy as np
import itertools
import os
from PIL import Image
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class ImageFiles(Dataset):
    """Images (H, W, channels) from files, with their labels."""

    def __init__(self, samples, image_size):
        self.samples = samples
        self.image_size = image_size

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        path, *labels = self.samples[index]
        image = torch.tensor(np.array(Image.open(path).convert("RGB")), dtype=torch.float32)
        image = F.interpolate(image.permute(2, 0, 1)[None], self.image_size, mode="bilinear")[0]
        return image.permute(1, 2, 0), *labels


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
        samples = samples[:n_train] if subset == "training" else samples[n_train:]
        print(f"Using {len(samples)} files for {subset}.")
    return samples, class_names


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
    batches = DataLoader(ImageFiles(samples, image_size), batch_size, shuffle)
    batches.class_names = names
    return batches


class MappedBatches:
    """Batches after a function."""

    def __init__(self, batches, function):
        self.batches, self.function = batches, function

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        return itertools.starmap(self.function, self.batches)


class SomeBatches:
    """The batches from one number to another."""

    def __init__(self, batches, start=0):
        self.batches = batches
        self.start = start

    def __len__(self):
        return len(range(len(self.batches))[self.start : None])

    def __iter__(self):
        return itertools.islice(self.batches, self.start, None)


def as_arrays(dataset, count=None):
    """The batches or rows of a data set as NumPy arrays."""
    for parts in itertools.islice(dataset, count):
        yield tuple(part.numpy() for part in parts)


class Rescaling(nn.Module):
    """Multiply, and add an offset."""

    def __init__(self, scale, offset=0.0):
        super().__init__()
        self.scale = scale
        self.offset = offset

    def forward(self, x):
        return x * self.scale + self.offset if self.offset else x * self.scale


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
    return torch.as_tensor(x, dtype=torch.float32).permute(0, 3, 1, 2)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(y, dtype=torch.long)


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
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, batches, metrics=None):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, batches, metrics=metrics)
    return list(logs.values())


@torch.no_grad()
def predict(model, batches):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = []
    for batch in batches:
        outputs.append(model(to_inputs(batch[0]).to(device)).cpu())
    outputs = torch.cat(outputs)
    return outputs.numpy()


data_dir = 'data/train'
batch_size = 4
img_height = 16
img_width = 18

# 80% of the images for training, 20% for validation
train_ds = image_dataset_from_directory(
    data_dir,
    validation_split=0.2,
    subset="training",
    seed=123,
    image_size=(img_height, img_width),
    batch_size=batch_size)

val_ds = image_dataset_from_directory(data_dir,
                                      validation_split=0.2,
                                      subset="validation",
                                      seed=123,
                                      image_size=(img_height, img_width),
                                      batch_size=batch_size)
test_ds = image_dataset_from_directory(
    'data/test', image_size=(img_height, img_width), shuffle=False)

class_names = train_ds.class_names
print(class_names)
num_classes = len(class_names)

def scale(image, label):
    image = image.float()
    return image / 255., label


train_ds = MappedBatches(train_ds, lambda x, y: (x / 255, y))
val_ds = MappedBatches(val_ds, scale)
test_ds = MappedBatches(test_ds, scale)

model = nn.Sequential(
    nn.Conv2d(3, 8, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d((2, 2)),
    nn.Flatten(),
    nn.Linear(576, 16),
    nn.ReLU(),
    nn.Linear(16, num_classes)
).to(device)
model.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": sparse_categorical_accuracy}

epochs = 3
history = fit(model, loss_fn, optimizer,
    train_ds,
    validation_data=val_ds,
    epochs=epochs, metrics=metrics
)
acc = history['accuracy']
val_loss = history['val_loss']
print(acc, val_loss)

loss, accuracy = evaluate(model, loss_fn, test_ds, metrics=metrics)
print('test', loss, accuracy)
predictions = predict(model, test_ds)
print([class_names[np.argmax(row)] for row in predictions])

# The pictures themselves, scaled by a layer
for images, labels in as_arrays(test_ds, 1):
    print(images.shape, labels)
    for i in range(3):
        print(class_names[labels[i]], images[i].max())
normalization_layer = Rescaling(1. / 127.5, offset=-1)
plain_ds = image_dataset_from_directory(
    'data/test', image_size=(img_height, img_width), batch_size=2, shuffle=False)
normalized_ds = MappedBatches(plain_ds, lambda x, y: (normalization_layer(x), y))
image_batch, labels_batch = next(as_arrays(normalized_ds))
print(np.min(image_batch[0]), np.max(image_batch[0]))
print(evaluate(model, loss_fn, SomeBatches(normalized_ds, start=1), metrics=metrics))
unlabeled_ds = image_dataset_from_directory(
    'data/test', label_mode=None, image_size=(img_height, img_width), batch_size=3, shuffle=False)
print(predict(model, unlabeled_ds).argmax(axis=1))
