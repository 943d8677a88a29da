'''Batches from a generator function, and from a Sequence that shuffles after each epoch.'''
import math

import numpy as np
import itertools
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def to_categorical(y, num_classes=None):
    """Class indices (n,) or (n, 1) as one-hot rows (n, classes)."""
    y = np.asarray(y, dtype="int64")
    if y.ndim > 1 and y.shape[-1] == 1:
        y = y.reshape(y.shape[:-1])
    return np.eye(num_classes or y.max() + 1, dtype="float32")[y]


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Sequences (N, T, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def one_epoch(batches, steps=None, shuffle=False):
    """The batches of one epoch; where they are had by their index, in another order if shuffled."""
    if not hasattr(batches, "__getitem__"):
        return itertools.islice(batches, steps)
    order = torch.randperm(len(batches)).tolist() if shuffle else range(len(batches))
    return (batches[index] for index in order[:steps])


def run_epoch(model, loss_fn, batches, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    totals = 0
    seen = 0
    with torch.set_grad_enabled(training):
        for batch in batches:
            outputs, targets = model(to_inputs(batch[0]).to(device)), to_targets(batch[1]).to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(targets), *sums]).detach()
            seen += len(targets)
    return dict(zip(["loss", *metrics], (totals / seen).tolist()))


def fit(
    model,
    loss_fn,
    optimizer,
    batches,
    metrics=None,
    epochs=1,
    validation_data=None,
    callbacks=(),
    verbose=1,
    steps_per_epoch=None,
    validation_steps=None,
):
    """Train; the mean values of each epoch by name."""
    history = {}
    if callbacks:
        model.stop_training = False
    for callback in callbacks:
        callback.model, callback.optimizer = model, optimizer
        callback.on_train_begin({})
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, one_epoch(batches, steps_per_epoch, True), optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, one_epoch(validation_data, validation_steps), metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        if hasattr(validation_data, "on_epoch_end"):
            validation_data.on_epoch_end()
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        if verbose:
            values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
            print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if callbacks and model.stop_training:
            break
        if not hasattr(batches, "__getitem__"):
            continue
        if steps_per_epoch and len(batches) < steps_per_epoch:
            print(f"There are only {len(batches)} batches: training ends")
            break
        if hasattr(batches, "on_epoch_end"):
            batches.on_epoch_end()
    return history


def evaluate(model, loss_fn, batches, metrics=None, steps=None):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, one_epoch(batches, steps), metrics=metrics)
    if hasattr(batches, "on_epoch_end"):
        batches.on_epoch_end()
    return list(logs.values())


@torch.no_grad()
def predict(model, batches):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = []
    for batch in one_epoch(batches):
        outputs.append(model(to_inputs(batch[0]).to(device)).cpu())
    outputs = torch.cat(outputs)
    if hasattr(batches, "on_epoch_end"):
        batches.on_epoch_end()
    return outputs.softmax(-1).numpy()


class Callback:
    """Hooks that do nothing."""

    def on_train_begin(self, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass


class EarlyStopping(Callback):
    """Stop when the monitored value has not improved for `patience` epochs."""

    def __init__(self, monitor="val_loss", patience=0):
        self.monitor = monitor
        self.patience = patience

    def on_train_begin(self, logs=None):
        self.best, self.wait = math.inf, 0

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor not in logs:
            return
        value = logs[self.monitor]
        self.wait += 1
        if value < self.best:
            self.best, self.wait = value, 0
        elif self.wait >= self.patience and epoch > 0:
            self.model.stop_training = True


np.random.seed(3)
n_steps, n_features, n_classes = 6, 2, 3
x = np.random.normal(size=(57, n_steps, n_features))
labels = np.abs(x.sum(axis=(1, 2))).astype(int) % n_classes
x_train, x_val, x_test = x[:30], x[30:44], x[44:]
y_train, y_val, y_test = labels[:30], labels[30:44], labels[44:]


def batch_generator(x, y, batch_size, shuffle=True):
    """Endless batches of the rows."""
    index = 0
    order = np.arange(len(x))
    while True:
        if index == 0 and shuffle:
            np.random.shuffle(order)
        rows = order[index:index + batch_size]
        index = index + batch_size
        if index >= len(x):
            index = 0
        yield x[rows], to_categorical(y[rows], n_classes)


class Batches(torch.utils.data.Dataset):
    """Batches in the order of their means, the other way round after each epoch."""

    def __init__(self, x, y, batch_size):
        self.x, self.y = x, y
        self.batch_size = batch_size
        self.order = np.argsort(x.mean(axis=(1, 2)))
        self.passes = 0

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, idx):
        rows = self.order[idx * self.batch_size:(idx + 1) * self.batch_size]
        return self.x[rows], to_categorical(self.y[rows], n_classes)

    def on_epoch_end(self):
        self.passes += 1
        self.order = self.order[::-1]


model = nn.Sequential(
    LSTM(2, 5),
    nn.Linear(5, n_classes),
).to(device)
model.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": categorical_accuracy}

# The generator goes on where it was
history = fit(model, loss_fn, optimizer, batch_generator(x_train, y_train, 8), steps_per_epoch=3, epochs=3,
              validation_data=batch_generator(x_val, y_val, 8, shuffle=False),
              validation_steps=2, verbose=1, metrics=metrics)
print(history['val_loss'])

train, val = Batches(x_train, y_train, 8), Batches(x_val, y_val, 8)
history = fit(model, loss_fn, optimizer, train, epochs=4, validation_data=val, verbose=0,
              callbacks=[EarlyStopping(monitor='val_loss', patience=2)], metrics=metrics)
print(history['loss'], train.passes, val.passes)

loss, accuracy = evaluate(model, loss_fn, Batches(x_test, y_test, 5), metrics=metrics)
print('test loss', loss, 'accuracy', accuracy)
print('by generator', evaluate(model, loss_fn, batch_generator(x_test, y_test, 5, False), steps=2, metrics=metrics))
probabilities = predict(model, Batches(x_test, y_test, 5))
print(probabilities.shape, probabilities.argmax(axis=1))
