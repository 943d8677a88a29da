import math

import metrics as metric_functions
import numpy as np
import optimizers
import pytest
import torch
import torch.nn.functional as F
import training
from conftest import close, load
from torch import nn

recorded = load("training")
X, X_VAL = np.array(recorded["x"]), np.array(recorded["x_val"])
Y, Y_VAL = (np.eye(3)[recorded[name]] for name in ("labels", "y_val"))
METRICS = {
    "accuracy": metric_functions.categorical_accuracy,
    "mae": lambda outputs, targets: metric_functions.mean_absolute_error(outputs.softmax(-1), targets),
}


def perceptron(weights=recorded["weights"]):
    """The recorded model, its softmax left out, with the recorded weights."""
    kernel1, bias1, kernel2, bias2 = (torch.tensor(w) for w in weights)
    model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, len(bias2)))
    state = {"0.weight": kernel1.T, "0.bias": bias1, "2.weight": kernel2.T, "2.bias": bias2}
    model.load_state_dict(state)
    return model


def weights_of(model):
    return [p.detach().numpy().T for p in model.parameters()]


@pytest.fixture(autouse=True)
def defaults(switch):
    switch(SOFTMAX=True, ONE_HOT_TARGETS=True, WITHOUT_METRICS=False)


@pytest.mark.parametrize("run", recorded["runs"], ids=lambda run: run["name"])
def test_fit_evaluate_predict(run, switch):
    weighted = bool({"class_weight", "sample_weight"} & set(run["options"])) or run["name"] == "three"
    switch(
        WEIGHTS=weighted, VALIDATION_WEIGHTS=weighted and run["name"] != "class_weight", HISTORY_OBJECT=True
    )
    model, options = perceptron(), dict(run["options"])
    if "class_weight" in options:
        options["class_weight"] = {int(label): weight for label, weight in options["class_weight"].items()}
    loss_fn = nn.CrossEntropyLoss(reduction="none" if weighted else "mean")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    common = {"metrics": METRICS, "batch_size": 16, "epochs": 3, "shuffle": False, "verbose": 0}
    history = training.fit(model, loss_fn, optimizer, X, Y, **common, **options)
    assert history.epoch == run["epoch"]
    assert list(history.history) == list(run["history"])
    for name, values in run["history"].items():
        close(history.history[name], values)
    close(training.evaluate(model, loss_fn, X, Y, metrics=METRICS, batch_size=10), run["evaluate"])
    close(training.predict(model, X[:3]), run["predict"])
    switch(WEIGHTS=True)
    each, sample_weight = nn.CrossEntropyLoss(reduction="none"), recorded["sample_weight"]
    values = training.evaluate(model, each, X, Y, metrics=METRICS, sample_weight=sample_weight)
    close(values, run["weighted"])
    switch(WEIGHTS=weighted)
    close(
        training.train_on_batch(model, loss_fn, optimizer, X[:9], Y[:9], metrics=METRICS),
        run["train_on_batch"],
    )
    close(training.test_on_batch(model, loss_fn, X[:9], Y[:9], metrics=METRICS), run["test_on_batch"])
    for actual, expected in zip(weights_of(model), run["weights"]):
        close(actual, expected)


CLIPS = {
    "clipnorm": optimizers.clip_norms,
    "clipvalue": optimizers.clip_values,
    "global_clipnorm": optimizers.clip_global_norm,
}


@pytest.mark.parametrize("options, expected", recorded["clipped"])
def test_clipping(options, expected, switch):
    switch(WITH_METRICS=False)
    model = perceptron()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for name, limit in options.items():
        CLIPS[name](optimizer, limit)
    training.fit(model, nn.CrossEntropyLoss(), optimizer, X, Y, batch_size=16, epochs=2, shuffle=False)
    for actual, weights in zip(weights_of(model), expected):
        close(actual, weights)


