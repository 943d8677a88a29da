"""Models that take their input shape from the data that they are fitted on."""
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder, StandardScaler

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


def categorical_accuracy_sequence(outputs, targets):
    """How often the largest output (N, T, C) is the class of the one-hot target, (N,)."""
    return (outputs.argmax(-1) == targets.argmax(-1)).float().mean(1)


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def sequence_cross_entropy(outputs, targets):
    """Mean crossentropy of logits (N, T, C) and one-hot targets (N, T, C)."""
    return F.cross_entropy(outputs.mT, targets.mT)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def to_outputs(outputs):
    """Probabilities of logits."""
    return outputs.sigmoid()


def to_outputs_2(outputs):
    """Outputs as they are."""
    return outputs


def to_outputs_3(outputs):
    """Probabilities of logits."""
    return outputs.softmax(-1)


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
    x, y = to_inputs(x), model.to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
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
dataset = pd.DataFrame({
    'country': np.random.choice(['fr', 'de', 'es'], 90),
    'age': np.random.randint(18, 70, 90),
    'balance': np.random.rand(90) * 1000,
    'exited': np.random.randint(0, 2, 90),
})
X = dataset.iloc[:, :-1].values
y = dataset.iloc[:, -1].values

ct = ColumnTransformer(transformers=[('encoder', OneHotEncoder(), [0])], remainder='passthrough')
X = np.array(ct.fit_transform(X))
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
sc = StandardScaler()
X_train = sc.fit_transform(X_train)
X_test = sc.transform(X_test)

ann = nn.Sequential(
    nn.Linear(X_train.shape[1], 6),
    nn.ReLU(),
    nn.Linear(6, 1),
).to(device)
ann.apply(init_weights)
ann.to_targets, ann.to_outputs = to_targets, to_outputs
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(ann.parameters(), lr=0.01)
metrics = {"accuracy": binary_accuracy}
fit(ann, loss_fn, optimizer, X_train, y_train, batch_size=16, epochs=2, metrics=metrics)
print(evaluate(ann, loss_fn, X_test, y_test, metrics=metrics))
print((predict(ann, X_test) > 0.5).sum())


def train(features, targets, do_dropout):
    model = nn.Sequential()
    if do_dropout:
        model.append(nn.Dropout(0.1))
    model.extend([nn.Linear(features.shape[1], 8), nn.Tanh()])
    model.append(nn.Linear(8, 1))
    model.to(device)
    model.apply(init_weights)
    model.to_targets, model.to_outputs = to_targets, to_outputs_2
    loss_fn = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    fit(model, loss_fn, optimizer, features, targets, epochs=2, metrics={})
    return predict(model, features)


for do_dropout in (False, True):
    print(train(X_train, y_train, do_dropout).mean())

# a sequence of letters for each sequence of letters
chars = 'abcd '
words = np.eye(len(chars))[np.random.randint(0, len(chars), (40, 6))]
seq = nn.Sequential(
    LSTM(5, 10, return_sequences=True),
    nn.Linear(10, len(chars)),
).to(device)
seq.apply(init_weights)
seq.to_targets, seq.to_outputs = to_targets_2, to_outputs_3
loss_fn = sequence_cross_entropy
optimizer = torch.optim.SGD(seq.parameters(), lr=0.01)
metrics = {"accuracy": categorical_accuracy_sequence}
fit(seq, loss_fn, optimizer, words, words, epochs=2, metrics=metrics)
preds = predict(seq, words[:3]).argmax(axis=-1)
print(preds)
