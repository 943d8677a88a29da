"""Dropout that stays on tells how sure a small classifier is of its answers."""
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 1, 8, 8)


def to_inputs_2(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(y, dtype=torch.long)


def to_outputs(outputs):
    """Probabilities of logits."""
    return outputs.softmax(-1)


def to_outputs_2(outputs):
    """Outputs as they are."""
    return outputs


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
    x, y = model.to_inputs(x), to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


@torch.no_grad()
def predict(model, x, batch_size=32, training=False):
    """The output for each sample, as a NumPy array."""
    model.train(training)
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in model.to_inputs(x).split(batch_size)])
    return model.to_outputs(outputs).numpy()


np.random.seed(0)
x_train = np.random.rand(80, 8, 8, 1).astype("float32")
y_train = np.random.randint(0, 3, 80)
x_test = np.random.rand(20, 8, 8, 1).astype("float32")

model = nn.Sequential(
    nn.Conv2d(1, 4, 3),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(144, 10),
    nn.ReLU(),
    nn.Dropout(0.2),
    nn.Linear(10, 3),
).to(device)
model.apply(init_weights)
model.to_inputs, model.to_outputs = to_inputs, to_outputs

before = predict(model, x_test[:5])
print("untrained:", before.shape)

loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": sparse_categorical_accuracy}
fit(model, loss_fn, optimizer, x_train, y_train, epochs=2, metrics=metrics)

probabilities = predict(model, x_test)
classes = np.argmax(probabilities, axis=1)
print("classes:", classes[:10])
one = predict(model, x_test[:1])[0]
print("first sample:", np.round(one, 2))

y_probas = np.stack([predict(model, x_test, training=True) for _ in range(5)])
y_proba = y_probas.mean(axis=0)
y_std = y_probas.std(axis=0)
print(y_proba.shape, y_std.shape)

encoder = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 2)).to(device)
encoder.apply(init_weights)
encoder.to_inputs, encoder.to_outputs = to_inputs_2, to_outputs_2
points = np.array(np.random.rand(7, 6), dtype="float32")
codes = predict(encoder, points)
print(codes.shape, float(np.mean(codes)))
