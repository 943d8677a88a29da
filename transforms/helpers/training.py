"""fit, evaluate, predict and their kin: the source that is specialised for one script and written into it.

A constant in capitals is a switch, set for each script; a parameter whose default is None, True, False or ()
folds away where no call passes it. `to_inputs` and `to_targets` are stand-ins: a script gets bodies of its own.
"""

import math
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

METRICS = True  # compile names metrics: every call passes `metrics`, and evaluate gives a list
EPOCH_METRICS = False  # some metric needs the whole epoch at once (AUC, precision, recall): all are taken so
BATCH_METRICS = False  # some metric gives one number a batch: averaged over batches, whatever their size
WEIGHTS = False  # some fit or evaluate weighs samples: loss_fn then gives unreduced losses
ONE_HOT_TARGETS = False  # class weights: targets are one-hot rows, not class indices
VALIDATION = True  # some fit validates
ALWAYS_SPLIT = False  # every fit passes a validation_split above 0 and no validation_data
ALWAYS_VALIDATION_DATA = False  # every fit passes validation_data
VALIDATION_WEIGHTS = (
    False  # validation samples have weights: of three validation_data, or split sample_weight
)
INITIAL_EPOCH = True  # some fit passes initial_epoch
FIT_PRINTS = True  # some fit is not silent
EVALUATE_PRINTS = False  # some evaluate is not silent
RETURN_DICT = False  # evaluate returns its values by name
HISTORY = True  # some script reads what fit returns
HISTORY_OBJECT = False  # ... as an object with .history and .epoch
STOPPABLE = True  # some callback may set model.stop_training
STOPPABLE_IN_EPOCH = True  # ... after a batch
CALLBACK_MODEL = True  # some callback reads self.model
CALLBACK_OPTIMIZER = True  # some callback reads self.optimizer
CALLBACK_PARAMS = True  # some callback reads self.params
ON_TRAIN_BEGIN = True  # some callback defines this hook; likewise below
ON_EPOCH_BEGIN = True
ON_BATCH_BEGIN = True
ON_BATCH_END = True
ON_EPOCH_END = True
ON_TRAIN_END = True
TRAIN_BATCH_HOOKS = False  # the batch hooks are spelled on_train_batch_begin and on_train_batch_end
SOFTMAX = False  # the model gives logits where predict gives probabilities
SIGMOID = False
CHANNELS_LAST_OUTPUT = False  # outputs are maps (N, C, ...), returned as (N, ..., C)

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def to_inputs(x):
    """What the model reads: float32."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """What the loss compares with: float32."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32)


# Metrics: (outputs, targets) of a batch -> one value a sample, (N,). With EPOCH_METRICS also one value an epoch.


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def categorical_accuracy_sequence(outputs, targets):
    """How often the largest output (N, T, C) is the class of the one-hot target, (N,)."""
    return (outputs.argmax(-1) == targets.argmax(-1)).float().mean(1)


def categorical_accuracy_maps(outputs, targets):
    """How often the largest output (N, C, ...) is the class of the one-hot target, (N,)."""
    return (outputs.argmax(1) == targets.argmax(1)).flatten(1).float().mean(1)


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def sparse_categorical_accuracy_sequence(outputs, targets):
    """How often the largest output (N, T, C) is the target class (N, T), (N,)."""
    return (outputs.argmax(-1) == targets).float().mean(1)


def sparse_categorical_accuracy_maps(outputs, targets):
    """How often the largest output (N, C, ...) is the target class (N, ...), (N,)."""
    return (outputs.argmax(1) == targets).flatten(1).float().mean(1)


