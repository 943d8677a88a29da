"""Losses and scores of predictions by hand, and metrics made of Keras's functions."""
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


def clipped_cross_entropy(outputs, targets, each=False):
    """Crossentropy of outputs taken for probabilities: scaled to a sum of 1, clipped."""
    probabilities = (outputs / outputs.sum(-1, keepdim=True)).clamp(1e-7, 1 - 1e-7)
    losses = -(targets * probabilities.log()).sum(-1)
    return losses if each else losses.mean()


def clipped_binary_cross_entropy(outputs, targets, each=False):
    """Binary crossentropy of outputs taken for probabilities, clipped."""
    outputs = outputs.clamp(1e-7, 1 - 1e-7)
    losses = -(targets * (outputs + 1e-7).log() + (1 - targets) * (1 - outputs + 1e-7).log())
    return losses if each else losses.mean()


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


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
            share = len(x) / math.ceil(len(x) / batch_size)
            values = [metric(outputs, targets) for metric in metrics.values()]
            sums = [value.float().mean() * (len(batch) if value.dim() else share) for value in values]
            totals += torch.stack([loss * len(batch), *sums]).detach()
    return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    n_train = int(len(x) * (1 - validation_split))
    x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


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


rng = np.random.RandomState(3)
x = rng.rand(70, 6).astype("float32")
labels = rng.randint(0, 4, 70)
onehot = to_categorical(labels, 4)


def top_2_accuracy(y_true, y_pred):
    return ((y_pred > y_pred.gather(-1, y_true.argmax(-1, keepdim=True))).sum(-1) < 2).float()


def mixed_accuracy(y_true, y_pred):
    return 0.5 * (y_pred.argmax(-1) == y_true.argmax(-1)).float() + 0.5 * ((y_pred > y_pred.gather(-1, y_true.argmax(-1, keepdim=True))).sum(-1) < 3).float()


def log_error(y_true, y_pred):
    return (y_true.clamp(min=1e-7).log1p() - y_pred.clamp(min=1e-7).log1p()).square().mean(-1).mean()


def percentage(y_true, y_pred):
    shifted = y_true + 0.5
    return (100 * (shifted - y_pred).abs() / shifted.abs().clamp(min=1e-7)).mean(-1) / 100


def squared_angle(y_true, y_pred):
    return F.cosine_similarity(y_true, y_pred, dim=-1, eps=1e-6).neg() ** 2


def robust(y_true, y_pred):
    return F.huber_loss(y_true, y_pred, reduction="none", delta=0.3).mean(-1) + F.kl_div(y_pred.clamp(1e-7, 1).log(), y_true.clamp(1e-7, 1), reduction="none").sum(-1)


model = nn.Sequential(nn.Linear(6, 10), nn.ReLU(), nn.Linear(10, 4)).to(device)
model.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {
    "accuracy": categorical_accuracy,
    "top_2_accuracy": lambda outputs, targets: top_2_accuracy(targets, outputs.softmax(-1)),
    "mixed_accuracy": lambda outputs, targets: mixed_accuracy(targets, outputs.softmax(-1)),
    "log_error": lambda outputs, targets: log_error(targets, outputs.softmax(-1)),
    "percentage": lambda outputs, targets: percentage(targets, outputs.softmax(-1)),
    "squared_angle": lambda outputs, targets: squared_angle(targets, outputs.softmax(-1)),
    "robust": lambda outputs, targets: robust(targets, outputs.softmax(-1)),
}
fit(model, loss_fn, optimizer, x, onehot, epochs=2, batch_size=25, validation_split=0.2, metrics=metrics)
scores = evaluate(model, loss_fn, x, onehot, metrics=metrics)
predictions = predict(model, x)

# One number a row, their mean, their sum
per_row = clipped_cross_entropy(torch.as_tensor(predictions), torch.as_tensor(onehot, dtype=torch.float32), each=True).numpy()
sparse_rows = F.cross_entropy(torch.as_tensor(predictions).clamp(1e-7, 1 - 1e-7).log(), torch.as_tensor(labels, dtype=torch.long).reshape(-1), reduction="none").numpy()
worst = np.argmax(per_row)
print("worst: row %d, %.4f" % (worst, per_row[worst]))
each = clipped_cross_entropy(torch.as_tensor(predictions), torch.as_tensor(onehot, dtype=torch.float32), each=True).numpy()
whole = F.cross_entropy(torch.as_tensor(predictions).clamp(1e-7, 1 - 1e-7).log(), torch.as_tensor(labels, dtype=torch.long).reshape(-1), reduction="none").sum().item()
weights = np.where(labels == 2, 3.0, 1.0)
weighted = (F.cross_entropy(torch.as_tensor(predictions).clamp(1e-7, 1 - 1e-7).log(), torch.as_tensor(labels, dtype=torch.long).reshape(-1), reduction="none") * torch.as_tensor(weights, dtype=torch.float32).reshape(-1)).mean().item()
smoothed = float(clipped_binary_cross_entropy(torch.as_tensor(predictions), torch.as_tensor(onehot, dtype=torch.float32) * 0.9 + 0.05).mean().item())
print("whole %.4f weighted %.4f smoothed %.4f" % (whole, weighted, smoothed))
hits = (np.argmax(onehot, axis=-1) == np.argmax(predictions, axis=-1)).astype("float32")
print("accuracy:", np.mean(hits))
print("sparse:", np.mean((np.ravel(labels) == np.argmax(predictions, axis=-1)).astype("float32")))
print("binary: %.4f" % np.mean(np.mean((predictions > 0.3) == onehot, axis=-1)))
angles = -(F.normalize(torch.as_tensor(onehot), dim=1, eps=1e-6) * F.normalize(torch.as_tensor(predictions), dim=1, eps=1e-6)).sum(1).numpy()
robust_rows = (F.huber_loss(torch.as_tensor(onehot, dtype=torch.float32), torch.as_tensor(predictions, dtype=torch.float32), delta=0.3, reduction="none").mean(-1) * torch.as_tensor(weights, dtype=torch.float32).reshape(-1)).numpy()
extreme = clipped_binary_cross_entropy(torch.as_tensor(np.array([[0.0, 1.0]])), torch.as_tensor(np.array([[1.0, 0.0]]), dtype=torch.float32), each=True).mean(-1).numpy()
print("angles %.4f extreme %.4f" % (np.mean(angles), extreme[0]))
