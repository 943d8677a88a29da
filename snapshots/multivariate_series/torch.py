"""Forecast the first of several series from one step of all of them."""
import numpy as np
import torch
from torch import nn
from sklearn.metrics import mean_squared_error
from sklearn.preprocessing import MinMaxScaler

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


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
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 1)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, shuffle=True):
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
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1, validation_data=None, shuffle=True, verbose=1):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    if validation_data is not None:
        x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, shuffle=shuffle)
        if validation_data is not None:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        if verbose:
            values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
            print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size)
    return logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.numpy()


rng = np.random.RandomState(3)
hours = np.arange(260)
table = np.stack([np.sin(hours / 9), np.cos(hours / 5), rng.rand(260), hours / 260], axis=1)

scaler = MinMaxScaler(feature_range=(0, 1))
scaled = scaler.fit_transform(table)
values = np.concatenate([scaled[:-1], scaled[1:, :1]], axis=1)
train, test = values[:200, :], values[200:, :]
train_X, train_y = train[:, :-1], train[:, -1]
test_X, test_y = test[:, :-1], test[:, -1]

# reshape input to be 3D [samples, timesteps, features]
train_X = train_X.reshape((train_X.shape[0], 1, train_X.shape[1]))
test_X = test_X.reshape((test_X.shape[0], 1, test_X.shape[1]))
print(train_X.shape, train_y.shape, test_X.shape, test_y.shape)

model = nn.Sequential(
    LSTM(train_X.shape[2], 20),
    nn.Linear(20, 1),
).to(device)
model.apply(init_weights)
print(model)
loss_fn = nn.L1Loss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
history = fit(model, loss_fn, optimizer, train_X, train_y, epochs=4, batch_size=24, validation_data=(test_X, test_y), verbose=2,
              shuffle=False)
print(history['val_loss'])

yhat = predict(model, test_X)
test_X = test_X.reshape((test_X.shape[0], test_X.shape[2]))
inverted = scaler.inverse_transform(np.concatenate((yhat, test_X[:, 1:]), axis=1))[:, 0]
print('Test RMSE: %.3f' % np.sqrt(mean_squared_error(test_y, inverted)))

# noise beside the features must not help
train_X = train_X.reshape((train_X.shape[0], train_X.shape[2]))
noisy_X = np.concatenate([np.zeros((200, 4)), rng.rand(200, 3)], axis=1)
baseline = nn.Sequential(nn.Linear(noisy_X.shape[1], 8), nn.ReLU(), nn.Linear(8, 1)).to(device)
baseline.apply(init_weights)
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(baseline.parameters(), eps=1e-7)
fit(baseline, loss_fn, optimizer, noisy_X, train_y, epochs=3, batch_size=50, verbose=0)
print('noise: %.4f' % evaluate(baseline, loss_fn, noisy_X, train_y))