def binary_accuracy(outputs, targets):
    """How often a probability lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0.5) == targets).flatten(1).float().mean(1)


def binary_accuracy_logits(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def top_k_categorical_accuracy(outputs, targets, k=5):
    """Whether the class of the one-hot target is among the k largest outputs, (N,)."""
    return (outputs.topk(k).indices == targets.argmax(-1, keepdim=True)).any(-1)


def sparse_top_k_categorical_accuracy(outputs, targets, k=5):
    """Whether the target class is among the k largest outputs, (N,)."""
    return (outputs.topk(k).indices == targets.unsqueeze(-1)).any(-1)


def mean_squared_error(outputs, targets):
    """Mean squared error of each sample, (N,)."""
    return (outputs - targets).square().flatten(1).mean(1)


def mean_absolute_error(outputs, targets):
    """Mean absolute error of each sample, (N,)."""
    return (outputs - targets).abs().flatten(1).mean(1)


def mean_absolute_percentage_error(outputs, targets):
    """Mean absolute error of each sample in percent of its target, (N,)."""
    return 100 * ((outputs - targets).abs() / targets.abs().clamp(min=1e-7)).flatten(1).mean(1)


def mean_squared_logarithmic_error(outputs, targets):
    """Mean squared error of the logarithms of each sample, (N,)."""
    difference = outputs.clamp(min=1e-7).log1p() - targets.clamp(min=1e-7).log1p()
    return difference.square().flatten(1).mean(1)


def cosine_similarity(outputs, targets):
    """Cosine of the angle between output and target, (N,)."""
    return F.cosine_similarity(outputs, targets, dim=-1)


def categorical_crossentropy(outputs, targets):
    """Cross-entropy of each sample from logits, (N,)."""
    return F.cross_entropy(outputs, targets, reduction="none")


def binary_crossentropy(outputs, targets):
    """Mean cross-entropy of each sample from logits, (N,)."""
    losses = F.binary_cross_entropy_with_logits(outputs, targets, reduction="none")
    return losses.flatten(1).mean(1)


def root_mean_squared_error(outputs, targets):
    """Root of the mean squared error over the whole epoch."""
    return (outputs - targets).square().mean().sqrt()


def precision(outputs, targets, threshold=0.5):
    """Share of true ones among those predicted, over the whole epoch."""
    predicted = outputs > threshold
    return (predicted * targets).sum() / predicted.sum().clamp(min=1)


def recall(outputs, targets, threshold=0.5):
    """Share of the true ones that are predicted, over the whole epoch."""
    return ((outputs > threshold) * targets).sum() / targets.sum().clamp(min=1)


def auc(outputs, targets):
    """Area under the ROC curve of probabilities over the whole epoch, by 200 thresholds."""
    thresholds = torch.linspace(0, 1, 200, device=outputs.device)
    thresholds[0], thresholds[-1] = -1e-7, 1 + 1e-7
    predicted, positive = outputs.flatten() > thresholds[:, None], targets.flatten() > 0
    hits = (predicted & positive).sum(1) / positive.sum()
    false_alarms = (predicted & ~positive).sum(1) / (~positive).sum()
    return torch.trapezoid(hits.flip(0), false_alarms.flip(0))


def sample_weights(y, class_weight=None, sample_weight=None):
    """The weight of each sample, (N,)."""
    weights = torch.ones(len(y))
    if sample_weight is not None:
        weights = torch.as_tensor(np.asarray(sample_weight)[: len(y)], dtype=torch.float32)
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
    penalty=None,
    constrain=None,
    clipnorm=None,
    global_clipnorm=None,
    clipvalue=None,
    scheduler=None,
    callbacks=(),
):
    """One pass over the data, training if an optimizer is given: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training and shuffle else torch.arange(len(x))
    totals = 0
    if ON_BATCH_BEGIN or ON_BATCH_END or STOPPABLE_IN_EPOCH:
        step, seen = 0, 0
    if EPOCH_METRICS:
        kept = []
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            if ON_BATCH_BEGIN:
                for callback in callbacks:
                    if TRAIN_BATCH_HOOKS:
                        callback.on_train_batch_begin(step, {})
                    else:
                        callback.on_batch_begin(step, {})
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            if WEIGHTS:
                losses = loss_fn(outputs, targets).reshape(len(batch), -1).mean(1)
                if sample_weight is not None:
                    losses = losses * sample_weight[batch].to(device)
                loss = losses.mean()
            else:
                loss = loss_fn(outputs, targets)
            if penalty is not None:
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
            elif METRICS:
                sums = [metric(outputs, targets).sum() for metric in metrics.values()]
                totals += torch.stack([loss * len(batch), *sums]).detach()
            else:
                totals += loss.detach() * len(batch)
            if ON_BATCH_END or STOPPABLE_IN_EPOCH:
                seen += len(batch)
            if ON_BATCH_END:
                if METRICS and not EPOCH_METRICS:
                    logs = dict(zip(["loss", *metrics], (totals / seen).tolist()))
                else:
                    logs = {"loss": (totals / seen).item()}
                for callback in callbacks:
                    if TRAIN_BATCH_HOOKS:
                        callback.on_train_batch_end(step, logs)
                    else:
                        callback.on_batch_end(step, logs)
            if ON_BATCH_BEGIN or ON_BATCH_END:
                step += 1
            if STOPPABLE_IN_EPOCH and training and model.stop_training:
                totals *= len(x) / seen  # the mean so far
                break
    if EPOCH_METRICS:
        outputs, targets = (torch.cat(parts) for parts in zip(*kept))
        values = {name: metric(outputs, targets).float().mean().item() for name, metric in metrics.items()}
        return {"loss": (totals / len(x)).item(), **values}
    elif METRICS:
        return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))
    else:
        return {"loss": (totals / len(x)).item()}


