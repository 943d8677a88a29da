import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def threshold_accuracy(outputs, targets):
    """Whether the outputs, cut at 0.5, are their targets, (N,)."""
    return ((outputs > 0.5) == targets).float().mean(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: means by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = dict.fromkeys(["loss", *metrics], 0.0)
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            inputs, targets = x[batch].to(device), y[batch].to(device)
            outputs = model(inputs)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            totals["loss"] += loss.detach() * len(batch)
            for name, metric in metrics.items():
                totals[name] += metric(outputs, targets).sum()
    return {name: float(total) / len(x) for name, total in totals.items()}


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, verbose=1):
    """Train; the history by name, one value an epoch."""
    x, y = to_inputs(x), to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics=metrics)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The outputs for all samples, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.numpy()


# the four states of the XOR gate
training_data = np.array([[0,0],[0,1],[1,0],[1,1]], "float32")

# the four expected results in the same order
target_data = np.array([[0],[1],[1],[0]], "float32")

model = nn.Sequential(
    nn.Linear(2, 8),
    nn.Tanh(),
    nn.Linear(8, 1),
    nn.Sigmoid(),
).to(device)
model.apply(init_weights)

loss_fn = nn.MSELoss()
sgd = torch.optim.SGD(model.parameters(), lr=0.1)
metrics = {"binary_accuracy": threshold_accuracy}

fit(model, loss_fn, sgd, training_data, target_data, batch_size=1, epochs=50, metrics=metrics)

print(predict(model, training_data).round())
