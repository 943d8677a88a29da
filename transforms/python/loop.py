"""Training, evaluation and prediction, as scripts get them.

The emitter copies from here what a script needs, and settles on the way what the script settles:
every switch in capitals, and every parameter that no call passes.
"""

from types import SimpleNamespace

import numpy as np
import torch

LOGITS_BEFORE_LAST = False  # the model ends in the softmax or sigmoid that the loss wants left out
PENALTY = False  # regularizers add to the loss
SOFTMAX = False  # the model gives logits, predictions are probabilities
SIGMOID = False
CHANNELS_LAST_OUTPUT = False  # the outputs are maps: predictions come as (N, ..., C)
WITH_METRICS = True  # some model of the script has metrics
WITHOUT_METRICS = True  # some model of the script has none
BY_NAME = False  # evaluate gives its values by name
FIT_PRINTS = True  # some fit prints its progress
ALWAYS_PRINTS = False  # every fit does
INITIAL_EPOCH = False  # some fit starts at a later epoch
HISTORY_OBJECT = False  # what fit returns is used as more than the dict in it
ON_TRAIN_BEGIN = True  # the hooks that the callbacks of the script have
ON_TRAIN_END = True
ON_EPOCH_BEGIN = True
ON_BATCH_BEGIN = True
ON_BATCH_END = True

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def to_inputs(x):
    """What the model reads."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """What its output is compared with."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32)


def penalty(model):
    """What the regularizers add to the loss."""
    return 0.0


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None, shuffle=True, callbacks=()):
    """One pass over the data, training if there is an optimizer: means by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training and shuffle else torch.arange(len(x))
    totals = dict.fromkeys(["loss", *metrics], 0.0) if WITH_METRICS else {"loss": 0.0}
    with torch.set_grad_enabled(training):
        for index, batch in enumerate(rows.split(batch_size)):
            if ON_BATCH_BEGIN and training:
                for callback in callbacks:
                    callback.on_batch_begin(index, {})
            inputs, targets = x[batch].to(device), y[batch].to(device)
            outputs = model[:-1](inputs) if LOGITS_BEFORE_LAST else model(inputs)
            loss = loss_fn(outputs, targets) + penalty(model) if PENALTY else loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            totals["loss"] += loss.detach() * len(batch)
            if WITH_METRICS:
                for name, metric in metrics.items():
                    totals[name] += metric(outputs, targets).sum()
            if ON_BATCH_END and training:
                for callback in callbacks:
                    callback.on_batch_end(index, {"loss": loss.item()})
    return {name: float(total) / len(x) for name, total in totals.items()}


def fit(
    model,
    loss_fn,
    optimizer,
    x,
    y,
    metrics=None,
    batch_size=32,
    epochs=1,
    validation_split=0.0,
    validation_data=None,
    shuffle=True,
    initial_epoch=0,
    callbacks=(),
    verbose=1,
):
    """Train; the history by name, one value an epoch."""
    x, y = to_inputs(x), to_targets(y)
    if validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    if validation_data is not None:
        x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    history = {}
    if callbacks:
        model.stop_training = False
    for callback in callbacks:
        callback.model, callback.optimizer = model, optimizer
        if ON_TRAIN_BEGIN:
            callback.on_train_begin({})
    for epoch in range(initial_epoch, epochs) if INITIAL_EPOCH else range(epochs):
        if ON_EPOCH_BEGIN:
            for callback in callbacks:
                callback.on_epoch_begin(epoch, {})
        logs = run_epoch(
            model, loss_fn, x, y, batch_size, optimizer, metrics=metrics, shuffle=shuffle, callbacks=callbacks
        )
        if validation_split or validation_data is not None:
            val = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({f"val_{name}": value for name, value in val.items()})
        if FIT_PRINTS and (ALWAYS_PRINTS or verbose):
            print(
                f"Epoch {epoch + 1}/{epochs} - "
                + " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
            )
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if callbacks and model.stop_training:
            break
    if ON_TRAIN_END:
        for callback in callbacks:
            callback.on_train_end({})
    if HISTORY_OBJECT:
        return SimpleNamespace(
            history=history, epoch=list(range(initial_epoch, initial_epoch + len(history["loss"])))
        )
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    if BY_NAME:
        return logs
    if WITH_METRICS and WITHOUT_METRICS:
        return list(logs.values()) if metrics else logs["loss"]
    return list(logs.values()) if WITH_METRICS else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The outputs for all samples, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    if SOFTMAX:
        outputs = outputs.softmax(-1)
    if SIGMOID:
        outputs = outputs.sigmoid()
    if CHANNELS_LAST_OUTPUT:
        outputs = outputs.movedim(1, -1)
    return outputs.numpy()


def train_on_batch(model, loss_fn, optimizer, x, y, metrics=None):
    """One optimizer step: the loss, and the metrics after it."""
    model.train()
    inputs, targets = to_inputs(x).to(device), to_targets(y).to(device)
    outputs = model[:-1](inputs) if LOGITS_BEFORE_LAST else model(inputs)
    loss = loss_fn(outputs, targets) + penalty(model) if PENALTY else loss_fn(outputs, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if WITH_METRICS and WITHOUT_METRICS:
        values = [metric(outputs, targets).float().mean().item() for metric in (metrics or {}).values()]
        return [loss.item(), *values] if metrics else loss.item()
    if WITH_METRICS:
        return [loss.item(), *(metric(outputs, targets).float().mean().item() for metric in metrics.values())]
    return loss.item()
