#!/usr/bin/env python3
# CIFAR-10 with a VGG-like stack and batch normalization
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torchvision import datasets

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def load_cifar10(root="data"):
    """CIFAR-10: uint8 images and labels (N, 1), for training and for testing."""
    parts = [datasets.CIFAR10(root, train=train, download=True) for train in (True, False)]
    return [(part.data, np.array(part.targets, "uint8")[:, None]) for part in parts]


def to_categorical(y):
    """Class indices (n,) or (n, 1) as one-hot rows (n, classes)."""
    y = np.asarray(y, dtype="int64")
    if y.ndim > 1 and y.shape[-1] == 1:
        y = y.reshape(y.shape[:-1])
    return np.eye(y.max() + 1, dtype="float32")[y]


class BatchNorm1d(nn.BatchNorm1d):
    """Batch normalization that keeps the biased variance for evaluation, and takes batches of one."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        dims, shape = ([0], (-1,)) if x.dim() == 2 else ([0, 2], (-1, 1))
        var, mean = torch.var_mean(x, dims, correction=0)
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(var, self.momentum)
        scale = self.weight * torch.rsqrt(var + self.eps)
        return (x - mean.view(shape)) * scale.view(shape) + self.bias.view(shape)


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(x, dtype=torch.float32).permute(0, 3, 1, 2)


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_data=None):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


def load_dataset():
    (trainX, trainY), (testX, testY) = load_cifar10()
    # one hot encode target values
    trainY = to_categorical(trainY)
    testY = to_categorical(testY)
    return trainX, trainY, testX, testY


# scale pixels
def prep_pixels(train, test):
    train_norm = train.astype('float32') / 255.0
    test_norm = test.astype('float32') / 255.0
    return train_norm, test_norm


def define_model():
    model = nn.Sequential(
        nn.Conv2d(3, 16, (3, 3), padding=1),
        nn.BatchNorm2d(16, eps=1e-3, momentum=0.01),
        nn.ReLU(),
        nn.Conv2d(16, 16, (3, 3), padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(16, eps=1e-3, momentum=0.01),
        nn.MaxPool2d((2, 2)),
        nn.Dropout(0.2),

        nn.Conv2d(16, 32, (3, 3), padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(32, eps=1e-3, momentum=0.1),
        nn.MaxPool2d((2, 2)),
        nn.Dropout(0.3),

        nn.Flatten(),
        nn.Linear(2048, 64),
        nn.ReLU(),
        BatchNorm1d(64, eps=1e-3, momentum=0.01),
        nn.Dropout(0.5),
        nn.Linear(64, 10),
    ).to(device)
    model.apply(init_weights)
    nn.init.kaiming_uniform_(model[14].weight, nonlinearity="relu")
    # compile model
    model.loss_fn = F.cross_entropy
    model.optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    model.metrics = {"accuracy": categorical_accuracy}
    return model


# plot diagnostic learning curves
def summarize_diagnostics(history):
    plt.subplot(211)
    plt.title('Cross Entropy Loss')
    plt.plot(history['loss'], color='blue', label='train')
    plt.plot(history['val_loss'], color='orange', label='test')
    plt.subplot(212)
    plt.title('Classification Accuracy')
    plt.plot(history['accuracy'], color='blue', label='train')
    plt.plot(history['val_accuracy'], color='orange', label='test')
    plt.savefig('curves.png')
    plt.close()


def run_test_harness():
    trainX, trainY, testX, testY = load_dataset()
    trainX, testX = prep_pixels(trainX, testX)
    model = define_model()
    history = fit(model, model.loss_fn, model.optimizer, trainX, trainY, epochs=4, batch_size=64, validation_data=(testX, testY), metrics=model.metrics)
    _, acc = evaluate(model, model.loss_fn, testX, testY, metrics=model.metrics)
    print('> %.3f' % (acc * 100.0))
    summarize_diagnostics(history)


run_test_harness()
