"""Padded sequences: recurrent layers skip the padding, wherever it stands."""
import numpy as np
import torch
import torch.nn.functional as F
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


class RepeatVector(nn.Module):
    """Repeat each vector: (N, C) to (N, times, C)."""

    def __init__(self, times):
        super().__init__()
        self.times = times

    def forward(self, x):
        return x.unsqueeze(1).expand(-1, self.times, -1)


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


class Masked(nn.Module):
    """A recurrent module that skips the steps (N, T) where the mask is false: its last output, or with return_sequences all."""

    def __init__(self, rnn, return_sequences=False):
        super().__init__()
        self.rnn = rnn
        self.return_sequences = return_sequences

    def forward(self, x, mask):
        order, lengths = (~mask).int().argsort(dim=1, stable=True), mask.sum(1)
        kept = nn.utils.rnn.pack_padded_sequence(
            x.gather(1, order[..., None].expand_as(x)),
            lengths.clamp(min=1).cpu(),
            batch_first=True,
            enforce_sorted=False,
        )
        outputs, hidden = self.rnn(kept)
        if self.return_sequences:
            outputs, _ = nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True, total_length=x.shape[1])
            position = mask.cumsum(1)
            outputs = outputs.gather(1, (position - 1).clamp(min=0)[..., None].expand_as(outputs))
            if self.rnn.bidirectional:
                return outputs * mask[..., None]
            else:
                return outputs * (position > 0)[..., None]
        else:
            hidden = hidden[0] if isinstance(hidden, tuple) else hidden
            return torch.cat(list(hidden), -1) * (lengths > 0)[:, None]


class MaskedSequential(nn.Sequential):
    """Modules in a row, of which some are told the steps to skip."""

    def forward(self, x):
        mask = x != 0
        for module in self:
            x = module(x, mask) if isinstance(module, Masked) else module(x)
        return x


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def sequence_cross_entropy(outputs, targets):
    """Mean crossentropy of logits (N, T, C) and one-hot targets (N, T, C)."""
    return F.cross_entropy(outputs.mT, targets.mT)


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
        if module.bidirectional:
            nn.init.xavier_uniform_(module.weight_ih_l0_reverse)
            nn.init.orthogonal_(module.weight_hh_l0_reverse)
            nn.init.zeros_(module.bias_ih_l0_reverse)
            nn.init.ones_(module.bias_ih_l0_reverse[module.hidden_size : 2 * module.hidden_size])
            nn.init.zeros_(module.bias_hh_l0_reverse).requires_grad_(False)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Indices as the model reads them."""
    return torch.as_tensor(x, dtype=torch.long)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 1)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


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
    x, y = to_inputs(x), model.to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), model.to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.softmax(-1).numpy()


rng = np.random.RandomState(3)
VOCAB, LENGTH, CLASSES, STEPS = 15, 8, 6, 3

# words in front of which, or behind which, there is nothing
texts = [list(rng.randint(1, VOCAB, rng.randint(2, LENGTH + 1))) for _ in range(40)]
x = np.concatenate([pad_sequences(texts[:20], maxlen=LENGTH), pad_sequences(texts[20:], maxlen=LENGTH, padding="post")])
labels = np.array([sum(text) % 2 for text in texts])

classifier = MaskedSequential(
    nn.Embedding(VOCAB, 6),
    Masked(nn.LSTM(6, 5, batch_first=True, bidirectional=True), return_sequences=True),
    nn.Dropout(0.2),
    Masked(nn.LSTM(10, 4, batch_first=True)),
    nn.Linear(4, 1),
).to(device)
classifier.apply(init_weights)
classifier.to_targets = to_targets
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.RMSprop(classifier.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
metrics = {"accuracy": binary_accuracy}
fit(classifier, loss_fn, optimizer, x, labels, epochs=2, batch_size=10, metrics=metrics)
print("classifier", evaluate(classifier, loss_fn, x, labels, metrics=metrics))

# a translation: the encoder skips the padding, the decoder has none
targets = np.eye(CLASSES)[rng.randint(0, CLASSES, (40, STEPS))]
translator = MaskedSequential(
    nn.Embedding(VOCAB, 6),
    Masked(nn.LSTM(6, 7, batch_first=True)),
    RepeatVector(STEPS),
    LSTM(7, 7, return_sequences=True),
    nn.Linear(7, CLASSES),
).to(device)
translator.apply(init_weights)
translator.to_targets = to_targets_2
loss_fn = sequence_cross_entropy
optimizer = torch.optim.RMSprop(translator.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
history = fit(translator, loss_fn, optimizer, x, targets, epochs=2, batch_size=16, metrics={})
print("translator", history["loss"])
print(predict(translator, x[:2]).argmax(axis=-1))
