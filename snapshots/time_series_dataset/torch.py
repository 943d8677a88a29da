# Temperature of tomorrow from the hours of the days before
import numpy as np
import itertools
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Runs(Dataset):
    """Runs of steps of a series, with the target of each."""

    def __init__(self, series, targets, starts, length, sampling_rate=1):
        self.series, self.targets = series, targets
        self.starts, self.length = starts, length
        self.sampling_rate = sampling_rate

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, index):
        start = self.starts[index]
        run = self.series[start : start + self.length * self.sampling_rate : self.sampling_rate]
        return (run,) if self.targets is None else (run, self.targets[start])


def timeseries_dataset_from_array(
    data,
    targets,
    sequence_length,
    sequence_stride=1,
    sampling_rate=1,
    batch_size=128,
    shuffle=False,
    seed=None,
    start_index=None,
    end_index=None,
):
    """Batches of runs of steps of a series, with their targets."""
    series = torch.as_tensor(np.asarray(data[start_index:end_index]))
    n_runs = len(series) - (sequence_length - 1) * sampling_rate
    if targets is not None:
        n_runs = min(n_runs, len(targets))
        targets = torch.as_tensor(np.asarray(targets[start_index:end_index]))
    starts = np.arange(0, n_runs, sequence_stride)
    if shuffle:
        np.random.RandomState(np.random.randint(1e6) if seed is None else seed).shuffle(starts)
    rows = Runs(series, targets, starts, sequence_length, sampling_rate)
    return DataLoader(rows, batch_size, shuffle)


def as_arrays(dataset):
    """The batches or rows of a data set as NumPy arrays."""
    for parts in itertools.islice(dataset, None):
        yield tuple(part.numpy() for part in parts)


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


def mean_absolute_error(outputs, targets):
    """Mean absolute error of each sample, (N,)."""
    return (outputs - targets).abs().flatten(1).mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Sequences (N, T, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


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


np.random.seed(7)
hours = np.arange(400)
temperature = np.sin(hours / 12) + 0.1 * np.random.normal(size=400)
raw_data = np.stack([temperature, np.cos(hours / 12), np.random.normal(size=400)], axis=-1)

num_train_samples = 200
num_val_samples = 100
num_test_samples = len(raw_data) - num_train_samples - num_val_samples

mean = raw_data[:num_train_samples].mean(axis=0)
raw_data -= mean
std = raw_data[:num_train_samples].std(axis=0)
raw_data /= std

sampling_rate = 2
sequence_length = 10
delay = sampling_rate * (sequence_length + 4 - 1)
batch_size = 32

train_dataset = timeseries_dataset_from_array(
    raw_data[:-delay],
    targets=temperature[delay:],
    sampling_rate=sampling_rate,
    sequence_length=sequence_length,
    shuffle=True,
    batch_size=batch_size,
    start_index=0,
    end_index=num_train_samples)
val_dataset = timeseries_dataset_from_array(
    raw_data[:-delay],
    targets=temperature[delay:],
    sampling_rate=sampling_rate,
    sequence_length=sequence_length,
    shuffle=True,
    seed=3,
    batch_size=batch_size,
    start_index=num_train_samples,
    end_index=num_train_samples + num_val_samples)
test_dataset = timeseries_dataset_from_array(
    raw_data[:-delay], temperature[delay:], sequence_length, sequence_stride=3, sampling_rate=sampling_rate,
    batch_size=batch_size, start_index=num_train_samples + num_val_samples)

for samples, targets in as_arrays(train_dataset):
    print('samples shape:', samples.shape)
    print('targets shape:', targets.shape)
    break


def evaluate_naive_method(dataset):
    total_abs_err = 0.
    samples_seen = 0
    for samples, targets in as_arrays(dataset):
        preds = samples[:, -1, 0] * std[0] + mean[0]
        total_abs_err += np.sum(np.abs(preds - targets))
        samples_seen += samples.shape[0]
    return total_abs_err / samples_seen


print(f'Validation MAE: {evaluate_naive_method(val_dataset):.2f}')
print(f'Test MAE: {evaluate_naive_method(test_dataset):.2f}')

model = nn.Sequential(
    LSTM(raw_data.shape[1], 8),
    nn.Linear(8, 1),
).to(device)
model.apply(init_weights)
loss_fn = nn.MSELoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
metrics = {"mae": mean_absolute_error}
history = fit(model, loss_fn, optimizer, train_dataset, epochs=2, validation_data=val_dataset, metrics=metrics)
print(f'Test MAE: {evaluate(model, loss_fn, test_dataset, metrics=metrics)[1]:.2f}')

# Runs alone, to predict with
windows = timeseries_dataset_from_array(raw_data, None, sequence_length, batch_size=64)
predictions = predict(model, windows)
print(predictions.shape, predictions[:3, 0])
