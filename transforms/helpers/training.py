"""fit, evaluate, predict and their kin: the source that is specialised for one script and written into it.

A constant in capitals is a switch, set for each script; a parameter that no call passes folds away with its
default. `to_inputs`, `to_targets`, `to_outputs`, `penalty` and `constrain` are stand-ins: each script gets bodies of its own.
"""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

LOGITS_BEFORE_LAST = False  # the model ends in the softmax or sigmoid that the loss wants left out
HELD_NORMS = False  # some model holds normalizations inside it still, at their running statistics
FROZEN_NORMS = False  # some normalization is frozen: Keras's then stays at its running statistics
PENALTY = False  # regularizers add to the loss
CONSTRAINTS = False  # constraints hold weights after each step
SOFTMAX = False  # the model gives logits, predict gives probabilities
SIGMOID = False
TRAINING_CALLS = False  # some calls of models drop out as in training
OUTPUTS_DIFFER = False  # models differ in what predict does to their outputs
CHANNELS_LAST_OUTPUT = False  # outputs are maps (N, C, ...), which predict returns as (N, ..., C)
WITH_METRICS = True  # some model has metrics
WITHOUT_METRICS = True  # some model has none: its calls pass metrics={}
EPOCH_METRICS = False  # some metric needs the whole epoch at once (AUC, precision, recall): all are taken so
BATCH_METRICS = False  # some metric gives one number a batch: averaged over batches, whatever their sizes
SEVERAL_NUMBERS = False  # some metric of whole epochs is several numbers
RUNNING_METRICS = False  # metrics are objects that are updated batch by batch
BY_NAME = False  # evaluate gives its values by name
EVALUATE_PRINTS = False  # some evaluate prints its values
FIT_PRINTS = True  # some fit prints its progress
ALWAYS_PRINTS = False  # every fit does
MASKED_OUTPUTS = False  # losses and metrics leave out masked steps of the outputs
WEIGHTS = False  # some call weighs samples or classes: loss_fn then gives unreduced losses
ONE_HOT_TARGETS = False  # ... of classes, and targets are one-hot rows, not class indices
STEP_WEIGHTS = False  # ... and some weights are of each step of a sample, (N, T)
WEIGHTED_BATCHES = False  # ... and some batches have weights of their samples, as their third part
VALIDATION_WEIGHTS = False  # ... and validation samples: sample_weight is split, or validation_data has three
ALWAYS_SPLIT = False  # every fit passes a validation_split above 0, and no validation_data
ALWAYS_VALIDATION_DATA = False  # every fit passes validation_data
INITIAL_EPOCH = True  # some fit passes initial_epoch
VALIDATION_FREQ = True  # some fit passes validation_freq
TEXT_SAMPLES = False  # some parts of samples are texts
SEVERAL_INPUTS = False  # some model has several inputs: inputs are lists of tensors
BATCHES = False  # x is batches (inputs, targets), not an array: of images, generators, data sets
INDEXED_BATCHES = False  # some are had by their index, one epoch after another
ITERATED_BATCHES = False  # some by iteration
ARRAY_STEPS = False  # fit takes so many batches of its arrays an epoch, and goes on from there
STEPS_GIVE_SIZE = False  # ... of a size that is made for it
STEPS = False  # some call says how many
EVALUATE_STEPS = False  # ... of evaluate
PREDICT_STEPS = False  # ... of predict
EPOCH_END = False  # some batches for training have a method on_epoch_end
EPOCH_END_MIXED = False  # ... and others have none
VALIDATION_END = False  # some batches for evaluation have one that does more than shuffle
VALIDATION_END_MIXED = False
ENDLESS = False  # some data set for training has no end: training goes on where an epoch has left it
SAMPLES = False  # an epoch is a number of samples
PREDICT_BATCHES = False  # predict takes batches
PREDICT_PAIRS = False  # ... of inputs and targets
PREDICT_INPUTS = False  # ... of inputs alone
HISTORY_OBJECT = False  # what fit returns is used as more than the dict in it
SORTED_LOGS = False  # the values of an epoch stand in the order of their names, as in Keras 3
HISTORY_UNUSED = False  # what fit returns is not used
CALLBACK_PARAMS = False  # some callback reads self.params
HISTORY_PARAMS = False  # ... or the script those of what fit returns
PARAMS_VERBOSE = False  # ... of them how much is printed, too
MODEL_HISTORY = False  # the script asks the model for it
HISTORY_MODEL = False  # the script reads the model of what fit returns
TRAIN_BATCH_HOOKS = False  # batch hooks are spelled on_train_batch_begin and on_train_batch_end
ON_TRAIN_BEGIN = True  # the hooks that the callbacks of the script have
ON_TRAIN_END = True
ON_EPOCH_BEGIN = True
ON_BATCH_BEGIN = True
ON_BATCH_END = True
ON_TEST_BEGIN = False  # ... and while a model is evaluated
ON_TEST_END = False
ON_TEST_BATCH_BEGIN = False
ON_TEST_BATCH_END = False
ON_PREDICT_BEGIN = False  # ... and while it predicts
ON_PREDICT_END = False
ON_PREDICT_BATCH_BEGIN = False
ON_PREDICT_BATCH_END = False

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def to_inputs(x):
    """What the model reads: float32."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """What the loss compares with: float32."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32)


