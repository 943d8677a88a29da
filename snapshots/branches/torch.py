"""A small residual network with an inception block for pictures, and a regression over branches of a table."""
import numpy as np
import math
from pathlib import Path
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size, return_sequences=False):
        super().__init__(input_size, hidden_size, batch_first=True)
        self.return_sequences = return_sequences

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs if self.return_sequences else outputs[:, -1]


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.LSTM):
        nn.init.xavier_uniform_(module.weight_ih_l0)
        nn.init.orthogonal_(module.weight_hh_l0)
        nn.init.zeros_(module.bias_ih_l0)
        nn.init.ones_(module.bias_ih_l0[module.hidden_size : 2 * module.hidden_size])
        nn.init.zeros_(module.bias_hh_l0).requires_grad_(False)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(x, dtype=torch.float32).permute(0, 3, 1, 2)


def to_inputs_2(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


def penalty(model):
    """What the regularizers add to the loss."""
    return 0.01 * model.predictions.weight.square().sum()


def penalty_2(model):
    """What the regularizers add to the loss."""
    return 0.0


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
            loss = loss + model.penalty(model)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
    return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_split=0.0, callbacks=()):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), model.to_targets(y)
    if validation_split:
        n_train = int(len(x) * (1 - validation_split))
        x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    history = {}
    if callbacks:
        model.stop_training = False
    for callback in callbacks:
        callback.model, callback.optimizer = model, optimizer
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_split:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if callbacks and model.stop_training:
            break
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, model.to_inputs(x), model.to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in model.to_inputs(x).split(batch_size)])
    return outputs.softmax(-1).numpy()


def weight_views(module):
    """The tensors of a model or layer, in Keras's order and layout."""
    views = []
    for layer in module.modules():
        for name, tensor in layer.named_parameters(recurse=False):
            axes = [*range(2, tensor.dim()), 1, 0] if tensor.dim() > 1 else [0]
            views.append(tensor.detach().permute(axes))
        if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            views += [layer.running_mean, layer.running_var]
    return views


def get_weights(module):
    """The weights of a model or layer as NumPy arrays, in Keras's order and layout."""
    return [view.cpu().numpy().copy() for view in weight_views(module)]


class Callback:
    """Hooks that do nothing."""

    def on_epoch_end(self, epoch, logs=None):
        pass


class ModelCheckpoint(Callback):
    """Save the model after epochs: after each, or those in which the monitored value is the best so far."""

    def __init__(self, filepath, monitor="val_loss", save_best_only=False):
        self.filepath = filepath
        self.monitor = monitor
        self.save_best_only = save_best_only
        if self.save_best_only:
            self.best = math.inf

    def on_epoch_end(self, epoch, logs=None):
        if self.save_best_only:
            if self.monitor not in logs:
                return
            value = logs[self.monitor]
            if not value < self.best:
                return
            self.best = value
        path = Path(self.filepath.format(epoch=epoch + 1, **logs))
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(self.model.state_dict(), path)


np.random.seed(1)
images = np.random.rand(48, 8, 10, 3).astype('float32')
kinds = np.eye(4)[np.random.randint(0, 4, 48)]

