# Nothing says what shape the samples have: they come out of a pickle
import pickle

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples of any shape as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(-1)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


def to_targets_3(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def to_outputs(outputs):
    """Probabilities of logits."""
    return outputs.sigmoid()


def to_outputs_2(outputs):
    """Outputs as they are."""
    return outputs


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), model.to_targets(y)
    if validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_split:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), model.to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return model.to_outputs(outputs).numpy()


np.random.seed(5)
pixels = np.random.rand(80, 6, 5).astype("float32")
blob = pickle.dumps({"images": pixels, "labels": (pixels.mean(axis=(1, 2)) > 0.5).astype("int64")})


def load():
    data = pickle.loads(blob)
    return data["images"], data["labels"]


images, labels = load()

# declared by the data
model = nn.Sequential(
    nn.Flatten(),
    nn.Linear(int(np.prod(images.shape[1:])), 8),
    nn.ReLU(),
    nn.Linear(8, 2),
).to(device)
model.apply(init_weights)
model.to_targets = to_targets
model.loss_fn = F.cross_entropy
model.optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
model.metrics = {"accuracy": sparse_categorical_accuracy}
history = fit(model, model.loss_fn, model.optimizer, images, labels, batch_size=16, epochs=2, validation_split=0.25, metrics=model.metrics)
print(evaluate(model, model.loss_fn, images, labels, metrics=model.metrics))

# not declared at all
plain = nn.Sequential(nn.Flatten(), nn.Linear(int(np.prod(images.shape[1:])), 4), nn.Tanh(), nn.Dropout(0.2), nn.Linear(4, 1)).to(device)
plain.apply(init_weights)
plain.to_targets, plain.to_outputs = to_targets_2, to_outputs
plain.loss_fn = F.binary_cross_entropy_with_logits
plain.optimizer = torch.optim.SGD(plain.parameters(), lr=0.01)
fit(plain, plain.loss_fn, plain.optimizer, images, labels, batch_size=20, epochs=2, metrics={})
scores = predict(plain, images)


class Agent:
    """Learns values of actions for observations, two in a row."""

    def __init__(self, observations, actions):
        self.observations = observations
        self.actions = actions
        self.model = self.build()
        self.target = self.build_target()

    def build(self):
        model = nn.Sequential(
            nn.Flatten(),
            nn.Linear(int(np.prod((2,) + self.observations)), 6),
            nn.ReLU(),
            nn.Linear(6, self.actions),
        ).to(device)
        model.apply(init_weights)
        model.to_targets, model.to_outputs = to_targets_3, to_outputs_2
        model.loss_fn = F.mse_loss
        model.optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        return model

    def build_target(self):
        target = nn.Sequential(
            nn.Linear(self.observations[0], 3),
            nn.Linear(3, self.actions),
        ).to(device)
        target.apply(init_weights)
        target.to_outputs = to_outputs_2
        return target

    def act(self, pair):
        return int(np.argmax(predict(self.model, pair[np.newaxis])[0]))


agent = Agent(pickle.loads(pickle.dumps((3,))), 2)
pairs = np.random.rand(12, 2, 3)
fit(agent.model, agent.model.loss_fn, agent.model.optimizer, pairs, np.random.rand(12, 2), epochs=2, metrics={})
print([agent.act(pair) for pair in pairs])
wishes = predict(agent.target, pairs[:, 0])
