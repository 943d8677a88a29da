"""Compares networks by name: models and histories in dicts, settings in a data class, a model as a property."""
from dataclasses import dataclass
from typing import Optional

import numpy as np
from types import SimpleNamespace
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


class GRU(nn.GRU):
    """A GRU that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.GRU):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.zeros_(module.bias_hh_l0)
    elif isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(-1)


def to_targets_2(y):
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
    x, y = to_inputs(x), model.to_targets(y)
    history = SimpleNamespace(epoch=[], history={})
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        history.epoch.append(epoch)
        for name, value in logs.items():
            history.history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), model.to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.softmax(-1).numpy()


rng = np.random.RandomState(0)
x_train = rng.rand(60, 8).astype("float32")
y_train = rng.randint(0, 2, 60)


@dataclass
class Settings:
    units: int = 4
    rate: float = 0.5
    activation: str = "relu"
    name: Optional[str] = None


def build(settings: Settings, *hidden: int, **options) -> nn.Sequential:
    model: nn.Sequential = nn.Sequential()
    model.extend([nn.Linear(8, settings.units), nn.ReLU()])
    model.append(nn.Dropout(settings.rate))
    for units in hidden:
        model.extend([nn.LazyLinear(units), nn.Tanh()])
    model.append(nn.LazyLinear(2))
    model.to(device)
    with torch.no_grad():
        model.eval()(torch.zeros(1, 8, device=device))
    model.apply(init_weights)
    model.to_targets = to_targets
    model.loss_fn = F.cross_entropy
    model.optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    model.metrics = {"accuracy": sparse_categorical_accuracy}
    return model


models = {}
histories = {}
for name, width in [("small", 6), ("large", 12)]:
    models[name] = build(Settings(units=width, rate=0.1), 5, optimizer="sgd", metrics=["accuracy"])

for name, model in models.items():
    histories[name] = fit(model, model.loss_fn, model.optimizer, x_train, y_train, epochs=2, batch_size=20, metrics=model.metrics)

for name, history in histories.items():
    print(name, history.history["loss"][-1], evaluate(models[name], models[name].loss_fn, x_train, y_train, metrics=models[name].metrics)[0])

votes = np.mean([predict(model, x_train) for model in models.values()], axis=0)
print(votes.argmax(axis=1).shape)


class Classifier:
    """Makes its network when it is first asked for it."""

    def __init__(self, cell, units: int = 6):
        self.cell = cell
        self.units = units
        self._model: Optional[nn.Sequential] = None

    @property
    def model(self) -> nn.Sequential:
        if self._model is None:
            self._model = nn.Sequential(
                self.cell(2, self.units),
                nn.Linear(6, 1),
            ).to(device)
            self._model.apply(init_weights)
            self._model.to_targets = to_targets_2
            self._model.loss_fn = F.binary_cross_entropy_with_logits
            self._model.optimizer = torch.optim.SGD(self._model.parameters(), lr=0.01)
        return self._model


sequences = x_train.reshape(60, 4, 2)
classifier = Classifier(GRU)
fit(classifier.model, classifier.model.loss_fn, classifier.model.optimizer, sequences, y_train, epochs=2, batch_size=20, metrics={})
print(evaluate(classifier.model, classifier.model.loss_fn, sequences, y_train, metrics={}))

for cell in (LSTM, GRU):
    network: nn.Sequential = nn.Sequential(cell(2, 5), nn.Linear(5, 1)).to(device)
    network.apply(init_weights)
    network.to_targets = to_targets_2
    network.loss_fn = F.binary_cross_entropy_with_logits
    network.optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
    fit(network, network.loss_fn, network.optimizer, sequences, y_train, epochs=2, batch_size=20, metrics={})
    print(evaluate(network, network.loss_fn, sequences, y_train, metrics={}))
