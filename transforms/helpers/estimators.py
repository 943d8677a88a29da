"""Models as scikit-learn estimators. Like Keras's, they are no classifiers to scikit-learn, which splits in order."""

import inspect

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.metrics import log_loss
from training import fit, predict, run_epoch, to_inputs, to_targets

WITH_METRICS = True  # the models have metrics
ONE_HOT_LABELS = True  # the loss compares with one-hot rows
ONE_OUTPUT = False  # the model gives one probability, of the second class
CLASSIFIER_PROBABILITIES = True  # the script reads probabilities
ESTIMATOR_SCORES = True  # ... or scores
ESTIMATOR_PREDICTIONS = True  # ... or predictions
POSITIVE_SCORE = False  # the score of a regressor is its loss, as in Keras 1


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
        if WITH_METRICS:
            return fit(model, model.loss_fn, model.optimizer, x, y, metrics=model.metrics, **options)
        else:
            return fit(model, model.loss_fn, model.optimizer, x, y, **options)

    if ESTIMATOR_SCORES:

        def evaluate(self, x, y):
            model = self.model
            x, y = to_inputs(x), to_targets(y)
            if WITH_METRICS:
                return run_epoch(model, model.loss_fn, x, y, 32, metrics=model.metrics)
            else:
                return run_epoch(model, model.loss_fn, x, y, 32)


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
        if ONE_HOT_LABELS and y.ndim != 2:
            y = np.eye(len(self.classes_))[y]
        return y

    if ESTIMATOR_PREDICTIONS:

        def predict(self, x):
            outputs = predict(self.model, x)
            if ONE_OUTPUT:
                return self.classes_[(outputs > 0.5).astype("int32")]
            else:
                return self.classes_[outputs.argmax(-1)]

    if CLASSIFIER_PROBABILITIES:

        def predict_proba(self, x):
            outputs = predict(self.model, x)
            if ONE_OUTPUT:
                outputs = np.hstack([1 - outputs, outputs])
            return outputs

    if ESTIMATOR_SCORES:

        def score(self, x, y):
            logs = self.evaluate(x, self.targets(y))
            return logs["accuracy"] if "accuracy" in logs else logs["acc"]


class Regressor(Estimator):
    """A regressor, scored by its loss."""

    if ESTIMATOR_PREDICTIONS:

        def predict(self, x):
            return np.squeeze(predict(self.model, x))

    if ESTIMATOR_SCORES:

        def score(self, x, y):
            loss = self.evaluate(x, y)["loss"]
            return loss if POSITIVE_SCORE else -loss


def neg_log_loss(estimator, x, y):
    """Minus the crossentropy of the probabilities, of an estimator that is no classifier to scikit-learn."""
    return -log_loss(y, estimator.predict_proba(x))
