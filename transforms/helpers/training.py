"""fit, evaluate, predict and their kin: the source that is specialised for one script and written into it.

A constant in capitals is a switch, set for each script; a parameter that no call passes folds away with its
default. `to_inputs`, `to_targets` and `penalty` are stand-ins: each script gets bodies of its own.
"""

import math
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

LOGITS_BEFORE_LAST = False  # the model ends in the softmax or sigmoid that the loss wants left out
PENALTY = False  # regularizers add to the loss
SOFTMAX = False  # the model gives logits, predict gives probabilities
SIGMOID = False
CHANNELS_LAST_OUTPUT = False  # outputs are maps (N, C, ...), which predict returns as (N, ..., C)
WITH_METRICS = True  # some model has metrics
WITHOUT_METRICS = True  # some model has none: its calls pass metrics={}
EPOCH_METRICS = False  # some metric needs the whole epoch at once (AUC, precision, recall): all are taken so
BATCH_METRICS = False  # some metric gives one number a batch: averaged over batches, whatever their sizes
BY_NAME = False  # evaluate gives its values by name
EVALUATE_PRINTS = False  # some evaluate prints its values
FIT_PRINTS = True  # some fit prints its progress
ALWAYS_PRINTS = False  # every fit does
WEIGHTS = False  # some call weighs samples or classes: loss_fn then gives unreduced losses
ONE_HOT_TARGETS = False  # ... of classes, and targets are one-hot rows, not class indices
VALIDATION_WEIGHTS = False  # ... and validation samples: sample_weight is split, or validation_data has three
ALWAYS_SPLIT = False  # every fit passes a validation_split above 0, and no validation_data
ALWAYS_VALIDATION_DATA = False  # every fit passes validation_data
INITIAL_EPOCH = True  # some fit passes initial_epoch
HISTORY_OBJECT = False  # what fit returns is used as more than the dict in it
HISTORY_UNUSED = False  # what fit returns is not used
CALLBACK_PARAMS = False  # some callback reads self.params
TRAIN_BATCH_HOOKS = False  # batch hooks are spelled on_train_batch_begin and on_train_batch_end
ON_TRAIN_BEGIN = True  # the hooks that the callbacks of the script have
ON_TRAIN_END = True
ON_EPOCH_BEGIN = True
ON_BATCH_BEGIN = True
ON_BATCH_END = True

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def to_inputs(x):
    """What the model reads: float32."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """What the loss compares with: float32."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32)


def penalty(model):
    """What the regularizers add to the loss."""
    return 0.0


def sample_weights(y, class_weight=None, sample_weight=None):
    """The weight of each sample, (N,)."""
    weights = torch.ones(len(y))
    if sample_weight is not None:
        weights = torch.as_tensor(np.asarray(sample_weight)[: len(y)], dtype=torch.float32).reshape(len(y))
    if class_weight is not None:
        labels = y.argmax(1) if ONE_HOT_TARGETS else y.flatten().long()
        weights = weights * torch.tensor([class_weight.get(label, 1.0) for label in labels.tolist()])
    return weights


