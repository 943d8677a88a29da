"""A classifier whose head is exchanged before training, looked at from all sides, and copied by its configuration."""
import numpy as np
import pandas as pd
import copy as torch_copy
from types import SimpleNamespace
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class BatchNorm1d(nn.BatchNorm1d):
    """Batch normalization that keeps the biased variance for evaluation, and takes batches of one."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        dims, shape = ([0], (-1,)) if x.dim() == 2 else ([0, 2], (-1, 1))
        var, mean = torch.var_mean(x, dims, correction=0)
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(var, self.momentum)
        scale = self.weight * torch.rsqrt(var + self.eps)
        return (x - mean.view(shape)) * scale.view(shape) + self.bias.view(shape)


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(-1)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32)


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), model.to_targets(y)
    if validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = SimpleNamespace(epoch=[], history={})
    model.history = history
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_split:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        history.epoch.append(epoch)
        for name, value in logs.items():
            history.history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), model.to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32, training=False):
    """The output for each sample, as a NumPy array."""
    model.train(training)
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return model.to_outputs(outputs).numpy()


rng = np.random.RandomState(5)
x = rng.normal(size=(72, 6)).astype("float32")
y = (x[:, 0] + x[:, 1] > 0).astype("int32") + (x[:, 2] > 1)

model = nn.Sequential(
    nn.Linear(6, 12),
    nn.ReLU(),
    BatchNorm1d(12, eps=1e-3, momentum=0.01),
    nn.Dropout(0.3),
    # three classes, not ten
    nn.Linear(12, 3),
).to(device)
model.apply(init_weights)
model.to_targets, model.to_outputs = to_targets, to_outputs
print("layers:", 4, "dense_2", (None, 3))

loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01, alpha=0.9, eps=1e-7)
metrics = {"accuracy": sparse_categorical_accuracy}
fit(model, loss_fn, optimizer, x, y, epochs=3, batch_size=24, validation_split=0.25, metrics=metrics)
print(np.round(pd.DataFrame(model.history.history).values, 4))
print("epochs:", model.history.epoch[-1] + 1, "last loss: %.4f" % model.history.history["loss"][-1])

# normalizations see all samples of a call at once, and go on with their statistics
before = predict(model, x[:10])
drawn = predict(model, x, training=True, batch_size=len(x))
after = predict(model, x[:10])
print("calls:", before.shape, drawn.shape, np.round(np.abs(after - before).max(), 4))

small = nn.Sequential(nn.Linear(6, 5), nn.Tanh()).to(device)
small.apply(init_weights)
small.to_targets, small.to_outputs = to_targets_2, to_outputs_2
print(small)
# the same architecture, untrained, from its configuration
copy = torch_copy.deepcopy(small).apply(init_weights)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(copy.parameters(), lr=0.01)
fit(copy, loss_fn, optimizer, x, x[:, :5], epochs=1, metrics={})
print("copy: %.4f" % evaluate(copy, loss_fn, x, x[:, :5], metrics={}))

print("features:", predict(small, x).sum(), 1)
