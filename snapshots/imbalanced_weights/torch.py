"""Rare positives: class weights, sample weights and weighted validation."""
import numpy as np
from sklearn.utils import class_weight
from functools import partial
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


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
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 1)


def sample_weights(y, class_weight=None, sample_weight=None):
    """The weight of each sample, (N,)."""
    weights = torch.ones(len(y))
    if sample_weight is not None:
        weights = torch.as_tensor(np.asarray(sample_weight)[: len(y)], dtype=torch.float32).reshape(len(y))
    if class_weight is not None:
        labels = y.flatten().long()
        weights = weights * torch.tensor([class_weight.get(label, 1.0) for label in labels.tolist()])
    return weights


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None, sample_weight=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = 0
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            losses = loss_fn(outputs, targets).reshape(len(targets), -1).mean(1)
            if sample_weight is not None:
                losses = losses * sample_weight[batch].to(device)
            loss = losses.mean()
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
    return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))


def fit(
    model,
    loss_fn,
    optimizer,
    x,
    y,
    metrics=None,
    batch_size=32,
    epochs=1,
    validation_split=0.0,
    validation_data=None,
    class_weight=None,
    sample_weight=None,
):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    if validation_data is not None:
        x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
        val_weights = sample_weights(y_val, sample_weight=(*validation_data, None)[2])
    elif validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
        tail = None if sample_weight is None else sample_weight[n_train:]
        val_weights = sample_weights(y_val, sample_weight=tail)
    weights = sample_weights(y, class_weight=class_weight, sample_weight=sample_weight)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics, sample_weight=weights)
        if validation_split or validation_data is not None:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics, sample_weight=val_weights)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32, sample_weight=None):
    """The mean loss, and the metrics after it, over the data."""
    if sample_weight is not None:
        sample_weight = sample_weights(y, sample_weight=sample_weight)
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics, sample_weight=sample_weight)
    return list(logs.values())


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.sigmoid().numpy()


def train_on_batch(model, loss_fn, optimizer, x, y, metrics=None, class_weight=None):
    """One step of the optimizer on one batch; its loss, and metrics if there are any."""
    model.train()
    outputs, targets = model(to_inputs(x).to(device)), to_targets(y).to(device)
    losses = loss_fn(outputs, targets).reshape(len(targets), -1).mean(1)
    if class_weight is not None:
        losses = losses * sample_weights(targets, class_weight).to(device)
    loss = losses.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    values = [metric(outputs, targets).float().mean().item() for metric in metrics.values()]
    return [loss.item(), *values]


@torch.no_grad()
def test_on_batch(model, loss_fn, x, y, metrics=None, sample_weight=None):
    """The loss of one batch, and metrics if there are any."""
    model.eval()
    outputs, targets = model(to_inputs(x).to(device)), to_targets(y).to(device)
    losses = loss_fn(outputs, targets).reshape(len(targets), -1).mean(1)
    if sample_weight is not None:
        losses = losses * sample_weights(targets, sample_weight=sample_weight).to(device)
    loss = losses.mean()
    values = [metric(outputs, targets).float().mean().item() for metric in metrics.values()]
    return [loss.item(), *values]


np.random.seed(3)
X = np.random.normal(size=(150, 5))
y = (X[:, 0] + 0.5 * X[:, 1] > 1).astype('int')
X_train, X_test = X[:120], X[120:]
y_train, y_test = y[:120], y[120:]

weights = class_weight.compute_class_weight(class_weight='balanced', classes=np.unique(y_train), y=y_train)
weights = dict(enumerate(weights))
print('class weights', weights)


def build_model():
    model = nn.Sequential(
        nn.Linear(5, 12),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(12, 1),
    ).to(device)
    model.apply(init_weights)
    model.loss_fn = partial(F.binary_cross_entropy_with_logits, reduction="none")
    model.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model.metrics = {"accuracy": binary_accuracy}
    return model


# weigh classes
model = build_model()
history = fit(model, model.loss_fn, model.optimizer, X_train, y_train, epochs=3, batch_size=32, class_weight=weights,
              validation_split=0.2, metrics=model.metrics)
score = evaluate(model, model.loss_fn, X_test, y_test, metrics=model.metrics)
print('Test loss: %.4f, accuracy: %.4f' % (score[0], score[1]))

# weigh samples: what lies far from the border counts more
importance = np.abs(X_train[:, 0] + 0.5 * X_train[:, 1] - 1)
model = build_model()
history = fit(model, model.loss_fn, model.optimizer, X_train, y_train, epochs=3, batch_size=32, sample_weight=importance, validation_split=0.25, metrics=model.metrics)
print('weighted validation', history['val_loss'])
test_importance = np.abs(X_test[:, 0])
print('weighted test', evaluate(model, model.loss_fn, X_test, y_test, sample_weight=test_importance, metrics=model.metrics))

# weights of classes, and of samples for validation
model = build_model()
fit(model, model.loss_fn, model.optimizer, X_train, y_train, epochs=2, batch_size=50, class_weight={0: 1., 1: 4.},
    validation_data=(X_test, y_test, test_importance), metrics=model.metrics)

# batch by batch
model = build_model()
for step in range(3):
    rows = slice(step * 40, (step + 1) * 40)
    loss, accuracy = train_on_batch(model, model.loss_fn, model.optimizer, X_train[rows], y_train[rows], class_weight={0: 1., 1: 3.}, metrics=model.metrics)
    print('step', step, 'loss %.4f' % loss)
print('held out', test_on_batch(model, model.loss_fn, X_test, y_test, sample_weight=test_importance, metrics=model.metrics))
print(predict(model, X_test[:3]))
