# Sentiment of short reviews: words as numbers inside and outside of the model
import numpy as np
from collections import Counter
import string
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class TextVectorization:
    """Number the words of texts, the most frequent first."""

    def __init__(
        self, max_tokens=None, ngrams=(), output_mode="int", output_sequence_length=None, pad_to_max_tokens=False
    ):
        self.max_tokens = max_tokens
        self.ngrams = ngrams
        self.output_mode = output_mode
        self.output_sequence_length = output_sequence_length
        self.pad_to_max_tokens = pad_to_max_tokens

    def words(self, text):
        """The words of a text; bytes, because only ASCII counts for cases and blanks."""
        text = text if isinstance(text, bytes) else text.encode()
        text = text.lower()
        text = text.translate(None, string.punctuation.encode())
        words = [word.decode() for word in text.split()]
        if self.ngrams:
            return [" ".join(words[i : i + n]) for n in self.ngrams for i in range(len(words) - n + 1)]
        return words

    def adapt(self, texts):
        """Take the words of texts as the vocabulary."""
        texts = [self.words(text) for text in np.asarray(texts, dtype=object).ravel()]
        counts = Counter(word for words in texts for word in words if word != "[UNK]")
        ranked = sorted(counts, key=lambda word: (counts[word], word), reverse=True)
        if self.max_tokens:
            ranked = ranked[: self.max_tokens - (2 if self.output_mode == "int" else 1)]
        self.set_vocabulary(ranked)
        if self.output_mode == "tf_idf":
            found = Counter(word for words in texts for word in set(words))
            idf = [np.log(1 + len(texts) / (1 + found[word])) for word in ranked]
            self.idf = np.array([np.mean(idf), *idf], dtype="float32")

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
            width = self.max_tokens if self.pad_to_max_tokens else len(self.vocabulary)
            counts = np.zeros((len(rows), width), dtype="float32")
            for count, row in zip(counts, rows):
                for i in row:
                    count[i] += 1
            if self.output_mode == "multi_hot":
                return (counts > 0).astype("float32")
            elif self.output_mode == "tf_idf":
                counts[:, : len(self.idf)] *= self.idf
                return counts
            else:
                return counts


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
    elif isinstance(module, (nn.Conv1d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)


def to_inputs(x):
    """Texts as the model reads them."""
    return torch.as_tensor(text_vectorizer(x), dtype=torch.long)


def to_inputs_2(x):
    """Indices as the model reads them."""
    return torch.as_tensor(x, dtype=torch.long)


def to_inputs_3(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_data=None, verbose=1):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), to_targets(y)
    if validation_data is not None:
        x_val, y_val = model.to_inputs(validation_data[0]), to_targets(validation_data[1])
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_data is not None:
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
    return outputs.sigmoid().numpy()


good = ["a great film", "I loved the great acting", "wonderful, just wonderful!", "What a lovely story...", "great fun"]
bad = ["a terrible film", "I hated the boring story", "just awful acting!", "What a waste of time...", "boring; not fun"]
train_sentences = [text + end for end in ("", " indeed", " really") for text in good + bad]
train_labels = np.array([1] * 5 + [0] * 5 + [1] * 5 + [0] * 5 + [1] * 5 + [0] * 5)
val_sentences = ["a wonderful story", "awful, boring", "I loved the fun", "terrible waste"]
val_labels = np.array([1, 0, 1, 0])

max_vocab_length = 20
max_length = 6

text_vectorizer = TextVectorization(max_tokens=max_vocab_length, output_sequence_length=max_length)
text_vectorizer.adapt(train_sentences)

sample_sentence = "There's a GREAT flood in my street!"
print(text_vectorizer([sample_sentence]))
words_in_vocab = text_vectorizer.get_vocabulary()
top_5_words = words_in_vocab[:5]
bottom_5_words = words_in_vocab[-5:]
print(f"Number of words in vocab: {len(words_in_vocab)}")
print(f"5 most common words: {' '.join(top_5_words)}")
print(f"5 least common words: {' '.join(bottom_5_words)}")

# The vectorizer is the first layer
model_1 = nn.Sequential(
    nn.Embedding(max_vocab_length, 16),
    Permute(0, 2, 1),
    nn.Conv1d(16, 8, 3),
    nn.ReLU(),
    GlobalMaxPool(dim=2),
    nn.Linear(8, 1)
).to(device)
model_1.apply(init_weights)
model_1.to_inputs = to_inputs
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model_1.parameters(), eps=1e-7)
metrics = {"accuracy": binary_accuracy}
fit(model_1, loss_fn, optimizer,
    x=np.array(train_sentences),
    y=train_labels,
    epochs=2,
    batch_size=10,
    validation_data=(np.array(val_sentences), val_labels), metrics=metrics
)
pred_probs = predict(model_1, np.array(val_sentences))
print(pred_probs.round(3))

# Numbers before the model
x_train = text_vectorizer(train_sentences)
x_val = text_vectorizer(np.array(val_sentences))
model_2 = nn.Sequential(
    nn.Embedding(max_vocab_length, 8),
    LSTM(8, 8),
    nn.Linear(8, 1),
).to(device)
model_2.apply(init_weights)
model_2.to_inputs = to_inputs_2
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model_2.parameters(), eps=1e-7)
metrics = {"accuracy": binary_accuracy}
fit(model_2, loss_fn, optimizer, x_train, train_labels, epochs=2, batch_size=10, validation_data=(x_val, val_labels), metrics=metrics)

# Bags of words
bag = TextVectorization(max_tokens=40, ngrams=(1, 2), output_mode="tf_idf", pad_to_max_tokens=True)
bag.adapt(train_sentences)
weights = bag(val_sentences)
print(weights.shape, weights.sum(axis=1))
model_3 = nn.Sequential(nn.Linear(40, 4), nn.ReLU(), nn.Linear(4, 1)).to(device)
model_3.apply(init_weights)
model_3.to_inputs = to_inputs_3
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model_3.parameters(), lr=0.01)
fit(model_3, loss_fn, optimizer, bag(train_sentences), train_labels, epochs=2, verbose=0, metrics={})
print(evaluate(model_3, loss_fn, weights, val_labels, metrics={}))
