"""Whether a loan is repaid, from a person and a contract; a metric of the script's own counts the approvals."""
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Given:
    """A metric that is given targets and outputs in another form than the loss."""

    def __init__(self, metric, form):
        self.metric, self.form = metric, form

    def reset_state(self):
        self.metric.reset_state()

    def update_state(self, targets, outputs):
        self.metric.update_state(*self.form(targets, outputs))

    def result(self):
        return self.metric.result()


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """The inputs of the model, one tensor each."""
    return [torch.as_tensor(x[0], dtype=torch.float32), torch.as_tensor(x[1], dtype=torch.float32)]


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


def results(metrics):
    """What metrics have come to."""
    values = {name: torch.as_tensor(metric.result(), dtype=torch.float32) for name, metric in metrics.items()}
    return {name: value.item() for name, value in values.items()}


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(y)) if training else torch.arange(len(y))
    totals = 0
    for metric in metrics.values():
        metric.reset_state()
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            outputs, targets = model(*(one[batch].to(device) for one in x)), y[batch].to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            for metric in metrics.values():
                metric.update_state(targets, outputs.detach())
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(y)).item(), **results(metrics)}


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    n_train = int(len(y) * (1 - validation_split))
    x, x_val = [one[:n_train] for one in x], [one[n_train:] for one in x]
    y, y_val = y[:n_train], y[n_train:]
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


np.random.seed(6)
people = np.random.rand(90, 3)
contracts = np.random.rand(90, 4)
repaid = (people[:, :1] + contracts[:, :1] > 1).astype("float32")


class Approvals:
    """The share of loans that would be granted."""

    def __init__(self, name="approvals", **kwargs):
        super().__init__()
        self.granted = torch.zeros((), device=device)
        self.asked = torch.zeros((), device=device)

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.granted += (y_pred > 0.5).float().sum()
        self.asked += float(y_pred.numel())

    def result(self):
        return self.granted / self.asked

    def reset_state(self):
        self.granted.zero_()
        self.asked.zero_()


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(7, 6), nn.ReLU())
        self.grant = nn.Linear(6, 1)

    def forward(self, person, contract):
        both = torch.cat([person, contract], dim=1)
        hidden = self.hidden(both)
        grant = self.grant(hidden)
        return grant


model = Model().to(device)
model.apply(init_weights)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"approvals": Given(Approvals(), lambda targets, outputs: (targets, outputs.sigmoid()))}

history = fit(model, loss_fn, optimizer, [people, contracts], repaid, epochs=2, batch_size=20, validation_split=0.2, metrics=metrics)
print("loss:", history["loss"], history["val_loss"])
print("all:", evaluate(model, loss_fn, [people, contracts], repaid, metrics=metrics))
