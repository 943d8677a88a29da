# LSTM for sequence classification in the IMDB dataset
import numpy
from pathlib import Path
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def download(name, sha256=None, root="data"):
    """The path of a file of Keras's data sets, fetched once."""
    path = Path(root, name)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        url = f"https://storage.googleapis.com/tensorflow/tf-keras-datasets/{name}"
        torch.hub.download_url_to_file(url, str(path), hash_prefix=sha256)
    return path


def cut_words(parts, num_words, start_char=1, oov_char=2, index_from=3):
    """Texts as ranks of words from `index_from` on; ranks of `num_words` and more are `oov_char`."""
    start = [] if start_char is None else [start_char]
    parts = [([start + [word + index_from for word in text] for text in x], y) for x, y in parts]
    limit = num_words or max(max(text) for x, _ in parts for text in x)
    if oov_char is None:
        cut = [[[word for word in text if 0 <= word < limit] for text in x] for x, _ in parts]
    else:
        cut = [
            [[word if 0 <= word < limit else oov_char for word in text] for text in x]
            for x, _ in parts
        ]
    return [(np.array(x, dtype=object), y) for x, (_, y) in zip(cut, parts)]


def load_imdb(num_words=None, seed=113, start_char=1, oov_char=2, index_from=3):
    """IMDB reviews: lists of word ranks (N,) and labels (N,), for training and for testing."""
    path = download("imdb.npz", "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f")
    rng, parts = np.random.RandomState(seed), []
    with np.load(path, allow_pickle=True) as file:
        for x, y in (("x_train", "y_train"), ("x_test", "y_test")):
            order = rng.permutation(len(file[y]))
            parts.append((file[x][order], file[y][order]))
    return cut_words(parts, num_words, start_char, oov_char, index_from)


def pad_sequences(sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre"):
    """Lists of numbers as one array (n, maxlen): cut and filled at the front, or with "post" at the end."""
    sequences = list(sequences)
    if maxlen is None:
        maxlen = max(map(len, sequences))
    shape = np.asarray(next((row for row in sequences if len(row)), [])).shape[1:]
    padded = np.full((len(sequences), maxlen, *shape), 0, dtype=dtype)
    for row, sequence in zip(padded, sequences):
        kept = sequence[-maxlen:] if truncating == "pre" else sequence[:maxlen]
        if len(kept):
            start = maxlen - len(kept) if padding == "pre" else 0
            row[start : start + len(kept)] = np.asarray(kept, dtype=dtype)
    return padded


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_data=None):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


# fix random seed for reproducibility
numpy.random.seed(7)
# load the dataset but only keep the top n words, zero the rest
top_words = 2000
(X_train, y_train), (X_test, y_test) = load_imdb(num_words=top_words)
# truncate and pad input sequences
max_review_length = 40
X_train = pad_sequences(X_train, maxlen=max_review_length)
X_test = pad_sequences(X_test, maxlen=max_review_length)
# create the model
embedding_vector_length = 16
model = nn.Sequential(
    nn.Embedding(top_words, embedding_vector_length),
    nn.Dropout(0.2),
    LSTM(16, 24),
    nn.Dropout(0.2),
    nn.Linear(24, 1),
).to(device)
model.apply(init_weights)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": binary_accuracy}
print(model)
fit(model, loss_fn, optimizer, X_train, y_train, validation_data=(X_test, y_test), epochs=3, batch_size=32, metrics=metrics)
# Final evaluation of the model
scores = evaluate(model, loss_fn, X_test, y_test, metrics=metrics)
print("Accuracy: %.2f%%" % (scores[1]*100))
