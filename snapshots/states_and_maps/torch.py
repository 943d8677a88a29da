"""A stateful model beside a stateless one (one builder, a flag), cells that keep their state, and frames of a signal."""
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


class StatefulLSTM(nn.LSTM):
    """An LSTM that goes on where the batch before ended: its last output, or with return_sequences all."""

    def __init__(self, input_size, hidden_size, stateful=True):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.state = None
        self.stateful = stateful

    def forward(self, x):
        outputs, (hidden, cell) = super().forward(x, self.state)
        if self.stateful:
            self.state = hidden.detach(), cell.detach()
        return outputs[:, -1]


class StatefulGRU(nn.GRU):
    """A GRU that goes on where the batch before ended: its last output, or with return_sequences all."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences
        self.state = None

    def forward(self, x):
        outputs, hidden = super().forward(x, self.state)
        self.state = hidden.detach()
        return outputs if self.return_sequences else outputs[:, -1]


def reset_states(model):
    """Let recurrent modules start from zeros again."""
    for module in model.modules():
        if hasattr(module, "state"):
            module.state = None


def hard_sigmoid(x):
    """The sigmoid in three straight pieces, as Keras 1 and 2 draw it."""
    return (0.2 * x + 0.5).clamp(0, 1)


class ConvLSTM(nn.Module):
    """An LSTM whose gates are convolutions: maps (N, T, C, ...) to its last output, or all with return_sequences."""

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        padding=0,
        recurrent_activation=None,
        return_sequences=False,
        axes=2,
    ):
        super().__init__()
        conv = nn.Conv1d if axes == 1 else nn.Conv3d if axes == 3 else nn.Conv2d
        self.input = conv(
            in_channels,
            4 * out_channels,
            kernel_size,
            stride=1,
            padding=padding,
            dilation=1,
            bias=True,
        )
        self.hidden = conv(out_channels, 4 * out_channels, kernel_size, padding="same", bias=False)
        self.recurrent_activation = recurrent_activation
        self.return_sequences = return_sequences

    def forward(self, x):
        act = torch.tanh
        gate = torch.sigmoid if self.recurrent_activation is None else self.recurrent_activation
        steps = self.input(x.flatten(0, 1)).unflatten(0, x.shape[:2])
        h = c = torch.zeros_like(steps[:, 0].chunk(4, 1)[0])
        outputs = []
        for step in steps.unbind(1):
            i, f, g, o = (step + self.hidden(h)).chunk(4, 1)
            c = gate(f) * c + gate(i) * act(g)
            h = gate(o) * act(c)
            outputs.append(h)
        return torch.stack(outputs, 1) if self.return_sequences else h


def max_norm_(weight, max_value, dim):
    """Scale down what is longer along `dim`."""
    norm = weight.norm(2, dim, keepdim=True)
    weight.mul_(norm.clamp(max=max_value) / (norm + 1e-7))


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)
    elif isinstance(module, (nn.Linear, nn.Conv1d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.GRU):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.zeros_(module.bias_hh_l0)
    elif isinstance(module, ConvLSTM):
        nn.init.orthogonal_(module.hidden.weight)
        nn.init.ones_(module.input.bias[module.hidden.in_channels : 2 * module.hidden.in_channels])


def to_inputs(x):
    """Sequences (N, T, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).reshape(-1, 2, 1)


def to_inputs_2(x):
    """Samples (N, 3, 8, 2) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32)


def constrain(model):
    """What the constraints do after each step."""
    pass


def constrain_2(model):
    """What the constraints do after each step."""
    with torch.no_grad():
        max_norm_(model[2].input.weight, 1., dim=2)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, shuffle=True):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training and shuffle else torch.arange(len(x))
    totals = 0
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                model.constrain(model)
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1, shuffle=True):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), model.to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, shuffle=shuffle)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, model.to_inputs(x), model.to_targets(y), batch_size)
    return logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in model.to_inputs(x).split(batch_size)])
    return outputs.numpy()


rng = np.random.RandomState(6)
BATCH, LAHEAD = 4, 2
noise = rng.uniform(-0.1, 0.1, 44)
moving = np.convolve(noise, np.ones(3) / 3, mode='valid')[:40]
x = noise[2:42].reshape(20, LAHEAD, 1)
y = moving.reshape(20, LAHEAD)[:, -1:]


def create_model(stateful):
    model = nn.Sequential(
        StatefulLSTM(1, 6, stateful=stateful),
        nn.Linear(6, 1),
    ).to(device)
    model.apply(init_weights)
    model.to_inputs, model.to_targets, model.constrain = to_inputs, to_targets, constrain
    model.loss_fn = F.mse_loss
    model.optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    return model


model_stateful = create_model(stateful=True)
for _ in range(2):
    fit(model_stateful, model_stateful.loss_fn, model_stateful.optimizer, x, y, batch_size=BATCH, epochs=1, shuffle=False)
    reset_states(model_stateful)
predicted_stateful = predict(model_stateful, x, batch_size=BATCH)

model_stateless = create_model(stateful=False)
fit(model_stateless, model_stateless.loss_fn, model_stateless.optimizer, x, y, batch_size=BATCH, epochs=2, shuffle=False)
predicted_stateless = predict(model_stateless, x, batch_size=BATCH)
print('differ by', np.abs(predicted_stateful - predicted_stateless).max() > 0)

cells = nn.Sequential(
    StatefulGRU(1, 4, return_sequences=True),
    StatefulLSTM(4, 3),
    nn.Linear(3, 1),
).to(device)
cells.apply(init_weights)
cells.to_inputs, cells.to_targets, cells.constrain = to_inputs, to_targets, constrain
cells.loss_fn = F.mse_loss
cells.optimizer = torch.optim.SGD(cells.parameters(), lr=0.01)
fit(cells, cells.loss_fn, cells.optimizer, x, y, batch_size=BATCH, epochs=2, shuffle=False)
reset_states(cells)
print('cells', evaluate(cells, cells.loss_fn, x, y, batch_size=BATCH))

frames = rng.rand(16, 3, 8, 2)
moved = frames[:, -1:].mean(axis=(1, 2))
signal = nn.Sequential(
    Permute(0, 1, 3, 2),
    ConvLSTM(2, 3, 3, padding="same", recurrent_activation=hard_sigmoid, return_sequences=True, axes=1),
    ConvLSTM(3, 2, 2, axes=1),
    nn.Conv1d(2, 3, 3),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(15, 2),
).to(device)
signal.apply(init_weights)
nn.init.ones_(signal[2].input.bias)
nn.init.ones_(signal[2].input.bias[signal[2].hidden.in_channels : 2 * signal[2].hidden.in_channels])
signal.to_inputs, signal.to_targets, signal.constrain = to_inputs_2, to_targets_2, constrain_2
signal.loss_fn = F.mse_loss
signal.optimizer = torch.optim.SGD(signal.parameters(), lr=0.01)
fit(signal, signal.loss_fn, signal.optimizer, frames, moved, batch_size=8, epochs=2)
print('signal', evaluate(signal, signal.loss_fn, frames, moved))
