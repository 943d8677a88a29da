"""Callbacks for fit, with Keras's hooks and arguments.

fit sets `model` and `optimizer`, calls the hooks, and ends after an epoch (or batch) that leaves
`model.stop_training` true. An attribute that only __init__ sets, to a parameter that no call passes, folds too.
"""

import copy
import csv
import math
from pathlib import Path

import torch

ON_TRAIN_BEGIN = True  # the hooks that the callbacks of the script have
ON_TRAIN_END = True
ON_EPOCH_BEGIN = True
ON_BATCH_BEGIN = True
ON_BATCH_END = True
ON_TEST_BEGIN = False
ON_TEST_END = False
ON_TEST_BATCH_BEGIN = False
ON_TEST_BATCH_END = False
ON_PREDICT_BEGIN = False
ON_PREDICT_END = False
ON_PREDICT_BATCH_BEGIN = False
ON_PREDICT_BATCH_END = False
TRAIN_BATCH_HOOKS = False  # batch hooks are spelled on_train_batch_begin and on_train_batch_end
RISING = False  # every monitored value should grow
MIXED = True  # some should grow and some should not, or only the run can tell
MONITORS_CERTAIN = False  # every monitored value is known to be among those of an epoch
LEARNING_RATE_KEY = False  # values of an epoch name the rate "learning_rate", as in Keras 3, not "lr"
STOPPED_EPOCH = False  # the script asks EarlyStopping when it stopped
SCHEDULE_TAKES_RATE = False  # the schedule of LearningRateScheduler is a function of epoch and rate
SAVES_BY_BATCHES = True  # some ModelCheckpoint counts batches, not epochs
PLAIN_PATHS = False  # no path of ModelCheckpoint has folders, or fields such as {epoch:02d}
HISTORY_GOES_ON = False  # a History may be given to several fits: it keeps the values of all
WHOLE = False  # ModelCheckpoint saves the module itself, not its state_dict
BOTH = False  # some ModelCheckpoint does, another does not


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

        if TRAIN_BATCH_HOOKS:

            def on_train_batch_begin(self, batch, logs=None):
                self.on_batch_begin(batch, logs)

    if ON_BATCH_END:

        def on_batch_end(self, batch, logs=None):
            pass

        if TRAIN_BATCH_HOOKS:

            def on_train_batch_end(self, batch, logs=None):
                self.on_batch_end(batch, logs)

    if ON_TEST_BEGIN:

        def on_test_begin(self, logs=None):
            pass

    if ON_TEST_END:

        def on_test_end(self, logs=None):
            pass

    if ON_TEST_BATCH_BEGIN:

        def on_test_batch_begin(self, batch, logs=None):
            pass

    if ON_TEST_BATCH_END:

        def on_test_batch_end(self, batch, logs=None):
            pass

    if ON_PREDICT_BEGIN:

        def on_predict_begin(self, logs=None):
            pass

    if ON_PREDICT_END:

        def on_predict_end(self, logs=None):
            pass

    if ON_PREDICT_BATCH_BEGIN:

        def on_predict_batch_begin(self, batch, logs=None):
            pass

    if ON_PREDICT_BATCH_END:

        def on_predict_batch_end(self, batch, logs=None):
            pass


class History(Callback):
    """The mean values of each epoch by name."""

    if HISTORY_GOES_ON:

        def __init__(self):
            self.history = {}

    def on_train_begin(self, logs=None):
        if HISTORY_GOES_ON:
            self.epoch = []
        else:
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
            rising = mode == "max" or (mode == "auto" and monitor.endswith(("acc", "accuracy", "auc")))
            self.sign = -1 if rising else 1

    def on_train_begin(self, logs=None):
        self.best, self.wait = -math.inf if RISING else math.inf, 0
        if STOPPED_EPOCH:
            self.stopped_epoch = 0
        if self.restore_best_weights:
            self.best_weights = None

    def on_epoch_end(self, epoch, logs=None):
        if not MONITORS_CERTAIN and self.monitor not in logs:
            return
        if self.start_from_epoch and epoch < self.start_from_epoch:
            return
        value = self.sign * logs[self.monitor] if MIXED else logs[self.monitor]
        self.wait += 1
        if value - self.min_delta > self.best if RISING else value + self.min_delta < self.best:
            if self.baseline is None:
                self.best, self.wait = value, 0
            else:
                self.best, limit = value, self.sign * self.baseline if MIXED else self.baseline
                if value - self.min_delta > limit if RISING else value + self.min_delta < limit:
                    self.wait = 0
            if self.restore_best_weights:
                self.best_weights = copy.deepcopy(self.model.state_dict())
        elif self.wait >= self.patience and epoch > 0:
            self.model.stop_training = True
            if STOPPED_EPOCH:
                self.stopped_epoch = epoch
            if self.verbose:
                print(f"Epoch {epoch + 1}: early stopping")

    if ON_TRAIN_END:

        def on_train_end(self, logs=None):
            if self.restore_best_weights and self.best_weights is not None:
                self.model.load_state_dict(self.best_weights)


