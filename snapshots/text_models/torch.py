# Short reviews: layers that take texts as the first layers of models
import numpy as np
from collections import Counter
import string
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class TextVectorization:
    """Number the words of texts, the most frequent first."""

    def __init__(self, max_tokens=None, output_mode="int", output_sequence_length=None):
        self.max_tokens = max_tokens
        self.output_mode = output_mode
        self.output_sequence_length = output_sequence_length

    def words(self, text):
        """The words of a text; bytes, because only ASCII counts for cases and blanks."""
        text = text if isinstance(text, bytes) else text.encode()
        text = text.lower()
        text = text.translate(None, string.punctuation.encode())
        words = [word.decode() for word in text.split()]
        return words

    def adapt(self, texts):
        """Take the words of texts as the vocabulary."""
        texts = [self.words(text) for text in np.asarray(texts, dtype=object).ravel()]
        counts = Counter(word for words in texts for word in words if word != "[UNK]")
        ranked = sorted(counts, key=lambda word: (counts[word], word), reverse=True)
        if self.max_tokens:
            ranked = ranked[: self.max_tokens - (2 if self.output_mode == "int" else 1)]
        self.set_vocabulary(ranked)

    def set_vocabulary(self, vocabulary):
        """Words by their number, after those for padding (with "int") and for unknown words."""
        special = ["", "[UNK]"] if self.output_mode == "int" else ["[UNK]"]
        vocabulary = [str(word) for word in vocabulary]
        words = vocabulary[len(special) :] if vocabulary[: len(special)] == special else vocabulary
        self.vocabulary = [*special, *words]
        self.index = {word: i for i, word in enumerate(self.vocabulary)}

    def get_vocabulary(self):
        return list(self.vocabulary)

    def vocabulary_size(self):
        return len(self.vocabulary)

    def __call__(self, texts):
        """The numbers of the words of each text, or how often each word is in it."""
        if isinstance(texts, (str, bytes)):
            return self([texts])[0]
        unknown = self.index["[UNK]"]
        texts = np.asarray(texts, dtype=object).ravel()
        rows = [[self.index.get(word, unknown) for word in self.words(text)] for text in texts]
        if self.output_mode == "int":
            if self.output_sequence_length is not None:
                width = self.output_sequence_length
            else:
                width = max(map(len, rows), default=0)
            numbers = np.zeros((len(rows), width), dtype="int64")
            for padded, row in zip(numbers, rows):
                padded[: len(row)] = row[:width]
            return numbers
        else:
            width = len(self.vocabulary)
            counts = np.zeros((len(rows), width), dtype="float32")
            for count, row in zip(counts, rows):
                for i in row:
                    count[i] += 1
            if self.output_mode == "multi_hot":
                return (counts > 0).astype("float32")
            else:
                return counts


class WithoutPadding(nn.Module):
    """Cut indices of words (N, T) to the longest text of the batch."""

    def forward(self, x):
        return x[:, : x.any(0).sum()]


class Lookup:
    """Number the values of a vocabulary, after a number for unknown ones, and 0 for mask_token if there is one."""

    def __init__(self, vocabulary=None, output_mode="int"):
        self.output_mode = output_mode
        self.special = ["[UNK]"] * 1
        if vocabulary is not None:
            self.set_vocabulary(vocabulary)

    def items(self, data):
        """The values of data one by one."""
        items = np.asarray(data, dtype=object).ravel().tolist()
        return [item.decode() if isinstance(item, bytes) else str(item) for item in items]

    def set_vocabulary(self, vocabulary):
        """Values by their number."""
        items = self.items(vocabulary)
        added = [] if items[: len(self.special)] == self.special else self.special
        self.vocabulary = [*added, *items]
        self.index = {item: i for i, item in enumerate(self.vocabulary) if i >= len(self.special)}

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
        dtype = "float32"
        if self.output_mode == "one_hot":
            if numbers.shape[-1] == 1:
                found = found.squeeze(-2)
            return found.astype(dtype)
        return found.any(-2).astype(dtype)


class GlobalAveragePool(nn.Module):
    """Mean over axes."""

    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return x.mean(self.dim)


