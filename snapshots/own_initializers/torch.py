"""Initial weights from functions of the script, over shapes as Keras has them."""
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


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).reshape(-1, 1, 6, 6)


def to_inputs_2(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None):
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
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in model.to_inputs(x).split(batch_size)])
    return outputs.numpy()


def weight_views(module):
    """The tensors of a model or layer, in Keras's order and layout."""
    views = []
    for layer in module.modules():
        for name, tensor in layer.named_parameters(recurse=False):
            axes = [*range(2, tensor.dim()), 1, 0] if tensor.dim() > 1 else [0]
            views.append(tensor.detach().permute(axes))
    return views


def get_weights(module):
    """The weights of a model or layer as NumPy arrays, in Keras's order and layout."""
    return [view.cpu().numpy().copy() for view in weight_views(module)]


def my_glorot(shape, dtype=torch.float32):
    stddev = np.sqrt(2. / (shape[0] + shape[1]))
    return torch.normal(0, stddev, shape)


def small_normal(shape, dtype=None):
    return torch.normal(0.0, 0.01, shape)


def ramp(shape, dtype=None):
    """Each input of a layer weighs more than the one before."""
    steps = np.arange(shape[0] * shape[1]) / 100.0
    return steps.reshape(shape)


def edges(shape, dtype=None):
    """Filters that look for edges."""
    kernel = np.zeros(shape)
    kernel[0, :, :, :] = 0.5
    kernel[1, :, :, 0] = -0.5
    return kernel


def tenth(shape, dtype=None):
    return torch.ones(shape) / 10.0


rng = np.random.RandomState(3)
x = rng.rand(24, 6, 6, 1)
y = x.mean(axis=(1, 2))

model = nn.Sequential(
    nn.Conv2d(1, 2, (2, 2)),
    nn.Tanh(),
    Permute(0, 2, 3, 1),  # the flat order is Keras's
    nn.Flatten(),
    nn.Linear(50, 8),
    nn.Tanh(),
    nn.Linear(8, 6),
    nn.Tanh(),
    nn.Linear(6, 1),
).to(device)
model.apply(init_weights)
model[0].weight.data.copy_(torch.as_tensor(edges(model[0].weight.permute(2, 3, 1, 0).shape)).permute(3, 2, 0, 1))
model[0].bias.data.copy_(tenth(model[0].bias.shape))
model[4].weight.data.copy_(small_normal(model[4].weight.shape))
model[6].weight.data.copy_(my_glorot(model[6].weight.T.shape).T)
model[6].bias.data.copy_(small_normal(model[6].bias.shape))
model[8].weight.data.copy_(torch.as_tensor(ramp(model[8].weight.T.shape)).T)
model[8].bias.data.copy_(tenth(model[8].bias.shape))
model.to_inputs = to_inputs
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
print('first kernel', get_weights(model[0])[0].sum())
history = fit(model, loss_fn, optimizer, x, y, batch_size=8, epochs=2)
print('loss', history['loss'])

ordered = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2)).to(device)
ordered.apply(init_weights)
ordered[0].weight.data.copy_(torch.as_tensor(ramp(ordered[0].weight.T.shape)).T)
ordered[0].bias.data.copy_(tenth(ordered[0].bias.shape))
ordered[1].weight.data.copy_(torch.as_tensor(ramp(ordered[1].weight.T.shape)).T)
ordered.to_inputs = to_inputs_2
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(ordered.parameters(), eps=1e-7)
print('of the ramps', predict(ordered, np.arange(8.0).reshape(2, 4)))
