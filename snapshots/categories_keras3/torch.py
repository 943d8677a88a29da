"""Passengers: columns of a table through lookups and bins, with Keras 3."""
from collections import Counter
import torch
from torch import nn
import numpy as np

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
            alone = x.shape[-1] == 1 and (x.dim() > 1)
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

    def __init__(self, boundaries=(), num_bins=0, epsilon=0.01, output_mode="int"):
        super().__init__()
        self.num_bins = num_bins
        self.epsilon = epsilon
        self.output_mode = output_mode
        boundaries = torch.as_tensor(boundaries, dtype=torch.float32)
        self.register_buffer("boundaries", boundaries, persistent=False)

    def forward(self, x):
        bins = torch.bucketize(x.float(), self.boundaries, right=True)
        if self.output_mode == "int":
            return bins
        else:
            return CategoryEncoding(len(self.boundaries) + 1, self.output_mode)(bins)

    def transform(self, data):
        """The bins of data outside of a model, as an array."""
        data = np.asarray(data, dtype="float32")
        bins = np.digitize(data, self.boundaries.cpu().numpy())
        if self.output_mode == "int":
            return bins
        else:
            return CategoryEncoding(len(self.boundaries) + 1, self.output_mode).transform(bins)

    def adapt(self, data):
        """Take boundaries between bins of about equally many values."""
        data = np.asarray(data, dtype="float32")
        values = np.sort(data, axis=None)
        step = max(values.size / (1 / self.epsilon), 1)
        values = values[int(step - 1) :: int(step)]
        summary = self.compress(np.stack([values, np.ones_like(values) * step]), self.epsilon)
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

    def __init__(self, vocabulary=None, mask_token=None, oov_token="[UNK]", output_mode="int", idf_weights=None):
        self.mask_token = mask_token
        self.oov_token = oov_token
        self.output_mode = output_mode
        self.special = [oov_token] * 1
        if mask_token is not None and output_mode == "int":
            self.special = [mask_token, *self.special]
        if vocabulary is not None:
            self.set_vocabulary(vocabulary)
        if idf_weights is not None:
            idf = np.asarray(idf_weights, dtype="float32")
            added = len(self.vocabulary) - len(idf)
            self.idf = np.concatenate([np.full(added, idf.mean(), dtype="float32"), idf])

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
        self.set_vocabulary(ranked)
        if self.output_mode == "tf_idf":
            rows = [set(self.items(row)) for row in np.asarray(data, dtype=object)]
            found = Counter(item for row in rows for item in row)
            idf = [np.log(1 + len(rows) / (1 + found[item])) for item in ranked]
            mean = np.mean(idf)
            self.idf = np.array([*[mean] * len(self.special), *idf], dtype="float32")

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

    def number(self, item):
        if item in self.index:
            return self.index[item]
        else:
            return len(self.special) - 1

    def __call__(self, data):
        """The number of each value, or rows of which are there or how often."""
        shape = np.shape(data)
        numbers = np.array([self.number(item) for item in self.items(data)], dtype="int64").reshape(shape)
        if self.output_mode == "int":
            return numbers
        numbers = np.atleast_1d(numbers)
        size = len(self.vocabulary)
        found = numbers[..., None] == np.arange(size)
        dtype = "int64"
        if self.output_mode == "one_hot":
            if numbers.shape[-1] == 1 and not numbers.ndim == 1:
                found = found.squeeze(-2)
            return found.astype(dtype)
        if self.output_mode != "multi_hot":
            counts = found.sum(-2)
            if self.output_mode == "tf_idf":
                counts = counts.astype("float32")
                counts[..., : len(self.idf)] *= self.idf
                return counts
            return counts.astype(dtype)
        return found.any(-2).astype(dtype)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_inputs_2(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).reshape(-1, 1)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


def to_outputs(outputs):
    """Probabilities of logits."""
    return outputs.sigmoid()


def to_outputs_2(outputs):
    """Outputs as they are."""
    return outputs


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None):
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
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1, verbose=1):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer)
        if verbose:
            values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
            print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, model.to_inputs(x), to_targets(y), batch_size)
    return logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in model.to_inputs(x).split(batch_size)])
    return model.to_outputs(outputs).numpy()


rng = np.random.default_rng(3)
port = rng.choice(["S", "C", "Q", "?"], (100, 1), p=[0.6, 0.2, 0.1, 0.1])
deck = rng.integers(1, 8, (100, 1))
fare = rng.gamma(2.0, 16.0, (100, 1))
survived = ((fare[:, 0] > 30) | (port[:, 0] == "C")).astype("float32")

port_lookup = Lookup(vocabulary=["S", "C", "Q"], output_mode="one_hot")
ports = port_lookup(port)
print(ports[:3], ports.dtype)

deck_lookup = Lookup(mask_token=3, oov_token=-1, output_mode="tf_idf")
deck_lookup.adapt(deck)
decks = deck_lookup(deck)
print(decks.sum(axis=0), len(deck_lookup.get_vocabulary(include_special_tokens=False)))

discretize = Discretization(num_bins=5, epsilon=0.02, output_mode="one_hot")
discretize.adapt(fare)
fares = discretize.transform(fare)
print(fares.sum(axis=0))

weighted = Lookup(vocabulary=["S", "C", "Q"], output_mode="tf_idf", idf_weights=[0.5, 1.0, 2.0])
print(weighted(np.array([["S", "C", "S", "X"]])))

x = np.concatenate([ports, decks, fares], axis=1)
model = nn.Sequential(
    nn.Linear(x.shape[1], 8),
    nn.ReLU(),
    nn.Linear(8, 1),
).to(device)
model.apply(init_weights)
model.to_inputs, model.to_outputs = to_inputs, to_outputs
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
fit(model, loss_fn, optimizer, x, survived, epochs=2, batch_size=25)
print(evaluate(model, loss_fn, x, survived), predict(model, x[:2]))

fare_model = nn.Sequential(discretize, nn.Linear(5, 1)).to(device)
fare_model.apply(init_weights)
fare_model.to_inputs = to_inputs_2
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(fare_model.parameters(), lr=0.01)
fit(fare_model, loss_fn, optimizer, fare, survived, epochs=2, verbose=0)
print(evaluate(fare_model, loss_fn, fare, survived))

pair_model = nn.Sequential(
    Discretization(boundaries=[10.0, 20.0, 40.0]),
    CategoryEncoding(4, output_mode="count"),
    nn.Linear(4, 1),
).to(device)
pair_model.apply(init_weights)
pair_model.to_inputs, pair_model.to_outputs = to_inputs, to_outputs_2
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(pair_model.parameters(), lr=0.01)
pairs = np.concatenate([fare, fare[::-1]], axis=1)
fit(pair_model, loss_fn, optimizer, pairs, survived, epochs=2, verbose=0)
print(predict(pair_model, pairs[:3]))
