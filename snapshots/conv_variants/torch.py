"""Convolutions of every kind, one after the other."""
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).permute(0, 3, 1, 2)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


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


rng = np.random.RandomState(3)
images = rng.rand(24, 9, 9, 3).astype("float32")
brightness = images.mean(axis=(1, 2, 3))

model = nn.Sequential(
    nn.Conv2d(3, 3, 3, padding=1, groups=3, bias=False),
    nn.Conv2d(3, 8, 1),
    nn.ReLU(),
    nn.Conv2d(8, 16, 3, stride=2, padding=1, groups=8),
    nn.ConvTranspose2d(16, 4, 3, stride=2),  # back to the size before
    nn.ZeroPad2d((0, -1, 0, -1)),  # "same" leaves out the last cells
    nn.ReLU(),
    nn.ZeroPad2d((-2, -1, -1, 0)),
    nn.ZeroPad2d((2, 2, 1, 1)),
    nn.ConvTranspose2d(4, 4, (5, 5), stride=(2, 2), bias=False),
    nn.ConvTranspose2d(4, 2, (2, 2), stride=3, output_padding=1),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(2, 1),
).to(device)
model.apply(init_weights)
nn.init.uniform_(model[3].weight, -0.25819889, 0.25819889)

loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
fit(model, loss_fn, optimizer, images, brightness, epochs=2, batch_size=8)
print(predict(model, images)[:3])
