# Learns digits 0 to 2 first, then adapts only the last layers to digits 3 to 5
import numpy as np
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
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).reshape(-1, 1, 8, 8)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(-1)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None, shuffle=True):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training and shuffle else torch.arange(len(x))
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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, shuffle=True):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics, shuffle=shuffle)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


rng = np.random.RandomState(0)
x_low, x_high = rng.rand(48, 8, 8, 1), rng.rand(48, 8, 8, 1)
y_low, y_high = rng.randint(0, 3, 48), rng.randint(0, 3, 48)

model = nn.Sequential(
    nn.Conv2d(1, 4, (3, 3)),
    nn.ReLU(),
    nn.MaxPool2d((2, 2)),
    nn.Flatten(),
    nn.Linear(36, 6),
    nn.Tanh(),
    nn.Linear(6, 5),
    nn.Tanh(),
    nn.Linear(5, 3),
).to(device)
model.apply(init_weights)


def train(x, y):
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    metrics = {"accuracy": sparse_categorical_accuracy}
    fit(model, loss_fn, optimizer, x, y, epochs=2, batch_size=16, shuffle=False, metrics=metrics)
    print(evaluate(model, loss_fn, x, y, metrics=metrics))


train(x_low, y_low)

# freeze the features
for layer in model[:6]:
    layer.requires_grad_(False)
train(x_high, y_high)

# then all but the first and the last layer
for layer in model:
    layer.requires_grad_(True)
model[0].requires_grad_(False)
model[8].requires_grad_(False)
train(x_high, y_high)