def to_outputs(outputs):
    """What predict gives of the model's outputs."""
    return outputs


def kept_steps(x):
    """The steps that count: the others are masked."""
    return x != 0


def penalty(model):
    """What the regularizers add to the loss."""
    return 0.0


def constrain(model):
    """What the constraints do after each step."""


def results(metrics):
    """What metrics have come to."""
    values = {name: torch.as_tensor(metric.result(), dtype=torch.float32) for name, metric in metrics.items()}
    if SEVERAL_NUMBERS:
        return {name: value.cpu().numpy() if value.dim() else value.item() for name, value in values.items()}
    else:
        return {name: value.item() for name, value in values.items()}


def batch_results(metrics, outputs, targets):
    """The metrics of one batch."""
    for metric in metrics.values():
        metric.reset_state()
        metric.update_state(targets, outputs.detach())
    return list(results(metrics).values())


def sample_weights(y, class_weight=None, sample_weight=None):
    """The weight of each sample, (N,)."""
    weights = torch.ones(len(y))
    if STEP_WEIGHTS and sample_weight is not None:
        weights = torch.as_tensor(np.asarray(sample_weight)[: len(y)], dtype=torch.float32)
    elif sample_weight is not None:
        weights = torch.as_tensor(np.asarray(sample_weight)[: len(y)], dtype=torch.float32).reshape(len(y))
    if class_weight is not None:
        labels = y.argmax(1) if ONE_HOT_TARGETS else y.flatten().long()
        weights = weights * torch.tensor([class_weight.get(label, 1.0) for label in labels.tolist()])
    return weights


def one_epoch(batches, steps=None, shuffle=False, samples=None):
    """The batches of one epoch; where they are had by their index, in another order if shuffled."""
    if SAMPLES and samples is not None:
        return take_samples(batches, samples)
    if INDEXED_BATCHES and ITERATED_BATCHES and not hasattr(batches, "__getitem__"):
        return itertools.islice(batches, steps) if STEPS else batches
    if INDEXED_BATCHES:
        order = torch.randperm(len(batches)).tolist() if shuffle else range(len(batches))
        return (batches[index] for index in (order[:steps] if STEPS else order))
    else:
        return itertools.islice(batches, steps) if STEPS else batches


def take_samples(batches, samples):
    """Whole batches until there are that many samples."""
    while samples > 0:
        batch = next(batches)
        samples -= len(batch[0])
        yield batch


def array_batches(*arrays, batch_size=32, shuffle=False):
    """Rows of arrays in batches."""
    if TEXT_SAMPLES:
        rows = list(zip(*arrays))
        return DataLoader(rows, batch_size, shuffle, collate_fn=lambda rows: list(map(np.array, zip(*rows))))
    else:
        rows = TensorDataset(*(torch.as_tensor(np.asarray(array)) for array in arrays))
        return DataLoader(rows, batch_size, shuffle)


def hold_frozen_norms(model):
    """Normalizations whose parameters are frozen stay at their running statistics."""
    types = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
    for norm in [module for module in model.modules() if isinstance(module, types)]:
        if not any(parameter.requires_grad for parameter in norm.parameters()):
            norm.eval()


