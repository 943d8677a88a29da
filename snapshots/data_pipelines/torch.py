# Iris-like measurements in tf.data pipelines
import numpy as np
import pandas as pd
import itertools
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def shuffled_once(rows, seed=None):
    """The rows of a data set in another order, which stays."""
    if seed is None:
        return Subset(rows, torch.randperm(len(rows)).tolist())
    generator = torch.Generator().manual_seed(seed)
    return Subset(rows, torch.randperm(len(rows), generator=generator).tolist())


class ShuffledBatches:
    """Batches in another order every time."""

    def __init__(self, batches):
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        batches = list(self.batches)
        return (batches[index] for index in torch.randperm(len(batches)).tolist())


class MappedRows(Dataset):
    """Samples of a data set after a function."""

    def __init__(self, dataset, function):
        self.dataset, self.function = dataset, function

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        return self.function(*self.dataset[index])


def as_arrays(dataset):
    """The batches or rows of a data set as NumPy arrays."""
    for parts in itertools.islice(dataset, None):
        yield tuple(part.numpy() for part in parts)


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(y, dtype=torch.long).reshape(-1)


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


def fit(model, loss_fn, optimizer, batches, metrics=None, epochs=1, validation_data=None, verbose=1):
    """Train; the mean values of each epoch by name."""
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, batches, optimizer, metrics)
        if validation_data is not None:
            val_logs = run_epoch(model, loss_fn, validation_data, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        if verbose:
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
    return outputs.softmax(-1).numpy()


BATCH_SIZE = 8
SHUFFLE_BUFFER_SIZE = 100

np.random.seed(42)
features = np.random.normal(size=(70, 4)).astype('float32')
labels = (np.abs(features).sum(axis=1) % 3).astype('int64')
frame = pd.DataFrame({'label': labels})

train_examples, test_examples = features[:44], features[44:60]
train_labels, test_labels = labels[:44], labels[44:60]


def make_dataset(x, y, shuffle=False):
    ds = TensorDataset(torch.as_tensor(x), torch.as_tensor(np.asarray(y)))
    if shuffle:
        return DataLoader(
            ds,
            batch_size=BATCH_SIZE,
            shuffle=True,
            generator=torch.Generator().manual_seed(42),
        )
    return DataLoader(ds, batch_size=BATCH_SIZE)


# The pipelines
train_dataset = TensorDataset(torch.as_tensor(train_examples), torch.as_tensor(np.asarray(train_labels)))
test_dataset = TensorDataset(torch.as_tensor(test_examples), torch.as_tensor(np.asarray(test_labels)))
train_dataset = DataLoader(train_dataset, batch_size=BATCH_SIZE, shuffle=True, drop_last=True)
test_dataset = DataLoader(test_dataset, batch_size=BATCH_SIZE)

val_dataset = DataLoader(
    TensorDataset(torch.as_tensor(features[60:]), torch.as_tensor(np.asarray(frame['label'][60:]))),
    batch_size=4,
)
print('batches:', len(train_dataset), len(val_dataset))

model = nn.Sequential(
    nn.Linear(4, 10),
    nn.ReLU(),
    nn.Linear(10, 3),
).to(device)
model.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
metrics = {"sparse_categorical_accuracy": sparse_categorical_accuracy}

history = fit(model, loss_fn, optimizer, train_dataset, epochs=3, validation_data=val_dataset, metrics=metrics)
print(history['val_loss'])
fit(model, loss_fn, optimizer, train_dataset, epochs=2, validation_data=val_dataset,
    verbose=0, metrics=metrics)

loss, accuracy = evaluate(model, loss_fn, test_dataset, metrics=metrics)
print('loss', loss, 'accuracy', accuracy)

# A part of the rows to go on with, the rest to test
everything = TensorDataset(torch.as_tensor(features), torch.as_tensor(np.asarray(labels)))
first = DataLoader(
    MappedRows(Subset(everything, range(len(everything))[:30]), lambda x, y: (2 * x.float() - 1, y)),
    batch_size=8,
    shuffle=True,
)
rest = DataLoader(Subset(everything, range(len(everything))[30:]), batch_size=BATCH_SIZE)
fit(model, loss_fn, optimizer, first, epochs=1, metrics=metrics)
print('rest', evaluate(model, loss_fn, rest, metrics=metrics))

fit(model, loss_fn, optimizer, make_dataset(train_examples, train_labels, shuffle=True), epochs=1, verbose=0, metrics=metrics)
print('function', evaluate(model, loss_fn, make_dataset(test_examples, test_labels), metrics=metrics))
probabilities = predict(model, DataLoader(TensorDataset(torch.as_tensor(test_examples)), batch_size=6))
print(probabilities.shape, np.argmax(probabilities, axis=1))

# One order for all epochs: a part of it to test with; and batches that change their places
mixed = shuffled_once(everything, seed=1)
held_out, kept = DataLoader(Subset(mixed, range(len(mixed))[:20]), batch_size=BATCH_SIZE), DataLoader(
    Subset(mixed, range(len(mixed))[20:]),
    batch_size=BATCH_SIZE,
)
fit(model, loss_fn, optimizer, ShuffledBatches(kept), epochs=2, validation_data=held_out, verbose=0, metrics=metrics)
print('held out', evaluate(model, loss_fn, held_out, metrics=metrics), len(kept))
for step, (x, y) in enumerate(as_arrays(held_out)):
    print(int(step), x.shape, y.sum())
