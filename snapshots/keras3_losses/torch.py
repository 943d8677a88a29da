"""Noisy labels and unknown pixels: losses that came with Keras 3, or that leave out a class."""
from functools import partial
import torch
import torch.nn.functional as F
from torch import nn
import numpy as np

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def to_categorical(y, num_classes=None):
    """Class indices (n,) or (n, 1) as one-hot rows (n, classes)."""
    y = np.asarray(y, dtype="int64")
    if y.ndim > 1 and y.shape[-1] == 1:
        y = y.reshape(y.shape[:-1])
    return np.eye(num_classes or y.max() + 1, dtype="float32")[y]


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def sparse_sequence_cross_entropy(outputs, targets, ignore_index=None):
    """Mean crossentropy of logits (N, T, C) and class indices (N, T)."""
    if ignore_index is not None:
        return F.cross_entropy(outputs.mT, targets, ignore_index=ignore_index)
    else:
        return F.cross_entropy(outputs.mT, targets)


def generalized_cross_entropy(outputs, targets, q=0.5):
    """Between crossentropy (q near 0) and absolute error (q near 1) of probabilities and class indices."""
    losses = (1 - outputs.gather(-1, targets.unsqueeze(-1)).squeeze(-1) ** q) / q
    return losses.mean()


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_inputs_2(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).permute(0, 3, 1, 2)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(-1)


def to_targets_2(y):
    """Class indices (N, ...)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(len(y), 6, 5)


def to_targets_3(y):
    """Class indices (N, T)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(len(y), -1)


def to_targets_4(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32)


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
    x, y = model.to_inputs(x), model.to_targets(y)
    if validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_split:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, model.to_inputs(x), model.to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


rng = np.random.RandomState(6)
x = rng.normal(size=(60, 5)).astype("float32")
kinds = x[:, :3].argmax(axis=1)
noisy = np.where(rng.rand(60) < 0.2, rng.randint(0, 3, 60), kinds)

robust = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(dim=1)).to(device)
robust.apply(init_weights)
robust.to_inputs, robust.to_targets = to_inputs, to_targets
loss_fn = partial(generalized_cross_entropy, q=0.7)
optimizer = torch.optim.SGD(robust.parameters(), lr=0.1)
metrics = {"accuracy": sparse_categorical_accuracy}
fit(robust, loss_fn, optimizer, x, noisy, batch_size=15, epochs=3, validation_split=0.2, metrics=metrics)
print("robust", evaluate(robust, loss_fn, x, kinds, metrics=metrics))

images = rng.rand(12, 6, 5, 3).astype("float32")
pixels = images.argmax(axis=3)
pixels[:, 0] = 3
mapper = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 1)).to(device)
mapper.apply(init_weights)
mapper.to_inputs, mapper.to_targets = to_inputs_2, to_targets_2
loss_fn = nn.CrossEntropyLoss(ignore_index=3)
optimizer = torch.optim.SGD(mapper.parameters(), lr=0.01)
fit(mapper, loss_fn, optimizer, images, pixels, batch_size=4, epochs=2, metrics={})

steps = rng.normal(size=(20, 4, 5)).astype("float32")
classes = steps[:, :, :3].argmax(axis=2)
reader = nn.Sequential(LSTM(5, 6, return_sequences=True), nn.Linear(6, 3)).to(device)
reader.apply(init_weights)
reader.to_inputs, reader.to_targets = to_inputs, to_targets_3
loss_fn = partial(sparse_sequence_cross_entropy, ignore_index=0)
optimizer = torch.optim.SGD(reader.parameters(), lr=0.01)
fit(reader, loss_fn, optimizer, steps, classes, batch_size=5, epochs=2, metrics={})

line = nn.Sequential(nn.Linear(5, 2)).to(device)
line.apply(init_weights)
line.to_inputs, line.to_targets = to_inputs, to_targets_4
loss_fn = lambda outputs, targets: len(outputs) * F.huber_loss(outputs, targets, delta=0.3)
optimizer = torch.optim.SGD(line.parameters(), lr=0.01)
fit(line, loss_fn, optimizer, x, x[:, :2], batch_size=20, epochs=2, metrics={})
smooth = nn.Sequential(nn.Linear(5, 3)).to(device)
smooth.apply(init_weights)
smooth.to_inputs, smooth.to_targets = to_inputs, to_targets_4
loss_fn = nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = torch.optim.SGD(smooth.parameters(), lr=0.01)
fit(smooth, loss_fn, optimizer, x, to_categorical(kinds, 3), batch_size=20, epochs=2, metrics={})
