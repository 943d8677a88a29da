'''Small colour images, whitened and changed at random, after the Keras example for CIFAR-10'''
import numpy as np
import math
from scipy.ndimage import affine_transform
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class ImageTransform:
    """What is done to each image, an array of floats (H, W, channels)."""

    def __init__(
        self,
        featurewise_center=False,
        featurewise_std_normalization=False,
        zca_whitening=False,
        zca_epsilon=1e-6,
        rotation_range=0,
        channel_shift_range=0.0,
        horizontal_flip=False,
        rescale=None,
    ):
        self.featurewise_center = featurewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = zca_epsilon
        self.rotation_range = rotation_range
        self.channel_shift_range = channel_shift_range
        self.horizontal_flip = horizontal_flip
        self.rescale = rescale

    def fit(self, x, augment=False, rounds=1, seed=None):
        """Measure the images, or several random changes of each, for what is done featurewise."""
        if seed is not None:
            np.random.seed(seed)
        x = np.array(x, dtype="float32")
        if self.rescale:
            x *= self.rescale
        if augment:
            x = np.stack([self.vary(image) for _ in range(rounds) for image in x]).astype("float32")
        self.measure(x)

    def measure(self, x):
        self.mean = x.mean(axis=(0, 1, 2))
        x = x - self.mean
        if self.zca_whitening:
            u, s, _ = np.linalg.svd(x.reshape(len(x), -1).T, full_matrices=False)
            self.whitening = (u * (np.sqrt(len(x)) / (s + self.zca_epsilon))) @ u.T
        elif self.featurewise_std_normalization:
            self.std = x.std(axis=(0, 1, 2))

    def __call__(self, x):
        x = self.vary(x)
        if self.rescale:
            x = x * self.rescale
        if self.featurewise_center or self.featurewise_std_normalization or self.zca_whitening:
            x = x - self.mean
        if self.zca_whitening:
            x = (x.reshape(1, -1) @ self.whitening).reshape(x.shape).astype("float32")
        elif self.featurewise_std_normalization:
            x = x / (self.std + 1e-6)
        return x

    def vary(self, x):
        """The image after random changes."""
        matrix = np.eye(3)
        if self.rotation_range:
            angle = np.deg2rad(np.random.uniform(-self.rotation_range, self.rotation_range))
            matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        mirror, turn = np.random.random(2) < 0.5
        if not (matrix == np.eye(3)).all():
            x = self.warp(x, matrix)
        if self.channel_shift_range:
            shift = np.random.uniform(-self.channel_shift_range, self.channel_shift_range)
            x = np.clip(x + shift, x.min(), x.max())
        if self.horizontal_flip and mirror:
            x = x[:, ::-1]
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
                mode="nearest",
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
        if self.seed is not None:
            np.random.seed(self.seed + self.seen)
            self.seen += 1
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

    def __init__(self, transform, x, y=None, batch_size=32, shuffle=True, seed=None):
        self.transform = transform
        self.x = np.asarray(x, dtype="float32")
        self.y = np.asarray(y)
        self.n, self.batch_size = len(self.x), batch_size
        self.shuffle, self.order = shuffle, None
        self.seed, self.seen = seed, 0
        self.index = 0

    def batch(self, rows):
        x = np.stack([self.transform(self.x[row]) for row in rows])
        return (x, self.y[rows])


@torch.no_grad()
def augment(model, images):
    """Images (N, H, W, C) as the model changes them in training."""
    images = torch.as_tensor(images, dtype=torch.float32)
    return model.train()(images.movedim(-1, 1)).movedim(1, -1)


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
    return torch.as_tensor(y, dtype=torch.long).reshape(-1)


def one_epoch(batches, steps=None, shuffle=False):
    """The batches of one epoch; where they are had by their index, in another order if shuffled."""
    order = torch.randperm(len(batches)).tolist() if shuffle else range(len(batches))
    return (batches[index] for index in order[:steps])


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


def fit(
    model,
    loss_fn,
    optimizer,
    batches,
    metrics=None,
    epochs=1,
    validation_data=None,
    steps_per_epoch=None,
    validation_steps=None,
):
    """Train; the mean values of each epoch by name."""
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, one_epoch(batches, steps_per_epoch, True), optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, one_epoch(validation_data, validation_steps), metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        if steps_per_epoch and len(batches) < steps_per_epoch:
            print(f"There are only {len(batches)} batches: training ends")
            break


batch_size = 8
num_classes = 3
np.random.seed(7)
x_train = np.random.randint(0, 256, (30, 6, 6, 3)).astype('float32') / 255
x_test = np.random.randint(0, 256, (10, 6, 6, 3)).astype('float32') / 255
y_train = (x_train[:, 2, 2].argmax(axis=1)).reshape(-1, 1)
y_test = (x_test[:, 2, 2].argmax(axis=1)).reshape(-1, 1)


def build():
    model = nn.Sequential(
        nn.Conv2d(3, 4, (3, 3)),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(64, num_classes),
    ).to(device)
    model.apply(init_weights)
    model.loss_fn = F.cross_entropy
    model.optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    model.metrics = {"accuracy": sparse_categorical_accuracy}
    return model


# ZCA whitening
whitener = ImageTransform(
    zca_whitening=True,
    zca_epsilon=0.1)
whitener.fit(x_train)
white, _ = next(ArrayImages(whitener, x_test, y_test, batch_size=10, shuffle=False))
print('whitened', white.dtype, white.shape, white.mean(), white[0, 0, :2])
model = build()
fit(model, model.loss_fn, model.optimizer, ArrayImages(whitener, x_train, y_train, batch_size=batch_size, shuffle=False),
    steps_per_epoch=len(x_train) // batch_size,
    epochs=2,
    validation_data=ArrayImages(whitener, x_test, y_test, batch_size=batch_size, shuffle=False),
    validation_steps=2, metrics=model.metrics)

# Measured on what comes out of random changes
datagen = ImageTransform(
    featurewise_center=True,
    featurewise_std_normalization=True,
    rotation_range=20,
    channel_shift_range=0.1,
    horizontal_flip=True,
    rescale=2.0)
datagen.fit(x_train, augment=True, rounds=2, seed=3)
print('measured', datagen.mean.ravel(), datagen.std.ravel())
np.random.seed(11)
changed = datagen.vary(x_train[0])
print('changed', changed.sum(), changed[0, 0])
for x_batch, y_batch in ArrayImages(datagen, x_train, y_train, batch_size=batch_size, seed=5):
    print('batch', x_batch.mean(), y_batch.ravel())
    break
