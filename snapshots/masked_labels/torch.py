"""A tag for every word: the padding counts neither in the loss nor in the accuracy."""
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


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


class LoopGRU(nn.GRU):
    """A GRU with any activations, a step at a time: the last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, activation=None, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.activation = activation
        self.return_sequences = return_sequences

    def forward(self, x):
        act = torch.tanh if self.activation is None else self.activation
        gate = torch.sigmoid
        inputs = F.linear(x, self.weight_ih_l0, self.bias_ih_l0)
        h = x.new_zeros(len(x), self.hidden_size)
        w_r, w_z, w_n = self.weight_hh_l0.chunk(3)
        b_r, b_z, b_n = self.bias_hh_l0.chunk(3)
        outputs = []
        for step in inputs.unbind(1):
            r, z, n = step.chunk(3, -1)
            h_r = h_z = h_n = h
            r = gate(r + F.linear(h_r, w_r, b_r))
            z = gate(z + F.linear(h_z, w_z, b_z))
            n = act(n + r * F.linear(h_n, w_n, b_n))
            h = z * h + (1 - z) * n
            outputs.append(h)
        return torch.stack(outputs, 1) if self.return_sequences else h


class MaskedLoop(nn.Module):
    """Any recurrent module with all its outputs, over the steps (N, T) where the mask is true: the last, or with return_sequences all."""

    takes_mask = True

    def __init__(self, rnn, return_sequences=False):
        super().__init__()
        self.rnn = rnn
        self.return_sequences = return_sequences

    def forward(self, x, mask):
        order = (~mask).int().argsort(dim=1, stable=True)
        outputs = self.rnn(x.gather(1, order[..., None].expand_as(x)))
        position = mask.cumsum(1)[..., None]
        outputs = outputs.gather(1, (position - 1).clamp(min=0).expand_as(outputs)) * (position > 0)
        return outputs if self.return_sequences else outputs[:, -1]


class MaskedBidirectional(nn.Module):
    """Two recurrent modules that skip masked steps, one over the sequence and one over its reverse."""

    takes_mask = True

    def __init__(self, ahead, back, merge=None):
        super().__init__()
        self.ahead, self.back = ahead, back
        self.merge = merge

    def forward(self, x, mask):
        ahead, back = self.ahead(x, mask), self.back(x.flip(1), mask.flip(1))
        if back.dim() == 3:
            ahead, back = ahead * mask[..., None], back.flip(1) * mask[..., None]
        if self.merge is None:
            return torch.cat([ahead, back], -1)
        else:
            return {"sum": ahead + back, "mul": ahead * back, "ave": (ahead + back) / 2}[self.merge]


class MaskedSequential(nn.Sequential):
    """Modules in a row, of which some are told the steps to skip."""

    def forward(self, x):
        mask = x != 0
        for module in self:
            x = module(x, mask) if hasattr(module, "takes_mask") else module(x)
        return x


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


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
    elif isinstance(module, nn.GRU):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.zeros_(module.bias_hh_l0)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Indices as the model reads them."""
    return torch.as_tensor(x, dtype=torch.long)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def kept_steps(x):
    """The steps that count: the others are masked."""
    return x != 0


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = 0
    seen = 0
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            size = len(targets)
            mask = kept_steps(x[batch])
            outputs, targets = outputs[mask], targets[mask]
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * size, *sums]).detach()
            seen = seen + torch.tensor([size] + [len(outputs)] * len(metrics), device=device)
    return dict(zip(["loss", *metrics], (totals / seen).tolist()))


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    n_train = int(len(x) * (1 - validation_split))
    x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
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
    return outputs.softmax(-1).numpy()


rng = np.random.RandomState(5)
WORDS, TAGS, MAX_LEN = 20, 4, 7

sentences = [list(rng.randint(1, WORDS, rng.randint(1, MAX_LEN + 1))) for _ in range(45)]
tags = [[word % (TAGS - 1) + 1 for word in sentence] for sentence in sentences]
X = pad_sequences(sentences, maxlen=MAX_LEN, padding="post")
y = pad_sequences(tags, maxlen=MAX_LEN, padding="post")
y = np.array([np.eye(TAGS, dtype="float32")[row] for row in y])

model = MaskedSequential(
    nn.Embedding(WORDS, 6),
    MaskedBidirectional(MaskedLoop(LSTM(6, 5, return_sequences=True), return_sequences=True), MaskedLoop(LSTM(6, 5, return_sequences=True), return_sequences=True), merge="sum"),
    nn.Dropout(0.3),
    MaskedLoop(LoopGRU(5, 6, activation=torch.relu, return_sequences=True), return_sequences=True),
    nn.Linear(6, TAGS),
).to(device)
model.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": categorical_accuracy}
print(model)

history = fit(model, loss_fn, optimizer, X, y, batch_size=8, epochs=2, validation_split=0.2, metrics=metrics)
print("validation accuracy: %.4f" % history["val_accuracy"][-1])
loss, accuracy = evaluate(model, loss_fn, X, y, metrics=metrics)
print(f"loss {loss:.4f}, accuracy {accuracy:.4f}")
predicted = predict(model, X[:3]).argmax(axis=-1)
print(predicted)
