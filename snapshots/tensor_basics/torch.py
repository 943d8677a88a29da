# Tensors by hand, then a small classifier on readings that a pickle holds
import pickle

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import math
import torch
import torch.nn.functional as F
from torch import nn
from sklearn.metrics import accuracy_score

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def confusion_matrix(labels, predictions, num_classes=None):
    """How often each class (rows) was taken for each (columns)."""
    labels, predictions = (np.asarray(x, dtype="int64").ravel() for x in (labels, predictions))
    size = num_classes or max(labels.max(), predictions.max()) + 1
    matrix = np.zeros((size, size), dtype="int32")
    np.add.at(matrix, (labels, predictions), 1)
    return matrix


def float_range(start, stop, step=1.0):
    """The float32 numbers from start to stop, by steps."""
    start, stop, step = np.float32([start, stop, step])
    return start + np.arange(math.ceil(abs((stop - start) / step)), dtype="float32") * step


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.sigmoid().numpy()


np.random.seed(3)

# --- what tensors can do
grid = np.linspace(-1.0, 1.0, 5, dtype="float32")
steps = np.arange(-2.0, 2.0, dtype="float32")
table = np.random.randn(4, 3).astype("float32")
ordered = np.sort(table, axis=0)
largest_first = np.flip(np.sort(table), axis=-1).copy()
ranks = np.argsort(table, axis=1, kind="stable")
places = np.argsort(-table, axis=1, kind="stable")
sevens = np.full([2, 2], 7, dtype="int32")
identity = np.eye(3, dtype="float32")
doubled = np.repeat(table, 2, axis=0)
left, middle, right = np.array(np.split(table, 3, axis=1))
padded = np.pad(table, [[0, 0], [1, 1]])
mirrored = np.pad(table, [[1, 1], [0, 0]], mode="reflect")
rolled = np.roll(table, 1, axis=0)
positive = table[table > 0]
length = np.linalg.norm(table)
lengths = np.linalg.norm(table, axis=1)
product = np.matmul(table, np.array(np.transpose(table)))
contracted = np.tensordot(table, table, [[0], [0]])
inverse = np.linalg.inv(product[:2, :2] + np.eye(2, dtype="float32"))
leaky = F.leaky_relu(torch.as_tensor(table), 0.2).numpy()
steep = F.leaky_relu(torch.as_tensor(table), 0.5).numpy()
rectified = np.maximum(table, 0)
kept = np.array(table)
column = np.array(np.expand_dims(table, axis=-1))
column = column + 1
turned = np.array(np.transpose(table))
table[0] = 0
print(np.ndim(table), np.ndim(kept), np.all(np.isfinite(table)))


# --- readings from elsewhere
def unpack(blob):
    return pickle.loads(blob)


def show(readings, probabilities):
    plt.plot(np.squeeze(readings), label="readings")
    plt.plot(np.squeeze(np.round(probabilities)), ".")
    plt.legend()


def score(labels, probabilities):
    found = np.squeeze(np.round(probabilities))
    error = np.mean(np.abs(np.asarray(labels).astype("float32") - found), axis=-1)
    return {"accuracy": accuracy_score(labels, found), "mae": error}


samples = np.random.randn(96, 4).astype("float32")
readings, labels = unpack(pickle.dumps([samples, (samples[:, 0] > samples[:, 1]).astype("int32")]))
readings = np.concatenate([readings, np.expand_dims(np.max(np.asarray(readings), axis=1), axis=-1)], axis=1)

model = nn.Sequential(
    nn.Linear(5, 8),
    nn.ReLU(),
    nn.Linear(8, 1),
).to(device)
model.apply(init_weights)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": binary_accuracy}
fit(model, loss_fn, optimizer, readings, labels, epochs=3, batch_size=16, metrics=metrics)

probabilities = predict(model, readings)
show(readings, probabilities)
print(score(labels, probabilities))
classes = np.squeeze((probabilities > 0.5).astype("int32"))
matrix = confusion_matrix(labels, classes)
print(matrix)
wide = confusion_matrix(labels=labels, predictions=classes, num_classes=3)

# Rows in another order, numbers in a row, axes that are added
steps = float_range(-1.0, 1.0, 0.3)
thirds = float_range(0, 2.5)
print(steps, thirds, len(steps))
indices = np.arange(0, np.array(np.shape(readings))[0], dtype="int32")
mixed = indices[torch.randperm(len(indices))]
shuffled, shuffled_labels = np.take(readings, mixed, axis=0), np.take(np.asarray(labels), mixed, axis=0)
print(shuffled.shape, np.max(shuffled_labels))
start = np.array([[1.0, 2.0], [3.0, 4.0]], dtype="float32")
print((start * 2), start[None].shape, readings[..., None].shape)
dice = torch.randint(1, 7, (4, 2), dtype=torch.int32).numpy()
print(dice.shape, bool(np.all(dice > 0)), bool(np.max(dice) < 7))
del mixed, shuffled, shuffled_labels, dice
