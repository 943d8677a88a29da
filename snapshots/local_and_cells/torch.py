"""Rarer layers: weights for each place, cells of recurrent layers, one after another."""
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


class Reshape(nn.Module):
    """Give each sample another shape."""

    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(len(x), *self.shape)


class LocallyConnected1d(nn.Module):
    """A convolution of sequences (N, C, T) to `size` steps, each with weights of its own."""

    def __init__(self, in_channels, out_channels, size, kernel_size, bias=True):
        super().__init__()
        self.kernel_size = kernel_size
        bound = (6 / size / (kernel_size * in_channels + out_channels)) ** 0.5
        weight = torch.empty(size, kernel_size, in_channels, out_channels)
        self.weight = nn.Parameter(weight.uniform_(-bound, bound))
        self.has_bias = bias
        if bias:
            self.bias = nn.Parameter(torch.zeros(out_channels, size))

    def forward(self, x):
        windows = x.unfold(2, self.kernel_size, 1)
        outputs = torch.einsum("nctk,tkcf->nft", windows, self.weight)
        return outputs + self.bias if self.has_bias else outputs


class LocallyConnected2d(nn.Module):
    """A convolution of images (N, C, H, W) to `size`, each place with weights of its own."""

    def __init__(self, in_channels, out_channels, size, kernel_size, stride=(1, 1)):
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride
        (height, width), (rows, columns) = size, kernel_size
        bound = (6 / (height * width) / (rows * columns * in_channels + out_channels)) ** 0.5
        weight = torch.empty(*size, *kernel_size, in_channels, out_channels)
        self.weight = nn.Parameter(weight.uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(out_channels, *size))

    def forward(self, x):
        (rows, columns), (down, across) = self.kernel_size, self.stride
        windows = x.unfold(2, rows, down).unfold(3, columns, across)
        outputs = torch.einsum("nchwij,hwijcf->nfhw", windows, self.weight)
        return outputs + self.bias


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


class GRU(nn.GRU):
    """A GRU that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


class SimpleRNN(nn.RNN):
    """A plain recurrent layer that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


class Flip(nn.Module):
    """Turn sequences (N, T, C) around."""

    def forward(self, x):
        return x.flip(1)


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.GRU):
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
    elif isinstance(module, nn.RNN):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).reshape(-1, 1, 8, 8)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(-1)


def penalty(model):
    """What the regularizers add to the loss."""
    return 0.01 * model[11].weight_ih_l0.square().sum()


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
            loss = loss + penalty(model)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
    return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    n_train = int(len(x) * (1 - validation_split))
    x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.softmax(-1).numpy()


rng = np.random.RandomState(3)
images = rng.rand(48, 8, 8, 1).astype("float32")
labels = (images[:, :4].mean(axis=(1, 2, 3)) > images[:, 4:].mean(axis=(1, 2, 3))).astype("int32")

model = nn.Sequential(
    LocallyConnected2d(1, 4, (3, 6), (3, 3), stride=(2, 1)),
    nn.ReLU(),
    nn.MaxPool2d((1, 2)),
    Permute(0, 2, 3, 1),
    Reshape(3, 12),
    Permute(0, 2, 1),
    LocallyConnected1d(12, 6, 3, 1, bias=False),
    Permute(0, 2, 1),
    GRU(6, 5, return_sequences=True),
    LSTM(5, 4, return_sequences=True),
    Flip(),
    SimpleRNN(4, 3),
    nn.Linear(3, 2),
).to(device)
model.apply(init_weights)
nn.init.uniform_(model[6].weight, -0.40824829, 0.40824829)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": sparse_categorical_accuracy}
fit(model, loss_fn, optimizer, images, labels, epochs=3, batch_size=16, validation_split=0.25, metrics=metrics)
print("classes:", predict(model, images[:6]).argmax(axis=-1))
