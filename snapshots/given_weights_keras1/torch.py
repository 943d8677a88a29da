"""A tagger for Keras 1 that starts from the weights of an older program, an array for each gate."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Permute(nn.Module):
    """Reorder the axes of a batch."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


class SimpleRNN(nn.RNN):
    """A plain recurrent layer that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


class LoopGRU(nn.GRU):
    """A GRU with any activations, a step at a time: the last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, reset_after=True, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.reset_after = reset_after
        self.return_sequences = return_sequences

    def forward(self, x):
        act = torch.tanh
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
            if self.reset_after:
                n = act(n + r * F.linear(h_n, w_n, b_n))
            else:
                n = act(n + F.linear(r * h_n, w_n, b_n))
            h = z * h + (1 - z) * n
            outputs.append(h)
        return torch.stack(outputs, 1) if self.return_sequences else h


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Conv1d):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
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
    elif isinstance(module, nn.RNN):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.05)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Sequences (N, T, C) as the model reads them, (N, C, T)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).permute(0, 2, 1)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None):
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
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer)
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


def evaluate(model, loss_fn, x, y, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size)
    return logs["loss"]


rng = np.random.RandomState(2)


def gates(count, inputs, units):
    arrays = []
    for _ in range(count):
        arrays += [0.4 * rng.randn(inputs, units), 0.4 * rng.randn(units, units), 0.1 * rng.randn(units)]
    return arrays


filters = 0.3 * rng.randn(3, 1, 5, 4)
lstm = gates(4, 4, 6)
gru = gates(3, 6, 3)
rnn = gates(1, 3, 3)

model = nn.Sequential(
    nn.Conv1d(5, 4, 3, padding=1),
    nn.ReLU(),
    Permute(0, 2, 1),
    LSTM(4, 6, return_sequences=True),
    LoopGRU(6, 3, reset_after=False, return_sequences=True),
    SimpleRNN(3, 3),
    nn.Linear(3, 2),
).to(device)
model.apply(init_weights)
model[0].weight.data.copy_(torch.as_tensor(filters).squeeze(1).permute(2, 1, 0))
model[0].bias.data.copy_(torch.as_tensor(np.zeros(4)))
model[3].weight_ih_l0.data.copy_(torch.cat([torch.as_tensor(lstm[i]) for i in (0, 6, 3, 9)], 1).T)
model[3].weight_hh_l0.data.copy_(torch.cat([torch.as_tensor(lstm[i]) for i in (1, 7, 4, 10)], 1).T)
model[3].bias_ih_l0.data.copy_(torch.cat([torch.as_tensor(lstm[i]) for i in (2, 8, 5, 11)]))
model[4].bias_hh_l0.requires_grad_(False)
model[4].weight_ih_l0.data.copy_(torch.cat([torch.as_tensor(gru[i]) for i in (3, 0, 6)], 1).T)
model[4].weight_hh_l0.data.copy_(torch.cat([torch.as_tensor(gru[i]) for i in (4, 1, 7)], 1).T)
model[4].bias_ih_l0.data.copy_(torch.cat([torch.as_tensor(gru[i]) for i in (5, 2, 8)]))
model[5].weight_ih_l0.data.copy_(torch.as_tensor(rnn[0]).T)
model[5].weight_hh_l0.data.copy_(torch.as_tensor(rnn[1]).T)
model[5].bias_ih_l0.data.copy_(torch.as_tensor(rnn[2]))
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)

x = rng.rand(24, 7, 5)
y = np.eye(2)[rng.randint(0, 2, 24)]
fit(model, loss_fn, optimizer, x, y, epochs=2, batch_size=8)
print(evaluate(model, loss_fn, x, y))
