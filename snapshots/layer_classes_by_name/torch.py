"""Networks whose classes of layers are arguments, or picked from the command line."""
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


class GRU(nn.GRU):
    """A GRU that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


class SimpleRNN(nn.RNN):
    """A plain recurrent layer that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


def truncated_normal_(weight, mode):
    """Keras's normal initializers, cut off at two standard deviations: "glorot", "he" or "lecun"."""
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(weight)
    variance = {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[mode]
    std = variance**0.5 / 0.87962566103423978
    nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.RNN):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)
    elif isinstance(module, nn.GRU):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.zeros_(module.bias_hh_l0)
    elif isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)


def to_inputs(x):
    """Sequences (N, T, C) as the model reads them."""
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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    if validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_split:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


def initialize(tensor, name):
    """Initialize a weight as Keras's initializer of that name does."""
    if name == "glorot_uniform":
        nn.init.xavier_uniform_(tensor)
    elif name == "lecun_normal":
        truncated_normal_(tensor, "lecun")
    else:
        raise ValueError(f"unknown initializer: {name}")


np.random.seed(7)
x_train = np.random.rand(64, 12)
y_train = np.random.randint(0, 2, (64, 1))


def create_network(n_dense=3,
                   dense_units=16,
                   activation='selu',
                   dropout=nn.AlphaDropout,
                   dropout_rate=0.1,
                   kernel_initializer='lecun_normal',
                   optimizer='adam'):
    model = nn.Sequential()
    model.append(nn.Linear(12, dense_units))
    model.append({"relu": nn.ReLU(), "selu": nn.SELU()}[activation])
    model.append(dropout(dropout_rate))
    for i in range(n_dense - 1):
        model.append(nn.Linear(16, dense_units))
        model.append({"relu": nn.ReLU(), "selu": nn.SELU()}[activation])
        model.append(dropout(dropout_rate))
    model.append(nn.Linear(16, 1))
    model.to(device)
    model.apply(init_weights)
    initialize(model[0].weight, kernel_initializer)
    for module in model[3:-1]:
        if isinstance(module, nn.Linear):
            initialize(module.weight, kernel_initializer)
    model.loss_fn = F.binary_cross_entropy_with_logits
    model.optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    model.metrics = {"accuracy": binary_accuracy}
    return model


network1 = {
    'n_dense': 2,
    'dense_units': 16,
    'activation': 'relu',
    'dropout': nn.Dropout,
    'dropout_rate': 0.5,
    'kernel_initializer': 'glorot_uniform',
    'optimizer': 'sgd'
}
network2 = {
    'n_dense': 3,
    'dense_units': 16,
    'activation': 'selu',
    'dropout': nn.AlphaDropout,
    'dropout_rate': 0.1,
    'kernel_initializer': 'lecun_normal',
    'optimizer': 'sgd'
}

model1 = create_network(**network1)
history1 = fit(model1, model1.loss_fn, model1.optimizer, x_train, y_train, batch_size=16, epochs=2, validation_split=0.25, metrics=model1.metrics)
score1 = evaluate(model1, model1.loss_fn, x_train, y_train, metrics=model1.metrics)
model2 = create_network(**network2)
history2 = fit(model2, model2.loss_fn, model2.optimizer, x_train, y_train, batch_size=16, epochs=2, validation_split=0.25, metrics=model2.metrics)
score2 = evaluate(model2, model2.loss_fn, x_train, y_train, metrics=model2.metrics)
print('test scores:', score1[0], score2[0])

# the kind of cell, as the command line says
cell = sys.argv[1] if len(sys.argv) > 1 else 'gru'
if cell == 'lstm':
    RNN = LSTM
elif cell == 'gru':
    RNN = GRU
else:
    RNN = SimpleRNN

sequences = x_train.reshape(64, 6, 2)
rnn = nn.Sequential(
    RNN(2, 8),
    nn.Linear(8, 1),
).to(device)
rnn.apply(init_weights)
rnn.loss_fn = F.binary_cross_entropy_with_logits
rnn.optimizer = torch.optim.RMSprop(rnn.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
rnn.metrics = {"accuracy": binary_accuracy}
fit(rnn, rnn.loss_fn, rnn.optimizer, sequences, y_train, batch_size=16, epochs=2, metrics=rnn.metrics)
print(evaluate(rnn, rnn.loss_fn, sequences, y_train, metrics=rnn.metrics))
