"""Three kinds of flowers, measured in many ways."""
import numpy as np
import math
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def to_categorical(y, num_classes=None):
    """Class indices (n,) or (n, 1) as one-hot rows (n, classes)."""
    y = np.asarray(y, dtype="int64")
    if y.ndim > 1 and y.shape[-1] == 1:
        y = y.reshape(y.shape[:-1])
    return np.eye(num_classes or y.max() + 1, dtype="float32")[y]


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def top_k_categorical_accuracy(outputs, targets, k=5):
    """Whether the class of the one-hot target is among the k largest outputs, (N,)."""
    wanted = outputs.gather(-1, targets.argmax(-1, keepdim=True))
    return (outputs > wanted).sum(-1) < k


def mean_squared_error(outputs, targets):
    """Mean squared error of each sample, (N,)."""
    return (outputs - targets).square().flatten(1).mean(1)


def mean_absolute_error(outputs, targets):
    """Mean absolute error of each sample, (N,)."""
    return (outputs - targets).abs().flatten(1).mean(1)


def mean_squared_logarithmic_error(outputs, targets):
    """Mean squared error of the logarithms of each sample, (N,)."""
    difference = outputs.clamp(min=1e-7).log1p() - targets.clamp(min=1e-7).log1p()
    return difference.square().flatten(1).mean(1)


def cosine_similarity(outputs, targets):
    """Cosine of the angle between output and target, (N,)."""
    return F.cosine_similarity(outputs, targets, dim=-1, eps=1e-6)


def root_mean_squared_error(outputs, targets):
    """Root of the mean squared error over the whole epoch."""
    return (outputs - targets).square().mean().sqrt()


def precision(outputs, targets, threshold=0.5):
    """Share of true ones among those predicted, over the whole epoch."""
    predicted = outputs > threshold
    return (predicted & targets.bool()).sum() / predicted.sum().clamp(min=1)


def recall(outputs, targets, threshold=0.5):
    """Share of the true ones that are predicted, over the whole epoch."""
    positive = targets.bool()
    return ((outputs > threshold) & positive).sum() / positive.sum().clamp(min=1)


def auc(outputs, targets, num_thresholds=200):
    """Area under the ROC curve of probabilities over the whole epoch, by thresholds."""
    steps = torch.arange(num_thresholds, device=outputs.device)
    predicted = (outputs.flatten() * (num_thresholds - 1)).ceil().clamp(min=1) > steps[:, None]
    positive = targets.flatten() > 0
    hits = (predicted & positive).sum(1) / positive.sum().clamp(min=1)
    false_alarms = (predicted & ~positive).sum(1) / (~positive).sum().clamp(min=1)
    return torch.trapezoid(hits.flip(0), false_alarms.flip(0))


def signs(targets):
    """Targets of -1 and 1, also where they are given as 0 and 1."""
    return 2 * targets - 1 if ((targets == 0) | (targets == 1)).all() else targets


def hinge_loss(outputs, targets):
    """How far outputs are from the right side of a margin of 1."""
    losses = (1 - signs(targets) * outputs).clamp(min=0)
    return losses.mean()


def categorical_hinge_loss(outputs, targets):
    """How far the output of the target class is from being 1 above every other."""
    losses = (1 + ((1 - targets) * outputs).amax(-1) - (targets * outputs).sum(-1)).clamp(min=0)
    return losses.mean()


def divergence_loss(outputs, targets):
    """Kullback-Leibler divergence of probabilities from target probabilities."""
    outputs, targets = outputs.clamp(1e-7, 1), targets.clamp(1e-7, 1)
    losses = (targets * (targets / outputs).log()).sum(-1)
    return losses.mean()


def log_cosh_loss(outputs, targets):
    """Logarithm of the hyperbolic cosine of the error."""
    errors = outputs - targets
    losses = errors + F.softplus(-2 * errors) - math.log(2)
    return losses.mean()


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
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = 0
    kept = []
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            kept.append((outputs.detach(), targets))
            totals += loss.detach() * len(batch)
    outputs, targets = (torch.cat(parts) for parts in zip(*kept))
    values = {name: metric(outputs, targets).float().mean().item() for name, metric in metrics.items()}
    return {"loss": (totals / len(x)).item(), **values}


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    n_train = int(len(x) * (1 - validation_split))
    x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
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


def train_on_batch(model, loss_fn, optimizer, x, y, metrics=None):
    """One step of the optimizer on one batch; its loss, and metrics if there are any."""
    model.train()
    outputs, targets = model(to_inputs(x).to(device)), to_targets(y).to(device)
    loss = loss_fn(outputs, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    values = [metric(outputs, targets).float().mean().item() for metric in metrics.values()]
    return [loss.item(), *values]


np.random.seed(5)
x = np.random.rand(130, 4)
y = to_categorical(x[:, :3].argmax(axis=1), 3)
x_train, y_train, x_test, y_test = x[:90], y[:90], x[90:], y[90:]

model = nn.Sequential(
    nn.Linear(4, 10),
    nn.Tanh(),
    nn.Linear(10, 3),
).to(device)
model.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {
    "accuracy": categorical_accuracy,
    "categorical_accuracy": categorical_accuracy,
    "top_k_categorical_accuracy": lambda outputs, targets: top_k_categorical_accuracy(outputs, targets, k=2),
    "mse": lambda outputs, targets: mean_squared_error(outputs.softmax(-1), targets),
    "mean_absolute_error": lambda outputs, targets: mean_absolute_error(outputs.softmax(-1), targets),
    "cosine_similarity": lambda outputs, targets: cosine_similarity(outputs.softmax(-1), targets),
    "categorical_crossentropy": lambda outputs, targets: F.cross_entropy(outputs, targets, reduction="none"),
    "kullback_leibler_divergence": lambda outputs, targets: divergence_loss(outputs.softmax(-1), targets).expand(len(outputs)),
    "categorical_hinge": lambda outputs, targets: categorical_hinge_loss(outputs.softmax(-1), targets).expand(len(outputs)),
}
fit(model, loss_fn, optimizer, x_train, y_train, epochs=3, batch_size=32, validation_split=0.2, metrics=metrics)
print(evaluate(model, loss_fn, x_test, y_test, batch_size=15, metrics=metrics))

# over the whole epoch
model = nn.Sequential(
    nn.Linear(4, 10),
    nn.Tanh(),
    nn.Linear(10, 3),
    nn.Softmax(dim=1),
).to(device)
model.apply(init_weights)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {
    "acc": categorical_accuracy,
    "auc": auc,
    "precision": precision,
    "recall": lambda outputs, targets: recall(outputs[:, 1], targets[:, 1]),
    "root_mean_squared_error": root_mean_squared_error,
    "msle": mean_squared_logarithmic_error,
    "hinge": lambda outputs, targets: hinge_loss(outputs, targets).expand(len(outputs)),
    "logcosh": lambda outputs, targets: log_cosh_loss(outputs, targets).expand(len(outputs)),
}
history = fit(model, loss_fn, optimizer, x_train, y_train, epochs=3, batch_size=32, validation_split=0.2, metrics=metrics)
print(sorted(history.keys()))
scores = evaluate(model, loss_fn, x_test, y_test, batch_size=15, metrics=metrics)
for name, score in zip(["loss", "acc", "auc", "precision", "recall", "root_mean_squared_error", "msle", "hinge", "logcosh"], scores):
    print('%s: %.4f' % (name, score))
print(train_on_batch(model, loss_fn, optimizer, x_test[:7], y_test[:7], metrics=metrics))
