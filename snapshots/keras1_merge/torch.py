'''Two Sequential models merged, and the merge function, as Keras 1 has them.'''
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Permute(nn.Module):
    """Reorder the axes of a batch."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.uniform_(module.weight, -0.05, 0.05)
    elif isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)


def to_inputs(x):
    """The inputs of the model, one tensor each."""
    return [torch.as_tensor(x[0], dtype=torch.float32), torch.as_tensor(x[1], dtype=torch.long)]


def to_inputs_2(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return [torch.as_tensor(x, dtype=torch.float32).permute(0, 3, 1, 2)]


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


def penalty(model):
    """What the regularizers add to the loss."""
    return 0.01 * model.dense1.weight.square().sum()


def penalty_2(model):
    """What the regularizers add to the loss."""
    return 0.0


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(y)) if training else torch.arange(len(y))
    totals = 0
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            outputs, targets = model(*(one[batch].to(device) for one in x)), y[batch].to(device)
            loss = loss_fn(outputs, targets)
            loss = loss + model.penalty(model)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
    return dict(zip(["loss", *metrics], (totals / len(y)).tolist()))


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), model.to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, model.to_inputs(x), model.to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    batches = zip(*(one.split(batch_size) for one in model.to_inputs(x)))
    outputs = torch.cat([model(*(one.to(device) for one in batch)).cpu() for batch in batches])
    return outputs.softmax(-1).numpy()


np.random.seed(3)
rows = np.random.rand(60, 4)
words = np.random.randint(0, 20, (60, 6))
labels = np.eye(2)[(rows.sum(axis=1) > 2).astype(int)]

# two models
left = nn.Sequential(
    nn.Linear(4, 5),
    nn.Tanh(),
).to(device)
left.apply(init_weights)
right = nn.Sequential(
    nn.Embedding(20, 3),
    LSTM(3, 5),
).to(device)
right.apply(init_weights)

# that meet
class Model(nn.Module):
    def __init__(self, left, right):
        super().__init__()
        self.left = left
        self.right = right
        self.dense1 = nn.Linear(10, 4)
        self.activation1 = nn.ReLU()
        self.dropout = nn.Dropout(0.2)
        self.dense2 = nn.Linear(4, 2)

    def forward(self, left_input, right_input):
        x = torch.cat([self.left(left_input), self.right(right_input)], dim=1)
        # behind them
        x = self.dense1(x)
        x = self.activation1(x)  # not linear
        x = self.dropout(x)
        x = self.dense2(x)
        return x


model = Model(left, right).to(device)
model.dense1.apply(init_weights)
model.dense2.apply(init_weights)
model.to_inputs, model.to_targets, model.penalty = to_inputs, to_targets, penalty

loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
metrics = {"acc": categorical_accuracy}
fit(model, loss_fn, optimizer, [rows, words], labels, batch_size=20, epochs=2, metrics=metrics)
score = evaluate(model, loss_fn, [rows, words], labels, metrics=metrics)
print('loss: %.4f, accuracy: %.4f' % (score[0], score[1]))
print(predict(model, [rows[:3], words[:3]]))

# maps that are merged, channels last
pictures = np.random.rand(40, 8, 8, 2)
kinds = np.random.randint(0, 2, (40, 1))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(2, 3, (3, 3), padding=1), nn.ReLU())
        self.conv2 = nn.Sequential(nn.Conv2d(2, 3, (1, 1)), nn.ReLU())
        self.pool = nn.MaxPool2d((2, 2))
        self.flatten1 = nn.Sequential(
            Permute(0, 2, 3, 1),  # the flat order is Keras's
            nn.Flatten(),
        )
        self.flatten2 = nn.Sequential(
            Permute(0, 2, 3, 1),  # the flat order is Keras's
            nn.Flatten(),
        )
        self.first = nn.Sequential(nn.Linear(80, 4), nn.Tanh())
        self.second = nn.Linear(80, 4)
        self.dense1 = nn.Linear(4, 1)
        self.dense2 = nn.Linear(1, 1)

    def forward(self, picture):
        towers = torch.maximum(self.conv1(picture), self.conv2(picture))
        towers = torch.cat([towers, picture], dim=1)
        towers = self.pool(towers)
        first = self.first(self.flatten1(towers))
        second = self.second(self.flatten2(towers))
        match = (first * second).sum(dim=1, keepdim=True)
        mean = (first + second) / 2
        return self.dense2(match * self.dense1(mean))


net = Net().to(device)
net.apply(init_weights)
net.to_inputs, net.to_targets, net.penalty = to_inputs_2, to_targets_2, penalty_2
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
fit(net, loss_fn, optimizer, pictures, kinds, batch_size=10, epochs=2, metrics={})
print('loss: %.4f' % evaluate(net, loss_fn, pictures, kinds, metrics={}))
