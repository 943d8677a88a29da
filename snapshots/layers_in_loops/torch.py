"""Looks into a network layer by layer: names, shapes, weights, and what of them is trained."""
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def to_categorical(y, num_classes=None):
    """Class indices (n,) or (n, 1) as one-hot rows (n, classes)."""
    y = np.asarray(y, dtype="int64")
    if y.ndim > 1 and y.shape[-1] == 1:
        y = y.reshape(y.shape[:-1])
    return np.eye(num_classes or y.max() + 1, dtype="float32")[y]


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
    return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 1, 8, 8)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def hold_frozen_norms(model):
    """Normalizations whose parameters are frozen stay at their running statistics."""
    types = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
    for norm in [module for module in model.modules() if isinstance(module, types)]:
        if not any(parameter.requires_grad for parameter in norm.parameters()):
            norm.eval()


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None, shuffle=True):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    hold_frozen_norms(model)
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


def weight_views(module, trainable=None):
    """The tensors of a model or layer, in Keras's order and layout."""
    views = []
    for layer in module.modules():
        for name, tensor in layer.named_parameters(recurse=False):
            if trainable is not None and tensor.requires_grad != trainable:
                continue
            axes = [*range(2, tensor.dim()), 1, 0] if tensor.dim() > 1 else [0]
            views.append(tensor.detach().permute(axes))
        if trainable:
            continue
        if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            views += [layer.running_mean, layer.running_var]
    return views


def get_weights(module, trainable=None):
    """The weights of a model or layer as NumPy arrays, in Keras's order and layout."""
    return [view.cpu().numpy().copy() for view in weight_views(module, trainable)]


np.random.seed(4)
x = np.random.rand(60, 8, 8, 1).astype("float32")
y = to_categorical(np.random.randint(0, 3, 60), 3)

model = nn.Sequential(
    nn.Conv2d(1, 4, 3),
    nn.ReLU(),
    nn.BatchNorm2d(4, eps=1e-3, momentum=0.01),
    nn.MaxPool2d((2, 2)),
    Permute(0, 2, 3, 1),  # the flat order is Keras's
    nn.Flatten(),
    nn.Dropout(0.2),
    nn.Linear(36, 6),
    nn.ReLU(),
    nn.Linear(6, 3),
).to(device)
model.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": categorical_accuracy}
fit(model, loss_fn, optimizer, x, y, epochs=1, batch_size=20, shuffle=False, metrics=metrics)

print("sequential", ["conv2d", "batch_normalization", "max_pooling2d", "flatten", "dropout", "features", "dense", "activation"])
for i, (layer, layer_name, layer_class, output_shape) in enumerate(zip(
    [model[0], model[2], model[3], model[4], model[6], model[7], model[9], nn.Identity()],
    ["conv2d", "batch_normalization", "max_pooling2d", "flatten", "dropout", "features", "dense", "activation"],
    ["Conv2D", "BatchNormalization", "MaxPooling2D", "Flatten", "Dropout", "Dense", "Dense", "Activation"],
    [(None, 6, 6, 4), (None, 6, 6, 4), (None, 3, 3, 4), (None, 36), (None, 36), (None, 6), (None, 3), (None, 3)],
)):
    print(i, layer_name, layer_class, output_shape, sum(w.size for w in get_weights(layer)))

for layer, layer_name in zip(
    [model[0], model[2], model[3], model[4], model[6], model[7], model[9], nn.Identity()],
    ["conv2d", "batch_normalization", "max_pooling2d", "flatten", "dropout", "features", "dense", "activation"],
):
    weights = get_weights(layer)
    if "conv" in layer_name or layer_name == "features":
        print(layer_name, [w.shape for w in weights], weights[0].sum())

# The first layers stay as they are from here on.
for layer in model[:3]:
    layer.requires_grad_(False)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": categorical_accuracy}
fit(model, loss_fn, optimizer, x, y, epochs=1, batch_size=20, shuffle=False, metrics=metrics)

# Fine-tuning: what has a kernel is trained again, but for the last layers.
for layer in model[:9]:
    if isinstance(layer, (nn.Conv2d, nn.Linear)):
        layer.requires_grad_(True)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": categorical_accuracy}
fit(model, loss_fn, optimizer, x, y, epochs=1, batch_size=20, shuffle=False, metrics=metrics)
print([all(p.requires_grad for p in layer.parameters()) for layer, layer_class in zip(
    [model[0], model[2], model[3], model[4], model[6], model[7], model[9], nn.Identity()],
    ["Conv2D", "BatchNormalization", "MaxPooling2D", "Flatten", "Dropout", "Dense", "Dense", "Activation"],
) if layer_class == "BatchNormalization"])

for layer, layer_name in zip(
    [model[0], model[2], model[3], model[4], model[6], model[7], model[9], nn.Identity()],
    ["conv2d", "batch_normalization", "max_pooling2d", "flatten", "dropout", "features", "dense", "activation"],
):
    print(layer_name, all(p.requires_grad for p in layer.parameters()))

held = 0
for layer in [model[0], model[2], model[3], model[4], model[6], model[7], model[9], nn.Identity()]:
    if not isinstance(layer, nn.Linear):
        layer.requires_grad_(False)
        held += 1
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": categorical_accuracy}
fit(model, loss_fn, optimizer, x, y, epochs=1, batch_size=20, shuffle=False, metrics=metrics)
print(held, [layer_name for layer_name, layer_class in zip(
    ["conv2d", "batch_normalization", "max_pooling2d", "flatten", "dropout", "features", "dense", "activation"],
    ["Conv2D", "BatchNormalization", "MaxPooling2D", "Flatten", "Dropout", "Dense", "Dense", "Activation"],
) if layer_class in ("Conv2D", "Dense")])
for i, (layer, layer_name) in enumerate(zip(
    [model[0], model[2], model[3], model[4], model[6], model[7], model[9], nn.Identity()],
    ["conv2d", "batch_normalization", "max_pooling2d", "flatten", "dropout", "features", "dense", "activation"],
)):
    if isinstance(layer, nn.Linear):
        weights, biases = get_weights(layer)
        print(i, layer_name, weights.shape, weights.mean(), biases.sum())

trainable = np.sum([w.numel() for w in model.parameters() if w.requires_grad])
frozen = int(np.sum([p.size for p in get_weights(model, trainable=False)]))
print("Trainable: {:,}, frozen: {:,}, all: {:,}".format(trainable, frozen, sum(w.size for w in get_weights(model))))
print(sum(v.numel() for v in model.parameters() if v.requires_grad))
print(len(get_weights(model)), sum(parameter.requires_grad for parameter in model.parameters()), len(get_weights(model, trainable=False)))
for w in get_weights(model, trainable=True):
    print(w.shape, w.size, float(np.abs(w).mean()))
kernel, bias = get_weights(model[7])[0], get_weights(model[7])[1]
print(list(kernel.shape), bias)
for i in range(8):
    print(i, [w.shape for w in get_weights([model[0], model[2], model[3], model[4], model[6], model[7], model[9], nn.Identity()][i])])
