import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class EinsumDense(nn.Module):
    """A sum of products with a weight, as an equation says."""

    def __init__(self, equation, shape, bias=None):
        super().__init__()
        self.equation = equation
        self.weight = nn.Parameter(torch.empty(shape))
        self.has_bias = bias is not None
        if bias is not None:
            self.bias = nn.Parameter(torch.zeros(bias))

    def forward(self, x):
        outputs = torch.einsum(self.equation, x, self.weight)
        return outputs + self.bias if self.has_bias else outputs


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Sequences (N, T, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(-1)


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


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.softmax(-1).numpy()


np.random.seed(0)

# sequences of 6 steps with 5 features; the class is the step with the largest sum
x = np.random.rand(80, 6, 5).astype('float32')
y = x.sum(axis=-1).argmax(axis=-1)

model = nn.Sequential(
    nn.Linear(5, 12),
    nn.ReLU(),
    # split into 3 heads of 4 features
    EinsumDense("abc,cde->abde", (12, 3, 4), bias=(3, 4)),
    nn.Tanh(),
    # and over steps and heads into one vector
    EinsumDense("abde,bdef->af", (6, 3, 4, 10)),
    nn.Linear(10, 6),
).to(device)
model.apply(init_weights)
nn.init.uniform_(model[2].weight, -0.40824829, 0.40824829)
nn.init.uniform_(model[4].weight, -0.15430335, 0.15430335)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": sparse_categorical_accuracy}
history = fit(model, loss_fn, optimizer, x[:64], y[:64], epochs=3, batch_size=16, metrics=metrics)
print(history['loss'])
print(predict(model, x[64:]).argmax(axis=-1))