def test_batch_hooks(switch):
    calls = []

    class Record:
        def on_train_begin(self, logs=None):
            assert self.params == {"epochs": 4, "steps": 4, "verbose": 0}
            assert self.optimizer is optimizer
            calls.append(["train_begin"])

        def on_epoch_begin(self, epoch, logs=None):
            calls.append(["epoch_begin", epoch])

        def on_batch_begin(self, batch, logs=None):
            calls.append(["batch_begin", batch])

        def on_batch_end(self, batch, logs=None):
            calls.append(["batch_end", batch, dict(logs)])
            training.predict(self.model, X[:2])  # leaves the model in evaluation mode
            if len(calls) > 12:
                self.model.stop_training = True

        def on_epoch_end(self, epoch, logs=None):
            calls.append(["epoch_end", epoch, dict(logs)])

        def on_train_end(self, logs=None):
            calls.append(["train_end"])

    switch(CALLBACK_PARAMS=True, PARAMS_VERBOSE=True)
    model = perceptron()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    common = {
        "metrics": {"accuracy": METRICS["accuracy"]},
        "batch_size": 16,
        "epochs": 4,
        "shuffle": False,
        "verbose": 0,
    }
    training.fit(model, nn.CrossEntropyLoss(), optimizer, X, Y, callbacks=[Record()], **common)
    assert model.training
    assert [call[:2] if len(call) > 2 else call for call in calls] == [
        call[:2] if len(call) > 2 else call for call in recorded["batches"]
    ]
    for call, expected in zip(calls, recorded["batches"]):
        if len(call) > 2:
            assert list(call[2]) == list(expected[2])
            close(list(call[2].values()), list(expected[2].values()))


SUFFIXES = [
    {  # from logits, as a model without its softmax gives them
        "accuracy": metric_functions.categorical_accuracy,
        "mse": lambda p, y: metric_functions.mean_squared_error(p.softmax(-1), y),
        "mae": METRICS["mae"],
        "categorical_crossentropy": lambda p, y: F.cross_entropy(p, y, reduction="none"),
        "cosine_similarity": lambda p, y: metric_functions.cosine_similarity(p.softmax(-1), y),
        "top_k_categorical_accuracy": lambda p, y: metric_functions.top_k_categorical_accuracy(p, y, k=2),
    },
    {
        "accuracy": metric_functions.sparse_categorical_accuracy,
        "sparse_top_k_categorical_accuracy": lambda p, y: metric_functions.sparse_top_k_categorical_accuracy(
            p, y, k=2
        ),
    },
    {
        "accuracy": metric_functions.binary_accuracy,
        "binary_crossentropy": lambda p, y: (
            F.binary_cross_entropy_with_logits(p, y, reduction="none").flatten(1).mean(1)
        ),
        "auc": lambda p, y: metric_functions.auc(p.sigmoid(), y),
        "precision": lambda p, y: metric_functions.precision(p, y, threshold=0),
        "recall": lambda p, y: metric_functions.recall(p, y, threshold=0),
        "auc_1": lambda p, y: metric_functions.auc(p.sigmoid(), y, num_thresholds=30),
        "true_positives": lambda p, y: metric_functions.true_positives(p.sigmoid(), y, threshold=0.4),
        "true_negatives": lambda p, y: metric_functions.true_negatives(p.sigmoid(), y, threshold=0.4),
        "false_positives": lambda p, y: metric_functions.false_positives(p.sigmoid(), y, threshold=0.4),
        "false_negatives": lambda p, y: metric_functions.false_negatives(p.sigmoid(), y, threshold=0.4),
        "above": lambda p, y: metric_functions.accuracy_above(p.sigmoid(), y, threshold=0.3),
    },
    {
        "mse": metric_functions.mean_squared_error,
        "mae": metric_functions.mean_absolute_error,
        "mape": metric_functions.mean_absolute_percentage_error,
        "msle": metric_functions.mean_squared_logarithmic_error,
        "root_mean_squared_error": metric_functions.root_mean_squared_error,
        "r2_score": metric_functions.r2_score,
    },
]


