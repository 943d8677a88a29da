"""Networks as wide as their problem: one answer or several."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def any_accuracy(outputs, targets, threshold=0.5):
    """Whether the largest of several outputs is the class of the target, or one is on the side of its 0 or 1, (N,)."""
    if outputs.shape[1] == 1:
        return ((outputs > threshold) == targets).flatten(1).float().mean(1)
    classes = targets[:, 0] if targets.shape[1] == 1 else targets.argmax(1)
    return outputs.argmax(1) == classes


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32)


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
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


rng = np.random.RandomState(1)


class Problem:
    def __init__(self, answers):
        self.n_answers = answers
        self.x = rng.rand(60, 5).astype("float32")
        self.y = rng.randint(0, 2, (60, answers)).astype("float32")


class Solver:
    def __init__(self, problem):
        self.problem = problem
        self.labels = self.create_network(problem.n_answers, "sigmoid", "binary_crossentropy")
        self.values = self.create_q_network(problem.n_answers)

    def create_network(self, n_answers, activation, loss):
        model = nn.Sequential(
            nn.Linear(5, 8),
            nn.Tanh(),
            nn.Linear(8, n_answers),
        ).to(device)
        model.apply(init_weights)
        model.loss_fn = F.binary_cross_entropy_with_logits
        model.optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        model.metrics = {"accuracy": lambda outputs, targets: any_accuracy(outputs, targets, threshold=0)}
        return model

    def create_q_network(self, n_answers):
        model = nn.Sequential(
            nn.Linear(5, 8),
            nn.ReLU(),
            nn.Linear(8, n_answers),
        ).to(device)
        model.apply(init_weights)
        model.loss_fn = F.mse_loss
        model.optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        model.metrics = {"accuracy": any_accuracy}
        return model

    def solve(self):
        fit(self.labels, self.labels.loss_fn, self.labels.optimizer, self.problem.x, self.problem.y, batch_size=25, epochs=3, metrics=self.labels.metrics)
        return fit(self.values, self.values.loss_fn, self.values.optimizer, self.problem.x, self.problem.y, batch_size=25, epochs=2, metrics=self.values.metrics)


for problem in [Problem(answers) for answers in map(int, "13")]:
    print(problem.n_answers, "answers")
    Solver(problem).solve()
