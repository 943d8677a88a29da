'''Train a small convnet on the CIFAR10 images with data augmentation in real time.'''
from __future__ import print_function
import itertools
import math
from PIL import Image, ImageEnhance
from scipy.ndimage import affine_transform
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision import datasets
import numpy as np

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def load_cifar10(root="data"):
    """CIFAR-10: uint8 images and labels (N, 1), for training and for testing."""
    parts = [datasets.CIFAR10(root, train=train, download=True) for train in (True, False)]
    return [(part.data, np.array(part.targets, "uint8")[:, None]) for part in parts]


def to_categorical(y, num_classes=None):
    """Class indices (n,) or (n, 1) as one-hot rows (n, classes)."""
    y = np.asarray(y, dtype="int64")
    if y.ndim > 1 and y.shape[-1] == 1:
        y = y.reshape(y.shape[:-1])
    return np.eye(num_classes or y.max() + 1, dtype="float32")[y]


def img_to_array(image):
    """An image as floats (H, W, channels), 0 to 255."""
    x = np.array(image, dtype="float32")
    return x if x.ndim == 3 else x[:, :, None]


def array_to_img(x, scale=True):
    """An array (H, W, channels) as an image, by default stretched to 0 to 255."""
    x = np.array(x, dtype="float32")
    if scale:
        x -= x.min()
        x = x / (x.max() or 1) * 255
    return Image.fromarray((x if x.shape[2] > 1 else x[:, :, 0]).astype("uint8"))


def change_brightness(x, factor):
    """An image made brighter or darker; values beyond 0 to 255 are stretched to that for it."""
    low, high = x.min(), x.max()
    stretched = low < 0 or high > 255
    x = img_to_array(ImageEnhance.Brightness(array_to_img(x, stretched)).enhance(factor))
    return x / 255 * (high - low) + low if stretched else x


class ImageTransform:
    """What is done to each image, an array of floats (H, W, channels)."""

    def __init__(
        self,
        featurewise_center=False,
        featurewise_std_normalization=False,
        rotation_range=0,
        width_shift_range=0.0,
        height_shift_range=0.0,
        brightness_range=None,
        shear_range=0.0,
        zoom_range=0.0,
        channel_shift_range=0.0,
        fill_mode="nearest",
        horizontal_flip=False,
        vertical_flip=False,
        preprocessing_function=None,
    ):
        self.featurewise_center = featurewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.rotation_range = rotation_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.brightness_range = brightness_range
        self.shear_range = shear_range
        self.zoom_range = zoom_range
        self.channel_shift_range = channel_shift_range
        self.fill_mode = fill_mode
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.preprocessing_function = preprocessing_function

    def fit(self, x):
        """Measure the images for what is done featurewise."""
        x = np.array(x, dtype="float32")
        self.mean = x.mean(axis=(0, 1, 2))
        if self.featurewise_std_normalization:
            self.std = (x - self.mean).std(axis=(0, 1, 2))

    def __call__(self, x):
        x = self.vary(x)
        if self.preprocessing_function is not None:
            x = self.preprocessing_function(x)
        if self.featurewise_center or self.featurewise_std_normalization:
            x = x - self.mean
        if self.featurewise_std_normalization:
            x = x / (self.std + 1e-6)
        return x

    def vary(self, x):
        """The image after random changes."""
        matrix = np.eye(3)
        if self.rotation_range:
            angle = np.deg2rad(np.random.uniform(-self.rotation_range, self.rotation_range))
            matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        shift = np.eye(3)
        if self.height_shift_range:
            share = np.random.uniform(-self.height_shift_range, self.height_shift_range)
            shift[0, 2] = share * x.shape[0]
        if self.width_shift_range:
            share = np.random.uniform(-self.width_shift_range, self.width_shift_range)
            shift[1, 2] = share * x.shape[1]
        matrix = matrix @ shift
        if self.shear_range:
            angle = np.deg2rad(np.random.uniform(-self.shear_range, self.shear_range))
            matrix = matrix @ [[1, -np.sin(angle), 0], [0, np.cos(angle), 0], [0, 0, 1]]
        if self.zoom_range:
            zoom = np.random.uniform(*self.zoom_range, 2)
            matrix = matrix @ np.diag([*zoom, 1])
        mirror, turn = np.random.random(2) < 0.5
        if not (matrix == np.eye(3)).all():
            x = self.warp(x, matrix)
        if self.channel_shift_range:
            shift = np.random.uniform(-self.channel_shift_range, self.channel_shift_range)
            x = np.clip(x + shift, x.min(), x.max())
        if self.horizontal_flip and mirror:
            x = x[:, ::-1]
        if self.vertical_flip and turn:
            x = x[::-1]
        if self.brightness_range is not None:
            x = change_brightness(x, np.random.uniform(*self.brightness_range))
        return x

    def warp(self, x, matrix):
        """The image moved by a matrix around its centre."""
        centre = np.array(x.shape[:2]) / 2 - 0.5
        turned = matrix[1::-1, 1::-1]
        offset = (matrix[:2, 2] + centre)[::-1] - turned @ centre[::-1]
        warped = np.empty_like(x)
        for channel in range(x.shape[2]):
            affine_transform(
                x[:, :, channel],
                turned,
                offset,
                output=warped[:, :, channel],
                order=1,
                mode=self.fill_mode,
                cval=0,
            )
        return warped


