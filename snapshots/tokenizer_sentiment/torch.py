# Is a review good or bad? An embedding learnt from a handful of sentences
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


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


class Tokenizer:
    """Numbers words from 1 on, the most frequent first; texts keep those below `num_words`."""

    def __init__(self, num_words=None, oov_token=None):
        self.num_words = num_words
        self.oov_token = oov_token
        self.word_counts, self.word_index, self.index_word = {}, {}, {}

    def words(self, text):
        if isinstance(text, list):
            return [word.lower() for word in text]
        text = text.lower()
        table = str.maketrans(dict.fromkeys("!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n", " "))
        return [word for word in text.translate(table).split(" ") if word]

    def fit_on_texts(self, texts):
        for text in texts:
            words = self.words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
        ranked = sorted(self.word_counts, key=self.word_counts.get, reverse=True)
        if self.oov_token is not None:
            ranked = [self.oov_token, *ranked]
        self.word_index = {word: i for i, word in enumerate(ranked, 1)}
        self.index_word = {i: word for word, i in self.word_index.items()}

    def texts_to_sequences(self, texts):
        limit = self.num_words or len(self.word_index) + 1
        ranks = [[self.word_index.get(word, limit) for word in self.words(text)] for text in texts]
        if self.oov_token is None:
            return [[i for i in text if i < limit] for text in ranks]
        else:
            oov = self.word_index[self.oov_token]
            return [[i if i < limit else oov for i in text] for text in ranks]

    def sequences_to_texts(self, sequences):
        limit = self.num_words or len(self.word_index) + 1
        oov = self.oov_token if self.oov_token in self.word_index else None
        words = [[self.index_word.get(i, oov) if i < limit else oov for i in row] for row in sequences]
        return [" ".join(word for word in row if word is not None) for row in words]


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.sigmoid().numpy()


# define documents
docs = ['Well done!',
        'Good work',
        'Great effort',
        'nice work',
        'Excellent! A really good film.',
        'Weak',
        'Poor effort!',
        'not good',
        'poor work, really',
        'Could have done better.']
# define class labels
labels = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0])

# prepare the tokenizer
t = Tokenizer(num_words=20, oov_token='<OOV>')
t.fit_on_texts(docs)
vocab_size = len(t.word_index) + 1
print('%d unique words' % (vocab_size - 1))
# integer encode the documents
encoded_docs = t.texts_to_sequences(docs)
print(encoded_docs)
print(t.sequences_to_texts(encoded_docs[:2]))
# pad documents to a max length of 4 words
max_length = 4
padded_docs = pad_sequences(encoded_docs, maxlen=max_length, padding='post')
print(padded_docs)

# define the model
model = nn.Sequential(
    nn.Embedding(vocab_size, 8),
    nn.Flatten(),
    nn.Linear(32, 1),
).to(device)
model.apply(init_weights)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": binary_accuracy}
print(model)
fit(model, loss_fn, optimizer, padded_docs, labels, epochs=20, metrics=metrics)
loss, accuracy = evaluate(model, loss_fn, padded_docs, labels, metrics=metrics)
print('Accuracy: %f' % (accuracy*100))

# a review that it has not seen
review = pad_sequences(t.texts_to_sequences(['a really poor film']), maxlen=max_length, padding='post')
print(predict(model, review))
