"""A network that starts from arrays: a wider copy of another, and a deeper one (net2net)."""
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Permute(nn.Module):
    """Reorder the axes of a batch."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)


class RepeatVector(nn.Module):
    """Repeat each vector: (N, C) to (N, times, C)."""

    def __init__(self, times):
        super().__init__()
        self.times = times

    def forward(self, x):
        return x.unsqueeze(1).expand(-1, self.times, -1)


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


class GRU(nn.GRU):
    """A GRU that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.GRU):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.zeros_(module.bias_hh_l0)
    elif isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).permute(0, 3, 1, 2)


def to_inputs_2(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(-1)


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
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, model.to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in model.to_inputs(x).split(batch_size)])
    return outputs.numpy()


rng = np.random.RandomState(4)
x = rng.rand(40, 6, 6, 2)
y = rng.randint(0, 3, 40)


def identity_kernel(filters, size=3):
    kernel = np.zeros((size, size, filters, filters))
    kernel[size // 2, size // 2] = np.eye(filters)
    return [kernel, np.zeros(filters)]


deeper = identity_kernel(4)
first = 0.3 * rng.randn(3, 3, 2, 4), np.linspace(0, 0.1, 4)
scales = [np.full(4, 2.0), np.ones(4), np.zeros(4), np.full(4, 3.0)]

student = nn.Sequential(
    nn.Conv2d(2, 4, 3, padding=1),
    nn.ReLU(),
    nn.Conv2d(4, 4, 3, padding=1),
    nn.ReLU(),
    nn.BatchNorm2d(4, eps=1e-3, momentum=0.01),
    nn.MaxPool2d(2),
    Permute(0, 2, 3, 1),  # the flat order is Keras's
    nn.Flatten(),
    nn.Linear(36, 3),
).to(device)
student.apply(init_weights)
student[0].weight.data.copy_(torch.as_tensor(first[0]).permute(3, 2, 0, 1))
student[0].bias.data.copy_(torch.as_tensor(first[1]))
student[2].weight.data.copy_(torch.as_tensor(deeper[0]).permute(3, 2, 0, 1))
student[2].bias.data.copy_(torch.as_tensor(deeper[1]))
student[4].weight.data.copy_(torch.as_tensor(scales[0]))
student[4].bias.data.copy_(torch.as_tensor(scales[1]))
student[4].running_mean.data.copy_(torch.as_tensor(scales[2]))
student[4].running_var.data.copy_(torch.as_tensor(scales[3]))
student[8].weight.data.copy_(torch.as_tensor(np.repeat(np.eye(9, 3), 4, axis=0)).T)
student[8].bias.data.copy_(torch.as_tensor(np.zeros(3)))
student.to_inputs = to_inputs
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(student.parameters(), lr=0.01)
metrics = {"accuracy": sparse_categorical_accuracy}
fit(student, loss_fn, optimizer, x, y, batch_size=10, epochs=2, metrics=metrics)
print('loss %.4f, accuracy %.4f' % tuple(evaluate(student, loss_fn, x, y, metrics=metrics)))

# a decoder whose gates are set by hand
gates = [0.1 * rng.randn(5, 9), 0.1 * rng.randn(3, 9), np.zeros((2, 9))]
decoder = nn.Sequential(
    RepeatVector(4),
    GRU(5, 3, return_sequences=True),
    LSTM(3, 2),
).to(device)
decoder.apply(init_weights)
decoder[1].weight_ih_l0.data.copy_(torch.as_tensor(gates[0]).T.unflatten(0, (3, -1))[[1, 0, 2]].flatten(0, 1))
decoder[1].weight_hh_l0.data.copy_(torch.as_tensor(gates[1]).T.unflatten(0, (3, -1))[[1, 0, 2]].flatten(0, 1))
decoder[1].bias_ih_l0.data.copy_(torch.as_tensor(gates[2])[0].unflatten(0, (3, -1))[[1, 0, 2]].flatten(0, 1))
decoder[1].bias_hh_l0.data.copy_(torch.as_tensor(gates[2])[1].unflatten(0, (3, -1))[[1, 0, 2]].flatten(0, 1))
decoder[2].weight_ih_l0.data.copy_(torch.as_tensor(np.full((3, 8), 0.2)).T)
decoder[2].weight_hh_l0.data.copy_(torch.as_tensor(np.tile(np.eye(2), 4)).T)
decoder[2].bias_ih_l0.data.copy_(torch.as_tensor(np.repeat([0., 1., 0., 0.], 2)))
decoder.to_inputs = to_inputs_2
print(predict(decoder, np.eye(5)[:2]).round(3))
