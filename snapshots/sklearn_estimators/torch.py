# Iris with scikit-learn's tools around Keras: cross validation, a pipeline, a grid search
import numpy
import inspect
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.metrics import log_loss
import torch
import torch.nn.functional as F
from torch import nn
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def to_categorical(y):
    """Class indices (n,) or (n, 1) as one-hot rows (n, classes)."""
    y = np.asarray(y, dtype="int64")
    if y.ndim > 1 and y.shape[-1] == 1:
        y = y.reshape(y.shape[:-1])
    return np.eye(y.max() + 1, dtype="float32")[y]


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


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
    return torch.as_tensor(np.asarray(y), dtype=torch.float32)


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
    return list(logs.values())


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.softmax(-1).numpy()


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
        return fit(model, model.loss_fn, model.optimizer, x, y, metrics=model.metrics, **options)

    def evaluate(self, x, y):
        model = self.model
        x, y = to_inputs(x), to_targets(y)
        return run_epoch(model, model.loss_fn, x, y, 32, metrics=model.metrics)


class Classifier(Estimator):
    """A classifier: labels of any kind, or one-hot rows."""

    def fit(self, x, y, **options):
        y = np.asarray(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        else:
            self.classes_ = np.unique(y)
        return super().fit(x, self.targets(y), **options)

    def targets(self, y):
        y = np.searchsorted(self.classes_, y)
        if y.ndim != 2:
            y = np.eye(len(self.classes_))[y]
        return y

    def predict(self, x):
        outputs = predict(self.model, x)
        return self.classes_[outputs.argmax(-1)]

    def predict_proba(self, x):
        outputs = predict(self.model, x)
        return outputs

    def score(self, x, y):
        logs = self.evaluate(x, self.targets(y))
        return logs["accuracy"] if "accuracy" in logs else logs["acc"]


def neg_log_loss(estimator, x, y):
    """Minus the crossentropy of the probabilities, of an estimator that is no classifier to scikit-learn."""
    return -log_loss(y, estimator.predict_proba(x))


def initialize(tensor, name):
    """Initialize a weight as Keras's initializer of that name does."""
    if name == "glorot_uniform":
        nn.init.xavier_uniform_(tensor)
    elif name in ("uniform", "random_uniform"):
        nn.init.uniform_(tensor, -0.05, 0.05)
    elif name in ("normal", "random_normal"):
        nn.init.normal_(tensor, 0.0, 0.05)
    else:
        raise ValueError(f"unknown initializer: {name}")


# fix random seed for reproducibility
seed = 7
numpy.random.seed(seed)

iris = load_iris()
names = numpy.array(['setosa', 'versicolor', 'virginica'])
X = iris.data[::3]
Y = names[iris.target[::3]]

# encode class values as integers, then as one-hot rows
encoder = LabelEncoder()
encoder.fit(Y)
encoded_Y = encoder.transform(Y)
dummy_y = to_categorical(encoded_Y)


def baseline_model(units=8, activation='relu', optimizer='adam', init='glorot_uniform'):
    # create model
    model = nn.Sequential(
        nn.Linear(4, units),
        {"tanh": nn.Tanh(), "relu": nn.ReLU()}[activation],
        nn.Linear(units, 3),
    ).to(device)
    model.apply(init_weights)
    initialize(model[0].weight, init)
    initialize(model[2].weight, init)
    # Compile model
    model.loss_fn = F.cross_entropy
    model.optimizer = {
        "rmsprop": torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7),
        "SGD": torch.optim.SGD(model.parameters(), lr=0.01),
        "adam": torch.optim.Adam(model.parameters(), eps=1e-7),
    }[optimizer]
    model.metrics = {"accuracy": categorical_accuracy}
    return model


estimator = Classifier(build_fn=baseline_model, epochs=3, batch_size=5)
kfold = KFold(n_splits=2, shuffle=True, random_state=seed)
results = cross_val_score(estimator, X, dummy_y, cv=kfold)
print("Baseline: %.2f%% (%.2f%%)" % (results.mean() * 100, results.std() * 100))

# labels as they are, scaled features
pipeline = Pipeline([('standardize', StandardScaler()),
                     ('mlp', Classifier(build_fn=baseline_model, epochs=4, batch_size=10))])
pipeline.fit(X, Y)
print(pipeline.predict(X[:10]))
print('%.4f' % pipeline.score(X, Y))
print(pipeline.named_steps['mlp'].predict_proba(X[:3]).shape)
best_model = pipeline.named_steps['mlp'].model
print(["loss", "accuracy"], evaluate(best_model, best_model.loss_fn, pipeline[:-1].transform(X), dummy_y, metrics=best_model.metrics))

# grid search
optimizers = ['rmsprop', 'SGD']
inits = ['normal', 'uniform']
param_grid = dict(units=[12], epochs=[1], optimizer=optimizers, init=inits, activation=['tanh'])
grid = GridSearchCV(estimator=estimator, param_grid=param_grid, cv=kfold, refit=False)
grid_result = grid.fit(X, encoded_Y)
for mean, param in zip(grid_result.cv_results_['mean_test_score'], grid_result.cv_results_['params']):
    print('%f with: %r' % (mean, param))

# scored by probabilities, on folds in the order of the data
order = numpy.random.permutation(len(X))
losses = cross_val_score(estimator, X[order], encoded_Y[order], cv=3, scoring=neg_log_loss)
print(losses)