def run_epoch(
    model,
    loss_fn,
    x,
    y,
    batch_size,
    optimizer=None,
    metrics=None,
    sample_weight=None,
    shuffle=True,
    constrain=None,
    clipnorm=None,
    global_clipnorm=None,
    clipvalue=None,
    scheduler=None,
    callbacks=(),
):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training and shuffle else torch.arange(len(x))
    totals = 0
    if ON_BATCH_END:
        seen = 0
    if EPOCH_METRICS:
        kept = []
    with torch.set_grad_enabled(training):
        for index, batch in enumerate(rows.split(batch_size)):
            if ON_BATCH_BEGIN:
                for callback in callbacks:
                    if TRAIN_BATCH_HOOKS:
                        callback.on_train_batch_begin(index, {})
                    else:
                        callback.on_batch_begin(index, {})
                model.train(training)
            if LOGITS_BEFORE_LAST:
                outputs, targets = model[:-1](x[batch].to(device)), y[batch].to(device)
            else:
                outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            if WEIGHTS:
                losses = loss_fn(outputs, targets).reshape(len(batch), -1).mean(1)
                if sample_weight is not None:
                    losses = losses * sample_weight[batch].to(device)
                loss = losses.mean()
            else:
                loss = loss_fn(outputs, targets)
            if PENALTY:
                loss = loss + penalty(model)
            if training:
                optimizer.zero_grad()
                loss.backward()
                if clipvalue is not None:
                    nn.utils.clip_grad_value_(model.parameters(), clipvalue)
                if clipnorm is not None:
                    for parameter in model.parameters():
                        nn.utils.clip_grad_norm_(parameter, clipnorm)
                if global_clipnorm is not None:
                    nn.utils.clip_grad_norm_(model.parameters(), global_clipnorm)
                optimizer.step()
                if constrain is not None:
                    constrain(model)
                if scheduler is not None:
                    scheduler.step()
            if EPOCH_METRICS:
                kept.append((outputs.detach(), targets))
                totals += loss.detach() * len(batch)
            elif BATCH_METRICS:
                share = len(x) / math.ceil(len(x) / batch_size)  # every batch counts the same
                values = [metric(outputs, targets) for metric in metrics.values()]
                sums = [value.sum() if value.dim() else value * share for value in values]
                totals += torch.stack([loss * len(batch), *sums]).detach()
            elif WITH_METRICS:
                sums = [metric(outputs, targets).sum() for metric in metrics.values()]
                totals += torch.stack([loss * len(batch), *sums]).detach()
            else:
                totals += loss.detach() * len(batch)
            if ON_BATCH_END:
                seen += len(batch)
                if WITH_METRICS and not EPOCH_METRICS:
                    logs = dict(zip(["loss", *metrics], (totals / seen).tolist()))
                else:
                    logs = {"loss": (totals / seen).item()}
                for callback in callbacks:
                    if TRAIN_BATCH_HOOKS:
                        callback.on_train_batch_end(index, logs)
                    else:
                        callback.on_batch_end(index, logs)
                model.train(training)
                if callbacks and model.stop_training:
                    totals *= len(x) / seen
                    break
    if EPOCH_METRICS:
        outputs, targets = (torch.cat(parts) for parts in zip(*kept))
        values = {name: metric(outputs, targets).float().mean().item() for name, metric in metrics.items()}
        return {"loss": (totals / len(x)).item(), **values}
    elif WITH_METRICS:
        return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))
    else:
        return {"loss": (totals / len(x)).item()}


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
    class_weight=None,
    sample_weight=None,
    initial_epoch=0,
    callbacks=(),
    verbose=1,
    constrain=None,
    clipnorm=None,
    global_clipnorm=None,
    clipvalue=None,
    scheduler=None,
):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    if ALWAYS_VALIDATION_DATA or validation_data is not None:
        x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
        if VALIDATION_WEIGHTS:
            val_weights = sample_weights(y_val, sample_weight=(*validation_data, None)[2])
    elif ALWAYS_SPLIT or validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
        if VALIDATION_WEIGHTS:
            tail = None if sample_weight is None else sample_weight[n_train:]
            val_weights = sample_weights(y_val, sample_weight=tail)
    if WEIGHTS:
        weights = sample_weights(y, class_weight=class_weight, sample_weight=sample_weight)
    if HISTORY_OBJECT:
        history = SimpleNamespace(epoch=[], history={})
    elif not HISTORY_UNUSED:
        history = {}
    if callbacks:
        model.stop_training = False
    for callback in callbacks:
        callback.model, callback.optimizer = model, optimizer
        if CALLBACK_PARAMS:
            callback.params = {"epochs": epochs, "steps": math.ceil(len(x) / batch_size), "verbose": verbose}
        if ON_TRAIN_BEGIN:
            callback.on_train_begin({})
    for epoch in range(initial_epoch, epochs) if INITIAL_EPOCH else range(epochs):
        if ON_EPOCH_BEGIN:
            for callback in callbacks:
                callback.on_epoch_begin(epoch, {})
        logs = run_epoch(
            model,
            loss_fn,
            x,
            y,
            batch_size,
            optimizer,
            metrics,
            sample_weight=weights if WEIGHTS else None,
            shuffle=shuffle,
            constrain=constrain,
            clipnorm=clipnorm,
            global_clipnorm=global_clipnorm,
            clipvalue=clipvalue,
            scheduler=scheduler,
            callbacks=callbacks,
        )
        if ALWAYS_SPLIT or ALWAYS_VALIDATION_DATA or validation_split or validation_data is not None:
            val_logs = run_epoch(
                model,
                loss_fn,
                x_val,
                y_val,
                batch_size,
                metrics=metrics,
                sample_weight=val_weights if VALIDATION_WEIGHTS else None,
            )
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        if FIT_PRINTS and (ALWAYS_PRINTS or verbose):
            values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
            print(f"Epoch {epoch + 1}/{epochs} - {values}")
        if HISTORY_OBJECT:
            history.epoch.append(epoch)
            for name, value in logs.items():
                history.history.setdefault(name, []).append(value)
        elif not HISTORY_UNUSED:
            for name, value in logs.items():
                history.setdefault(name, []).append(value)
        if callbacks and model.stop_training:
            break
    if ON_TRAIN_END:
        for callback in callbacks:
            callback.on_train_end({})
    if not HISTORY_UNUSED:
        return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32, sample_weight=None, verbose=1):
    """The mean loss, and the metrics after it, over the data."""
    if sample_weight is not None:
        sample_weight = sample_weights(y, sample_weight=sample_weight)
    logs = run_epoch(
        model,
        loss_fn,
        to_inputs(x),
        to_targets(y),
        batch_size,
        metrics=metrics,
        sample_weight=sample_weight,
    )
    if EVALUATE_PRINTS and verbose:
        print(" - ".join(f"{name}: {value:.4f}" for name, value in logs.items()))
    if BY_NAME:
        return logs
    elif WITH_METRICS and WITHOUT_METRICS:
        return list(logs.values()) if metrics else logs["loss"]
    else:
        return list(logs.values()) if WITH_METRICS else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    if CHANNELS_LAST_OUTPUT:
        outputs = outputs.movedim(1, -1)
    if SOFTMAX:
        return outputs.softmax(-1).numpy()
    elif SIGMOID:
        return outputs.sigmoid().numpy()
    else:
        return outputs.numpy()


