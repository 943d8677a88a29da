# Fuel efficiency of cars: linear and deep regression on normalized features
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Permute(nn.Module):
    """Reorder the axes of a batch."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)


class Normalization(nn.Module):
    """Subtract a mean and divide by a standard deviation."""

    def __init__(self, mean=0.0, variance=1.0, axis=-1):
        super().__init__()
        self.axis = axis
        self.register_buffer("mean", torch.as_tensor(mean, dtype=torch.float32))
        self.register_buffer("variance", torch.as_tensor(variance, dtype=torch.float32))

    def forward(self, x):
        return (x - self.mean) / self.variance.sqrt().clamp(min=1e-7)

    def adapt(self, data):
        """Take the mean and variance of data (N, ..., C), of each feature or, where axis is None, of all."""
        data = torch.as_tensor(np.asarray(data), dtype=torch.float32, device=self.mean.device)
        dims = tuple(range(data.dim() if self.axis is None else data.dim() - 1))
        self.mean = data.mean(dims, keepdim=True)
        self.variance = data.var(dims, keepdim=True, correction=0)

    def transform(self, data):
        """Normalized data, as an array."""
        data = torch.as_tensor(np.asarray(data), dtype=torch.float32, device=self.mean.device)
        return self.forward(data).cpu().numpy()


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_inputs_2(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).reshape(-1, 1)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(-1, 1)


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


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1, validation_split=0.0, verbose=1):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), to_targets(y)
    if validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer)
        if validation_split:
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
    logs = run_epoch(model, loss_fn, model.to_inputs(x), to_targets(y), batch_size)
    return logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in model.to_inputs(x).split(batch_size)])
    return outputs.numpy()


rng = np.random.RandomState(1)
dataset = pd.DataFrame({
    'Cylinders': rng.choice([4, 6, 8], 120),
    'Weight': rng.normal(3800, 800, 120).round(),
    'Model Year': rng.randint(70, 83, 120),
})
dataset['Horsepower'] = (30 * dataset['Cylinders'] + rng.normal(0, 12, 120)).round()
dataset['MPG'] = 45 - 0.006 * dataset['Weight'] + 0.5 * (dataset['Model Year'] - 70) + rng.normal(0, 1, 120)

train_dataset = dataset.sample(frac=0.75, random_state=0)
test_dataset = dataset.drop(train_dataset.index)
train_features = train_dataset.copy()
test_features = test_dataset.copy()
train_labels = train_features.pop('MPG')
test_labels = test_features.pop('MPG')

# The normalization layer
normalizer = Normalization().to(device)
normalizer.adapt(np.array(train_features))
print(normalizer.mean.cpu().numpy())

first = np.array(train_features[:1])
with np.printoptions(precision=2, suppress=True):
    print('First example:', first)
    print('Normalized:', normalizer.transform(first))

linear_model = nn.Sequential(
    normalizer,
    nn.Linear(train_features.shape[1], 1)
).to(device)
linear_model.apply(init_weights)
linear_model.to_inputs = to_inputs
linear_model.loss_fn = F.l1_loss
linear_model.optimizer = torch.optim.Adam(linear_model.parameters(), lr=0.1, eps=1e-7)
history = fit(linear_model, linear_model.loss_fn, linear_model.optimizer,
    train_features,
    train_labels,
    epochs=3,
    # Suppress logging.
    verbose=0,
    # Calculate validation results on 20% of the training data.
    validation_split=0.2)
test_results = {}
test_results['linear_model'] = evaluate(linear_model, linear_model.loss_fn, test_features, test_labels)


def build_and_compile_model(norm):
    model = nn.Sequential(
        norm,
        nn.Linear(train_features.shape[1], 16),
        nn.ReLU(),
        nn.Linear(16, 1)
    ).to(device)
    model.apply(init_weights)
    model.to_inputs = to_inputs

    model.loss_fn = F.l1_loss
    model.optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    return model


dnn_model = build_and_compile_model(normalizer)
print(dnn_model)
fit(dnn_model, dnn_model.loss_fn, dnn_model.optimizer, train_features, train_labels, validation_split=0.2, verbose=0, epochs=3)
test_results['dnn_model'] = evaluate(dnn_model, dnn_model.loss_fn, test_features, test_labels)
print(test_results)
test_predictions = predict(dnn_model, test_features).flatten()

# One feature, one mean; adapted after the model is built
horsepower_normalizer = Normalization(axis=None).to(device)
horsepower_model = nn.Sequential(
    horsepower_normalizer,
    nn.Linear(1, 1),
).to(device)
horsepower_model.apply(init_weights)
horsepower_model.to_inputs = to_inputs_2
horsepower_normalizer.adapt(np.array(train_features['Horsepower']).reshape(-1, 1))
horsepower_model.loss_fn = F.mse_loss
horsepower_model.optimizer = torch.optim.SGD(horsepower_model.parameters(), lr=0.01)
fit(horsepower_model, horsepower_model.loss_fn, horsepower_model.optimizer, train_features['Horsepower'], train_labels, epochs=2, verbose=0)
print(predict(horsepower_model, test_features['Horsepower'][:3]))
print(horsepower_normalizer.variance.cpu().numpy())

# Known numbers, on images
images = rng.randint(0, 256, (24, 8, 8, 3)).astype('float32')
brightness = np.linspace(0, 1, 24)
model = nn.Sequential(
    Normalization(mean=[123.7, 116.8, 103.9], variance=[3400.0, 3260.0, 3300.0]),
    Permute(0, 3, 1, 2),
    nn.Conv2d(3, 4, 3, stride=2),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(36, 1),
).to(device)
model.apply(init_weights)
model.to_inputs = to_inputs
model.loss_fn = F.mse_loss
model.optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
fit(model, model.loss_fn, model.optimizer, images, brightness, epochs=2, batch_size=8)
