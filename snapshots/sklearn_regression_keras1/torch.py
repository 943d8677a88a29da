# Progress of diabetes from ten measurements: a Keras 1 network as a scikit-learn regressor
import numpy
import inspect
import numpy as np
from sklearn.base import BaseEstimator
import torch
import torch.nn.functional as F
from torch import nn
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.05)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None):
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
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.numpy()


class Estimator(BaseEstimator):
    """Builds a model with the options that its builder takes, and trains it with the others."""

    def __init__(self, build_fn, **options):
        self.build_fn = build_fn
        self.options = options

    def get_params(self, deep=True):
        return {"build_fn": self.build_fn, **self.options}

    def set_params(self, **params):
        self.options.update(params)
        return self

    def options_of(self, function, skip=0):
        names = list(inspect.signature(function).parameters)[skip:]
        return {name: value for name, value in self.options.items() if name in names}

    def fit(self, x, y, **options):
        self.model = model = self.build_fn(**self.options_of(self.build_fn))
        options = {**self.options_of(fit, skip=5), **options}
        return fit(model, model.loss_fn, model.optimizer, x, y, **options)

    def evaluate(self, x, y):
        model = self.model
        x, y = to_inputs(x), to_targets(y)
        return run_epoch(model, model.loss_fn, x, y, 32)


class Regressor(Estimator):
    """A regressor, scored by its loss."""

    def predict(self, x):
        return np.squeeze(predict(self.model, x))

    def score(self, x, y):
        loss = self.evaluate(x, y)["loss"]
        return loss


numpy.random.seed(1)
diabetes = load_diabetes()
X = diabetes.data[:60]
Y = diabetes.target[:60] / 100


def larger_model():
    model = nn.Sequential(
        nn.Linear(10, 12),
        nn.ReLU(),
        nn.Linear(12, 6),
        nn.ReLU(),
        nn.Linear(6, 1),
    ).to(device)
    model.apply(init_weights)
    model.loss_fn = F.mse_loss
    model.optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    return model


estimators = []
estimators.append(('standardize', StandardScaler()))
estimators.append(('mlp', Regressor(build_fn=larger_model, epochs=3, batch_size=5)))
pipeline = Pipeline(estimators)
results = cross_val_score(pipeline, X, Y, cv=KFold(n_splits=2))
print("Larger: %.4f (%.4f) MSE" % (results.mean(), results.std()))

regressor = Regressor(build_fn=larger_model, epochs=2, batch_size=10)
regressor.fit(X, Y)
print(regressor.predict(X[:4]))
print('%.4f' % regressor.score(X, Y))
