"""One task for images, one for tables: both models in the functional style."""
import numpy as np
import math
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 1, 8, 8)


def to_inputs_2(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(y, dtype=torch.long)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 1)


def to_targets_3(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def to_outputs(outputs):
    """Probabilities of logits."""
    return outputs.softmax(-1)


def to_outputs_2(outputs):
    """Outputs as they are."""
    return outputs


def to_outputs_3(outputs):
    """Maps (N, C, ...) as (N, ..., C)."""
    return outputs.movedim(1, -1)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = 0
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
    return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0, callbacks=()):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), model.to_targets(y)
    if validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    if callbacks:
        model.stop_training = False
    for callback in callbacks:
        callback.model, callback.optimizer = model, optimizer
        callback.on_train_begin({})
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_split:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if callbacks and model.stop_training:
            break
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, model.to_inputs(x), model.to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in model.to_inputs(x).split(batch_size)])
    return model.to_outputs(outputs).numpy()


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


np.random.seed(0)

# 1. data
images = np.random.rand(60, 8, 8, 1)
kinds = np.random.randint(0, 3, 60)
table = np.random.rand(60, 5)
price = table.sum(axis=1, keepdims=True) + 0.1 * np.random.rand(60, 1)

# 2. model
model = nn.Sequential(
    nn.Conv2d(1, 4, (3, 3)),
    nn.ReLU(),
    nn.MaxPool2d((2, 2)),  # halves both sides
    nn.Dropout(0.2),
    # the flat features
    nn.Flatten(),
    nn.Linear(36, 8),
    nn.ReLU(),
    nn.Linear(8, 3),
).to(device)
model.apply(init_weights)
model.to_inputs, model.to_targets, model.to_outputs = to_inputs, to_targets, to_outputs
print('layers:', 7)

# 3. training
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": sparse_categorical_accuracy}
es = EarlyStopping(monitor='val_loss', patience=2)
hist = fit(model, loss_fn, optimizer, images, kinds, epochs=4, batch_size=16, validation_split=0.2, callbacks=[es], metrics=metrics)
loss, acc = evaluate(model, loss_fn, images, kinds, metrics=metrics)
print('loss : %.4f, acc : %.4f' % (loss, acc))
print(predict(model, images[:2]))


def build_regressor(units, depth=2):
    print('units:', units)
    model = nn.Sequential(
        nn.Linear(5, units),
        nn.Tanh(),
        nn.Linear(units, 1),
    ).to(device)
    model.apply(init_weights)
    model.to_inputs, model.to_targets = to_inputs_2, to_targets_2
    return model


for units in (4, 6):
    regressor = build_regressor(units)
    loss_fn = nn.MSELoss()
    optimizer = torch.optim.SGD(regressor.parameters(), lr=0.01)
    fit(regressor, loss_fn, optimizer, table, price, epochs=2, batch_size=10, metrics={})
    print(evaluate(regressor, loss_fn, table, price, metrics={}))

# 4. a code of the table, and the way back
encoder = nn.Sequential(
    nn.Linear(5, 4),
    nn.ReLU(),
    nn.Linear(4, 2),
).to(device)
encoder.apply(init_weights)
encoder.to_inputs, encoder.to_outputs = to_inputs_2, to_outputs_2

decoder = nn.Sequential(
    nn.Linear(2, 5),
).to(device)
decoder.apply(init_weights)

autoencoder = nn.Sequential(
    encoder,
    decoder,
).to(device)
autoencoder.to_inputs, autoencoder.to_targets = to_inputs_2, to_targets_3
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(autoencoder.parameters(), lr=0.01)
fit(autoencoder, loss_fn, optimizer, table, table, epochs=2, batch_size=12, metrics={})
print(evaluate(autoencoder, loss_fn, table, table, metrics={}))
print(predict(encoder, table[:3]))

# 5. what the images look like to the dense layers
features = model[:3]
features.to_inputs, features.to_outputs = to_inputs, to_outputs_3
print(predict(features, images[:1]).shape)
print(predict(features, images[:1])[0, 0])
