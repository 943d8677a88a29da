'''Sentiment of movie reviews with an LSTM.

Notes: RNNs are tricky, the choice of batch size matters.
'''
from __future__ import print_function

from pathlib import Path
import numpy as np
import torch
import torch.nn.functional as F
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


class LoopLSTM(nn.LSTM):
    """An LSTM with any activations, a step at a time; dropout masks are one a gate and sequence."""

    def __init__(self, input_size, hidden_size, dropout=0.0, recurrent_dropout=0.0):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.drop = dropout
        self.recurrent_drop = recurrent_dropout

    def forward(self, x):
        act = torch.tanh
        gate = torch.sigmoid
        if self.drop:
            kept = [F.dropout(torch.ones_like(x[:, :1]), self.drop, self.training) for _ in range(4)]
            parts = [F.linear(x * mask, weight) for mask, weight in zip(kept, self.weight_ih_l0.chunk(4))]
            inputs = torch.cat(parts, -1) + self.bias_ih_l0
        else:
            inputs = F.linear(x, self.weight_ih_l0, self.bias_ih_l0)
        h = c = x.new_zeros(len(x), self.hidden_size)
        if self.recurrent_drop:
            masks = [F.dropout(torch.ones_like(h), self.recurrent_drop, self.training) for _ in range(4)]
        outputs = []
        for step in inputs.unbind(1):
            if self.recurrent_drop:
                parts = [F.linear(h * mask, weight) for mask, weight in zip(masks, self.weight_hh_l0.chunk(4))]
                i, f, g, o = (step + torch.cat(parts, -1)).chunk(4, -1)
            else:
                i, f, g, o = (step + F.linear(h, self.weight_hh_l0)).chunk(4, -1)
            c = gate(f) * c + gate(i) * act(g)
            h = gate(o) * act(c)
            outputs.append(h)
        return h


def binary_accuracy(outputs, targets):
    """Whether the logits are on the side of their targets, (N,)."""
    return ((outputs > 0) == targets).float().mean(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Embedding):
        nn.init.uniform_(module.weight, -0.05, 0.05)
    elif isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)
    elif isinstance(module, nn.Linear):
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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_data=None):
    """Train; the history by name, one value an epoch."""
    x, y = to_inputs(x), to_targets(y)
    if validation_data is not None:
        x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics=metrics)
        if validation_data is not None:
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


max_features = 2000
# cut texts after this number of words (among top max_features most common words)
maxlen = 40
batch_size = 32

print('Loading data...')
(x_train, y_train), (x_test, y_test) = load_imdb(num_words=max_features)
print(len(x_train), 'train sequences')
print(len(x_test), 'test sequences')

print('Pad sequences (samples x time)')
x_train = pad_sequences(x_train, maxlen=maxlen)
x_test = pad_sequences(x_test, maxlen=maxlen)
print('x_train shape:', x_train.shape)
print('x_test shape:', x_test.shape)

print('Build model...')
model = nn.Sequential(
    nn.Embedding(max_features, 32),
    LoopLSTM(32, 32, dropout=0.2, recurrent_dropout=0.2),
    nn.Linear(32, 1),
).to(device)
model.apply(init_weights)

# try using different optimizers and different optimizer configs
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": binary_accuracy}

print('Train...')
fit(model, loss_fn, optimizer, x_train, y_train,
    batch_size=batch_size,
    epochs=3,
    validation_data=(x_test, y_test), metrics=metrics)
score, acc = evaluate(model, loss_fn, x_test, y_test,
                      batch_size=batch_size, metrics=metrics)
print('Test score:', score)
print('Test accuracy:', acc)
