# Categories as numbers and rows of ones, inside and outside of models
import numpy as np
from collections import Counter
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class CategoryEncoding(nn.Module):
    """Indices (..., k) as rows (..., num_tokens): which are there, or how often; each by itself with "one_hot"."""

    def __init__(self, num_tokens, output_mode="multi_hot"):
        super().__init__()
        self.num_tokens = num_tokens
        self.output_mode = output_mode

    def forward(self, x):
        found = x.long().unsqueeze(-1) == torch.arange(self.num_tokens, device=x.device)
        if self.output_mode == "one_hot":
            alone = x.shape[-1] == 1
            return (found.squeeze(-2) if alone else found).float()
        elif self.output_mode == "count":
            return found.sum(-2).float()
        else:
            return found.any(-2).float()

    def transform(self, data):
        """The same of data outside of a model, as an array."""
        data = torch.as_tensor(np.atleast_1d(data))
        return self.forward(data).numpy()


class Discretization(nn.Module):
    """Number the bins that values are in: from a boundary on, up to the next."""

    def __init__(self, num_bins=0, epsilon=0.01):
        super().__init__()
        self.num_bins = num_bins
        self.epsilon = epsilon
        boundaries = torch.as_tensor((), dtype=torch.float32)
        self.register_buffer("boundaries", boundaries, persistent=False)

    def forward(self, x):
        bins = torch.bucketize(x.float(), self.boundaries, right=True)
        return bins

    def transform(self, data):
        """The bins of data outside of a model, as an array."""
        data = data if isinstance(data, np.ndarray) else np.asarray(data, dtype="float32")
        bins = np.digitize(data, self.boundaries.cpu().numpy())
        return bins

    def adapt(self, data):
        """Take boundaries between bins of about equally many values."""
        data = np.asarray(data, dtype="float32")
        summary = np.empty((2, 0), dtype="float32")
        for start in range(0, len(data), 32):
            values = np.sort(data[start : start + 32], axis=None)
            skipped = int(np.float32(values.size) / np.float32(1 / self.epsilon))
            values = values[skipped :: max(skipped, 1)]
            weights = np.full_like(values, max(skipped, 1))
            summary = np.concatenate([np.stack([values, weights]), summary], axis=1)
            summary = self.compress(summary[:, np.argsort(summary[0], kind="stable")], self.epsilon)
        boundaries = self.compress(summary, 1 / self.num_bins)[0, :-1]
        self.boundaries = torch.as_tensor(boundaries, device=self.boundaries.device)

    def compress(self, summary, epsilon):
        """Values and their weights in rows, as fewer of about the same distribution."""
        if summary.shape[1] * epsilon < 1:
            return summary
        parts = epsilon + np.arange(0, 1, epsilon)
        weights = summary[1].cumsum()
        shares = weights / weights[-1]
        values, weights = np.interp(parts, shares, summary[0]), np.interp(parts, shares, weights)
        return np.stack([values, np.diff(weights, prepend=0)]).astype("float32")