def split_batches(x, y, validation_split, batch_size=32, shuffle=True):
    """The first rows of arrays in batches to train with, the others to validate with."""
    n_train = int(len(x) * (1 - validation_split))
    return {
        "batches": array_batches(x[:n_train], y[:n_train], batch_size=batch_size, shuffle=shuffle),
        "validation_data": array_batches(x[n_train:], y[n_train:], batch_size=batch_size),
    }


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
    callbacks=(),
    rows=None,
    class_weight=None,
    test_callbacks=(),
):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    if FROZEN_NORMS:
        hold_frozen_norms(model)
    if HELD_NORMS:
        for norm in getattr(model, "held_norms", ()):
            norm.eval()
    if ARRAY_STEPS:
        if rows is None:
            rows = torch.arange(len(x)).split(batch_size)
    elif not BATCHES:
        rows = torch.randperm(len(y if SEVERAL_INPUTS else x)) if training and shuffle else torch.arange(len(y if SEVERAL_INPUTS else x))  # fmt: skip
    totals = 0
    if BATCHES or ARRAY_STEPS or ON_BATCH_END or MASKED_OUTPUTS:
        seen = 0
    if EPOCH_METRICS:
        kept = []
    if RUNNING_METRICS:
        for metric in metrics.values():
            metric.reset_state()
    with torch.set_grad_enabled(training):
        for index, batch in enumerate(x if BATCHES else rows if ARRAY_STEPS else rows.split(batch_size)):
            if ON_BATCH_BEGIN:
                for callback in callbacks:
                    if TRAIN_BATCH_HOOKS:
                        callback.on_train_batch_begin(index, {})
                    else:
                        callback.on_batch_begin(index, {})
                model.train(training)
            if ON_TEST_BATCH_BEGIN:
                for callback in test_callbacks:
                    callback.on_test_batch_begin(index, {})
            if BATCHES and LOGITS_BEFORE_LAST:
                outputs, targets = model[:-1](to_inputs(batch[0]).to(device)), to_targets(batch[1]).to(device)
            elif BATCHES:
                outputs, targets = model(to_inputs(batch[0]).to(device)), to_targets(batch[1]).to(device)
            elif LOGITS_BEFORE_LAST:
                outputs, targets = model[:-1](x[batch].to(device)), y[batch].to(device)
            else:
                outputs, targets = model(*(one[batch].to(device) for one in x)) if SEVERAL_INPUTS else model(x[batch].to(device)), y[batch].to(device)  # fmt: skip
            if MASKED_OUTPUTS:
                size = len(targets)
                mask = kept_steps(to_inputs(batch[0]) if BATCHES else x[batch])
                outputs, targets = outputs[mask], targets[mask]
            if STEP_WEIGHTS and not BATCHES:
                losses = loss_fn(outputs, targets)
                if sample_weight is not None:
                    weights = sample_weight[batch].to(device)
                    losses = losses.reshape(*weights.shape, -1).mean(-1) * weights
                loss = losses.mean()
            elif WEIGHTS:
                losses = loss_fn(outputs, targets).reshape(len(targets), -1).mean(1)
                if BATCHES and WEIGHTED_BATCHES:
                    weights = batch[2] if len(batch) > 2 else None
                    losses = losses * sample_weights(targets, class_weight, weights).to(device)
                elif BATCHES:
                    if class_weight is not None:
                        losses = losses * sample_weights(targets, class_weight).to(device)
                elif sample_weight is not None:
                    losses = losses * sample_weight[batch].to(device)
                loss = losses.mean()
            else:
                loss = loss_fn(outputs, targets)
            if PENALTY:
                loss = loss + penalty(model)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                if CONSTRAINTS:
                    constrain(model)
            if RUNNING_METRICS:
                for metric in metrics.values():
                    metric.update_state(targets, outputs.detach())
                totals += loss.detach() * (size if MASKED_OUTPUTS else len(targets) if BATCHES else len(batch))  # fmt: skip
            elif EPOCH_METRICS:
                kept.append((outputs.detach(), targets))
                totals += loss.detach() * (size if MASKED_OUTPUTS else len(targets) if BATCHES else len(batch))  # fmt: skip
            elif BATCH_METRICS:
                share = len(y if SEVERAL_INPUTS else x) / math.ceil(len(y if SEVERAL_INPUTS else x) / batch_size)  # every batch counts the same  # fmt: skip
                values = [metric(outputs, targets) for metric in metrics.values()]
                sums = [value.float().mean() * (len(batch) if value.dim() else share) for value in values]
                totals += torch.stack([loss * (size if MASKED_OUTPUTS else len(targets) if BATCHES else len(batch)), *sums]).detach()  # fmt: skip
            elif WITH_METRICS:
                sums = [metric(outputs, targets).sum() for metric in metrics.values()]
                totals += torch.stack([loss * (size if MASKED_OUTPUTS else len(targets) if BATCHES else len(batch)), *sums]).detach()  # fmt: skip
            else:
                totals += loss.detach() * (size if MASKED_OUTPUTS else len(targets) if BATCHES else len(batch))  # fmt: skip
            if MASKED_OUTPUTS and WITH_METRICS and not EPOCH_METRICS and not RUNNING_METRICS:
                seen = seen + torch.tensor([size] + [len(outputs)] * len(metrics), device=device)
            elif BATCHES or ARRAY_STEPS or ON_BATCH_END or MASKED_OUTPUTS:
                seen += size if MASKED_OUTPUTS else len(targets) if BATCHES else len(batch)
            if ON_BATCH_END:
                if RUNNING_METRICS:
                    logs = {"loss": (totals / seen).item(), **results(metrics)}
                elif WITH_METRICS and not EPOCH_METRICS:
                    logs = dict(zip(["loss", *metrics], (totals / seen).tolist()))
                else:
                    logs = {"loss": (totals / seen).item()}
                for callback in callbacks:
                    if TRAIN_BATCH_HOOKS:
                        callback.on_train_batch_end(index, logs)
                    else:
                        callback.on_batch_end(index, logs)
                if ON_TEST_BATCH_END:
                    for callback in test_callbacks:
                        callback.on_test_batch_end(index, logs)
                model.train(training)
                if callbacks and model.stop_training:
                    if not BATCHES and not ARRAY_STEPS and not MASKED_OUTPUTS:
                        totals *= len(y if SEVERAL_INPUTS else x) / seen
                    break
    if RUNNING_METRICS:
        return {"loss": (totals / (seen if BATCHES or ARRAY_STEPS or MASKED_OUTPUTS else len(y if SEVERAL_INPUTS else x))).item(), **results(metrics)}  # fmt: skip
    elif EPOCH_METRICS:
        outputs, targets = (torch.cat(parts) for parts in zip(*kept))
        if SEVERAL_NUMBERS:
            values = {name: metric(outputs, targets).float().mean(0) for name, metric in metrics.items()}
            values = {
                name: value.cpu().numpy() if value.dim() else value.item() for name, value in values.items()
            }
        else:
            values = {name: metric(outputs, targets).float().mean().item() for name, metric in metrics.items()}  # fmt: skip
        return {"loss": (totals / (seen if BATCHES or ARRAY_STEPS or MASKED_OUTPUTS else len(y if SEVERAL_INPUTS else x))).item(), **values}  # fmt: skip
    elif WITH_METRICS:
        return dict(zip(["loss", *metrics], (totals / (seen if BATCHES or ARRAY_STEPS or MASKED_OUTPUTS else len(y if SEVERAL_INPUTS else x))).tolist()))  # fmt: skip
    else:
        return {"loss": (totals / (seen if BATCHES or ARRAY_STEPS or MASKED_OUTPUTS else len(y if SEVERAL_INPUTS else x))).item()}  # fmt: skip


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
    steps_per_epoch=None,
    validation_steps=None,
    validation_freq=1,
    validation_batch_size=None,
    samples_per_epoch=None,
    nb_val_samples=None,
):
    """Train; the mean values of each epoch by name."""
    if not BATCHES:
        x, y = to_inputs(x), to_targets(y)
    if (ALWAYS_VALIDATION_DATA or validation_data is not None) and not BATCHES:
        x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
        if VALIDATION_WEIGHTS:
            val_weights = sample_weights(y_val, sample_weight=(*validation_data, None)[2])
    elif (ALWAYS_SPLIT or validation_split) and not BATCHES:
        n_train = int(len(y if SEVERAL_INPUTS else x) * (1 - validation_split))
        if SEVERAL_INPUTS:
            x, x_val = [one[:n_train] for one in x], [one[n_train:] for one in x]
            y, y_val = y[:n_train], y[n_train:]
        else:
            x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
        if VALIDATION_WEIGHTS:
            tail = None if sample_weight is None else sample_weight[n_train:]
            val_weights = sample_weights(y_val, sample_weight=tail)
    if WEIGHTS and not BATCHES:
        weights = sample_weights(y, class_weight=class_weight, sample_weight=sample_weight)
    if ENDLESS and steps_per_epoch:
        x = iter(x)
    if HISTORY_OBJECT:
        history = SimpleNamespace(epoch=[], history={})
    elif not HISTORY_UNUSED:
        history = {}
    if HISTORY_MODEL:
        history.model = model
    if MODEL_HISTORY:
        model.history = history
    if CALLBACK_PARAMS or HISTORY_PARAMS:
        if BATCHES:
            steps = steps_per_epoch or (len(x) if hasattr(x, "__len__") else None)
        elif ARRAY_STEPS:
            steps = steps_per_epoch
        else:
            steps = math.ceil(len(y if SEVERAL_INPUTS else x) / batch_size)
        if PARAMS_VERBOSE:
            params = {"verbose": verbose, "epochs": epochs, "steps": steps}
        else:
            params = {"epochs": epochs, "steps": steps}
    if HISTORY_PARAMS:
        history.params = params
    if callbacks:
        model.stop_training = False
    for callback in callbacks:
        callback.model, callback.optimizer = model, optimizer
        if CALLBACK_PARAMS:
            callback.params = params
        if ON_TRAIN_BEGIN:
            callback.on_train_begin({})
    if ARRAY_STEPS:
        if STEPS_GIVE_SIZE:
            batch_size = math.ceil(len(x) / steps_per_epoch)
        passes = (torch.randperm(len(x)) if shuffle else torch.arange(len(x)) for _ in range(epochs))
        batches = (rows for one in passes for rows in one.split(batch_size))
    for epoch in range(initial_epoch, epochs) if INITIAL_EPOCH else range(epochs):
        if ARRAY_STEPS:
            rows = list(itertools.islice(batches, steps_per_epoch))
            if not rows:
                break
        if ON_EPOCH_BEGIN:
            for callback in callbacks:
                callback.on_epoch_begin(epoch, {})
        logs = run_epoch(
            model,
            loss_fn,
            (
                one_epoch(x, steps_per_epoch, shuffle, samples_per_epoch)
                if INDEXED_BATCHES or SAMPLES
                else itertools.islice(x, steps_per_epoch)
                if STEPS
                else x
            ),
            y,
            batch_size,
            optimizer,
            metrics,
            sample_weight=weights if WEIGHTS and not BATCHES else None,
            shuffle=shuffle,
            callbacks=callbacks,
            rows=rows if ARRAY_STEPS else None,
            class_weight=class_weight if BATCHES else None,
        )
        if SORTED_LOGS:
            logs = dict(sorted(logs.items()))
        if (ALWAYS_SPLIT or ALWAYS_VALIDATION_DATA or validation_split or validation_data is not None) and (
            not VALIDATION_FREQ or (epoch + 1) % validation_freq == 0
        ):
            if ON_TEST_BEGIN:
                for callback in callbacks:
                    callback.on_test_begin({})
            val_logs = run_epoch(
                model,
                loss_fn,
                (
                    x_val
                    if not BATCHES
                    else one_epoch(validation_data, validation_steps, samples=nb_val_samples)
                    if INDEXED_BATCHES or SAMPLES
                    else itertools.islice(validation_data, validation_steps)
                    if STEPS
                    else validation_data
                ),
                y_val,
                validation_batch_size or batch_size,
                metrics=metrics,
                sample_weight=val_weights if VALIDATION_WEIGHTS and not BATCHES else None,
                test_callbacks=callbacks if ON_TEST_BATCH_BEGIN or ON_TEST_BATCH_END else (),
            )
            if ON_TEST_END:
                for callback in callbacks:
                    callback.on_test_end(val_logs)
            logs.update({"val_" + name: value for name, value in (sorted(val_logs.items()) if SORTED_LOGS else val_logs.items())})  # fmt: skip
            if VALIDATION_END and VALIDATION_END_MIXED:
                if hasattr(validation_data, "on_epoch_end"):
                    validation_data.on_epoch_end()
            elif VALIDATION_END:
                validation_data.on_epoch_end()
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        if FIT_PRINTS and (ALWAYS_PRINTS or verbose):
            if SEVERAL_NUMBERS:
                values = " - ".join(f"{name}: {np.mean(value):.4f}" for name, value in logs.items())
            else:
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
        if ARRAY_STEPS and len(rows) < steps_per_epoch:
            print("No rows are left: training ends")
            break
        if INDEXED_BATCHES and ITERATED_BATCHES and not hasattr(x, "__getitem__"):
            continue
        if INDEXED_BATCHES and steps_per_epoch and len(x) < steps_per_epoch:
            print(f"There are only {len(x)} batches: training ends")
            break
        if EPOCH_END and EPOCH_END_MIXED:
            if hasattr(x, "on_epoch_end"):
                x.on_epoch_end()
        elif EPOCH_END:
            x.on_epoch_end()
    if ON_TRAIN_END:
        for callback in callbacks:
            callback.on_train_end({})
    if not HISTORY_UNUSED:
        return history


