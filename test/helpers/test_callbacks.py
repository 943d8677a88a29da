import sys
import types
from functools import partial

import callbacks
import pytest
import torch
from conftest import close, load
from torch import nn

recorded = load("callbacks")
NAMES = ["val_loss", "val_accuracy"]


def drive(callback, logs, rate=0.1):
    """Values of the epochs after the callback has seen them, and the model at the end: its weight is the epoch."""
    model = nn.Linear(1, 1, bias=False)
    model.stop_training = False
    callback.model, callback.optimizer = model, torch.optim.SGD(model.parameters(), lr=rate)
    callback.on_train_begin({})
    seen = []
    for epoch, values in enumerate(logs):
        nn.init.constant_(model.weight, epoch)
        values = dict(zip(NAMES, values)) if isinstance(values, list) else dict(values)
        callback.on_epoch_begin(epoch, {})
        callback.on_epoch_end(epoch, values)
        seen.append(values)
        if model.stop_training:
            break
    callback.on_train_end({})
    return seen, model


def rises(options):
    return options.get("mode") == "max" or options.get("monitor") == "val_accuracy"


@pytest.fixture(params=["mixed", "settled"])
def directions(request, switch):
    """Runs with the direction found at run time, and with it settled by switches."""

    def settle(options):
        if request.param == "settled":
            switch(callbacks, MIXED=False, RISING=rises(options), MONITORS_CERTAIN=True)

    return settle


@pytest.mark.parametrize("options, logs, epochs, epoch", recorded["EarlyStopping"])
def test_early_stopping(options, logs, epochs, epoch, directions):
    directions(options)
    seen, model = drive(callbacks.EarlyStopping(**options), logs)
    assert (len(seen), int(model.weight.item())) == (epochs, epoch)


@pytest.mark.parametrize("options, logs, rates", recorded["ReduceLROnPlateau"])
def test_reduce_lr_on_plateau(options, logs, rates, directions):
    directions(options)
    seen, _ = drive(callbacks.ReduceLROnPlateau(**options), logs)
    close([values["lr"] for values in seen], rates, 1e-6)


@pytest.mark.parametrize("options, logs, paths", recorded["ModelCheckpoint"])
def test_model_checkpoint(options, logs, paths, directions, tmp_path, monkeypatch):
    directions(options)
    monkeypatch.chdir(tmp_path)
    drive(callbacks.ModelCheckpoint("w.{epoch:02d}-{val_loss:.2f}.h5", **options), logs)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(paths)
    for path in paths:
        assert torch.load(path)["weight"].item() == int(path[2:4]) - 1


def test_model_checkpoint_paths(tmp_path, switch):
    drive(callbacks.ModelCheckpoint(str(tmp_path / "a" / "b" / "{epoch}.pt")), [[1.0, 0.5]])
    assert torch.load(tmp_path / "a" / "b" / "1.pt")["weight"].item() == 0
    switch(callbacks, PLAIN_PATHS=True, WHOLE=True)
    drive(callbacks.ModelCheckpoint(str(tmp_path / "{whole}.pt"), verbose=1), [[1.0, 0.5]])
    assert isinstance(torch.load(tmp_path / "{whole}.pt", weights_only=False), nn.Linear)


def test_model_checkpoint_by_batches(tmp_path):
    callback = callbacks.ModelCheckpoint(str(tmp_path / "{epoch}-{batch}.pt"), save_freq=3)
    callback.model = nn.Linear(1, 1)
    for epoch in range(2):
        callback.on_epoch_begin(epoch)
        for batch in range(4):
            callback.on_batch_end(batch, {"loss": 1.0})
        callback.on_epoch_end(epoch, {"loss": 1.0})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1-3.pt", "2-2.pt"]


def test_model_checkpoint_of_nothing_better(directions, tmp_path):
    directions({})
    values = [[float("nan"), 0.5], [2.0, 0.5], [2.0, 0.5], [float("nan"), 0.5], [1.0, 0.5]]
    drive(callbacks.ModelCheckpoint(str(tmp_path / "{epoch}"), save_best_only=True), values)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2", "5"]


