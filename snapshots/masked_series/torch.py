"""Series of different lengths, filled up with -1, read in pieces by layers that keep their state."""
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def reset_states(model):
    """Let recurrent modules start from zeros again."""
    for module in model.modules():
        if hasattr(module, "state"):
            module.state = None


class Masked(nn.Module):
    """A recurrent module that skips the steps (N, T) where the mask is false: its last output, or with return_sequences all."""

    def __init__(self, rnn, return_sequences=False, stateful=False):
        super().__init__()
        self.rnn = rnn
        self.return_sequences = return_sequences
        self.stateful = stateful
        if stateful:
            self.state = None

    def forward(self, x, mask):
        order, lengths = (~mask).int().argsort(dim=1, stable=True), mask.sum(1)
        kept = nn.utils.rnn.pack_padded_sequence(
            x.gather(1, order[..., None].expand_as(x)),
            lengths.clamp(min=1).cpu(),
            batch_first=True,
            enforce_sorted=False,
        )
        if self.stateful:
            outputs, hidden = self.rnn(kept, self.state)
            ends = hidden if isinstance(hidden, tuple) else (hidden,)
            if self.state is None:
                starts = [torch.zeros_like(end) for end in ends]
            else:
                starts = self.state if isinstance(hidden, tuple) else (self.state,)
            ends = [
                torch.where(lengths[:, None] > 0, end, start).detach() for end, start in zip(ends, starts)
            ]
            self.state = tuple(ends) if isinstance(hidden, tuple) else ends[0]
        else:
            outputs, hidden = self.rnn(kept)
        if self.return_sequences:
            outputs, _ = nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True, total_length=x.shape[1])
            position = mask.cumsum(1)
            outputs = outputs.gather(1, (position - 1).clamp(min=0)[..., None].expand_as(outputs))
            return outputs * (position > 0)[..., None]
        else:
            hidden = hidden[0] if isinstance(hidden, tuple) else hidden
            return torch.cat(list(hidden), -1) * (lengths > 0)[:, None]


class Masking(nn.Module):
    """Zeros for the steps of sequences (N, T, C) that are all `value`."""

    def __init__(self, value=0.0):
        super().__init__()
        self.value = value

    def mask(self, x):
        return (x != self.value).any(-1)

    def forward(self, x):
        return x * self.mask(x)[..., None]


class MaskedSequential(nn.Sequential):
    """Modules in a row, of which some are told the steps to skip."""

    def forward(self, x):
        for module in self:
            if isinstance(module, Masking):
                mask = module.mask(x)
            x = module(x, mask) if isinstance(module, Masked) else module(x)
        return x


def mean_absolute_error(outputs, targets):
    """Mean absolute error of each sample, (N,)."""
    return (outputs - targets).abs().flatten(1).mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
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
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 4, 1)


def kept_steps(x):
    """The steps that count: the others are masked."""
    return (x != -1.).any(-1)


def run_epoch(model, loss_fn, x, y, batch_size, metrics=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    model.eval()
    rows = torch.arange(len(x))
    totals = 0
    seen = 0
    with torch.no_grad():
        for batch in rows.split(batch_size):
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            size = len(targets)
            mask = kept_steps(x[batch])
            outputs, targets = outputs[mask], targets[mask]
            loss = loss_fn(outputs, targets)
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * size, *sums]).detach()
            seen = seen + torch.tensor([size] + [len(outputs)] * len(metrics), device=device)
    return dict(zip(["loss", *metrics], (totals / seen).tolist()))


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.numpy()


def train_on_batch(model, loss_fn, optimizer, x, y, metrics=None):
    """One step of the optimizer on one batch; its loss, and metrics if there are any."""
    model.train()
    outputs, targets = model(to_inputs(x).to(device)), to_targets(y).to(device)
    mask = kept_steps(to_inputs(x))
    outputs, targets = outputs[mask], targets[mask]
    loss = loss_fn(outputs, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    values = [metric(outputs, targets).float().mean().item() for metric in metrics.values()]
    return [loss.item(), *values]


rng = np.random.RandomState(8)
BATCH, PIECES, STEPS, FEATURES = 6, 3, 4, 2

series = rng.randn(BATCH, PIECES * STEPS, FEATURES)
targets = np.cumsum(series, axis=1)[:, :, :1]
lengths = rng.randint(1, PIECES * STEPS + 1, BATCH)
for row, length in enumerate(lengths):
    series[row, length:] = -1.
lengths[1], series[1, -STEPS:] = PIECES * STEPS, rng.randn(STEPS, FEATURES)
series[0, 2:4] = series[1, STEPS:2 * STEPS] = -1.  # gaps

model = MaskedSequential()
model.append(Masking(-1.))
model.extend([nn.Linear(2, 6), nn.Tanh()])
for _ in range(2):
    model.append(Masked(nn.GRU(6, 6, batch_first=True), return_sequences=True, stateful=True))
model.append(Masked(nn.LSTM(6, 5, batch_first=True), return_sequences=True, stateful=True))
model.append(nn.Linear(5, 1))
model.to(device)
model.apply(init_weights)
loss_fn = nn.MSELoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
metrics = {"mae": mean_absolute_error}

for epoch in range(3):
    losses = []
    for piece in range(PIECES):
        steps = slice(piece * STEPS, (piece + 1) * STEPS)
        if (lengths > piece * STEPS).any():
            loss, error = train_on_batch(model, loss_fn, optimizer, series[:, steps], targets[:, steps], metrics=metrics)
            losses.append(loss)
    reset_states(model)
    print('epoch', epoch, 'loss %.4f' % np.mean(losses))

first = series[:, :STEPS], targets[:, :STEPS]
print('first piece', evaluate(model, loss_fn, *first, batch_size=BATCH, metrics=metrics))
reset_states(model)
print(predict(model, first[0], batch_size=BATCH).shape)
