import numpy as np
from pathlib import Path
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def download(name, sha256, root="data"):
    """The path of a file of Keras's data sets, fetched once; its hash is checked."""
    path = Path(root) / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        url = f"https://storage.googleapis.com/tensorflow/tf-keras-datasets/{name}"
        torch.hub.download_url_to_file(url, str(path), hash_prefix=sha256)
    return path


def cut_words(sequences, labels, num_words, skip_top, maxlen, start_char, oov_char, index_from):
    """Word ranks as Keras numbers them, without long sequences; rare words become `oov_char`."""
    start = [] if start_char is None else [start_char]
    sequences = [start + [word + index_from for word in sequence] for sequence in sequences]
    if maxlen:
        kept = [i for i, sequence in enumerate(sequences) if len(sequence) < maxlen]
        sequences, labels = [sequences[i] for i in kept], labels[kept]
    limit = num_words or max(map(max, sequences))
    if oov_char is None:
        cut = [[word for word in sequence if skip_top <= word < limit] for sequence in sequences]
    else:
        cut = [
            [word if skip_top <= word < limit else oov_char for word in sequence] for sequence in sequences
        ]
    array = np.empty(len(cut), dtype=object)
    array[:] = cut
    return array, labels


def load_imdb(num_words=None, seed=113, start_char=1, oov_char=2, index_from=3):
    """IMDB reviews: lists of word ranks (25000,) and labels (25000,), for training and for testing."""
    path = download("imdb.npz", "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f")
    parts, limit = [], num_words
    with np.load(path, allow_pickle=True) as data:
        rng = np.random.RandomState(seed)
        for part in ("train", "test"):
            order = np.arange(len(data[f"x_{part}"]))
            rng.shuffle(order)
            parts.append((data[f"x_{part}"][order], data[f"y_{part}"][order]))
    if not limit:
        limit = max(max(sequence) for x, _ in parts for sequence in x) + index_from
    return [cut_words(x, y, limit, 0, None, start_char, oov_char, index_from) for x, y in parts]


def pad_sequences(sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre"):
    """Lists of numbers as one array (n, maxlen): cut and filled at the front, or with "post" at the end."""
    sequences = list(sequences)
    if maxlen is None:
        maxlen = max(map(len, sequences))
    shape = np.asarray(next((s for s in sequences if len(s)), [0])).shape[1:]
    padded = np.full((len(sequences), maxlen, *shape), 0, dtype=dtype)
    for row, sequence in zip(padded, sequences):
        kept = sequence[-maxlen:] if truncating == "pre" else sequence[:maxlen]
        if len(kept):
            start = maxlen - len(kept) if padding == "pre" else 0
            row[start : start + len(kept)] = np.asarray(kept, dtype=dtype)
    return padded


class Permute(nn.Module):
    """Reorder the axes of a batch."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)


class GlobalMaxPool(nn.Module):
    """Largest value over axes."""

    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return x.amax(self.dim)


def binary_accuracy(outputs, targets):
    """Whether the logits are on the side of their targets, (N,)."""
    return ((outputs > 0) == targets).float().mean(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Embedding):
        nn.init.uniform_(module.weight, -0.05, 0.05)
    elif isinstance(module, (nn.Conv1d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Indices as the model reads them."""
    return torch.as_tensor(x, dtype=torch.long)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: means by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = dict.fromkeys(["loss", *metrics], 0.0)
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            inputs, targets = x[batch].to(device), y[batch].to(device)
            outputs = model(inputs)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            totals["loss"] += loss.detach() * len(batch)
            for name, metric in metrics.items():
                totals[name] += metric(outputs, targets).sum()
    return {name: float(total) / len(x) for name, total in totals.items()}


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0):
    """Train; the history by name, one value an epoch."""
    x, y = to_inputs(x), to_targets(y)
    if validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics=metrics)
        if validation_split:
            val = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({f"val_{name}": value for name, value in val.items()})
        print(
            f"Epoch {epoch + 1}/{epochs} - "
            + " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        )
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The outputs for all samples, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    outputs = outputs.sigmoid()
    return outputs.numpy()


VOCAB = 3000
LENGTH = 60


def get_data():
    (x_train, y_train), (x_test, y_test) = load_imdb(num_words=VOCAB)
    x_train = pad_sequences(x_train, maxlen=LENGTH, padding='post', truncating='post')
    x_test = pad_sequences(x_test, maxlen=LENGTH, padding='post', truncating='post')
    return (x_train, y_train), (x_test, y_test)


def build_model():
    return nn.Sequential(
        nn.Embedding(VOCAB, 24),
        nn.Dropout(0.2),
        Permute(0, 2, 1),
        nn.Conv1d(24, 48, 5),
        nn.ReLU(),
        GlobalMaxPool(dim=2),
        nn.Linear(48, 32),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(32, 1),
    ).apply(init_weights).to(device)


if __name__ == '__main__':
    (x_train, y_train), (x_test, y_test) = get_data()

    model = build_model()
    loss_fn = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
    metrics = {"acc": binary_accuracy}
    history = fit(model, loss_fn, optimizer, x_train, y_train, epochs=4, batch_size=32, validation_split=0.2, metrics=metrics)

    best = int(np.argmin(history['val_loss']))
    print(f"best epoch: {best + 1}, val_acc {history['val_acc'][best]:.4f}")

    results = evaluate(model, loss_fn, x_test, y_test, metrics=metrics)
    print("test loss, test acc:", results)
    probabilities = predict(model, x_test[:10])
    labels = (probabilities > 0.5).astype("int32")
    print(labels.ravel())
