# Short texts with word vectors that are made beforehand and stay as they are
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Lambda(nn.Module):
    """Apply a function."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class FrozenBatchNorm(nn.BatchNorm2d):
    """Batch normalization by its statistics also in training, on any number of axes."""

    def forward(self, x):
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)


def hard_sigmoid(x):
    """The sigmoid in three straight pieces, as Keras 1 and 2 draw it."""
    return (0.2 * x + 0.5).clamp(0, 1)


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
    return torch.as_tensor(x, dtype=torch.long)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 1)


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


MAX_WORDS, MAX_LEN, DIM = 40, 6, 5
np.random.seed(8)
vectors = {word: np.random.randn(DIM) for word in range(0, MAX_WORDS, 2)}
x = np.random.randint(0, MAX_WORDS, size=(90, MAX_LEN))
y = np.array([sum(vectors.get(word, np.zeros(DIM))[0] for word in row) > 0 for row in x]).astype('float32')

# words without a vector stay at zero
embedding_matrix = np.zeros((MAX_WORDS, DIM))
for word, vector in vectors.items():
    embedding_matrix[word] = vector

model = nn.Sequential(
    nn.Embedding.from_pretrained(torch.tensor(embedding_matrix, dtype=torch.float32)),
    nn.Flatten(),
    nn.Linear(30, 8),
    FrozenBatchNorm(8, eps=1e-3, momentum=0.01),
    nn.ReLU(),
    nn.Linear(8, 4),
    Lambda(hard_sigmoid),
    nn.Linear(4, 1),
).to(device)
model.apply(init_weights)
nn.init.constant_(model[2].bias, 0.1)
model[3].requires_grad_(False)
model[5].weight.data.copy_(torch.as_tensor(np.eye(8, 4)).T)
model[5].bias.data.copy_(torch.as_tensor(np.zeros(4)))
model[5].requires_grad_(False)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
metrics = {"acc": binary_accuracy}
history = fit(model, loss_fn, optimizer, x, y, epochs=4, batch_size=30, metrics=metrics)
print('frozen:', history['loss'][-1], history['acc'][-1])

tuned = nn.Sequential(
    nn.Embedding.from_pretrained(torch.tensor(embedding_matrix, dtype=torch.float32), freeze=False),
    nn.Flatten(),
    nn.Linear(30, 1),
).to(device)
tuned.apply(init_weights)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.RMSprop(tuned.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
metrics = {"acc": binary_accuracy}
history = fit(tuned, loss_fn, optimizer, x, y, epochs=4, batch_size=30, metrics=metrics)
print('tuned:', history['loss'][-1], abs(embedding_matrix).sum())
