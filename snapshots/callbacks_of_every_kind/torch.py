'''Callbacks of Keras and of our own around one small classifier.'''
import numpy as np
import copy
import csv
import math
from pathlib import Path
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None, callbacks=()):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = 0
    seen = 0
    with torch.set_grad_enabled(training):
        for index, batch in enumerate(rows.split(batch_size)):
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
            seen += len(batch)
            logs = dict(zip(["loss", *metrics], (totals / seen).tolist()))
            for callback in callbacks:
                callback.on_batch_end(index, logs)
            model.train(training)
            if callbacks and model.stop_training:
                totals *= len(x) / seen
                break
    return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_data=None, callbacks=()):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    if validation_data is not None:
        x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    history = {}
    steps = math.ceil(len(x) / batch_size)
    params = {"epochs": epochs, "steps": steps}
    if callbacks:
        model.stop_training = False
    for callback in callbacks:
        callback.model, callback.optimizer = model, optimizer
        callback.params = params
        callback.on_train_begin({})
    for epoch in range(epochs):
        for callback in callbacks:
            callback.on_epoch_begin(epoch, {})
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics, callbacks=callbacks)
        if validation_data is not None:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if callbacks and model.stop_training:
            break
    for callback in callbacks:
        callback.on_train_end({})
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
    return outputs.softmax(-1).numpy()


class Callback:
    """Hooks that do nothing."""

    def on_train_begin(self, logs=None):
        pass

    def on_train_end(self, logs=None):
        pass

    def on_epoch_begin(self, epoch, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass

    def on_batch_end(self, batch, logs=None):
        pass


class History(Callback):
    """The mean values of each epoch by name."""

    def on_train_begin(self, logs=None):
        self.epoch, self.history = [], {}

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)


class LambdaCallback(Callback):
    """Call the given functions, each under the name of its hook."""

    def __init__(self, **hooks):
        self.__dict__.update(hooks)


class EarlyStopping(Callback):
    """Stop when the monitored value has not improved for `patience` epochs."""

    def __init__(self, monitor="val_loss", min_delta=0, patience=0, mode="auto", restore_best_weights=False):
        self.monitor = monitor
        self.min_delta = min_delta
        self.patience = patience
        self.restore_best_weights = restore_best_weights
        rising = mode == "max" or (mode == "auto" and monitor.endswith(("acc", "accuracy", "auc")))
        self.sign = -1 if rising else 1

    def on_train_begin(self, logs=None):
        self.best, self.wait = math.inf, 0
        self.stopped_epoch = 0
        if self.restore_best_weights:
            self.best_weights = None

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor not in logs:
            return
        value = self.sign * logs[self.monitor]
        self.wait += 1
        if value + self.min_delta < self.best:
            self.best, self.wait = value, 0
            if self.restore_best_weights:
                self.best_weights = copy.deepcopy(self.model.state_dict())
        elif self.wait >= self.patience and epoch > 0:
            self.model.stop_training = True
            self.stopped_epoch = epoch

    def on_train_end(self, logs=None):
        if self.restore_best_weights and self.best_weights is not None:
            self.model.load_state_dict(self.best_weights)


class ModelCheckpoint(Callback):
    """Save the model after epochs: after each, or those in which the monitored value is the best so far."""

    def __init__(self, filepath, monitor="val_loss", save_best_only=False):
        self.filepath = filepath
        self.monitor = monitor
        self.save_best_only = save_best_only
        self.sign = -1 if "acc" in monitor else 1
        if self.save_best_only:
            self.best = math.inf

    def on_epoch_end(self, epoch, logs=None):
        if self.save_best_only:
            if self.monitor not in logs:
                return
            value = self.sign * logs[self.monitor]
            if not value < self.best:
                return
            self.best = value
        path = Path(self.filepath.format(epoch=epoch + 1, **logs))
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(self.model.state_dict(), path)


class ReduceLROnPlateau(Callback):
    """Multiply the learning rate by `factor` when the monitored value has not improved for `patience` epochs."""

    def __init__(self, monitor="val_loss", factor=0.1, patience=10, cooldown=0, min_lr=0):
        self.monitor = monitor
        self.factor = factor
        self.patience = patience
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.sign = -1 if "acc" in monitor else 1

    def on_train_begin(self, logs=None):
        self.best, self.wait = math.inf, 0
        if self.cooldown:
            self.cooling = 0

    def on_epoch_end(self, epoch, logs=None):
        rate = logs["lr"] = self.optimizer.param_groups[0]["lr"]
        if self.monitor not in logs:
            return
        value = self.sign * logs[self.monitor]
        self.wait += 1
        if self.cooldown and self.cooling > 0:
            self.cooling -= 1
            self.wait = 0 if self.cooling else 1
        if value < self.best - 0.0001:
            self.best, self.wait = value, 0
        elif self.wait >= self.patience and rate > self.min_lr and (not self.cooldown or not self.cooling):
            self.wait = 0
            if self.cooldown:
                self.cooling = self.cooldown
            for group in self.optimizer.param_groups:
                group["lr"] = max(rate * self.factor, self.min_lr)


