"""Which loss fits best? The same small network, trained with many of them."""
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


def mean_absolute_error(outputs, targets):
    """Mean absolute error of each sample, (N,)."""
    return (outputs - targets).abs().flatten(1).mean(1)


def clipped_cross_entropy(outputs, targets):
    """Crossentropy of outputs taken for probabilities: scaled to a sum of 1, clipped."""
    probabilities = (outputs / outputs.sum(-1, keepdim=True)).clamp(1e-7, 1 - 1e-7)
    losses = -(targets * probabilities.log()).sum(-1)
    return losses.mean()


def clipped_binary_cross_entropy(outputs, targets):
    """Binary crossentropy of outputs taken for probabilities, clipped."""
    outputs = outputs.clamp(1e-7, 1 - 1e-7)
    losses = -(targets * (outputs + 1e-7).log() + (1 - targets) * (1 - outputs + 1e-7).log())
    return losses.mean()


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


def cosine_loss(outputs, targets):
    """Minus the cosine of the angle between output and target."""
    losses = -F.cosine_similarity(outputs, targets, dim=-1, eps=1e-6)
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
    x, y = to_inputs(x), to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


np.random.seed(7)
x = np.random.rand(90, 6)
labels = x[:, :3].argmax(axis=1)
y = to_categorical(labels, 3)
x_train, x_test, y_train, y_test = x[:70], x[70:], y[:70], y[70:]

# probabilities that no softmax makes
relu_model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3), nn.ReLU()).to(device)
relu_model.apply(init_weights)
nn.init.ones_(relu_model[2].bias)
loss_fn = clipped_cross_entropy
optimizer = torch.optim.SGD(relu_model.parameters(), lr=0.01)
metrics = {"accuracy": categorical_accuracy}
fit(relu_model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=16, metrics=metrics)
print('crossentropy of relu', evaluate(relu_model, loss_fn, x_test, y_test, metrics=metrics))

linear_model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3)).to(device)
linear_model.apply(init_weights)
loss_fn = clipped_binary_cross_entropy
optimizer = torch.optim.SGD(linear_model.parameters(), lr=0.01)
fit(linear_model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=16, metrics={})
print('binary crossentropy of a linear layer', evaluate(linear_model, loss_fn, x_test, y_test, metrics={}))

# label smoothing
smooth_model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)).to(device)
smooth_model.apply(init_weights)
loss_fn = nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = torch.optim.SGD(smooth_model.parameters(), lr=0.01)
metrics = {"accuracy": categorical_accuracy}
fit(smooth_model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=16, metrics=metrics)
print('smoothed', evaluate(smooth_model, loss_fn, x_test, y_test, metrics=metrics))

logits_model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)).to(device)
logits_model.apply(init_weights)
loss_fn = lambda outputs, targets: F.binary_cross_entropy_with_logits(outputs, targets * 0.8 + 0.1)
optimizer = torch.optim.SGD(logits_model.parameters(), lr=0.01)
fit(logits_model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=16, metrics={})
print('smoothed logits', evaluate(logits_model, loss_fn, x_test, y_test, metrics={}))

# margins
hinge_model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3)).to(device)
hinge_model.apply(init_weights)
loss_fn = hinge_loss
optimizer = torch.optim.SGD(hinge_model.parameters(), lr=0.01)
fit(hinge_model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=16, metrics={})
print('hinge', evaluate(hinge_model, loss_fn, x_test, y_test, metrics={}))

categorical_hinge_model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3)).to(device)
categorical_hinge_model.apply(init_weights)
loss_fn = categorical_hinge_loss
optimizer = torch.optim.SGD(categorical_hinge_model.parameters(), lr=0.01)
fit(categorical_hinge_model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=16, metrics={})
print('categorical hinge', evaluate(categorical_hinge_model, loss_fn, x_test, y_test, metrics={}))

# distributions and errors
kld_model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(dim=1)).to(device)
kld_model.apply(init_weights)
loss_fn = divergence_loss
optimizer = torch.optim.SGD(kld_model.parameters(), lr=0.01)
fit(kld_model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=16, metrics={})
print('divergence', evaluate(kld_model, loss_fn, x_test, y_test, metrics={}))

huber_model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)).to(device)
huber_model.apply(init_weights)
loss_fn = nn.HuberLoss(delta=0.5)
optimizer = torch.optim.SGD(huber_model.parameters(), lr=0.01)
metrics = {"mae": mean_absolute_error}
fit(huber_model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=16, metrics=metrics)
print('huber', evaluate(huber_model, loss_fn, x_test, y_test, metrics=metrics))

logcosh_model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)).to(device)
logcosh_model.apply(init_weights)
loss_fn = log_cosh_loss
optimizer = torch.optim.SGD(logcosh_model.parameters(), lr=0.01)
fit(logcosh_model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=16, metrics={})
print('log cosh', evaluate(logcosh_model, loss_fn, x_test, y_test, metrics={}))

cosine_model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)).to(device)
cosine_model.apply(init_weights)
loss_fn = cosine_loss
optimizer = torch.optim.SGD(cosine_model.parameters(), lr=0.01)
fit(cosine_model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=16, metrics={})
print('cosine', evaluate(cosine_model, loss_fn, x_test, y_test, metrics={}))

poisson_model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softplus()).to(device)
poisson_model.apply(init_weights)
loss_fn = nn.PoissonNLLLoss(log_input=False, eps=1e-7)
optimizer = torch.optim.SGD(poisson_model.parameters(), lr=0.01)
fit(poisson_model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=16, metrics={})
print('poisson', evaluate(poisson_model, loss_fn, x_test, y_test, metrics={}))

# by hand
wanted = np.array([[0.0, 1.0, 0.5], [2.0, -1.0, 0.0]])
predicted = np.array([[0.2, 0.9, 0.1], [1.0, -0.7, 0.6]])
print('error by hand', F.mse_loss(torch.as_tensor(wanted, dtype=torch.float32), torch.as_tensor(predicted, dtype=torch.float32)).item())
print('hinge by hand', hinge_loss(torch.as_tensor(predicted, dtype=torch.float32), torch.as_tensor(wanted, dtype=torch.float32)).mean().item(), 'huber by hand', F.huber_loss(torch.as_tensor(wanted, dtype=torch.float32), torch.as_tensor(predicted, dtype=torch.float32), delta=0.3).item())
print('crossentropy by hand', clipped_binary_cross_entropy(torch.as_tensor([[0.6, 0.4], [0.0, 0.6]], dtype=torch.float32), torch.as_tensor([[0, 1], [0, 0]], dtype=torch.float32) * 0.8 + 0.1).mean().item())
