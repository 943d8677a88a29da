# Predict the next value of a noisy sine wave
import numpy as np
import matplotlib.pyplot as plt

import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Sequences (N, T, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 20, 1)


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


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1, validation_data=None):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.numpy()


np.random.seed(0)

window = 20
wave = np.sin(np.arange(0, 30, 0.2)) + 0.05 * np.random.randn(150)


def make_windows(series, window):
    xs, ys = [], []
    for start in range(len(series) - window):
        xs.append(series[start:start + window])
        ys.append(series[start + window])
    return np.array(xs), np.array(ys)


X, Y = make_windows(wave, window)
X = np.reshape(X, (X.shape[0], X.shape[1], 1))

split = int(len(X) * 0.8)
X_train, Y_train = X[:split], Y[:split]
X_test, Y_test = X[split:], Y[split:]

model = nn.Sequential(
    LSTM(1, 16, return_sequences=True),
    LSTM(16, 8),
    nn.Linear(8, 1),
).to(device)
model.apply(init_weights)
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)

hist = fit(model, loss_fn, optimizer, X_train, Y_train, epochs=6, batch_size=16, validation_data=(X_test, Y_test))
print("final loss: {:.5f}".format(hist['loss'][-1]))

predicted = predict(model, X_test)
rmse = np.sqrt(np.mean((predicted[:, 0] - Y_test) ** 2))
print('RMSE: %.4f' % rmse)

# walk on from the last window
current = X_test[-1]
future = []
for _ in range(5):
    nxt = predict(model, current[np.newaxis, :, :])[0, 0]
    future.append(nxt)
    current = np.append(current[1:], [[nxt]], axis=0)
print(np.round(future, 4))

plt.plot(Y_test, label='true')
plt.plot(predicted, label='predicted')
plt.legend()
plt.show()