class Lookup:
    """Number the values of a vocabulary, after a number for unknown ones, and 0 for mask_token if there is one."""

    def __init__(
        self,
        vocabulary=None,
        max_tokens=None,
        num_oov_indices=1,
        mask_token=None,
        oov_token="[UNK]",
        output_mode="int",
        pad_to_max_tokens=False,
        invert=False,
    ):
        self.max_tokens = max_tokens
        self.num_oov_indices = num_oov_indices
        self.mask_token = mask_token
        self.oov_token = oov_token
        self.output_mode = output_mode
        self.pad_to_max_tokens = pad_to_max_tokens
        self.invert = invert
        self.special = [oov_token] * num_oov_indices
        if mask_token is not None and output_mode == "int":
            self.special = [mask_token, *self.special]
        if vocabulary is not None:
            self.set_vocabulary(vocabulary)

    def items(self, data):
        """The values of data one by one."""
        if isinstance(self.oov_token, str):
            items = np.asarray(data, dtype=object).ravel().tolist()
            return [item.decode() if isinstance(item, bytes) else str(item) for item in items]
        else:
            return np.asarray(data).astype("int64").ravel().tolist()

    def adapt(self, data):
        """Take the values of data as the vocabulary, the most frequent first."""
        counts = Counter(self.items(data))
        ranked = sorted(counts, key=lambda item: (counts[item], item), reverse=True)
        ranked = [item for item in ranked if item != self.mask_token and item != self.oov_token]
        if self.max_tokens:
            ranked = ranked[: self.max_tokens - len(self.special)]
        self.set_vocabulary(ranked)

    def set_vocabulary(self, vocabulary):
        """Values by their number."""
        items = self.items(vocabulary)
        added = [] if items[: len(self.special)] == self.special else self.special
        self.vocabulary = [*added, *items]
        self.index = {item: i for i, item in enumerate(self.vocabulary) if i >= len(self.special)}
        if self.mask_token is not None:
            self.index[self.mask_token] = 0 if self.output_mode == "int" else -1

    def get_vocabulary(self, include_special_tokens=True):
        return list(self.vocabulary) if include_special_tokens else self.vocabulary[len(self.special) :]

    def vocabulary_size(self):
        return len(self.vocabulary)

    def number(self, item):
        if item in self.index or self.num_oov_indices == 0:
            return self.index[item]
        elif self.num_oov_indices > 1:
            return len(self.special) - self.num_oov_indices + item % self.num_oov_indices
        else:
            return len(self.special) - 1

    def __call__(self, data):
        """The number of each value, or rows of which are there or how often."""
        shape = np.shape(data)
        if self.invert:
            known = dict(enumerate(self.vocabulary))
            items = [known.get(i, self.oov_token) for i in np.ravel(data).tolist()]
            if isinstance(self.oov_token, str):
                items = [item.encode() for item in items]
            return np.array(items).reshape(shape)
        numbers = np.array([self.number(item) for item in self.items(data)], dtype="int64").reshape(shape)
        if self.output_mode == "int":
            return numbers
        numbers = np.atleast_1d(numbers)
        size = self.max_tokens if self.pad_to_max_tokens else len(self.vocabulary)
        found = numbers[..., None] == np.arange(size)
        dtype = "float32"
        if self.output_mode == "one_hot":
            if numbers.shape[-1] == 1:
                found = found.squeeze(-2)
            return found.astype(dtype)
        if self.output_mode != "multi_hot":
            counts = found.sum(-2)
            return counts.astype(dtype)
        return found.any(-2).astype(dtype)


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Embedding):
        nn.init.uniform_(module.weight, -0.05, 0.05)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Texts as the model reads them."""
    return torch.as_tensor(index(x), dtype=torch.long).reshape(-1, 1)


def to_inputs_2(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).reshape(-1, 1)


def to_inputs_3(x):
    """Texts as the model reads them."""
    return torch.as_tensor(lookup(x), dtype=torch.float32)


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, verbose=1):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if verbose:
            values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
            print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, model.to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in model.to_inputs(x).split(batch_size)])
    return outputs.sigmoid().numpy()


rng = np.random.RandomState(7)
thal = rng.choice(["normal", "fixed", "reversible", "1", "2"], 90, p=[0.5, 0.2, 0.2, 0.05, 0.05])
ca = rng.choice([0, 1, 2, 3], (90, 1), p=[0.5, 0.25, 0.15, 0.1])
age = rng.randint(29, 78, (90, 1)).astype("float32")
target = ((age[:, 0] > 55) ^ (thal == "normal")).astype("float32")

# Strings to numbers
index = Lookup(max_tokens=5)
index.adapt(thal)
print(' '.join(index.get_vocabulary()))
print(index(["normal", "other", "fixed"]))
encoder = CategoryEncoding(index.vocabulary_size(), output_mode="one_hot")
rows = encoder.transform(index(thal))
print(rows.shape, rows.sum(axis=0))
back = Lookup(vocabulary=index.get_vocabulary(), invert=True)
print(back(index(thal[:4])))

# Integers
lookup = Lookup(max_tokens=6, oov_token=-1, output_mode="multi_hot", pad_to_max_tokens=True)
lookup.adapt(ca)
print(lookup(ca[:3]))
counts = Lookup(vocabulary=[2, 3], num_oov_indices=2, mask_token=0, oov_token=-1, output_mode="count")
print(counts(np.array([[2, 2, 7], [0, 3, 8]])))

# Bins
bins = Discretization(num_bins=4, epsilon=0.05)
bins.adapt(age)
print(bins.transform(age[:5]).ravel())

model = nn.Sequential(
    nn.Embedding(index.vocabulary_size(), 4),
    nn.Flatten(),
    nn.Linear(4, 1),
).to(device)
model.apply(init_weights)
model.to_inputs = to_inputs
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": binary_accuracy}
fit(model, loss_fn, optimizer, thal.reshape(-1, 1), target, epochs=2, batch_size=16, metrics=metrics)
print(predict(model, np.array([["normal"], ["fixed"], ["new"]])))

by_age = nn.Sequential(
    bins,
    nn.Embedding(4, 3),
    nn.Flatten(),
    nn.Linear(3, 1),
).to(device)
by_age.apply(init_weights)
by_age.to_inputs = to_inputs_2
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(by_age.parameters(), lr=0.01)
fit(by_age, loss_fn, optimizer, age, target, epochs=2, verbose=0, metrics={})
print(evaluate(by_age, loss_fn, age, target, metrics={}))

by_ca = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 1)).to(device)
by_ca.apply(init_weights)
by_ca.to_inputs = to_inputs_3
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(by_ca.parameters(), lr=0.01)
fit(by_ca, loss_fn, optimizer, ca, target, epochs=2, verbose=0, metrics={})
print(evaluate(by_ca, loss_fn, ca, target, metrics={}))