def threshold_accuracy(outputs, targets):
    """How often a probability lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0.5) == targets).flatten(1).float().mean(1)


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
    return torch.as_tensor(bag(x), dtype=torch.float32)


def to_inputs_2(x):
    """Indices as the model reads them."""
    return torch.as_tensor(x, dtype=torch.long)


def to_inputs_3(x):
    """Texts as the model reads them."""
    return torch.as_tensor(vectorizer(x), dtype=torch.long)


def to_inputs_4(x):
    """Texts as the model reads them."""
    return torch.as_tensor(lookup(x), dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


def to_outputs(outputs):
    """Probabilities of logits."""
    return outputs.sigmoid()


def to_outputs_2(outputs):
    """Outputs as they are."""
    return outputs


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0, verbose=1):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), to_targets(y)
    if validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_split:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
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
    return model.to_outputs(outputs).numpy()


good = ["I loved the great acting, really, and all of it", "a great film", "wonderful, just wonderful!", "fun"]
bad = ["a terrible film", "I hated the boring story at once", "awful acting!", "boring"]
train_texts = np.array([text + end for end in (" I would say", " indeed", "") for text in good + bad])
train_labels = np.array([1, 1, 1, 1, 0, 0, 0, 0] * 3)
genres = np.array(["drama", "comedy", "horror", "drama", "comedy", "western"] * 4).reshape(-1, 1)


def build_model(texts, units=8):
    # As long as the longest review of a batch
    vectorize_layer = TextVectorization(max_tokens=30)
    vectorize_layer.adapt(texts)
    model = nn.Sequential(
        WithoutPadding(),
        nn.Embedding(len(vectorize_layer.get_vocabulary()), units),
        nn.Dropout(0.2),
        GlobalAveragePool(dim=1),
        nn.Linear(8, 1),
    ).to(device)
    model.apply(init_weights)
    model.to_inputs, model.to_outputs = lambda x: torch.as_tensor(vectorize_layer(x), dtype=torch.long), to_outputs
    model.loss_fn = F.binary_cross_entropy_with_logits
    model.optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    model.metrics = {"accuracy": binary_accuracy}
    return model


model = build_model(train_texts)
history = fit(model, model.loss_fn, model.optimizer, train_texts, train_labels, batch_size=5, epochs=3, validation_split=0.25, metrics=model.metrics)
print(history["val_accuracy"])
print(predict(model, np.array([text.encode() for text in ["What a great film", "boring"]], dtype=object)))

# How often each word is there
bag = TextVectorization(max_tokens=40, output_mode="count")
bag.adapt(train_texts)
counting = nn.Sequential(nn.Linear(bag.vocabulary_size(), 4), nn.ReLU(), nn.Linear(4, 1)).to(device)
counting.apply(init_weights)
counting.to_inputs = to_inputs
counting.loss_fn = F.binary_cross_entropy_with_logits
counting.optimizer = torch.optim.Adam(counting.parameters(), eps=1e-7)
counting.metrics = {"accuracy": threshold_accuracy}
fit(counting, counting.loss_fn, counting.optimizer, train_texts, train_labels, epochs=2, verbose=0, metrics=counting.metrics)
scoring = nn.Sequential(counting, nn.Sigmoid()).to(device)
scoring.to_inputs, scoring.to_outputs = to_inputs, to_outputs_2
print(predict(scoring, ["great fun", "just awful"]))

# Numbers first, texts later
vectorizer = TextVectorization(max_tokens=30, output_sequence_length=7)
vectorizer.adapt(train_texts)
numbers = nn.Sequential(nn.Embedding(30, 4), GlobalAveragePool(dim=1), nn.Linear(4, 1)).to(device)
numbers.apply(init_weights)
numbers.to_inputs = to_inputs_2
numbers.loss_fn = F.binary_cross_entropy_with_logits
numbers.optimizer = torch.optim.Adam(numbers.parameters(), eps=1e-7)
numbers.metrics = {"accuracy": threshold_accuracy}
fit(numbers, numbers.loss_fn, numbers.optimizer, vectorizer(train_texts), train_labels, epochs=2, verbose=0, metrics=numbers.metrics)
export_model = nn.Sequential(numbers).to(device)
export_model.to_inputs, export_model.to_outputs = to_inputs_3, to_outputs
export_model.loss_fn = F.binary_cross_entropy_with_logits
export_model.optimizer = torch.optim.Adam(export_model.parameters(), eps=1e-7)
export_model.metrics = {"accuracy": binary_accuracy}
loss, accuracy = evaluate(export_model, export_model.loss_fn, train_texts, train_labels, metrics=export_model.metrics)
print(loss, accuracy)
examples = ["The movie was great!", "The movie was okay.", "The movie was terrible..."]
print(predict(export_model, np.array(examples)))

# Categories
by_genre = nn.Sequential(
    nn.Linear(4, 1),
).to(device)
lookup = Lookup(vocabulary=["comedy", "drama", "horror"], output_mode="one_hot")
by_genre.apply(init_weights)
by_genre.to_inputs, by_genre.to_outputs = to_inputs_4, to_outputs_2
by_genre.loss_fn = F.mse_loss
by_genre.optimizer = torch.optim.SGD(by_genre.parameters(), lr=0.01)
fit(by_genre, by_genre.loss_fn, by_genre.optimizer, genres, train_labels, epochs=2, verbose=0, metrics={})
print(predict(by_genre, np.array([["comedy"], ["western"]])))
