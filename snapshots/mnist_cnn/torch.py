"""Digits with a strided convolution, early stopping and a loss curve."""
import matplotlib.pyplot as plt
import math
import numpy as np
import torch
from torch import nn
from torchvision import datasets

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def load_mnist(root="data"):
    """MNIST: uint8 images (N, 28, 28) and labels (N,), for training and for testing."""
    parts = [datasets.MNIST(root, train=train, download=True) for train in (True, False)]
    return [(part.data.numpy(), part.targets.numpy().astype("uint8")) for part in parts]


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 1, 28, 28)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


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
    x, y = to_inputs(x), to_targets(y)
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
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if callbacks and model.stop_training:
            break
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


NUM_CLASSES = 10
BATCH_SIZE = 64
EPOCHS = 8

(x_train, y_train), (x_test, y_test) = load_mnist()

# one channel, values between 0 and 1
x_train = x_train.reshape(-1, 28, 28, 1).astype("float32") / 255.0
x_test = x_test.reshape(-1, 28, 28, 1).astype("float32") / 255.0
y_train = np.eye(NUM_CLASSES, dtype="float32")[y_train]
y_test = np.eye(NUM_CLASSES, dtype="float32")[y_test]

# Two convolutions find the strokes,
# two dense layers read them.
model = nn.Sequential(
    nn.ZeroPad2d((0, 1, 0, 1)),  # "same" with a stride pads the end
    nn.Conv2d(1, 32, (3, 3), stride=2),
    nn.ReLU(),
    nn.Conv2d(32, 64, (3, 3)),
    nn.ReLU(),
    nn.MaxPool2d((2, 2)),
    nn.Dropout(0.25),
    nn.Flatten(),
    nn.Linear(2304, 128),  # wide enough
    nn.ReLU(),
    nn.Dropout(0.5),
    nn.Linear(128, NUM_CLASSES),
).to(device)
model.apply(init_weights)

loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": categorical_accuracy}

early_stopping = EarlyStopping(monitor="val_loss", patience=2)
history = fit(model, loss_fn, optimizer, x_train, y_train, batch_size=BATCH_SIZE, epochs=EPOCHS,
              validation_split=0.1, callbacks=[early_stopping], metrics=metrics)

score = evaluate(model, loss_fn, x_test, y_test, metrics=metrics)
print("Test loss:", score[0])
print("Test accuracy:", score[1])
print("First digits:", predict(model, x_test[:5]).argmax(axis=1))

plt.plot(history["loss"], label="training")
plt.plot(history["val_loss"], label="validation")
plt.xlabel("epoch")
plt.ylabel("loss")
plt.legend()
plt.show()
