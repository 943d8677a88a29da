"""A warm-up of the learning rate, batch by batch, and a search for a good one."""
import numpy as np
from pathlib import Path
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class KerasSGD(torch.optim.Optimizer):
    """SGD with the learning rate inside the momentum, as Keras has it: the difference shows when the rate changes."""

    def __init__(self, params, lr=0.01, momentum=0):
        super().__init__(params, {"lr": lr})
        self.momentum = momentum

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                velocity = self.state[p].setdefault("velocity", torch.zeros_like(p))
                velocity.mul_(self.momentum).sub_(group["lr"] * p.grad)
                p.add_(velocity)


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
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 1)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, callbacks=()):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = 0
    seen = 0
    with torch.set_grad_enabled(training):
        for index, batch in enumerate(rows.split(batch_size)):
            for callback in callbacks:
                callback.on_train_batch_begin(index, {})
            model.train(training)
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            totals += loss.detach() * len(batch)
            seen += len(batch)
            logs = {"loss": (totals / seen).item()}
            for callback in callbacks:
                callback.on_train_batch_end(index, logs)
            model.train(training)
            if callbacks and model.stop_training:
                totals *= len(x) / seen
                break
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1, callbacks=()):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    history = {}
    if callbacks:
        model.stop_training = False
    for callback in callbacks:
        callback.model, callback.optimizer = model, optimizer
    for epoch in range(epochs):
        for callback in callbacks:
            callback.on_epoch_begin(epoch, {})
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, callbacks=callbacks)
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


class Callback:
    """Hooks that do nothing."""

    def on_epoch_begin(self, epoch, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass

    def on_batch_begin(self, batch, logs=None):
        pass

    def on_train_batch_begin(self, batch, logs=None):
        self.on_batch_begin(batch, logs)

    def on_batch_end(self, batch, logs=None):
        pass

    def on_train_batch_end(self, batch, logs=None):
        self.on_batch_end(batch, logs)


class LambdaCallback(Callback):
    """Call the given functions, each under the name of its hook."""

    def __init__(self, **hooks):
        self.__dict__.update(hooks)


class ModelCheckpoint(Callback):
    """Save the model after epochs: after each, or those in which the monitored value is the best so far."""

    def __init__(self, filepath, save_freq=None):
        self.filepath = filepath
        self.save_freq = save_freq
        if self.save_freq is not None:
            self.batches = 0

    def on_epoch_begin(self, epoch, logs=None):
        if self.save_freq is not None:
            self.epoch = epoch

    def on_batch_end(self, batch, logs=None):
        if self.save_freq is not None:
            self.batches += 1
            if self.batches == self.save_freq:
                self.batches = 0
                self.on_epoch_end(self.epoch, {"batch": batch + 1, **logs})

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq is not None and "batch" not in logs:
            return
        path = Path(self.filepath.format(epoch=epoch + 1, **logs))
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(self.model.state_dict(), path)


class LearningRateScheduler(Callback):
    """Set the learning rate of each epoch, counted from 0."""

    def __init__(self, schedule):
        self.schedule = schedule

    def on_epoch_begin(self, epoch, logs=None):
        rate = float(self.schedule(epoch, self.optimizer.param_groups[0]["lr"]))
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def on_epoch_end(self, epoch, logs=None):
        logs["lr"] = self.optimizer.param_groups[0]["lr"]


class WarmUp(Callback):
    def __init__(self, steps, target):
        super().__init__()
        self.steps = steps
        self.target = target
        self.step = 0
        self.history = []

    def on_train_batch_begin(self, batch, logs=None):
        if self.step < self.steps:
            self.optimizer.param_groups[0]["lr"] = self.target * (self.step + 1) / self.steps
        self.step += 1

    def on_train_batch_end(self, batch, logs=None):
        self.history.append((self.optimizer.param_groups[0]["lr"], logs["loss"]))


class ExponentialLearningRate(Callback):
    def __init__(self, factor):
        self.factor = factor
        self.rates = []
        self.losses = []

    def on_epoch_begin(self, epoch, logs=None):
        self.sum_of_losses = 0

    def on_batch_end(self, batch, logs=None):
        mean_loss = logs["loss"] * (batch + 1)
        self.losses.append(mean_loss - self.sum_of_losses)
        self.sum_of_losses = mean_loss
        self.rates.append(self.optimizer.param_groups[0]["lr"])
        self.optimizer.param_groups[0]["lr"] = self.optimizer.param_groups[0]["lr"] * self.factor
        if mean_loss > 1000 * (batch + 1):
            self.model.stop_training = True


rng = np.random.RandomState(11)
X = rng.normal(size=(192, 4)).astype(np.float32)
y = X @ np.array([1.0, -2.0, 0.5, 0.0], dtype=np.float32) + 0.1 * rng.normal(size=192).astype(np.float32)


def build():
    model = nn.Sequential(
        nn.Linear(4, 8),
        nn.ELU(),
        nn.Linear(8, 1),
    ).to(device)
    model.apply(init_weights)
    return model


model = build()
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
finder = ExponentialLearningRate(factor=1.6)
history = fit(model, loss_fn, optimizer, X, y, epochs=3, batch_size=16, callbacks=[finder])
print("rates:", len(finder.rates), "last loss:", finder.losses[-1])

model = build()
loss_fn = nn.MSELoss()
optimizer = KerasSGD(model.parameters(), lr=1e-3, momentum=0.9)
warm_up = WarmUp(steps=10, target=0.05)
seen = []
checkpoint = ModelCheckpoint("model_{epoch}.pt", save_freq=16)
fit(model, loss_fn, optimizer,
    X, y, batch_size=16, epochs=2, callbacks=[warm_up, checkpoint, LambdaCallback(on_batch_end=lambda batch, logs: seen.append(logs["loss"]))],
)
print("warm-up:", np.array(warm_up.history)[[0, 9, -1]])
print("batches seen:", len(seen))

fit(model, loss_fn, optimizer, X, y, epochs=2, callbacks=[LearningRateScheduler(lambda epoch, lr: lr * 0.5)])
fit(model, loss_fn, optimizer, X, y, epochs=2, callbacks=[LearningRateScheduler(lambda epoch, rate: 0.01 / (1 + epoch))])
print("loss:", evaluate(model, loss_fn, X, y))
