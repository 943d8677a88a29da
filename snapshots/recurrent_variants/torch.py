"""Recurrent layers with other activations, dropout and both directions."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class GRU(nn.GRU):
    """A GRU that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


class Bidirectional(nn.Module):
    """Two recurrent modules, one over the sequence and one over its reverse."""

    def __init__(self, ahead, back, merge=None):
        super().__init__()
        self.ahead, self.back = ahead, back
        self.merge = merge

    def forward(self, x):
        ahead, back = self.ahead(x), self.back(x.flip(1))
        if back.dim() == 3:
            back = back.flip(1)
        if self.merge is None:
            return torch.cat([ahead, back], -1)
        else:
            return {"sum": ahead + back, "mul": ahead * back, "ave": (ahead + back) / 2}[self.merge]


class Flip(nn.Module):
    """Turn sequences (N, T, C) around."""

    def forward(self, x):
        return x.flip(1)


class LoopLSTM(nn.LSTM):
    """An LSTM with any activations, a step at a time: the last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, activation=None, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.activation = activation
        self.return_sequences = return_sequences

    def forward(self, x):
        act = torch.tanh if self.activation is None else self.activation
        gate = torch.sigmoid
        inputs = F.linear(x, self.weight_ih_l0, self.bias_ih_l0)
        h = c = x.new_zeros(len(x), self.hidden_size)
        outputs = []
        for step in inputs.unbind(1):
            i, f, g, o = (step + F.linear(h, self.weight_hh_l0)).chunk(4, -1)
            c = gate(f) * c + gate(i) * act(g)
            h = gate(o) * act(c)
            outputs.append(h)
        return torch.stack(outputs, 1) if self.return_sequences else h


class LoopGRU(nn.GRU):
    """A GRU with any activations, a step at a time: the last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, activation=None, reset_after=True, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.activation = activation
        self.reset_after = reset_after
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
            if self.reset_after:
                n = act(n + r * F.linear(h_n, w_n, b_n))
            else:
                n = act(n + F.linear(r * h_n, w_n, b_n))
            h = z * h + (1 - z) * n
            outputs.append(h)
        return torch.stack(outputs, 1) if self.return_sequences else h


class LoopRNN(nn.RNN):
    """A plain recurrent layer with any activation, a step at a time: the last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, activation=None):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.activation = activation

    def forward(self, x):
        act = torch.tanh if self.activation is None else self.activation
        inputs = F.linear(x, self.weight_ih_l0, self.bias_ih_l0)
        h = x.new_zeros(len(x), self.hidden_size)
        outputs = []
        for step in inputs.unbind(1):
            h = act(step + F.linear(h, self.weight_hh_l0))
            outputs.append(h)
        return h


def mean_squared_error(outputs, targets):
    """Mean squared error of each sample, (N,)."""
    return (outputs - targets).square().flatten(1).mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.LSTM):
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
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


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


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.numpy()


np.random.seed(0)
x = np.random.rand(40, 6, 3)
y = x.sum(axis=(1, 2))

model = nn.Sequential(
    LoopLSTM(3, 8, activation=torch.relu, return_sequences=True),
    Bidirectional(GRU(8, 5, return_sequences=True), GRU(8, 5, return_sequences=True), merge="sum"),
    LoopGRU(5, 7, activation=F.softsign, reset_after=False, return_sequences=True),
    Flip(),
    LoopRNN(7, 4, activation=F.elu),
    nn.Linear(4, 1),
).to(device)
model.apply(init_weights)
model[2].bias_hh_l0.requires_grad_(False)
loss_fn = nn.L1Loss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
metrics = {"mse": mean_squared_error}
history = fit(model, loss_fn, optimizer, x, y, epochs=3, batch_size=16, validation_split=0.25, metrics=metrics)
print("losses:", history["loss"], history["val_mse"])
print("sums:", predict(model, x[:4]).flatten())
