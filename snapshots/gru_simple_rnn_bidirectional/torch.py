# Three recurrent networks on the same toy problem:
# is the sum of the first half larger than the sum of the second half?
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False, bidirectional=False):
        super().__init__(input_size, hidden_size, batch_first=True, bidirectional=bidirectional)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, (hidden, _) = super().forward(x)
        return outputs if self.return_sequences else torch.cat(list(hidden), -1)


class GRU(nn.GRU):
    """A GRU that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False, bidirectional=False):
        super().__init__(input_size, hidden_size, batch_first=True, bidirectional=bidirectional)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, hidden = super().forward(x)
        return outputs if self.return_sequences else torch.cat(list(hidden), -1)


class SimpleRNN(nn.RNN):
    """A plain recurrent layer that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, nonlinearity="tanh"):
        super().__init__(input_size, hidden_size, nonlinearity=nonlinearity, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.GRU):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.zeros_(module.bias_hh_l0)
        if module.bidirectional:
            nn.init.xavier_uniform_(module.weight_ih_l0_reverse)
            nn.init.orthogonal_(module.weight_hh_l0_reverse)
            nn.init.zeros_(module.bias_ih_l0_reverse)
            nn.init.zeros_(module.bias_hh_l0_reverse)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.RNN):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)
    elif isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)
        nn.init.xavier_uniform_(module.weight_ih_l0_reverse)
        nn.init.orthogonal_(module.weight_hh_l0_reverse)
        nn.init.zeros_(module.bias_ih_l0_reverse)
        nn.init.ones_(module.bias_ih_l0_reverse[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0_reverse).requires_grad_(False)


def to_inputs(x):
    """Sequences (N, T, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


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


np.random.seed(11)
TIMESTEPS = 12
x = np.random.rand(96, TIMESTEPS, 3).astype('float32')
y = (x[:, :6].sum(axis=(1, 2)) > x[:, 6:].sum(axis=(1, 2))).astype('float32')
x_train, y_train, x_test, y_test = x[:72], y[:72], x[72:], y[72:]


def gru():
    model = nn.Sequential(
        GRU(3, 10, return_sequences=True),
        GRU(10, 6),
        nn.Linear(6, 1),
    ).to(device)
    model.apply(init_weights)
    return model


def simple_rnn():
    model = nn.Sequential(
        SimpleRNN(3, 12, nonlinearity="relu"),
        nn.Linear(12, 1),
    ).to(device)
    model.apply(init_weights)
    return model


def bidirectional():
    model = nn.Sequential(
        LSTM(3, 7, return_sequences=True, bidirectional=True),
        GRU(14, 5, bidirectional=True),
        nn.Linear(10, 1),
    ).to(device)
    model.apply(init_weights)
    return model


for build in (gru, simple_rnn, bidirectional):
    model = build()
    loss_fn = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    metrics = {"accuracy": binary_accuracy}
    fit(model, loss_fn, optimizer, x_train, y_train, epochs=3, batch_size=24, metrics=metrics)
    loss, acc = evaluate(model, loss_fn, x_test, y_test, metrics=metrics)
    print('%-14s loss %.4f  accuracy %.4f' % (build.__name__, loss, acc))
    print(predict(model, x_test[:3])[:, 0])
