# What a regression predicts, looked at with TensorFlow's functions
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 1)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


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
    x, y = to_inputs(x), to_targets(y)
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
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.numpy()


X = np.arange(-100, 100, 4, dtype="int32")
y = X + 10
x_train, x_test = X[:40], X[40:]
y_train, y_test = y[:40], y[40:]

model = nn.Sequential(
    nn.Linear(1, 4),
    nn.ReLU(),
    nn.Linear(4, 1),
).to(device)
model.apply(init_weights)
loss_fn = nn.L1Loss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.0001)
fit(model, loss_fn, optimizer, np.expand_dims(x_train, axis=-1), y_train, epochs=3)
y_pred = predict(model, np.expand_dims(x_test, axis=-1))

# errors
flat = np.squeeze(y_pred)
targets = y_test.astype("float32")
mae = np.mean(np.abs(targets - flat), axis=-1)
mse = np.mean(np.square(targets - flat), axis=-1)
print('mae %.4f, mse %.4f' % (mae, mse))
print('by hand: {:.4f}'.format(np.mean(np.abs(targets - flat))))

# statistics
summary = np.stack([np.min(flat), np.max(flat), np.std(flat)])
rows = np.reshape(flat, (5, -1))
row_sums = np.sum(rows, axis=1, keepdims=True)
columns = np.transpose(rows)
both = np.concatenate([rows, rows], axis=1)
halves = np.round(np.array([0.5, 1.5, 2.5, -0.5], dtype="float32"))
squares = np.square(halves)
roots = np.sqrt(np.abs(rows))
logs = np.log(np.maximum(roots, 1.0))
grown = np.exp(-roots)
waves = np.tanh(np.sin(rows))
signs = np.sign(rows)
clipped = np.clip(rows, -50.0, 50.0)
running = np.cumsum(rows, axis=1)
backwards = np.flip(rows, axis=1).copy()
twice = np.tile(rows, [1, 2])
product = np.matmul(rows, columns)
powers = np.power(halves, 2)

# classes
above = np.greater(rows, np.mean(rows))
positions = np.argwhere(above)
chosen = np.where(above, rows, np.zeros_like(rows))
highest = np.argmax(rows, axis=1)
lowest = np.argmin(rows, axis=0)
one_hot = (np.asarray([0, 2, -1, 5], dtype="int32")[..., None] == np.arange(3)).astype("float32")
agreement = np.mean(np.equal(highest, np.argmax(both, axis=1)).astype("float32"))
picked = np.take(rows, np.asarray([0, 2], dtype="int32"), axis=0)
every = np.all(above)
some = np.any(above, axis=0)
shares = torch.softmax(torch.as_tensor(rows / 100), -1).numpy()
chances = torch.sigmoid(torch.as_tensor(rows)).numpy()
ones = np.ones((2, 3), dtype="float32") + np.zeros([2, 3], dtype="float32")
shape = np.array(np.shape(rows))
copy = np.array(np.arange(6).reshape(2, 3))
print(highest, lowest)
print(one_hot)
