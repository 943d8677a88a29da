"""What `keras.wrappers.scikit_learn` did until Keras 2.11, on scikit-learn as it is now."""

import inspect
import types

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.metrics import _scorer, log_loss


def of(keras, first):
    """The module; with `first`, as Keras 1 had it."""

    def names(function):
        return set(inspect.signature(function).parameters)

    def taken(options, known):
        return {name: value for name, value in options.items() if name in known}

    of_fit, of_evaluate, of_predict = (
        names(getattr(keras.Sequential, name)) for name in ("fit", "evaluate", "predict")
    )

    # Scorers asked for probabilities without asking whether an estimator is a classifier.
    _scorer._SCORERS["neg_log_loss"] = lambda estimator, x, y: -log_loss(y, estimator.predict_proba(x))

    class Wrapper(BaseEstimator):
        def __init__(self, build_fn=None, **sk_params):
            self.build_fn, self.sk_params = build_fn, sk_params

        def get_params(self, deep=True):
            return {**self.sk_params, "build_fn": self.build_fn}

        def set_params(self, **params):
            self.sk_params.update(params)
            return self

        def fit(self, x, y, **kwargs):
            self.model = self.build_fn(**taken(self.sk_params, names(self.build_fn)))
            if self.model.loss == "categorical_crossentropy" and len(y.shape) != 2:
                y = keras.utils.to_categorical(y)
            options = taken(self.sk_params, of_fit)
            if first and "nb_epoch" in self.sk_params:
                options["epochs"] = self.sk_params["nb_epoch"]
            return self.model.fit(x, y, **{**options, **kwargs})

    class KerasClassifier(Wrapper):
        def fit(self, x, y, **kwargs):
            y = np.array(y)
            if len(y.shape) == 2 and y.shape[1] > 1:
                self.classes_ = np.arange(y.shape[1])
            else:
                self.classes_ = np.unique(y)
                y = np.searchsorted(self.classes_, y)
            return super().fit(x, y, **kwargs)

        def predict(self, x, **kwargs):
            proba = self.model.predict(x, **kwargs)
            classes = proba.argmax(axis=-1) if proba.shape[-1] > 1 else (proba > 0.5).astype("int32")
            return self.classes_[classes]

        def predict_proba(self, x, **kwargs):
            probs = self.model.predict(x, **kwargs)
            return np.hstack([1 - probs, probs]) if probs.shape[1] == 1 else probs

        def score(self, x, y, **kwargs):
            y = np.searchsorted(self.classes_, y)
            if self.model.loss == "categorical_crossentropy" and len(y.shape) != 2:
                y = keras.utils.to_categorical(y)
            outputs = self.model.evaluate(x, y, **{**taken(self.sk_params, of_evaluate), **kwargs})
            values = dict(zip(self.model.metrics_names, outputs))
            return values.get("accuracy", values.get("acc"))

    class KerasRegressor(Wrapper):
        def predict(self, x, **kwargs):
            return np.squeeze(self.model.predict(x, **{**taken(self.sk_params, of_predict), **kwargs}))

        def score(self, x, y, **kwargs):
            loss = self.model.evaluate(x, y, **{**taken(self.sk_params, of_evaluate), **kwargs})
            loss = loss[0] if isinstance(loss, list) else loss
            return loss if first else -loss

    made = types.ModuleType("scikit_learn")
    made.KerasClassifier, made.KerasRegressor = KerasClassifier, KerasRegressor
    return made
