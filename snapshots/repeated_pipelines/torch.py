# Data sets that go on and on, side by side, and from a generator
import numpy as np
import itertools
import torch
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, Dataset, IterableDataset, Subset, TensorDataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class MappedRows(Dataset):
    """Samples of a data set after a function."""

    def __init__(self, dataset, function):
        self.dataset, self.function = dataset, function

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        return self.function(*self.dataset[index])


class Repeated:
    """Batches without an end."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        while True:
            yield from self.batches


class RepeatedBatches:
    """Batches several times over."""

    def __init__(self, batches, times):
        self.batches, self.times = batches, times

    def __len__(self):
        return len(self.batches) * self.times

    def __iter__(self):
        for _ in range(self.times):
            yield from self.batches


class RepeatedRows(IterableDataset):
    """Rows of a data set again and again."""

    def __init__(self, rows, times=None, shuffle=False):
        super().__init__()
        self.rows = rows
        self.times = times
        self.shuffle = shuffle

    def __iter__(self):
        for _ in itertools.count() if self.times is None else range(self.times):
            for index in torch.randperm(len(self.rows)).tolist() if self.shuffle else range(len(self.rows)):
                yield self.rows[index]


class GeneratedSamples(IterableDataset):
    """What a generator function gives, as tensors."""

    def __init__(self, function, dtypes):
        super().__init__()
        self.function, self.dtypes = function, dtypes

    def __iter__(self):
        for sample in self.function():
            yield tuple(
                torch.as_tensor(np.asarray(part), dtype=kind) for part, kind in zip(sample, self.dtypes)
            )


class RepeatedStream(IterableDataset):
    """Samples again and again."""

    def __init__(self, samples):
        super().__init__()
        self.samples = samples

    def __iter__(self):
        for _ in itertools.count():
            yield from self.samples


class ShuffledStream(IterableDataset):
    """Samples in another order, as many at a time as a buffer holds."""

    def __init__(self, samples, buffer_size):
        super().__init__()
        self.samples, self.buffer_size = samples, buffer_size

    def __iter__(self):
        samples = iter(self.samples)
        while buffer := list(itertools.islice(samples, self.buffer_size)):
            for index in torch.randperm(len(buffer)).tolist():
                yield buffer[index]


class ZippedRows(Dataset):
    """Rows of several data sets side by side."""

    def __init__(self, *columns):
        self.columns = columns

    def __len__(self):
        return min(map(len, self.columns))

    def __getitem__(self, index):
        return tuple(part for rows in self.columns for part in rows[index])


class Windows(Dataset):
    """Runs of rows, of one size."""

    def __init__(self, rows, size):
        self.rows, self.size = rows, size
        self.starts = range(0, len(rows) - size + 1, 1)

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, index):
        start = self.starts[index]
        return self.rows[start : start + self.size]


def as_arrays(dataset, count=None):
    """The batches or rows of a data set as NumPy arrays."""
    for parts in itertools.islice(dataset, count):
        yield tuple(part.numpy() for part in parts)


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


def one_epoch(batches, steps=None, shuffle=False):
    """The batches of one epoch; where they are had by their index, in another order if shuffled."""
    if not hasattr(batches, "__getitem__"):
        return itertools.islice(batches, steps)
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
    shuffle=True,
    verbose=1,
    steps_per_epoch=None,
    validation_steps=None,
):
    """Train; the mean values of each epoch by name."""
    if steps_per_epoch:
        batches = iter(batches)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, one_epoch(batches, steps_per_epoch, shuffle), optimizer, metrics)
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


BATCH_SIZE = 8

np.random.seed(1)
x = np.random.normal(size=(52, 5)).astype('float32')
y = (x.sum(axis=1) > 0).astype('int32')

model = nn.Sequential(
    nn.Linear(5, 8),
    nn.ReLU(),
    nn.Linear(8, 1),
).to(device)
model.apply(init_weights)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": binary_accuracy}

# Batches without an end
train = Repeated(DataLoader(
    TensorDataset(torch.as_tensor(x[:40]), torch.as_tensor(np.asarray(y[:40]))),
    batch_size=BATCH_SIZE,
    shuffle=True,
))
val = Repeated(DataLoader(
    TensorDataset(torch.as_tensor(x[40:]), torch.as_tensor(np.asarray(y[40:]))),
    batch_size=BATCH_SIZE,
))
history = fit(model, loss_fn, optimizer, train, epochs=3, steps_per_epoch=4, validation_data=val, validation_steps=2, metrics=metrics)
print(history['val_loss'])

# Rows without an end: a batch may hold the last and the first of them
rows = DataLoader(
    RepeatedRows(TensorDataset(torch.as_tensor(x), torch.as_tensor(np.asarray(y))), shuffle=True),
    batch_size=16,
)
fit(model, loss_fn, optimizer, rows, epochs=2, steps_per_epoch=len(x) // 16, verbose=0, metrics=metrics)
for inputs, labels in as_arrays(rows, 4):
    print(inputs.shape, labels.sum())

# Several times over
twice = RepeatedBatches(
    DataLoader(TensorDataset(torch.as_tensor(x), torch.as_tensor(np.asarray(y))), batch_size=BATCH_SIZE),
    2,
)
fit(model, loss_fn, optimizer, twice, epochs=1, metrics=metrics)
fit(model, loss_fn, optimizer, DataLoader(
    ConcatDataset([TensorDataset(torch.as_tensor(x), torch.as_tensor(np.asarray(y)))] * 2),
    batch_size=BATCH_SIZE,
), epochs=1, metrics=metrics)
thrice = DataLoader(RepeatedRows(
    TensorDataset(torch.as_tensor(x), torch.as_tensor(np.asarray(y))),
    times=3,
    shuffle=True,
), batch_size=BATCH_SIZE, drop_last=True)
fit(model, loss_fn, optimizer, thrice, epochs=1, metrics=metrics)
print('batches:', len(twice), len(twice))

# Features and labels by themselves, and more of them
features = TensorDataset(torch.as_tensor(x))
labels = TensorDataset(torch.as_tensor(np.asarray(y)))
dataset = ZippedRows(features, labels)
print('rows:', len(dataset))
test = DataLoader(Subset(dataset, range(len(dataset))[:20]), batch_size=10)
more = TensorDataset(torch.as_tensor(x[:9] + 1), torch.as_tensor(np.asarray(y[:9])))
both = DataLoader(
    ConcatDataset([Subset(dataset, range(len(dataset))[20:]), more]),
    batch_size=10,
    shuffle=True,
)
fit(model, loss_fn, optimizer, both, epochs=2, validation_data=test, metrics=metrics)


# Samples of a generator
def samples():
    for features, label in zip(x.tolist(), y):
        if label or features[0] > 0:
            yield features, label


generated = GeneratedSamples(samples, (torch.float32, torch.int32))
fit(model, loss_fn, optimizer, DataLoader(generated, batch_size=BATCH_SIZE), epochs=2, metrics=metrics)
older = GeneratedSamples(samples, (torch.float32, torch.int32))
older = DataLoader(RepeatedStream(ShuffledStream(older, 100)), batch_size=BATCH_SIZE)
fit(model, loss_fn, optimizer, older, epochs=2, steps_per_epoch=5, metrics=metrics)
print(evaluate(model, loss_fn, DataLoader(generated, batch_size=50), metrics=metrics))

# Runs of numbers
numbers = TensorDataset(torch.arange(10))
numbers = Windows(numbers, 5)
numbers = MappedRows(numbers, lambda window: (window[:-1], window[-1:]))
numbers = DataLoader(numbers, batch_size=2)
for before, after in as_arrays(numbers):
    print('x =', before)
    print('y =', after)


# Batches by their number
class Rows(torch.utils.data.Dataset):
    def __init__(self, x, y, batch_size):
        self.x, self.y, self.batch_size = x, y, batch_size

    def __len__(self):
        return len(self.x) // self.batch_size

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return self.x[rows], self.y[rows]


sequence = Rows(x, y, BATCH_SIZE)
fit(model, loss_fn, optimizer, sequence, epochs=1, shuffle=False, metrics=metrics)
for i, (inputs, labels) in enumerate((sequence[i] for i in range(len(sequence)))):
    print(i, inputs.mean(), labels.sum())
