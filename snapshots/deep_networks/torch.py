"""Deep networks whose layers loops add, each kind with initial weights of its own."""
import numpy as np
from types import SimpleNamespace
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def truncated_normal_(weight, mode):
    """Keras's normal initializers, cut off at two standard deviations: "glorot", "he" or "lecun"."""
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(weight)
    variance = {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[mode]
    std = variance**0.5 / 0.87962566103423978
    nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        truncated_normal_(module.weight, "he")
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, 4, 4) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(-1)


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
    history = SimpleNamespace(epoch=[], history={})
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        history.epoch.append(epoch)
        for name, value in logs.items():
            history.history.setdefault(name, []).append(value)
    return history


torch.manual_seed(42)
np.random.seed(42)


def create_elu_model(n_classes, n_layers=3, n_neurons=16):
    model = nn.Sequential()
    model.append(nn.Flatten())
    for _ in range(n_layers):
        model.extend([nn.Linear(16, n_neurons), nn.ELU()])
    model.append(nn.Linear(16, n_classes))
    model.to(device)
    model.apply(init_weights)
    nn.init.xavier_uniform_(model[-1].weight)
    return model


def create_selu_model(n_classes, n_layers=3, n_neurons=16):
    model = nn.Sequential()
    model.append(nn.Flatten())
    for _ in range(n_layers):
        model.extend([nn.Linear(16, n_neurons), nn.SELU()])
    model.append(nn.Linear(16, n_classes))
    model.to(device)
    model.apply(init_weights)
    nn.init.xavier_uniform_(model[-1].weight)
    for module in model[1:-1]:
        if isinstance(module, nn.Linear):
            truncated_normal_(module.weight, "lecun")
            nn.init.constant_(module.bias, 0.01)
    return model


def create_tanh_model(n_classes, deep=True):
    model = nn.Sequential()
    model.append(nn.Flatten())
    model.extend([nn.Linear(16, 16), nn.Tanh()])
    if deep:
        model.extend([nn.Linear(16, 16), nn.Tanh()])
    model.append(nn.Linear(16, n_classes))
    model.to(device)
    model.apply(init_weights)
    nn.init.kaiming_uniform_(model[1].weight, nonlinearity="linear")
    nn.init.xavier_uniform_(model[-1].weight)
    for module in model[3:-1]:
        if isinstance(module, nn.Linear):
            nn.init.orthogonal_(module.weight)
    return model


images = np.random.rand(60, 4, 4)
labels = (images[:, :2].sum(axis=(1, 2)) > images[:, 2:].sum(axis=(1, 2))).astype("int64")


for create in (create_elu_model, create_selu_model, create_tanh_model):
    model = create(2)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    metrics = {"accuracy": sparse_categorical_accuracy}
    history = fit(model, loss_fn, optimizer, images, labels, epochs=2, batch_size=20, metrics=metrics)
    print(create.__name__, "%.4f" % history.history["loss"][-1])
