"""Callbacks, with Keras's hooks and arguments."""

import copy
import csv
import math
from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

ON_TRAIN_BEGIN = True  # the hooks that the callbacks of the script have
ON_TRAIN_END = True
ON_EPOCH_BEGIN = True
ON_BATCH_BEGIN = True
ON_BATCH_END = True
RISING = False  # every monitored value should grow
SCHEDULE_TAKES_RATE = False  # the schedule takes the epoch and the rate so far
WHOLE_MODULE = False  # the script loads what is saved as a whole
MIXED = True  # some should grow and some should not


class Callback:
    """Hooks that do nothing."""

    if ON_TRAIN_BEGIN:

        def on_train_begin(self, logs=None):
            pass

    if ON_TRAIN_END:

        def on_train_end(self, logs=None):
            pass

    if ON_EPOCH_BEGIN:

        def on_epoch_begin(self, epoch, logs=None):
            pass

    def on_epoch_end(self, epoch, logs=None):
        pass

    if ON_BATCH_BEGIN:

        def on_batch_begin(self, batch, logs=None):
            pass

    if ON_BATCH_END:

        def on_batch_end(self, batch, logs=None):
            pass


def rises(monitor, mode):
    """Whether a monitored value should grow."""
    return mode == "max" or (mode == "auto" and monitor.endswith(("acc", "accuracy", "auc")))


class EarlyStopping(Callback):
    """Stop when the monitored value has not improved for `patience` epochs."""

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
        start_from_epoch=0,
    ):
        self.monitor = monitor
        self.min_delta = min_delta
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        if MIXED:
            self.sign = -1 if rises(monitor, mode) else 1

    def on_train_begin(self, logs=None):
        self.best, self.wait = math.inf, 0
        if self.restore_best_weights:
            self.weights = None

    def on_epoch_end(self, epoch, logs=None):
        value = logs.get(self.monitor)
        if value is None:
            return
        if self.start_from_epoch:
            if epoch < self.start_from_epoch:
                return
        if MIXED:
            value = self.sign * value
        elif RISING:
            value = -value
        self.wait += 1
        if value + self.min_delta < self.best:
            self.best = value
            if self.restore_best_weights:
                self.weights = copy.deepcopy(self.model.state_dict())
            if self.baseline is not None:
                baseline = self.sign * self.baseline if MIXED else -self.baseline if RISING else self.baseline
                self.wait = 0 if value + self.min_delta < baseline else self.wait
            else:
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.model.stop_training = True
            if self.verbose:
                print(f"Epoch {epoch + 1}: early stopping")

    if ON_TRAIN_END:

        def on_train_end(self, logs=None):
            if self.restore_best_weights:
                if self.weights is not None:
                    self.model.load_state_dict(self.weights)


class ReduceLROnPlateau(Callback):
    """Multiply the learning rate by `factor` when the monitored value has not improved for `patience` epochs."""

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0,
    ):
        self.monitor = monitor
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.min_delta = min_delta
        self.cooldown = cooldown
        self.min_lr = min_lr
        if MIXED:
            self.sign = -1 if rises(monitor, mode) else 1

    def on_train_begin(self, logs=None):
        self.best, self.wait = math.inf, 0
        if self.cooldown:
            self.cooling = 0

    def on_epoch_end(self, epoch, logs=None):
        rate = self.optimizer.param_groups[0]["lr"]
        logs["lr"] = rate
        value = logs.get(self.monitor)
        if value is None:
            return
        if MIXED:
            value = self.sign * value
        elif RISING:
            value = -value
        if self.cooldown:
            if self.cooling > 0:
                self.cooling, self.wait = self.cooling - 1, 0
        if value < self.best - self.min_delta:
            self.best, self.wait = value, 0
        elif not self.cooldown or self.cooling <= 0:
            self.wait += 1
            if self.wait >= self.patience and rate > self.min_lr:
                for group in self.optimizer.param_groups:
                    group["lr"] = max(rate * self.factor, self.min_lr) if self.min_lr else rate * self.factor
                self.wait = 0
                if self.cooldown:
                    self.cooling = self.cooldown
                if self.verbose:
                    print(f"Epoch {epoch + 1}: the learning rate is now {self.optimizer.param_groups[0]['lr']:.4g}")


class ModelCheckpoint(Callback):
    """Save the weights after every epoch, or after those that are the best so far."""

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        mode="auto",
        period=1,
    ):
        self.filepath = filepath
        self.monitor = monitor
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.period = period
        if MIXED:
            self.sign = -1 if rises(monitor, mode) else 1
        if self.save_best_only:
            self.best = math.inf

    def on_epoch_end(self, epoch, logs=None):
        if self.save_best_only:
            value = logs.get(self.monitor)
            if value is None:
                return
            if MIXED:
                value = self.sign * value
            elif RISING:
                value = -value
            if value >= self.best:
                return
            self.best = value
        path = Path(self.filepath.format(epoch=epoch + 1, **logs))
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(self.model if WHOLE_MODULE else self.model.state_dict(), path)
        if self.verbose:
            print(f"Epoch {epoch + 1}: saving the weights to {path}")


class TensorBoard(Callback):
    """Write the logs of every epoch for TensorBoard."""

    def __init__(self, log_dir="logs"):
        self.log_dir = log_dir

    def on_epoch_end(self, epoch, logs=None):
        for part, prefix in (("train", ""), ("validation", "val_")):
            with SummaryWriter(f"{self.log_dir}/{part}") as writer:
                for name, value in logs.items():
                    if name.startswith("val_") == bool(prefix):
                        writer.add_scalar(f"epoch_{name.removeprefix(prefix)}", value, epoch)


class LearningRateScheduler(Callback):
    """Set the learning rate before every epoch."""

    def __init__(self, schedule, verbose=0):
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch, logs=None):
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule(epoch, group["lr"]) if SCHEDULE_TAKES_RATE else self.schedule(epoch)
        if self.verbose:
            print(f"Epoch {epoch + 1}: the learning rate is {self.optimizer.param_groups[0]['lr']:.4g}")

    def on_epoch_end(self, epoch, logs=None):
        logs["lr"] = self.optimizer.param_groups[0]["lr"]


class LambdaCallback(Callback):
    """Call functions at the hooks."""

    def __init__(self, **hooks):
        vars(self).update(hooks)


class CSVLogger(Callback):
    """Write the logs of every epoch to a CSV file."""

    def __init__(self, filename, separator=",", append=False):
        self.filename = filename
        self.separator = separator
        self.append = append

    def on_train_begin(self, logs=None):
        self.mode = "a" if self.append else "w"

    def on_epoch_end(self, epoch, logs=None):
        with open(self.filename, self.mode, newline="") as file:
            writer = csv.DictWriter(file, ["epoch", *sorted(logs)], delimiter=self.separator)
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow({"epoch": epoch, **logs})
        self.mode = "a"