def fit(
    model,
    loss_fn,
    optimizer,
    x,
    y,
    batch_size=32,
    epochs=1,
    validation_split=None,
    validation_data=None,
    metrics=None,
    shuffle=True,
    class_weight=None,
    sample_weight=None,
    callbacks=(),
    initial_epoch=0,
    verbose=True,
    penalty=None,
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
        n_train = int(len(x) * (1 - validation_split))  # the tail validates
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
        if VALIDATION_WEIGHTS:
            tail = None if sample_weight is None else sample_weight[n_train:]
            val_weights = sample_weights(y_val, sample_weight=tail)
    elif VALIDATION:
        x_val = None
    if WEIGHTS:
        weights = sample_weights(y, class_weight, sample_weight)
    if HISTORY:
        history = SimpleNamespace(history={}, epoch=[]) if HISTORY_OBJECT else {}
    if STOPPABLE:
        model.stop_training = False
    for callback in callbacks:
        if CALLBACK_MODEL and CALLBACK_OPTIMIZER:
            callback.model, callback.optimizer = model, optimizer
        elif CALLBACK_MODEL:
            callback.model = model
        elif CALLBACK_OPTIMIZER:
            callback.optimizer = optimizer
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
            penalty=penalty,
            constrain=constrain,
            clipnorm=clipnorm,
            global_clipnorm=global_clipnorm,
            clipvalue=clipvalue,
            scheduler=scheduler,
            callbacks=callbacks,
        )
        if VALIDATION and (ALWAYS_SPLIT or ALWAYS_VALIDATION_DATA or x_val is not None):
            val_logs = run_epoch(
                model,
                loss_fn,
                x_val,
                y_val,
                batch_size,
                metrics=metrics,
                sample_weight=val_weights if VALIDATION_WEIGHTS else None,
                penalty=penalty,
            )
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        if ON_EPOCH_END:
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs)
        if FIT_PRINTS and verbose:
            values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
            print(f"Epoch {epoch + 1}/{epochs} - {values}")
        if HISTORY:
            if HISTORY_OBJECT:
                history.epoch.append(epoch)
            for name, value in logs.items():
                (history.history if HISTORY_OBJECT else history).setdefault(name, []).append(value)
        if STOPPABLE and model.stop_training:
            break
    if ON_TRAIN_END:
        for callback in callbacks:
            callback.on_train_end({})
    if HISTORY:
        return history


def evaluate(
    model, loss_fn, x, y, batch_size=32, metrics=None, sample_weight=None, verbose=True, penalty=None
):
    """The mean loss, and metrics if there are any, over the data."""
    if sample_weight is not None:
        weights = sample_weights(y, sample_weight=sample_weight)
    logs = run_epoch(
        model,
        loss_fn,
        to_inputs(x),
        to_targets(y),
        batch_size,
        metrics=metrics,
        sample_weight=None if sample_weight is None else weights,
        penalty=penalty,
    )
    if EVALUATE_PRINTS and verbose:
        print(" - ".join(f"{name}: {value:.4f}" for name, value in logs.items()))
    if RETURN_DICT:
        return logs
    elif METRICS:
        return list(logs.values())
    else:
        return logs["loss"]


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
    penalty=None,
    constrain=None,
    clipnorm=None,
    global_clipnorm=None,
    clipvalue=None,
    scheduler=None,
):
    """One step of the optimizer on one batch; its loss, and metrics if there are any."""
    model.train()
    outputs, targets = model(to_inputs(x).to(device)), to_targets(y).to(device)
    if WEIGHTS:
        losses = loss_fn(outputs, targets).reshape(len(targets), -1).mean(1)
        if class_weight is not None or sample_weight is not None:
            losses = losses * sample_weights(targets, class_weight, sample_weight).to(device)
        loss = losses.mean()
    else:
        loss = loss_fn(outputs, targets)
    if penalty is not None:
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
    if METRICS:
        return [loss.item(), *(metric(outputs, targets).float().mean().item() for metric in metrics.values())]
    else:
        return loss.item()


@torch.no_grad()
def test_on_batch(model, loss_fn, x, y, metrics=None, sample_weight=None, penalty=None):
    """The loss of one batch, and metrics if there are any."""
    model.eval()
    outputs, targets = model(to_inputs(x).to(device)), to_targets(y).to(device)
    if WEIGHTS:
        losses = loss_fn(outputs, targets).reshape(len(targets), -1).mean(1)
        if sample_weight is not None:
            losses = losses * sample_weights(targets, sample_weight=sample_weight).to(device)
        loss = losses.mean()
    else:
        loss = loss_fn(outputs, targets)
    if penalty is not None:
        loss = loss + penalty(model)
    if METRICS:
        return [loss.item(), *(metric(outputs, targets).float().mean().item() for metric in metrics.values())]
    else:
        return loss.item()
