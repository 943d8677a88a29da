"""Networks for images of a shape that the caller knows."""
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear, nn.Conv1d)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).permute(0, 3, 1, 2)


def to_inputs_2(x):
    """Sequences (N, T, C) as the model reads them, (N, C, T)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).permute(0, 2, 1)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), to_targets(y)
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, model.to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


data = dict(np.load('data/shapes.npz'))
x_train, y_train = data['x'], data['y']
x_steps = data['steps']


def first_model(images, input_shape):
    model = nn.Sequential(
        nn.Conv2d(input_shape[2], 4, (3, 3)),
        nn.ReLU(),
        nn.MaxPool2d((2, 2)),
        nn.Flatten(),
        nn.Linear((input_shape[0] - 2) // 2 * ((input_shape[1] - 2) // 2) * 4, 8),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(8, 1),
    ).to(device)
    model.apply(init_weights)
    model.to_inputs = to_inputs
    loss_fn = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
    metrics = {"accuracy": binary_accuracy}
    fit(model, loss_fn, optimizer, images, y_train, batch_size=10, epochs=2, metrics=metrics)
    return evaluate(model, loss_fn, images, y_train, metrics=metrics)


print(first_model(x_train, x_train.shape[1:]))

sequences = nn.Sequential(
    nn.Conv1d(x_steps.shape[2], 6, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool1d(2),
    nn.Flatten(),
    nn.Linear(x_steps.shape[1] // 2 * 6, 1),
).to(device)
sequences.apply(init_weights)
sequences.to_inputs = to_inputs_2
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(sequences.parameters(), lr=0.01)
metrics = {"accuracy": binary_accuracy}
fit(sequences, loss_fn, optimizer, x_steps, y_train, batch_size=10, epochs=2, metrics=metrics)
