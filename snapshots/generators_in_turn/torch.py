"""Two networks for the same readings, trained in turn on generators."""
import numpy as np
import itertools
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class KerasSGD(torch.optim.Optimizer):
    """SGD with the learning rate inside the momentum, as Keras has it: the difference shows when the rate changes."""

    def __init__(self, params, lr=0.01, momentum=0):
        super().__init__(params, {"lr": lr})
        self.momentum = momentum

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                velocity = self.state[p].setdefault("velocity", torch.zeros_like(p))
                velocity.mul_(self.momentum).sub_(group["lr"] * p.grad)
                p.add_(velocity)


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
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


def one_epoch(batches, steps=None, shuffle=False):
    """The batches of one epoch; where they are had by their index, in another order if shuffled."""
    if not hasattr(batches, "__getitem__"):
        return itertools.islice(batches, steps)
    order = torch.randperm(len(batches)).tolist() if shuffle else range(len(batches))
    return (batches[index] for index in order[:steps])


def run_epoch(model, loss_fn, batches, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    totals = 0
    seen = 0
    with torch.set_grad_enabled(training):
        for batch in batches:
            outputs, targets = model(to_inputs(batch[0]).to(device)), to_targets(batch[1]).to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(targets), *sums]).detach()
            seen += len(targets)
    return dict(zip(["loss", *metrics], (totals / seen).tolist()))


def fit(model, loss_fn, optimizer, batches, metrics=None, epochs=1, steps_per_epoch=None):
    """Train; the mean values of each epoch by name."""
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, one_epoch(batches, steps_per_epoch, True), optimizer, metrics)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if not hasattr(batches, "__getitem__"):
            continue
        if steps_per_epoch and len(batches) < steps_per_epoch:
            print(f"There are only {len(batches)} batches: training ends")
            break
    return history


def evaluate(model, loss_fn, batches, metrics=None, steps=None):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, one_epoch(batches, steps), metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


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


def set_weights(module, arrays):
    """Set the weights of a model or layer from arrays in Keras's order and layout."""
    views = weight_views(module)
    if [np.shape(array) for array in arrays] != [tuple(view.shape) for view in views]:
        raise ValueError("these arrays do not have the shapes of the weights")
    for view, array in zip(views, arrays):
        view.copy_(torch.as_tensor(np.array(array)))


rng = np.random.RandomState(3)
x = rng.rand(96, 5).astype("float32")
value = x @ rng.rand(5)
high = (value > value.mean()).astype("float32")


def batches(targets, size=12):
    at = 0
    while True:
        yield x[at:at + size], targets[at:at + size]
        at = (at + size) % len(x)


class Rows(torch.utils.data.Dataset):
    def __init__(self, targets, size=16):
        self.targets, self.size = targets, size

    def __len__(self):
        return int(np.ceil(len(x) / float(self.size)))

    def __getitem__(self, index):
        rows = slice(index * self.size, (index + 1) * self.size)
        return x[rows], self.targets[rows]


classifier = nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 1)).to(device)
classifier.apply(init_weights)
regressor = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 1)).to(device)
regressor.apply(init_weights)
# both are compiled before either is trained
classifier.loss_fn = F.binary_cross_entropy_with_logits
classifier.optimizer = KerasSGD(classifier.parameters(), lr=0.1, momentum=0.9)
classifier.metrics = {"accuracy": binary_accuracy}
regressor.loss_fn = F.mse_loss
regressor.optimizer = torch.optim.SGD(regressor.parameters(), lr=0.05)

for turn in range(2):
    first = fit(classifier, classifier.loss_fn, classifier.optimizer, batches(high), steps_per_epoch=8, epochs=1, metrics=classifier.metrics)
    second = fit(regressor, regressor.loss_fn, regressor.optimizer, Rows(value), epochs=2, metrics={})
    print(turn, first["loss"], second["loss"])
    classifier.optimizer.param_groups[0]["lr"] = 0.02

loss, accuracy = evaluate(classifier, classifier.loss_fn, batches(high), steps=8, metrics=classifier.metrics)
print("classifier: %.4f %.4f" % (loss, accuracy))
print("regressor: %.4f" % evaluate(regressor, regressor.loss_fn, Rows(value), steps=3, metrics={}))

# the last layer starts anew
set_weights(regressor[2], [np.zeros_like(w) for w in get_weights(regressor[2])])
print("anew: %.4f" % evaluate(regressor, regressor.loss_fn, Rows(value), steps=6, metrics={}))