# 1. residual blocks and an inception block
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(3, 6, (3, 3), padding=1), nn.ReLU())
        self.conv2 = nn.Conv2d(6, 6, (3, 3), padding=1, bias=False)
        self.norm = nn.BatchNorm2d(6, eps=1e-3, momentum=0.01)
        self.activation1 = nn.ReLU()
        self.conv3 = nn.Conv2d(6, 6, (3, 3), padding=1)
        self.activation2 = nn.ReLU()
        self.pool1 = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.dense1 = nn.Sequential(nn.Linear(6, 3), nn.ReLU())
        self.dense2 = nn.Sequential(nn.Linear(3, 6), nn.Sigmoid())
        self.reshape = nn.Unflatten(1, (1, 1, 6))
        self.conv4 = nn.Sequential(nn.Conv2d(6, 2, (1, 1)), nn.ReLU())
        self.tower_1 = nn.Sequential(nn.Conv2d(6, 4, (1, 1)), nn.ReLU())
        self.tower_2 = nn.Sequential(nn.Conv2d(2, 4, (3, 3), padding=1), nn.ReLU())
        self.tower_3 = nn.MaxPool2d((3, 3), (1, 1), padding=1)
        self.pool2 = nn.MaxPool2d(2)
        self.pool3 = nn.AvgPool2d(2)
        self.features = nn.Flatten()
        self.dropout = nn.Dropout(0.3)
        self.predictions = nn.Linear(280, 4)

    def forward(self, inputs):
        x = self.conv1(inputs)
        shortcut = x
        # first block
        x = self.conv2(x)
        x = self.norm(x)
        x = self.activation1(x)
        x = self.conv3(x)  # no activation here
        x = x + shortcut
        x = self.activation2(x)

        # squeeze and excitation
        squeeze = self.pool1(x)
        squeeze = self.dense1(squeeze)
        squeeze = self.dense2(squeeze)
        squeeze = self.reshape(squeeze)
        x = x * squeeze.permute(0, 3, 1, 2)
        # inception
        tower_1 = self.tower_1(x)
        tower_2 = self.tower_2(self.conv4(x))
        tower_3 = self.tower_3(x)
        x = torch.cat([tower_1, tower_2, tower_3], dim=1)
        pooled = (self.pool2(x) + self.pool3(x)) / 2
        features = self.features(pooled)
        features = self.dropout(features)
        predictions = self.predictions(features)
        return predictions


model = Model().to(device)
model.apply(init_weights)
model.to_inputs, model.to_targets, model.penalty = to_inputs, to_targets, penalty

loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
metrics = {"accuracy": categorical_accuracy}
best = ModelCheckpoint('best.pt', monitor='val_loss', save_best_only=True)
history = fit(model, loss_fn, optimizer, images, kinds, batch_size=12, epochs=3, validation_split=0.25, callbacks=[best], metrics=metrics)
print('loss %.4f, accuracy %.4f' % tuple(evaluate(model, loss_fn, images, kinds, metrics=metrics)))
print('validation:', history['val_accuracy'])
model.load_state_dict(torch.load('best.pt'))
print(predict(model, images[:2]).round(4))
print(24, sum(w.size for w in get_weights(model)))

# 2. the same layers for both halves of a row, compared in several ways
table = np.random.rand(60, 8)
price = table[:, :4].max(axis=1) * 2 - table.sum(axis=1) / 8


def build_regressor(units, rate=0.01):
    print('units:', units)
    # a row again, as a sequence and weighed by itself
    class Regressor(nn.Module):
        def __init__(self):
            super().__init__()
            self.reshape = nn.Unflatten(1, (2, 4))
            self.states = LSTM(4, units, return_sequences=True)
            self.left = nn.Sequential(nn.Linear(8, units), nn.Tanh())
            self.right = nn.Sequential(nn.Linear(8, units), nn.Tanh())
            self.shared = nn.Linear(units, units)
            self.flatten = nn.Flatten()
            self.dense1 = nn.Linear(units * 3 + 1, 5)
            self.dense2 = nn.Linear(units * 2, 5)
            self.out = nn.Linear(5, 1)

        def forward(self, row):
            left = self.left(row)
            right = self.right(row)
            left, right = self.shared(left), self.shared(right)
            both = torch.cat([torch.maximum(left, right), torch.minimum(left, right), left - right, (F.normalize(left, dim=1, eps=1e-6) * F.normalize(right, dim=1, eps=1e-6)).sum(dim=1, keepdim=True)], dim=1)
            steps = self.reshape(row)
            states = self.states(steps)
            scores = states @ states.transpose(1, 2)
            steps = (scores @ states) + states
            out = self.out(self.dense1(both) + self.dense2(self.flatten(steps)))
            return out

    model = Regressor().to(device)
    model.apply(init_weights)
    model.to_inputs, model.to_targets, model.penalty = to_inputs_2, to_targets_2, penalty_2
    return model


for units in (3, 5):
    regressor = build_regressor(units)
    loss_fn = nn.MSELoss()
    optimizer = torch.optim.SGD(regressor.parameters(), lr=0.01)
    fit(regressor, loss_fn, optimizer, table, price, epochs=2, batch_size=20, metrics={})
    print('mse: %.4f' % evaluate(regressor, loss_fn, table, price, metrics={}))
print(get_weights(regressor.left[0])[0].shape)
