"""Transfer to other classes with groups of layers in lists, and small networks from lists that grow."""
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
    return torch.as_tensor(x, dtype=torch.float32).permute(0, 3, 1, 2)


def to_inputs_2(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(y, dtype=torch.long)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


def to_outputs(outputs):
    """Outputs as they are."""
    return outputs


def to_outputs_2(outputs):
    """Probabilities of logits."""
    return outputs.sigmoid()


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
    x, y = model.to_inputs(x), model.to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, model.to_inputs(x), model.to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in model.to_inputs(x).split(batch_size)])
    return model.to_outputs(outputs).numpy()


np.random.seed(3)
x = np.random.rand(60, 12, 12, 3)
y = np.random.randint(0, 4, 60)

feature_layers = [
    nn.Conv2d(3, 8, (3, 3), padding=1),  # small filters
    nn.ReLU(),
    nn.MaxPool2d((2, 2)),
    nn.Flatten(),
]
classification_layers = [
    nn.Linear(288, 16),
    nn.ReLU(),
    nn.Dropout(0.25),
    nn.Linear(16, 4)
]
model = nn.Sequential(*feature_layers, *classification_layers).to(device)
model.apply(init_weights)
model.to_inputs, model.to_targets = to_inputs, to_targets


def train(model, x, y):
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    metrics = {"accuracy": sparse_categorical_accuracy}
    fit(model, loss_fn, optimizer, x, y, batch_size=20, epochs=2, metrics=metrics)
    print(evaluate(model, loss_fn, x, y, metrics=metrics))


train(model, x, y)
for l in feature_layers:
    l.requires_grad_(False)
train(model, x, y)

# a list that grows
hidden = []
hidden.extend([nn.Linear(6, 12), nn.Tanh()])
for i in range(2):
    hidden.append(nn.Linear(12, 12))
    hidden.append(nn.ReLU())
hidden += [nn.Dropout(0.1)]
hidden.append(nn.Linear(12, 1))
net = nn.Sequential(*hidden).to(device)
net.apply(init_weights)
net.to_inputs, net.to_targets, net.to_outputs = to_inputs_2, to_targets_2, to_outputs
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
data, target = np.random.rand(50, 6), np.random.rand(50)
fit(net, loss_fn, optimizer, data, target, epochs=2, metrics={})
print(predict(net, data).mean())

# one after the other
other = nn.Sequential()
for layer in [nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 5), nn.Linear(5, 1)]:
    other.append(layer)
other.to(device)
other.apply(init_weights)
other.to_inputs, other.to_targets = to_inputs_2, to_targets_2
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(other.parameters(), lr=0.01)
fit(other, loss_fn, optimizer, data, target, epochs=2, metrics={})

def build(width):
    model = nn.Sequential(
        nn.Linear(6, width),
        nn.ReLU(),
    )
    model.extend([nn.Linear(10, width // 2), nn.ReLU()])
    model.append(nn.Linear(5, 1))
    model.to(device)
    model.apply(init_weights)
    model.to_inputs, model.to_targets, model.to_outputs = to_inputs_2, to_targets_2, to_outputs_2
    return model

last = build(10)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(last.parameters(), eps=1e-7)
fit(last, loss_fn, optimizer, data, (target > 0.5).astype(int), epochs=2, metrics={})
print(predict(last, data).shape)
