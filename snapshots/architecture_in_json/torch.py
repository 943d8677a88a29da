# Saves the architecture and the weights apart, and puts the model together again
import numpy as np
import copy
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


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
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


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
    x, y = to_inputs(x), to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.sigmoid().numpy()


np.random.seed(7)
x = np.random.uniform(-1, 1, (90, 3))
y = (x[:, 0] * x[:, 1] > 0).astype(int)

model = nn.Sequential(
    nn.Linear(3, 12),
    nn.ReLU(),
    nn.Linear(12, 8),
    nn.ReLU(),
    nn.Linear(8, 1),
).to(device)
model.apply(init_weights)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
metrics = {"accuracy": binary_accuracy}
fit(model, loss_fn, optimizer, x, y, epochs=3, batch_size=10, metrics=metrics)
scores = evaluate(model, loss_fn, x, y, metrics=metrics)
print('%s: %.2f%%' % (["loss", "accuracy"][1], scores[1] * 100))

# the architecture as JSON, the weights as HDF5
model_json = str(model)
with open('model.json', 'w') as json_file:
    json_file.write(model_json)
torch.save(model.state_dict(), 'model.pt')
print('Saved model to disk')

# later
json_file = open('model.json', 'r')
loaded_model_json = json_file.read()
json_file.close()
loaded_model = copy.deepcopy(model).apply(init_weights)
loaded_model.load_state_dict(torch.load('model.pt'))
print('Loaded model from disk')

loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.RMSprop(loaded_model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
metrics = {"accuracy": binary_accuracy}
score = evaluate(loaded_model, loss_fn, x, y, metrics=metrics)
print('%s: %.2f%%' % (["loss", "accuracy"][1], score[1] * 100))

# a slower copy, as for a target network
target = copy.deepcopy(model).apply(init_weights)
target.load_state_dict(model.state_dict())
print((predict(target, x[:4]) - predict(model, x[:4])).ravel())