def train_on_batch(
    model,
    loss_fn,
    optimizer,
    x,
    y,
    metrics=None,
    class_weight=None,
    sample_weight=None,
    constrain=None,
    clipnorm=None,
    global_clipnorm=None,
    clipvalue=None,
    scheduler=None,
):
    """One step of the optimizer on one batch; its loss, and metrics if there are any."""
    model.train()
    if LOGITS_BEFORE_LAST:
        outputs, targets = model[:-1](to_inputs(x).to(device)), to_targets(y).to(device)
    else:
        outputs, targets = model(to_inputs(x).to(device)), to_targets(y).to(device)
    if WEIGHTS:
        losses = loss_fn(outputs, targets).reshape(len(targets), -1).mean(1)
        if class_weight is not None or sample_weight is not None:
            losses = losses * sample_weights(targets, class_weight, sample_weight).to(device)
        loss = losses.mean()
    else:
        loss = loss_fn(outputs, targets)
    if PENALTY:
        loss = loss + penalty(model)
    optimizer.zero_grad()
    loss.backward()
    if clipvalue is not None:
        nn.utils.clip_grad_value_(model.parameters(), clipvalue)
    if clipnorm is not None:
        for parameter in model.parameters():
            nn.utils.clip_grad_norm_(parameter, clipnorm)
    if global_clipnorm is not None:
        nn.utils.clip_grad_norm_(model.parameters(), global_clipnorm)
    optimizer.step()
    if constrain is not None:
        constrain(model)
    if scheduler is not None:
        scheduler.step()
    if WITH_METRICS:
        values = [metric(outputs, targets).float().mean().item() for metric in metrics.values()]
    if WITH_METRICS and WITHOUT_METRICS:
        return [loss.item(), *values] if metrics else loss.item()
    else:
        return [loss.item(), *values] if WITH_METRICS else loss.item()


@torch.no_grad()
def test_on_batch(model, loss_fn, x, y, metrics=None, sample_weight=None):
    """The loss of one batch, and metrics if there are any."""
    model.eval()
    if LOGITS_BEFORE_LAST:
        outputs, targets = model[:-1](to_inputs(x).to(device)), to_targets(y).to(device)
    else:
        outputs, targets = model(to_inputs(x).to(device)), to_targets(y).to(device)
    if WEIGHTS:
        losses = loss_fn(outputs, targets).reshape(len(targets), -1).mean(1)
        if sample_weight is not None:
            losses = losses * sample_weights(targets, sample_weight=sample_weight).to(device)
        loss = losses.mean()
    else:
        loss = loss_fn(outputs, targets)
    if PENALTY:
        loss = loss + penalty(model)
    if WITH_METRICS:
        values = [metric(outputs, targets).float().mean().item() for metric in metrics.values()]
    if WITH_METRICS and WITHOUT_METRICS:
        return [loss.item(), *values] if metrics else loss.item()
    else:
        return [loss.item(), *values] if WITH_METRICS else loss.item()
