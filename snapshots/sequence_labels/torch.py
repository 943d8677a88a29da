"""A label for every step of a sequence."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


def sparse_categorical_accuracy_sequence(outputs, targets):
    """How often the largest output (N, T, C) is the target class (N, T), (N,)."""
    return (outputs.argmax(-1) == targets).float().mean(1)


def sparse_sequence_cross_entropy(outputs, targets):
    """Mean crossentropy of logits (N, T, C) and class indices (N, T)."""
    return F.cross_entropy(outputs.mT, targets)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Sequences (N, T, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Class indices (N, T)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(len(y), -1)


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
    return outputs.softmax(-1).numpy()


rng = np.random.RandomState(1)
x = rng.rand(48, 7, 3)
labels = x.argmax(axis=-1)

tagger = nn.Sequential(
    LSTM(3, 12, return_sequences=True),
    nn.Linear(12, 3),
).to(device)
tagger.apply(init_weights)
loss_fn = sparse_sequence_cross_entropy
optimizer = torch.optim.Adam(tagger.parameters(), eps=1e-7)
metrics = {"accuracy": sparse_categorical_accuracy_sequence}
history = fit(tagger, loss_fn, optimizer, x, labels, epochs=3, batch_size=16, metrics=metrics)
print("accuracy", history["accuracy"])
print("loss %.5f, accuracy %.5f" % tuple(evaluate(tagger, loss_fn, x, labels, metrics=metrics)))
print(predict(tagger, x[:2]).argmax(axis=-1))
