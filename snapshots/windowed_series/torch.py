"""Forecast a series from windows over it, made by tf.data."""
import numpy as np
import itertools
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class MappedRows(Dataset):
    """Samples of a data set after a function."""

    def __init__(self, dataset, function):
        self.dataset, self.function = dataset, function

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        return self.function(*self.dataset[index])


class SomeBatches:
    """The batches from one number to another."""

    def __init__(self, batches, start=0, stop=None):
        self.batches = batches
        self.start = start
        self.stop = stop

    def __len__(self):
        return len(range(len(self.batches))[self.start : self.stop])

    def __iter__(self):
        return itertools.islice(self.batches, self.start, self.stop)


class Repeated:
    """Batches without an end."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        while True:
            yield from self.batches


class Windows(Dataset):
    """Runs of rows, of one size."""

    def __init__(self, rows, size, shift=1):
        self.rows, self.size = rows, size
        self.starts = range(0, len(rows) - size + 1, shift)

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, index):
        start = self.starts[index]
        return self.rows[start : start + self.size]


def as_arrays(dataset, count=None):
    """The batches or rows of a data set as NumPy arrays."""
    for parts in itertools.islice(dataset, count):
        yield parts[0].numpy() if len(parts) == 1 else tuple(part.numpy() for part in parts)


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def mean_absolute_error(outputs, targets):
    """Mean absolute error of each sample, (N,)."""
    return (outputs - targets).abs().flatten(1).mean(1)


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
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 1)


def to_targets_2(y):
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
            outputs, targets = model(to_inputs(batch[0]).to(device)), model.to_targets(batch[1]).to(device)
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
    if steps_per_epoch:
        batches = iter(batches)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, itertools.islice(batches, steps_per_epoch), optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, itertools.islice(validation_data, validation_steps), metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
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


split_time = 150
window_size = 10
batch_size = 16
shuffle_buffer_size = 100


def trend(time, slope=0):
    return slope * time


def seasonality(time, period, amplitude=1):
    return amplitude * np.sin(2 * np.pi * (time % period) / period)


time = np.arange(200, dtype='float32')
series = 10 + trend(time, 0.1) + seasonality(time, period=30, amplitude=4)
x_train, x_valid = series[:split_time], series[split_time:]


def windowed_dataset(series, window_size, batch_size, shuffle_buffer):
    ds = TensorDataset(torch.as_tensor(series))
    ds = Windows(ds, window_size + 1)
    ds = MappedRows(ds, lambda w: (w[:-1], w[-1]))
    return DataLoader(ds, batch_size=batch_size, shuffle=True)


def valid_dataset(series):
    ds = TensorDataset(torch.as_tensor(series))
    ds = Windows(ds, window_size + 1, shift=4)
    return DataLoader(MappedRows(ds, lambda w: (w[:-1], w[-1])), batch_size=8)


def model_forecast(model, series, window_size):
    ds = TensorDataset(torch.as_tensor(series))
    ds = Windows(ds, window_size)
    ds = DataLoader(ds, batch_size=32)
    return predict(model, ds)


dataset = windowed_dataset(x_train, window_size, batch_size, shuffle_buffer_size)
for windows, targets in as_arrays(dataset, 1):
    print('windows', windows.shape, 'targets', targets.shape)

valid = valid_dataset(x_valid)
for i, (windows, targets) in enumerate(as_arrays(valid)):
    print(i, windows.mean(axis=1), targets)
x, y = next(as_arrays(valid))
print(x.shape, float(y[0]), [len(targets) for _, targets in as_arrays(valid)])
for value in as_arrays(TensorDataset(torch.as_tensor(series)), 3):
    print(value)

model = nn.Sequential(
    nn.Linear(10, 10),
    nn.ReLU(),
    nn.Linear(10, 1),
).to(device)
model.apply(init_weights)
model.to_targets = to_targets
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-5, momentum=0.9)
metrics = {"mae": mean_absolute_error}
fit(model, loss_fn, optimizer, dataset, epochs=2, validation_data=valid, metrics=metrics)
print('part', evaluate(model, loss_fn, SomeBatches(valid, stop=2), metrics=metrics), evaluate(model, loss_fn, SomeBatches(valid, start=1), metrics=metrics))

# Scaled rows with classes, again and again
features = np.random.RandomState(5).randint(0, 255, size=(36, 10))
classes = TensorDataset(
    torch.as_tensor(np.asarray(features)),
    torch.as_tensor(np.asarray(features[:, 0] % 3)),
)
classes = DataLoader(
    MappedRows(classes, lambda x, c: (x.float() / 255.0, F.one_hot(c.long(), 3).float())),
    batch_size=8,
)
classifier = nn.Sequential(nn.Linear(10, 3)).to(device)
classifier.apply(init_weights)
classifier.to_targets = to_targets_2
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(classifier.parameters(), lr=0.01)
metrics = {"accuracy": categorical_accuracy}
history = fit(classifier, loss_fn, optimizer, Repeated(classes), steps_per_epoch=3, epochs=3, validation_data=Repeated(classes), validation_steps=2, metrics=metrics)
print(history['loss'], history['val_loss'])
print(list(as_arrays(classes))[-1][1].sum(axis=0))

forecast = model_forecast(model, series, window_size)
print(forecast.shape, forecast[-3:, 0])