class ImageBatches:
    """Batches of images by their index, each pass in a new order where they are shuffled."""

    def __len__(self):
        return math.ceil(self.n / self.batch_size)

    def on_epoch_end(self):
        self.order = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def __getitem__(self, index):
        if self.order is None:
            self.on_epoch_end()
        return self.batch(self.order[index * self.batch_size : (index + 1) * self.batch_size])

    def __iter__(self):
        return self

    def __next__(self):
        index, self.index = self.index, (self.index + 1) % len(self)
        if index == 0:
            self.order = None
        return self[index]


class ArrayImages(ImageBatches):
    """Batches of transformed images from an array, with their targets."""

    def __init__(self, transform, x, y=None, batch_size=32, shuffle=True):
        self.transform = transform
        self.x = np.asarray(x, dtype="float32")
        self.y = np.asarray(y)
        self.n, self.batch_size = len(self.x), batch_size
        self.shuffle, self.order = shuffle, None
        self.index = 0

    def batch(self, rows):
        x = np.stack([self.transform(self.x[row].copy()) for row in rows]).astype("float32")
        return (x, self.y[rows])


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


def one_epoch(batches, steps=None, shuffle=False):
    """The batches of one epoch; where they are had by their index, in another order if shuffled."""
    if not hasattr(batches, "__getitem__"):
        return itertools.islice(batches, steps)
    order = torch.randperm(len(batches)).tolist() if shuffle else range(len(batches))
    return (batches[index] for index in order[:steps])


def array_batches(*arrays, batch_size=32, shuffle=False):
    """Rows of arrays in batches."""
    rows = TensorDataset(*(torch.as_tensor(np.asarray(array)) for array in arrays))
    return DataLoader(rows, batch_size, shuffle)


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


def fit(model, loss_fn, optimizer, batches, metrics=None, epochs=1, validation_data=None, steps_per_epoch=None):
    """Train; the mean values of each epoch by name."""
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, one_epoch(batches, steps_per_epoch, True), optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, one_epoch(validation_data), metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if not hasattr(batches, "__getitem__"):
            continue
        if steps_per_epoch and len(batches) < steps_per_epoch:
            print(f"There are only {len(batches)} batches: training ends")
            break
    return history


def evaluate(model, loss_fn, batches, metrics=None):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, one_epoch(batches), metrics=metrics)
    return list(logs.values())


np.random.seed(7)
batch_size = 32
num_classes = 10
epochs = 2
data_augmentation = True

(x_train, y_train), (x_test, y_test) = load_cifar10()
y_train = to_categorical(y_train, num_classes)
y_test = to_categorical(y_test, num_classes)
x_train = x_train.astype('float32')
x_test = x_test.astype('float32')
x_train /= 255
x_test /= 255

model = nn.Sequential(
    nn.Conv2d(3, 8, (3, 3), padding=1),
    nn.ReLU(),
    nn.MaxPool2d((4, 4)),
    nn.Dropout(0.25),
    nn.Flatten(),
    nn.Linear(512, num_classes),
).to(device)
model.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": categorical_accuracy}

# A look at what the augmentation does: every kind of change
augment = ImageTransform(
    rotation_range=30,
    width_shift_range=0.2,
    height_shift_range=0.1,
    shear_range=15,
    zoom_range=[0.8, 1.2],
    channel_shift_range=20,
    horizontal_flip=True,
    vertical_flip=True,
    brightness_range=(0.5, 1.5),
    fill_mode='reflect')
augmented, labels = next(ArrayImages(augment, 255 * x_train[:6], y_train[:6], batch_size=4))
print('augmented', augmented.shape, augmented.mean(), labels.argmax(1))

if not data_augmentation:
    print('Not using data augmentation.')
    fit(model, loss_fn, optimizer, array_batches(x_train, y_train, batch_size=batch_size, shuffle=True),
        epochs=epochs,
        validation_data=array_batches(x_test, y_test), metrics=metrics)
else:
    print('Using real-time data augmentation.')
    # This will do preprocessing and realtime data augmentation:
    datagen = ImageTransform(
        featurewise_center=True,  # set input mean to 0 over the dataset
        featurewise_std_normalization=True,  # divide inputs by std of the dataset
        preprocessing_function=lambda image: np.clip(image, 0.05, 0.95))

    # Compute quantities required for feature-wise normalization
    # (std, mean, and principal components if ZCA whitening is applied).
    datagen.fit(x_train)

    # Fit the model on the batches generated by datagen.flow().
    history = fit(model, loss_fn, optimizer, ArrayImages(datagen, x_train, y_train,
                                              batch_size=batch_size,
                                              shuffle=False),
                  epochs=epochs,
                  steps_per_epoch=4,
                  validation_data=array_batches(x_test, y_test), metrics=metrics)

# Score trained model.
scores = evaluate(model, loss_fn, array_batches(x_test, y_test), metrics=metrics)
print('Test loss:', scores[0])
print('Test accuracy:', scores[1])
