"""Checkpoints of every epoch, found again by patterns; a copy of the network trains on beside them."""
import glob
import os

import numpy as np
import copy
from functools import partial
from pathlib import Path
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def latest_checkpoint(folder):
    """The file of a folder that was written last, if there is one."""
    files = [os.path.join(folder, name) for name in os.listdir(folder)]
    return max(files, key=lambda path: (os.path.getmtime(path), path), default=None)


def mean_loss(loss, outputs, targets):
    """The mean of a loss that takes the targets first."""
    return loss(targets, outputs).mean()


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


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
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1, shuffle=True, callbacks=()):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    history = {}
    if callbacks:
        model.stop_training = False
    for callback in callbacks:
        callback.model, callback.optimizer = model, optimizer
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, shuffle=shuffle)
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if callbacks and model.stop_training:
            break
    return history


def evaluate(model, loss_fn, x, y, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size)
    return logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.numpy()


class Callback:
    """Hooks that do nothing."""

    def on_epoch_end(self, epoch, logs=None):
        pass


class ModelCheckpoint(Callback):
    """Save the model after epochs: after each, or those in which the monitored value is the best so far."""

    def __init__(self, filepath, save_weights_only=False):
        self.filepath = filepath
        self.save_weights_only = save_weights_only

    def kept(self):
        return self.model.state_dict() if self.save_weights_only else self.model

    def on_epoch_end(self, epoch, logs=None):
        path = Path(self.filepath.format(epoch=epoch + 1, **logs))
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(self.kept(), path)


rng = np.random.RandomState(3)
x = rng.rand(80, 4).astype("float32")
y = (x[:, :1] * x[:, 1:2] - x[:, 2:3]).astype("float32")


def asymmetric_loss(y_true, y_pred):
    error = y_true - y_pred
    return torch.maximum(2 * error, -error).mean(-1)


def create_model():
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)).apply(init_weights).to(device)


# Weights in a folder that does not exist yet
checkpoint_path = "training_1/cp-{epoch:04d}.ckpt"
checkpoint_dir = os.path.dirname(checkpoint_path)
model = create_model()
model.loss_fn = partial(mean_loss, asymmetric_loss)
model.optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
fit(model, model.loss_fn, model.optimizer, x, y, epochs=3, batch_size=16, shuffle=False, callbacks=[ModelCheckpoint(checkpoint_path, save_weights_only=True)])
print("loss: %.5f" % evaluate(model, model.loss_fn, x, y))
latest = latest_checkpoint(checkpoint_dir)
print(latest)

fresh = create_model()
fresh.load_state_dict(torch.load(latest))
fresh.loss_fn = partial(mean_loss, asymmetric_loss)
fresh.optimizer = torch.optim.Adam(fresh.parameters(), eps=1e-7)
print("loss of the latest: %.5f" % evaluate(fresh, fresh.loss_fn, x, y))
os.makedirs("kept", exist_ok=True)
torch.save(fresh.state_dict(), "kept/last_weights")

# Whole models, one an epoch
fit(model, model.loss_fn, model.optimizer, x, y, epochs=2, batch_size=16, shuffle=False, callbacks=[ModelCheckpoint("epoch-{epoch:02d}.pt")])
files = sorted(glob.glob("epoch-*.pt"))
print(len(files), "files")
best = torch.load(files[-1], weights_only=False)
print(predict(best, x[:3]))

# The same architecture with weights of its own, trained by another loss
other = copy.deepcopy(model).apply(init_weights)
other.loss_fn = F.mse_loss
other.optimizer = torch.optim.SGD(other.parameters(), lr=0.01)
fit(other, other.loss_fn, other.optimizer, x, y, epochs=2, batch_size=16, shuffle=False)
print("mse of the other: %.5f" % evaluate(other, other.loss_fn, x, y))
torch.save(other, "exported")
