"""Short clips: a small convolutional network for each frame, a recurrent one over the frames."""
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Permute(nn.Module):
    """Reorder the axes of a batch."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)


class TimeDistributed(nn.Module):
    """Apply a module to every step: (N, T, ...)."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module(x.flatten(0, 1)).unflatten(0, x.shape[:2])


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)


def to_inputs(x):
    """Samples (N, 4, 8, 8, 1) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 4, 8, 8, 1)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 4, 1)


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
    return outputs.numpy()


np.random.seed(5)
frames, size = 4, 8
clips = np.random.rand(24, frames, size, size, 1)
moves_right = np.random.randint(0, 2, (24, 1))

# layer by layer
model = nn.Sequential(
    Permute(0, 1, 4, 2, 3),
    TimeDistributed(nn.Conv2d(1, 4, (3, 3), padding=1)),
    nn.ReLU(),
    TimeDistributed(nn.MaxPool2d((2, 2))),
    TimeDistributed(nn.Conv2d(4, 6, (3, 3))),
    nn.ReLU(),
    Permute(0, 1, 3, 4, 2),
    nn.Flatten(2),
    nn.Linear(24, 8),
    nn.ReLU(),
    nn.Dropout(0.25),
    LSTM(8, 5),
    nn.Linear(5, 1),
).to(device)
model.apply(init_weights)
model.to_targets = to_targets
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": binary_accuracy}
fit(model, loss_fn, optimizer, clips, moves_right, batch_size=8, epochs=2, metrics=metrics)
print('layers:', evaluate(model, loss_fn, clips, moves_right, metrics=metrics))

# the same network for every frame as a model of its own
cnn = nn.Sequential(
    nn.Conv2d(1, 3, (3, 3)),
    nn.ReLU(),
    nn.MaxPool2d((2, 2)),
    Permute(0, 2, 3, 1),  # the flat order is Keras's
    nn.Flatten(),
).to(device)
cnn.apply(init_weights)
clip_model = nn.Sequential(
    Permute(0, 1, 4, 2, 3),
    TimeDistributed(cnn),
    LSTM(27, 6, return_sequences=True),
    nn.Linear(6, 1),
).to(device)
clip_model[2].apply(init_weights)
clip_model[3].apply(init_weights)
clip_model.to_targets = to_targets_2
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(clip_model.parameters(), eps=1e-7)
history = fit(clip_model, loss_fn, optimizer, clips, clips.mean(axis=(2, 3)), epochs=2, batch_size=12, metrics={})
print('model:', history['loss'])
print(predict(clip_model, clips[:2])[:, :, 0])