class CSVLogger(Callback):
    """Write a row of values for each epoch, counted from 0."""

    def __init__(self, filename, separator=",", append=False):
        self.filename = filename
        self.separator = separator
        self.append = append

    def on_train_begin(self, logs=None):
        if not self.append:
            Path(self.filename).write_text("")

    def on_epoch_end(self, epoch, logs=None):
        with open(self.filename, "a", newline="") as file:
            writer = csv.DictWriter(file, ["epoch", *sorted(logs)], delimiter=self.separator)
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow({"epoch": epoch, **logs})


class TerminateOnNaN(Callback):
    """Stop at once when a loss is not finite."""

    def on_batch_end(self, batch, logs=None):
        if not math.isfinite(logs["loss"]):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True


SAVE_ALL = True


class ScoreTracker(Callback):
    '''Scores held-out rows after each epoch, lowers the rate and stops when the scores are good.'''

    def __init__(self, x_test, y_test, good=2.0):
        super(ScoreTracker, self).__init__()
        self.x_test, self.y_test = x_test, y_test
        self.good = good

    def on_train_begin(self, logs={}):
        self.scores = []
        self.rates = []

    def on_epoch_begin(self, epoch, logs={}):
        if not hasattr(self.optimizer, "param_groups"):
            raise ValueError('Optimizer must have a "lr" attribute.')
        self.rates.append(float(self.optimizer.param_groups[0]["lr"]))

    def on_epoch_end(self, epoch, logs={}):
        loss, acc = evaluate(self.model, self.model.loss_fn, self.x_test, self.y_test, metrics=self.model.metrics)
        positive = predict(self.model, self.x_test)[:, 1].mean()
        self.scores.append((loss, acc, positive))
        if epoch == 1:
            self.optimizer.param_groups[0]["lr"] = 0.5 * self.optimizer.param_groups[0]["lr"]
        if logs.get('acc') > self.good or epoch + 1 == self.params['epochs']:
            print('last epoch, accuracy %.4f' % logs['val_acc'])
            self.model.stop_training = True


class Rounds(Callback):
    count = 0

    def on_batch_end(self, batch, logs=None):
        self.count += 1

    def on_train_end(self, logs=None):
        print('batches:', self.count, 'of', self.params['steps'], 'an epoch')


np.random.seed(3)
x = np.random.randn(160, 5)
y = np.eye(2, dtype="float32")[(x[:, 0] + x[:, 1] * x[:, 2] > 0).astype(int)]
x_test, y_test = x[120:], y[120:]

model = nn.Sequential(
    nn.Linear(5, 12),
    nn.ReLU(),
    nn.Linear(12, 2),
).to(device)
model.apply(init_weights)
model.loss_fn = F.cross_entropy
model.optimizer = torch.optim.RMSprop(model.parameters(), lr=0.02, alpha=0.9, eps=1e-7)
model.metrics = {"acc": categorical_accuracy}

tracker = ScoreTracker(x_test, y_test)
rounds = Rounds()
history = History()
early_stopping = EarlyStopping(monitor='val_loss', min_delta=0.05, patience=2, mode='min', restore_best_weights=True)
callbacks = [tracker, rounds, history, TerminateOnNaN()]
callbacks.append(early_stopping)
callbacks.append(ReduceLROnPlateau(monitor='val_loss', factor=0.5, patience=1, min_lr=0.001, cooldown=1))
callbacks.append(CSVLogger('training.csv', separator=';', append=False))
if SAVE_ALL:
    callbacks.append(ModelCheckpoint('weights.{epoch:02d}-{val_loss:.2f}.pt', monitor='val_acc', save_best_only=True))
callbacks.append(LambdaCallback(on_epoch_end=lambda epoch, logs: print('epoch %d: loss %.4f' % (epoch, logs['loss']))))

fit(model, model.loss_fn, model.optimizer, x[:120], y[:120], batch_size=32, epochs=8, validation_data=(x_test, y_test), callbacks=callbacks, metrics=model.metrics)
print('stopped after epoch', early_stopping.stopped_epoch)
print('scores:', np.round(tracker.scores, 4))
print('rates:', tracker.rates)
print('history:', history.epoch, np.round(history.history['val_acc'], 4))
print(open('training.csv').readline().strip())
score = evaluate(model, model.loss_fn, x_test, y_test, metrics=model.metrics)
print('test loss:', score[0])

fit(model, model.loss_fn, model.optimizer, x, y, epochs=1, metrics=model.metrics)