@pytest.mark.parametrize("case, functions", list(zip(recorded["metrics"], SUFFIXES)))
def test_metrics(case, functions, switch, monkeypatch):
    """Metrics of whole epochs; those of samples give the same either way."""
    outputs = torch.tensor(case["outputs"])
    logits = [outputs.log(), outputs.log(), outputs.logit(), outputs][SUFFIXES.index(functions)]
    targets = torch.tensor(case["targets"])
    monkeypatch.setattr(training, "to_targets", lambda y: torch.as_tensor(y))
    loss_fn = lambda outputs, targets: outputs.mean()
    for names in (functions, [name for name in functions if functions[name](logits, targets).dim()]):
        switch(EPOCH_METRICS=names is functions, BY_NAME=True)
        chosen = {name: functions[name] for name in names}
        values = training.evaluate(nn.Identity(), loss_fn, logits, targets, chosen, batch_size=20)
        for name in names:
            close(values[name], case["values"][name], 5e-5)


def test_batch_metrics(switch):
    """What is one number a batch is averaged over batches."""
    case = recorded["metrics"][3]
    switch(BATCH_METRICS=True)
    functions = {"rmse": metric_functions.root_mean_squared_error, "mse": metric_functions.mean_squared_error}
    values = training.evaluate(
        nn.Identity(), nn.MSELoss(), case["outputs"], case["targets"], functions, batch_size=20
    )
    close(values[1:], [case["values"]["rmse"], case["values"]["mse"]])


def test_metrics_of_steps_and_maps():
    classes, targets = torch.randn(4, 5, 3), torch.randint(0, 3, (4, 5))
    expected = (classes.argmax(-1) == targets).float().mean(1)
    one_hot = nn.functional.one_hot(targets, 3)
    assert metric_functions.sparse_categorical_accuracy_sequence(classes, targets).equal(expected)
    assert metric_functions.categorical_accuracy_sequence(classes, one_hot).equal(expected)
    maps, one_hot = classes.movedim(-1, 1), one_hot.movedim(-1, 1)
    assert metric_functions.sparse_categorical_accuracy_maps(maps, targets).equal(expected)
    assert metric_functions.categorical_accuracy_maps(maps, one_hot).equal(expected)


def test_binary_accuracy():
    outputs, targets = (
        torch.tensor([[0.2, 0.7, 0.5], [0.6, 0.6, 0.4]]),
        torch.tensor([[0.0, 1, 1], [1, 1, 1]]),
    )
    expected = torch.tensor([2 / 3, 2 / 3])
    close(metric_functions.threshold_accuracy(outputs, targets), expected)
    close(metric_functions.binary_accuracy(outputs.logit(), targets), expected)


def fit_once(model=None, **options):
    model = model or perceptron()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return training.fit(model, nn.CrossEntropyLoss(), optimizer, X, Y, **{"metrics": METRICS, **options})


def test_printing(capsys, switch):
    fit_once(epochs=2, verbose=0)
    assert capsys.readouterr().out == ""
    history = fit_once(epochs=2)
    second = f"Epoch 2/2 - loss: {history['loss'][1]:.4f} - accuracy: {history['accuracy'][1]:.4f}"
    assert capsys.readouterr().out.splitlines()[1].startswith(second)
    switch(EVALUATE_PRINTS=True)
    loss = training.evaluate(perceptron(), nn.CrossEntropyLoss(), X, Y, METRICS)[0]
    assert capsys.readouterr().out.startswith(f"loss: {loss:.4f} - accuracy: ")


def test_shapes_of_results(switch):
    switch(WITHOUT_METRICS=True)
    loss_fn = nn.CrossEntropyLoss()
    assert len(training.evaluate(perceptron(), loss_fn, X, Y, METRICS)) == 3
    assert isinstance(training.evaluate(perceptron(), loss_fn, X, Y, {}), float)
    assert list(fit_once(metrics={}, verbose=0)) == ["loss"]
    switch(WITH_METRICS=False, HISTORY_UNUSED=True)
    assert isinstance(training.evaluate(perceptron(), loss_fn, X, Y), float)
    assert fit_once(verbose=0) is None


