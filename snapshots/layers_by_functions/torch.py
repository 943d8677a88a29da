"""Layers that functions, lambdas, comprehensions and partial objects make."""

import numpy as np
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


def truncated_normal_(weight, mode):
    """Keras's normal initializers, cut off at two standard deviations: "glorot", "he" or "lecun"."""
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(weight)
    variance = {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[mode]
    std = variance**0.5 / 0.87962566103423978
    nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
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


def penalty(model):
    """What the regularizers add to the loss."""
    return 0.0


def penalty_2(model):
    """What the regularizers add to the loss."""
    return WEIGHT_DECAY * model[0].weight.square().sum() + WEIGHT_DECAY * model[4].weight.square().sum()


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
            loss = loss + model.penalty(model)
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


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, model.to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


np.random.seed(42)
x_train = np.random.rand(60, 8, 8, 1).astype("float32")
y_train = np.random.randint(0, 3, 60)

# the book's way: the same arguments for every convolution

cnn = nn.Sequential(
    nn.Conv2d(1, 8, 5, padding=2),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(8, 16, 3, padding=1),
    nn.ReLU(),  # twice as many
    nn.Conv2d(16, 16, 3, padding=1),
    nn.ELU(),
    nn.Flatten(),
    nn.Linear(256, 3),
).to(device)
cnn.apply(init_weights)
cnn.to_inputs, cnn.penalty = to_inputs, penalty
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(cnn.parameters(), lr=0.01)
metrics = {"accuracy": sparse_categorical_accuracy}
fit(cnn, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=20, metrics=metrics)
print(evaluate(cnn, loss_fn, x_train, y_train, metrics=metrics))

RATE = 0.1
WEIGHT_DECAY = 1e-3


samples = x_train.reshape(60, 64)

mlp = nn.Sequential(
    nn.Linear(64, 32, bias=False),
    BatchNorm1d(32, eps=1e-3, momentum=0.01),
    nn.ReLU(),
    nn.Dropout(RATE),
    nn.Linear(32, 16, bias=False),
    BatchNorm1d(16, eps=1e-3, momentum=0.01),
    nn.ELU(),
    nn.Dropout(RATE / 2),
    nn.Linear(16, 3),
).to(device)
mlp.apply(init_weights)
mlp.to_inputs, mlp.penalty = to_inputs_2, penalty_2
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(mlp.parameters(), lr=0.1)
metrics = {"accuracy": sparse_categorical_accuracy}
fit(mlp, loss_fn, optimizer, samples, y_train, epochs=2, batch_size=20, metrics=metrics)
print(evaluate(mlp, loss_fn, samples, y_train, metrics=metrics))

deep = nn.Sequential(
    nn.Linear(64, 24),
    nn.ReLU(),
    nn.Linear(24, 20),
    nn.ReLU(),
    nn.Linear(20, 12),
    nn.SELU(),  # narrower
    nn.Linear(12, 10),
    nn.Tanh(),
    nn.Linear(10, 10),
    nn.Tanh(),
    nn.Linear(10, 6),
    nn.Tanh(),
    nn.Linear(6, 3),
).to(device)
deep.apply(init_weights)
truncated_normal_(deep[6].weight, "he")
truncated_normal_(deep[8].weight, "he")
truncated_normal_(deep[10].weight, "he")
deep.to_inputs, deep.penalty = to_inputs_2, penalty
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(deep.parameters(), lr=0.01)
fit(deep, loss_fn, optimizer, samples, y_train, epochs=2, batch_size=20, metrics={})
print(evaluate(deep, loss_fn, samples, y_train, metrics={}))


plain = nn.Sequential(
    nn.Linear(64, 16),
    nn.ReLU(),
    nn.Dropout(0.2),
    nn.Linear(16, 8),
    nn.ReLU(),
    nn.Linear(8, 3),
).to(device)
plain.apply(init_weights)
nn.init.ones_(plain[0].bias)
nn.init.ones_(plain[3].bias)
plain.to_inputs, plain.penalty = to_inputs_2, penalty
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(plain.parameters(), lr=0.01)
fit(plain, loss_fn, optimizer, samples, y_train, epochs=2, batch_size=20, metrics={})
print(evaluate(plain, loss_fn, samples, y_train, metrics={}))