def evaluate(
    model,
    loss_fn,
    x,
    y,
    metrics=None,
    batch_size=32,
    sample_weight=None,
    verbose=1,
    steps=None,
    val_samples=None,
    callbacks=(),
):
    """The mean loss, and the metrics after it, over the data."""
    for callback in callbacks:
        callback.model = model
        if ON_TEST_BEGIN:
            callback.on_test_begin({})
    if sample_weight is not None and not BATCHES:
        sample_weight = sample_weights(y, sample_weight=sample_weight)
    logs = run_epoch(
        model,
        loss_fn,
        (
            to_inputs(x)
            if not BATCHES
            else one_epoch(x, steps, samples=val_samples)
            if INDEXED_BATCHES or SAMPLES
            else itertools.islice(x, steps)
            if EVALUATE_STEPS
            else x
        ),
        y if BATCHES else to_targets(y),
        batch_size,
        metrics=metrics,
        sample_weight=None if BATCHES else sample_weight,
        test_callbacks=callbacks if ON_TEST_BATCH_BEGIN or ON_TEST_BATCH_END else (),
    )
    if ON_TEST_END:
        for callback in callbacks:
            callback.on_test_end(logs)
    if VALIDATION_END and VALIDATION_END_MIXED:
        if hasattr(x, "on_epoch_end"):
            x.on_epoch_end()
    elif VALIDATION_END:
        x.on_epoch_end()
    if EVALUATE_PRINTS and verbose:
        if SEVERAL_NUMBERS:
            print(" - ".join(f"{name}: {np.mean(value):.4f}" for name, value in logs.items()))
        else:
            print(" - ".join(f"{name}: {value:.4f}" for name, value in logs.items()))
    if BY_NAME and SORTED_LOGS:
        return dict(sorted(logs.items()))
    elif BY_NAME:
        return logs
    elif WITH_METRICS and WITHOUT_METRICS:
        return list(logs.values()) if metrics else logs["loss"]
    else:
        return list(logs.values()) if WITH_METRICS else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32, steps=None, val_samples=None, training=False, callbacks=()):
    """The output for each sample, as a NumPy array."""
    for callback in callbacks:
        callback.model = model
        if ON_PREDICT_BEGIN:
            callback.on_predict_begin({})
    if TRAINING_CALLS:
        model.train(training)
    else:
        model.eval()
    if PREDICT_BATCHES:
        outputs = []
        for batch in (
            one_epoch(x, steps, samples=val_samples)
            if INDEXED_BATCHES or SAMPLES
            else itertools.islice(x, steps)
            if PREDICT_STEPS
            else x
        ):
            if PREDICT_PAIRS and PREDICT_INPUTS:
                inputs = batch[0] if isinstance(batch, (tuple, list)) else batch
                outputs.append(model(to_inputs(inputs).to(device)).cpu())
            else:
                outputs.append(model(to_inputs(batch[0] if PREDICT_PAIRS else batch).to(device)).cpu())
        outputs = torch.cat(outputs)
    elif ON_PREDICT_BATCH_BEGIN or ON_PREDICT_BATCH_END:
        outputs = []
        for index, batch in enumerate(to_inputs(x).split(batch_size)):
            if ON_PREDICT_BATCH_BEGIN:
                for callback in callbacks:
                    callback.on_predict_batch_begin(index, {})
            outputs.append(model(batch.to(device)).cpu())
            if ON_PREDICT_BATCH_END:
                for callback in callbacks:
                    callback.on_predict_batch_end(index, {})
        outputs = torch.cat(outputs)
    elif SEVERAL_INPUTS:
        batches = zip(*(one.split(batch_size) for one in to_inputs(x)))
        outputs = torch.cat([model(*(one.to(device) for one in batch)).cpu() for batch in batches])
    else:
        outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    if PREDICT_BATCHES and VALIDATION_END and VALIDATION_END_MIXED:
        if hasattr(x, "on_epoch_end"):
            x.on_epoch_end()
    elif PREDICT_BATCHES and VALIDATION_END:
        x.on_epoch_end()
    if ON_PREDICT_END:
        for callback in callbacks:
            callback.on_predict_end({})
    if CHANNELS_LAST_OUTPUT:
        outputs = outputs.movedim(1, -1)
    if OUTPUTS_DIFFER:
        return to_outputs(outputs).numpy()
    elif SOFTMAX:
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
):
    """One step of the optimizer on one batch; its loss, and metrics if there are any."""
    model.train()
    if FROZEN_NORMS:
        hold_frozen_norms(model)
    if HELD_NORMS:
        for norm in getattr(model, "held_norms", ()):
            norm.eval()
    if LOGITS_BEFORE_LAST:
        outputs, targets = model[:-1](to_inputs(x).to(device)), to_targets(y).to(device)
    elif SEVERAL_INPUTS:
        outputs, targets = model(*(one.to(device) for one in to_inputs(x))), to_targets(y).to(device)
    else:
        outputs, targets = model(to_inputs(x).to(device)), to_targets(y).to(device)
    if MASKED_OUTPUTS:
        mask = kept_steps(to_inputs(x))
        outputs, targets = outputs[mask], targets[mask]
    if STEP_WEIGHTS:
        losses = loss_fn(outputs, targets)
        if sample_weight is not None:
            weights = sample_weights(targets, sample_weight=sample_weight).to(device)
            losses = losses.reshape(*weights.shape, -1).mean(-1) * weights
        loss = losses.mean()
    elif WEIGHTS:
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
    optimizer.step()
    if CONSTRAINTS:
        constrain(model)
    if RUNNING_METRICS:
        values = batch_results(metrics, outputs, targets)
    elif WITH_METRICS:
        if SEVERAL_NUMBERS:
            values = [metric(outputs, targets).float().mean(0) for metric in metrics.values()]
            values = [value.cpu().numpy() if value.dim() else value.item() for value in values]
        else:
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
    elif SEVERAL_INPUTS:
        outputs, targets = model(*(one.to(device) for one in to_inputs(x))), to_targets(y).to(device)
    else:
        outputs, targets = model(to_inputs(x).to(device)), to_targets(y).to(device)
    if MASKED_OUTPUTS:
        mask = kept_steps(to_inputs(x))
        outputs, targets = outputs[mask], targets[mask]
    if STEP_WEIGHTS:
        losses = loss_fn(outputs, targets)
        if sample_weight is not None:
            weights = sample_weights(targets, sample_weight=sample_weight).to(device)
            losses = losses.reshape(*weights.shape, -1).mean(-1) * weights
        loss = losses.mean()
    elif WEIGHTS:
        losses = loss_fn(outputs, targets).reshape(len(targets), -1).mean(1)
        if sample_weight is not None:
            losses = losses * sample_weights(targets, sample_weight=sample_weight).to(device)
        loss = losses.mean()
    else:
        loss = loss_fn(outputs, targets)
    if PENALTY:
        loss = loss + penalty(model)
    if RUNNING_METRICS:
        values = batch_results(metrics, outputs, targets)
    elif WITH_METRICS:
        if SEVERAL_NUMBERS:
            values = [metric(outputs, targets).float().mean(0) for metric in metrics.values()]
            values = [value.cpu().numpy() if value.dim() else value.item() for value in values]
        else:
            values = [metric(outputs, targets).float().mean().item() for metric in metrics.values()]
    if WITH_METRICS and WITHOUT_METRICS:
        return [loss.item(), *values] if metrics else loss.item()
    else:
        return [loss.item(), *values] if WITH_METRICS else loss.item()