def test_csv_logger(tmp_path):
    logs, expected = recorded["CSVLogger"]
    path = tmp_path / "log.csv"
    path.write_text("old")
    for options in ({}, {"append": True}):
        drive(callbacks.CSVLogger(path, **options), logs)
    assert path.read_bytes().decode() == expected
    drive(callbacks.CSVLogger(path, separator=";"), logs[:1])
    assert path.read_bytes().decode().splitlines()[0] == "epoch;val_accuracy;val_loss"


def test_learning_rate_scheduler(switch):
    seen, _ = drive(callbacks.LearningRateScheduler(lambda epoch: 0.1 * 0.5**epoch), [{}] * 4)
    close([values["lr"] for values in seen], recorded["LearningRateScheduler"], 1e-6)
    switch(callbacks, SCHEDULE_TAKES_RATE=True, LEARNING_RATE_KEY=True)
    seen, _ = drive(
        callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5 if epoch else rate), [{}] * 4
    )
    close([values["learning_rate"] for values in seen], recorded["LearningRateScheduler"], 1e-6)


def test_unknown_monitor():
    """Keras warns and goes on."""
    seen, _ = drive(callbacks.EarlyStopping(monitor="val_acc"), [[1.0, 0.5]] * 4)
    assert len(seen) == 4
    seen, _ = drive(callbacks.ReduceLROnPlateau(monitor="val_acc", patience=0), [[1.0, 0.5]] * 4)
    assert {values["lr"] for values in seen} == {0.1}


def test_history_and_lambda():
    history = callbacks.History()
    drive(history, [[1.0, 0.5], [2.0, 0.7]])
    assert (history.epoch, history.history) == ([0, 1], {"val_loss": [1.0, 2.0], "val_accuracy": [0.5, 0.7]})
    epochs = []
    drive(
        callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append((epoch, logs))), [[1.0, 0.5]]
    )
    assert epochs == [(0, {"val_loss": 1.0, "val_accuracy": 0.5})]


def test_terminate_on_nan(capsys):
    callback = callbacks.TerminateOnNaN()
    callback.model = nn.Linear(1, 1)
    callback.on_batch_end(0, {"loss": 1.0})
    assert not hasattr(callback.model, "stop_training")
    callback.on_batch_end(1, {"loss": float("nan")})
    assert callback.model.stop_training


def test_hooks_by_their_other_name(switch):
    switch(callbacks, TRAIN_BATCH_HOOKS=True)
    callback = callbacks.Callback()
    callback.on_batch_begin(0, {})
    callback.on_batch_end(0, {})


class Writer:
    """Stands for the SummaryWriter of the tensorboard package: what each wrote, by the name of its folder."""

    def __init__(self, written, folder):
        self.lines = written.setdefault(folder.name, [])

    def add_scalar(self, name, value, step):
        self.lines.append((name, value, step))

    def add_histogram(self, name, values, step):
        self.lines.append((name, values.tolist(), step))

    def close(self):
        self.lines.append("closed")


@pytest.fixture
def written(monkeypatch):
    folders = {}
    module = types.SimpleNamespace(SummaryWriter=partial(Writer, folders))
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    return folders


def test_tensorboard(written):
    drive(callbacks.TensorBoard("logs"), [{"loss": 1.0, "val_loss": 2.0}, {"loss": 0.5, "val_loss": 1.5}])
    assert written == {
        "train": [("epoch_loss", 1.0, 0), ("epoch_loss", 0.5, 1), "closed"],
        "validation": [("epoch_loss", 2.0, 0), ("epoch_loss", 1.5, 1), "closed"],
    }


def test_tensorboard_writes_histograms_every_so_many_epochs(written):
    drive(callbacks.TensorBoard("logs", histogram_freq=2), [{}] * 4)
    assert written["train"] == [("weight", [[0.0]], 0), ("weight", [[2.0]], 2), "closed"]
