import numpy as np
np.random.seed(1337)  # for reproducibility

import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Permute(nn.Module):
    """Reorder the axes of a batch."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)


class MaxoutDense(nn.Module):
    """The largest of `pieces` linear functions, for each output."""

    def __init__(self, in_features, out_features, pieces):
        super().__init__()
        bound = (9 / (pieces * in_features * out_features)) ** 0.25
        self.weight = nn.Parameter(torch.empty(pieces, in_features, out_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(pieces, out_features))

    def forward(self, x):
        outputs = x @ self.weight
        return (outputs + self.bias[:, None]).amax(0)


class Highway(nn.Module):
    """A linear layer and its input, mixed by a gate of the input."""

    def __init__(self, features, activation=None):
        super().__init__()
        self.linear = nn.Linear(features, features)
        self.gate = nn.Linear(features, features)
        self.activation = activation

    def forward(self, x):
        outputs = self.linear(x) if self.activation is None else self.activation(self.linear(x))
        return torch.lerp(x, outputs, torch.sigmoid(self.gate(x)))


class SReLU(nn.Module):
    """x between two thresholds, lines of other slopes beyond them, with weights of each place in the sample."""

    def __init__(self, *shape):
        super().__init__()
        bound = (9 / np.prod(shape)) ** 0.25
        self.left = nn.Parameter(torch.zeros(shape))
        self.left_slope = nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
        self.width = nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
        self.right_slope = nn.Parameter(torch.ones(shape))

    def forward(self, x):
        right = self.left + self.width.abs()
        below, above = (x - self.left).clamp(max=0), (x - right).clamp(min=0)
        return x.clamp(self.left, right) + self.left_slope * below + self.right_slope * above


class ParametricSoftplus(nn.Module):
    """alpha * log(1 + exp(beta * x)), with weights of each place in the sample."""

    def __init__(self, *shape, beta=5.0):
        super().__init__()
        self.alpha = nn.Parameter(0.2 * torch.ones(shape))
        self.beta = nn.Parameter(beta * torch.ones(shape))

    def forward(self, x):
        return self.alpha * F.softplus(self.beta * x)


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear, nn.ConvTranspose2d)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 1, 8, 8)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1, 8, 8)


def penalty(model):
    """What the regularizers add to the loss."""
    return 0.001 * model[7].weight.square().sum()


def penalty_2(model):
    """What the regularizers add to the loss."""
    return 0.0


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, verbose=1):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), model.to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if verbose:
            values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
            print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
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
    outputs = outputs.movedim(1, -1)
    return outputs.numpy()


nb_epoch = 3
batch_size = 16

# a small set of images with a bright square in one of four corners
X = np.random.rand(96, 8, 8, 1).astype('float32') * 0.3
labels = np.random.randint(0, 4, size=96)
for image, label in zip(X, labels):
    row, col = 4 * (label // 2), 4 * (label % 2)
    image[row:row + 4, col:col + 4] += 0.6
y = np.eye(4)[labels]

# classifier: dilated convolutions, s-shaped units, maxout and highway layers
model = nn.Sequential(
    nn.Conv2d(1, 6, (3, 3), padding=2, dilation=(2, 2)),
    SReLU(6, 1, 1),
    nn.ZeroPad2d((0, 1, 0, 1)),  # "same" with a stride pads the end
    nn.Conv2d(6, 8, (3, 3), stride=(2, 2)),
    nn.ReLU(),
    Permute(0, 2, 3, 1),  # the flat order is Keras's
    nn.Flatten(),
    MaxoutDense(128, 12, 3),
    nn.Dropout(0.2),
    # let information through
    Highway(12, activation=torch.relu),
    Highway(12, activation=torch.tanh),
    nn.Linear(12, 4),
).to(device)
model.apply(init_weights)
nn.init.ones_(model[9].gate.bias)
nn.init.orthogonal_(model[10].linear.weight, gain=1.1)
nn.init.orthogonal_(model[10].gate.weight, gain=1.1)
nn.init.ones_(model[10].gate.bias)
nn.init.xavier_normal_(model[11].weight)
model.to_targets, model.penalty = to_targets, penalty
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"acc": categorical_accuracy}
fit(model, loss_fn, optimizer, X[:80], y[:80], batch_size=batch_size, epochs=nb_epoch, verbose=2, metrics=metrics)
loss, acc = evaluate(model, loss_fn, X[80:], y[80:], metrics=metrics)
print('Test loss: %.4f' % loss)
print('Test accuracy: %.4f' % acc)

# autoencoder: up again to the size of the input
autoencoder = nn.Sequential(
    nn.ZeroPad2d((0, 1, 0, 1)),  # "same" with a stride pads the end
    nn.Conv2d(1, 4, (3, 3), stride=(2, 2)),
    ParametricSoftplus(4, 4, 4, beta=2.0),
    nn.ConvTranspose2d(4, 3, (3, 3), stride=(2, 2), padding=(1, 0)),
    nn.ZeroPad2d((0, -1, 0, 0)),  # as large as it is said to be
    nn.ReLU(),
    nn.ConvTranspose2d(3, 1, (2, 1)),
    nn.Sigmoid(),
).to(device)
autoencoder.apply(init_weights)
autoencoder.to_targets, autoencoder.penalty = to_targets_2, penalty_2
loss_fn = nn.MSELoss()
optimizer = torch.optim.RMSprop(autoencoder.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
fit(autoencoder, loss_fn, optimizer, X, X, batch_size=batch_size, epochs=nb_epoch, verbose=0, metrics={})
decoded = predict(autoencoder, X[:8])
print(decoded.shape, decoded.mean())
