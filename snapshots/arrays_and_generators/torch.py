# Arrays, batches of images and generators in one script, with weights of classes and of samples
import numpy as np
from functools import partial
import itertools
import math
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class ImageTransform:
    """What is done to each image, an array of floats (H, W, channels)."""

    def __init__(self, rescale=None):
        self.rescale = rescale

    def __call__(self, x):
        if self.rescale:
            x = x * self.rescale
        return x


class ImageBatches:
    """Batches of images by their index, each pass in a new order where they are shuffled."""

    def __len__(self):
        return math.ceil(self.n / self.batch_size)

    def __getitem__(self, index):
        return self.batch(range(self.n)[index * self.batch_size : (index + 1) * self.batch_size])


class ArrayImages(ImageBatches):
    """Batches of transformed images from an array, with their targets."""

    def __init__(self, transform, x, y=None, batch_size=32, shuffle=True):
        self.transform = transform
        self.x = np.asarray(x, dtype="float32")
        self.y = np.asarray(y)
        self.n, self.batch_size = len(self.x), batch_size

    def batch(self, rows):
        x = np.stack([self.transform(self.x[row]) for row in rows])
        return (x, self.y[rows])


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


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
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


def sample_weights(y, class_weight=None, sample_weight=None):
    """The weight of each sample, (N,)."""
    weights = torch.ones(len(y))
    if sample_weight is not None:
        weights = torch.as_tensor(np.asarray(sample_weight)[: len(y)], dtype=torch.float32).reshape(len(y))
    if class_weight is not None:
        labels = y.flatten().long()
        weights = weights * torch.tensor([class_weight.get(label, 1.0) for label in labels.tolist()])
    return weights


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


def split_batches(x, y, validation_split, batch_size=32, shuffle=True):
    """The first rows of arrays in batches to train with, the others to validate with."""
    n_train = int(len(x) * (1 - validation_split))
    return {
        "batches": array_batches(x[:n_train], y[:n_train], batch_size=batch_size, shuffle=shuffle),
        "validation_data": array_batches(x[n_train:], y[n_train:], batch_size=batch_size),
    }


def run_epoch(model, loss_fn, batches, optimizer=None, metrics=None, class_weight=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    totals = 0
    seen = 0
    with torch.set_grad_enabled(training):
        for batch in batches:
            outputs, targets = model(to_inputs(batch[0]).to(device)), to_targets(batch[1]).to(device)
            losses = loss_fn(outputs, targets).reshape(len(targets), -1).mean(1)
            weights = batch[2] if len(batch) > 2 else None
            losses = losses * sample_weights(targets, class_weight, weights).to(device)
            loss = losses.mean()
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
    class_weight=None,
    verbose=1,
    steps_per_epoch=None,
    validation_steps=None,
):
    """Train; the mean values of each epoch by name."""
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, one_epoch(batches, steps_per_epoch, True), optimizer, metrics, class_weight=class_weight)
        if validation_data is not None:
            val_logs = run_epoch(model, loss_fn, one_epoch(validation_data, validation_steps), metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        if verbose:
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


@torch.no_grad()
def predict(model, batches):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = []
    for batch in one_epoch(batches):
        outputs.append(model(to_inputs(batch[0]).to(device)).cpu())
    outputs = torch.cat(outputs)
    return outputs.sigmoid().numpy()


np.random.seed(11)
images = np.random.randint(0, 256, size=(60, 10, 10, 3)).astype('uint8')
labels = (images[:, :5].mean(axis=(1, 2, 3)) > images[:, 5:].mean(axis=(1, 2, 3))).astype('int')
x_train, x_test = images[:45] / 255., images[45:] / 255.
y_train, y_test = labels[:45], labels[45:]
weights = np.linspace(0.5, 1.5, 45)


def build_model():
    model = nn.Sequential(
        nn.Conv2d(3, 4, (3, 3)),
        nn.ReLU(),
        nn.MaxPool2d((2, 2)),
        nn.Flatten(),
        nn.Linear(64, 1),
    ).to(device)
    model.apply(init_weights)
    model.loss_fn = partial(F.binary_cross_entropy_with_logits, reduction="none")
    model.optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    model.metrics = {"accuracy": binary_accuracy}
    return model


def weighted_batches(x, y, weights, batch_size=10):
    while True:
        for start in range(0, len(x), batch_size):
            rows = slice(start, start + batch_size)
            yield x[rows], y[rows], weights[rows]


model = build_model()
datagen = ImageTransform(rescale=1. / 255)
train_generator = ArrayImages(datagen, images[:45], y_train, batch_size=8, shuffle=False)
test_generator = ArrayImages(datagen, images[45:], y_test, batch_size=8, shuffle=False)

# Generators, with arrays to validate with
history = fit(model, model.loss_fn, model.optimizer, train_generator, steps_per_epoch=len(train_generator), epochs=2,
              validation_data=array_batches(x_test, y_test), class_weight={0: 1., 1: 2.5}, metrics=model.metrics)
print(history['loss'], history['val_loss'])
history = fit(model, model.loss_fn, model.optimizer, weighted_batches(x_train, y_train, weights), steps_per_epoch=5, epochs=2,
              validation_data=weighted_batches(x_test, y_test, np.arange(15)),
              validation_steps=2, metrics=model.metrics)
print(history['loss'], history['val_loss'])

# Arrays, with a generator to validate with
fit(model, model.loss_fn, model.optimizer, array_batches(x_train, y_train, batch_size=16, shuffle=False), epochs=1, class_weight={0: 0.5, 1: 1.5},
    validation_data=test_generator, validation_steps=2, verbose=2, metrics=model.metrics)
history = fit(model, model.loss_fn, model.optimizer, **split_batches(x_train, y_train, 0.2, batch_size=12, shuffle=False), epochs=2, verbose=0, metrics=model.metrics)
print('split', history['val_loss'])
fit(model, model.loss_fn, model.optimizer, array_batches(x_train, y_train, weights, shuffle=False), verbose=0, metrics=model.metrics)
fit(model, model.loss_fn, model.optimizer, array_batches(x_train, y_train, shuffle=False), verbose=0,
    validation_data=array_batches(x_test, y_test, np.linspace(0, 1, 15)), metrics=model.metrics)

print('generator', evaluate(model, model.loss_fn, test_generator, metrics=model.metrics))
print('arrays', evaluate(model, model.loss_fn, array_batches(x_test, y_test, batch_size=4), metrics=model.metrics))
print('weighted', evaluate(model, model.loss_fn, array_batches(x_test, y_test, np.arange(15)), metrics=model.metrics))
print(predict(model, test_generator).ravel())
print(predict(model, array_batches(x_test[:1])), predict(model, array_batches(np.expand_dims(x_test[2], axis=0), batch_size=1))[0])
