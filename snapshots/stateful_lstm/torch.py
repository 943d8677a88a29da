'''Stateful LSTMs: each batch goes on where the batch before ended.'''
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class StatefulLSTM(nn.LSTM):
    """An LSTM that goes on where the batch before ended: its last output, or with return_sequences all."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences
        self.state = None

    def forward(self, x):
        outputs, (hidden, cell) = super().forward(x, self.state)
        self.state = hidden.detach(), cell.detach()
        return outputs if self.return_sequences else outputs[:, -1]


def reset_states(model):
    """Let recurrent modules start from zeros again."""
    for module in model.modules():
        if hasattr(module, "state"):
            module.state = None


class LoopGRU(nn.GRU):
    """A GRU with any activations, a step at a time: the last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, activation=None, return_sequences=False, stateful=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.stateful = stateful
        if stateful:
            self.state = None
        self.activation = activation
        self.return_sequences = return_sequences

    def forward(self, x):
        act = torch.tanh if self.activation is None else self.activation
        gate = torch.sigmoid
        inputs = F.linear(x, self.weight_ih_l0, self.bias_ih_l0)
        if self.stateful and self.state is not None:
            h = self.state
        else:
            h = x.new_zeros(len(x), self.hidden_size)
        w_r, w_z, w_n = self.weight_hh_l0.chunk(3)
        b_r, b_z, b_n = self.bias_hh_l0.chunk(3)
        outputs = []
        for step in inputs.unbind(1):
            r, z, n = step.chunk(3, -1)
            h_r = h_z = h_n = h
            r = gate(r + F.linear(h_r, w_r, b_r))
            z = gate(z + F.linear(h_z, w_z, b_z))
            n = act(n + r * F.linear(h_n, w_n, b_n))
            h = z * h + (1 - z) * n
            outputs.append(h)
        if self.stateful:
            self.state = h.detach()
        return torch.stack(outputs, 1) if self.return_sequences else h


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)
    elif isinstance(module, nn.GRU):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.zeros_(module.bias_hh_l0)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Sequences (N, T, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 2, 1)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


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


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1, validation_data=None, shuffle=True):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, shuffle=shuffle)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
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


batch_size = 5
tsteps = 2
epochs = 2
lahead = 1


def gen_cosine_amp(amp=100, period=25, x0=0, xn=30, step=1, k=0.01):
    """A cosine with an exponentially decreasing amplitude, one value a step."""
    cos = np.zeros(((xn - x0) * step, 1, 1))
    for i in range(len(cos)):
        cos[i, 0, 0] = amp * np.cos(2 * np.pi * (x0 + i * step) / period)
        cos[i, 0, 0] = cos[i, 0, 0] * np.exp(-k * (x0 + i * step))
    return cos / amp


cos = gen_cosine_amp()
cos = np.concatenate([cos, np.roll(cos, 1, axis=0)], axis=1)
expected_output = np.zeros((len(cos), 1))
for i in range(len(cos) - lahead):
    expected_output[i, 0] = np.mean(cos[i + 1:i + lahead + 1])

print('Creating Model')
model = nn.Sequential(
    StatefulLSTM(1, 8, return_sequences=True),
    LoopGRU(8, 6, activation=torch.relu, return_sequences=True, stateful=True),
    StatefulLSTM(6, 5),
    nn.Linear(5, 1),
).to(device)
model.apply(init_weights)
loss_fn = nn.MSELoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
print(model)

print('Training')
for i in range(epochs):
    print('Epoch', i, '/', epochs)
    history = fit(model, loss_fn, optimizer, cos, expected_output, batch_size=batch_size, epochs=1,
                  validation_data=(cos[:10], expected_output[:10]), shuffle=False)
    print('loss', history['loss'], history['val_loss'])
    reset_states(model)

print('Predicting')
predicted_output = predict(model, cos, batch_size=batch_size)
goes_on = predict(model, cos, batch_size=batch_size)
print('first', predicted_output[:3].flatten(), 'again', goes_on[:3].flatten())
reset_states(model[0])
print('one layer reset', predict(model, cos[:5], batch_size=batch_size).flatten())
reset_states(model)
print('loss from zeros', evaluate(model, loss_fn, cos, expected_output, batch_size=batch_size))
