# What a small network has learned: weights as arrays, and the model in two files
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


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(x, dtype=torch.float32).permute(0, 3, 1, 2)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None, shuffle=True):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training and shuffle else torch.arange(len(x))
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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, shuffle=True):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics, shuffle=shuffle)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.softmax(-1).numpy()


def weight_views(module):
    """The tensors of a model or layer, in Keras's order and layout."""
    views = []
    for layer in module.modules():
        for name, tensor in layer.named_parameters(recurse=False):
            axes = [*range(2, tensor.dim()), 1, 0] if tensor.dim() > 1 else [0]
            views.append(tensor.detach().permute(axes))
        if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            views += [layer.running_mean, layer.running_var]
    return views


def get_weights(module):
    """The weights of a model or layer as NumPy arrays, in Keras's order and layout."""
    return [view.cpu().numpy().copy() for view in weight_views(module)]


def set_weights(module, arrays):
    """Set the weights of a model or layer from arrays in Keras's order and layout."""
    views = weight_views(module)
    if [np.shape(array) for array in arrays] != [tuple(view.shape) for view in views]:
        raise ValueError("these arrays do not have the shapes of the weights")
    for view, array in zip(views, arrays):
        view.copy_(torch.as_tensor(np.array(array)))


np.random.seed(3)
x = np.random.rand(64, 6, 6, 2).astype('float32')
y = np.eye(3)[(x.mean(axis=(1, 2, 3)) * 60).astype(int) % 3]

model = nn.Sequential()
model.append(nn.Conv2d(2, 4, (3, 3)))
model.append(nn.BatchNorm2d(4, eps=1e-3, momentum=0.01))
model.append(nn.ReLU())
model.append(nn.MaxPool2d((2, 2)))
print('after pooling:', (None, 2, 2, 4))
model.extend([Permute(0, 2, 3, 1), nn.Flatten()])
model.extend([nn.Linear(16, 5), nn.Tanh()])
model.append(nn.Linear(5, 3))
model.to(device)
model.apply(init_weights)
output_layer = model[8]
print('in', (None, 6, 6, 2), 'out', (None, 3), 7, 'layers')
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": categorical_accuracy}
print(predict(model, x[:2]))
start = get_weights(model)
fit(model, loss_fn, optimizer, x, y, epochs=2, batch_size=16, shuffle=False, metrics=metrics)

kernel, bias = get_weights(model[0])
print(kernel.shape, bias.shape, kernel[0, 1, 0].round(4))
gamma, beta, mean, variance = get_weights(model[1])
print('running mean', mean.round(4))
hidden = model[6]
W = get_weights(hidden)[0]
print(W.shape, W[:3, 0].round(4))
print('last', get_weights(model[8])[1].round(4), get_weights(output_layer)[0].shape)
print(len(get_weights(model)), 'arrays,', sum(w.size for w in get_weights(model)), 'parameters')

# put the weights back by hand
moved = [w + 0.5 * (v - w) for v, w in zip(start, get_weights(model))]
set_weights(model, moved)
print(predict(model, x[:2]))
set_weights(hidden, [W * 0, np.ones(5)])
print(predict(model, x[:2]))