def test_shuffling():
    seen = []

    class Spy(nn.Linear):
        def forward(self, x):
            seen.extend(x[:, 0].tolist())
            return super().forward(x)

    torch.manual_seed(0)
    fit_once(nn.Sequential(Spy(4, 3)), epochs=2, verbose=0)
    n = len(X)
    assert len(seen) == 2 * n
    assert seen[:n] != seen[n:]
    assert sorted(seen[:n]) == sorted(seen[n:]) == sorted(X[:, 0].astype("float32").tolist())


def test_modes(switch):
    """Each call sets the mode that it needs."""
    switch(ON_BATCH_BEGIN=False, ON_BATCH_END=False)
    modes = []

    class Spy(nn.Linear):
        def forward(self, x):
            modes.append((self.training, torch.is_grad_enabled()))
            return super().forward(x)

    model, loss_fn = nn.Sequential(Spy(4, 3)), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    training.predict(model, X)
    fit_once(model, batch_size=100, epochs=2, verbose=0, validation_split=0.5)
    training.evaluate(model, loss_fn, X, Y, METRICS, batch_size=100)
    training.train_on_batch(model, loss_fn, optimizer, X, Y, METRICS)
    training.test_on_batch(model, loss_fn, X, Y, METRICS)
    on, off = (True, True), (False, False)
    assert modes == [off, off, on, off, on, off, off, on, off]


def test_class_weights_by_index(switch):
    switch(ONE_HOT_TARGETS=False)
    for labels in (torch.tensor([0, 2, 1]), torch.tensor([[0.0], [2.0], [1.0]])):
        assert training.sample_weights(labels, {0: 2.0, 2: 0.5}).tolist() == [2.0, 0.5, 1.0]


def test_penalty_constraint_schedule(switch, monkeypatch):
    switch(PENALTY=True, CONSTRAINTS=True)
    monkeypatch.setattr(training, "penalty", lambda model: 0 * model[0].weight.sum() + 7)
    monkeypatch.setattr(training, "constrain", lambda model: model[0].weight.data.clamp_(min=0))
    model = perceptron()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: 1 / (1 + i))
    optimizer.register_step_post_hook(lambda *_: scheduler.step())
    history = training.fit(
        model,
        nn.CrossEntropyLoss(),
        optimizer,
        X,
        Y,
        metrics=METRICS,
        batch_size=20,
        verbose=0,
        validation_data=(X_VAL, Y_VAL),
    )
    assert history["loss"][0] > 7
    assert history["val_loss"][0] > 7
    assert model[0].weight.min() == 0
    assert optimizer.param_groups[0]["lr"] == 0.1 / 4
    monkeypatch.setattr(training, "constrain", lambda model: model[0].weight.data.fill_(3))
    assert training.train_on_batch(model, nn.CrossEntropyLoss(), optimizer, X, Y, METRICS)[0] > 7
    assert training.test_on_batch(model, nn.CrossEntropyLoss(), X, Y, METRICS)[0] > 7
    assert model[0].weight.unique().tolist() == [3]
    assert math.isclose(optimizer.param_groups[0]["lr"], 0.1 / 5)


def test_last_activation_left_out(switch):
    switch(LOGITS_BEFORE_LAST=True, SOFTMAX=False)
    plain, whole = perceptron(), nn.Sequential(*perceptron(), nn.Softmax(-1))
    assert math.isclose(
        training.evaluate(whole, nn.CrossEntropyLoss(), X, Y, METRICS)[0],
        nn.CrossEntropyLoss()(plain(training.to_inputs(X)), training.to_targets(Y)).item(),
        rel_tol=1e-5,
    )
    close(training.predict(whole, X[:2]), plain(training.to_inputs(X[:2])).softmax(-1))


def test_predict_layouts(switch):
    maps = np.random.rand(3, 2, 4, 5).astype("float32")
    switch(CHANNELS_LAST_OUTPUT=True)
    close(training.predict(nn.Identity(), maps, batch_size=2), torch.tensor(maps).softmax(1).movedim(1, -1))
    switch(SOFTMAX=False, SIGMOID=True)
    close(training.predict(nn.Identity(), maps), torch.tensor(maps).sigmoid().movedim(1, -1))