class ModelCheckpoint(Callback):
    """Save the model after epochs: after each, or those in which the monitored value is the best so far."""

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq=None,
        period=None,
        initial_value_threshold=None,
    ):
        self.filepath = filepath
        self.monitor = monitor
        self.verbose = verbose
        self.save_best_only = save_best_only
        if BOTH:
            self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self.period = period
        if MIXED:
            self.sign = -1 if mode == "max" or (mode == "auto" and "acc" in monitor) else 1
        if self.save_best_only and initial_value_threshold is not None:
            self.best = self.sign * initial_value_threshold if MIXED else initial_value_threshold
        elif self.save_best_only:
            self.best = -math.inf if RISING else math.inf
        if self.save_freq is not None:
            self.batches = 0
        if self.period is not None:
            self.epochs = 0

    if BOTH:

        def kept(self):
            return self.model.state_dict() if self.save_weights_only else self.model

    if SAVES_BY_BATCHES:

        def on_epoch_begin(self, epoch, logs=None):
            if self.save_freq is not None:
                self.epoch = epoch

    if SAVES_BY_BATCHES:

        def on_batch_end(self, batch, logs=None):
            if self.save_freq is not None:
                self.batches += 1
                if self.batches == self.save_freq:
                    self.batches = 0
                    self.on_epoch_end(self.epoch, {"batch": batch + 1, **logs})

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq is not None and "batch" not in logs:
            return
        if self.period is not None:
            self.epochs += 1
            if self.epochs < self.period:
                return
            self.epochs = 0
        if self.save_best_only:
            if not MONITORS_CERTAIN and self.monitor not in logs:
                return
            value = self.sign * logs[self.monitor] if MIXED else logs[self.monitor]
            if not (value > self.best if RISING else value < self.best):
                return
            self.best = value
        if PLAIN_PATHS:
            torch.save(
                self.kept() if BOTH else self.model if WHOLE else self.model.state_dict(), self.filepath
            )
        else:
            path = Path(self.filepath.format(epoch=epoch + 1, **logs))
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.save(self.kept() if BOTH else self.model if WHOLE else self.model.state_dict(), path)
        if self.verbose:
            print(f"Epoch {epoch + 1}: saving the model to {self.filepath if PLAIN_PATHS else path}")


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
            self.sign = -1 if mode == "max" or (mode == "auto" and "acc" in monitor) else 1

    def on_train_begin(self, logs=None):
        self.best, self.wait = -math.inf if RISING else math.inf, 0
        if self.cooldown:
            self.cooling = 0

    def on_epoch_end(self, epoch, logs=None):
        rate = logs["learning_rate" if LEARNING_RATE_KEY else "lr"] = self.optimizer.param_groups[0]["lr"]
        if not MONITORS_CERTAIN and self.monitor not in logs:
            return
        value = self.sign * logs[self.monitor] if MIXED else logs[self.monitor]
        self.wait += 1
        if self.cooldown and self.cooling > 0:
            self.cooling -= 1
            self.wait = 0 if self.cooling else 1
        if value > self.best + self.min_delta if RISING else value < self.best - self.min_delta:
            self.best, self.wait = value, 0
        elif self.wait >= self.patience and rate > self.min_lr and (not self.cooldown or not self.cooling):
            self.wait = 0
            if self.cooldown:
                self.cooling = self.cooldown
            for group in self.optimizer.param_groups:
                group["lr"] = max(rate * self.factor, self.min_lr)
            if self.verbose:
                print(f"Epoch {epoch + 1}: reducing learning rate to {max(rate * self.factor, self.min_lr)}.")


class LearningRateScheduler(Callback):
    """Set the learning rate of each epoch, counted from 0."""

    def __init__(self, schedule, verbose=0):
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch, logs=None):
        if SCHEDULE_TAKES_RATE:
            rate = float(self.schedule(epoch, self.optimizer.param_groups[0]["lr"]))
        else:
            rate = float(self.schedule(epoch))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if self.verbose:
            print(f"Epoch {epoch + 1}: setting learning rate to {rate}.")

    def on_epoch_end(self, epoch, logs=None):
        logs["learning_rate" if LEARNING_RATE_KEY else "lr"] = self.optimizer.param_groups[0]["lr"]


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


class TensorBoard(Callback):
    """Write the values of each epoch for TensorBoard, training and validation apart."""

    def __init__(self, log_dir="logs", histogram_freq=0):
        self.log_dir = log_dir
        self.histogram_freq = histogram_freq

    def on_train_begin(self, logs=None):
        from torch.utils.tensorboard import SummaryWriter  # needs the tensorboard package

        self.writers = {part: SummaryWriter(Path(self.log_dir, part)) for part in ("train", "validation")}

    def on_epoch_end(self, epoch, logs=None):
        for name, value in logs.items():
            writer = self.writers["validation" if name.startswith("val_") else "train"]
            writer.add_scalar("epoch_" + name.removeprefix("val_"), value, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            for name, parameter in self.model.named_parameters():
                self.writers["train"].add_histogram(name, parameter, epoch)

    def on_train_end(self, logs=None):
        for writer in self.writers.values():
            writer.close()
