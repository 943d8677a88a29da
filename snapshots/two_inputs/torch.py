# Two branches that meet: one for the numbers, one for the words; wide and deep; and two rows compared by one encoder.
import numpy as np
import math
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class LSTM(nn.LSTM):
    """An LSTM that gives its last output, or with return_sequences all of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        outputs, _ = super().forward(x)
        return outputs[:, -1]


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Embedding):
        nn.init.uniform_(module.weight, -0.05, 0.05)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
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
    """The inputs of the model, one tensor each."""
    return [torch.as_tensor(x[0], dtype=torch.long), torch.as_tensor(x[1], dtype=torch.float32)]


def to_inputs_3(x):
    """The inputs of the model, one tensor each."""
    return [torch.as_tensor(x[0], dtype=torch.long), torch.as_tensor(x[1], dtype=torch.long)]


def to_inputs_4(x):
    """Samples (N, C) as the model reads them."""
    return [torch.as_tensor(x, dtype=torch.float32)]


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 1)


def to_outputs(outputs):
    """Outputs as they are."""
    return outputs


def to_outputs_2(outputs):
    """Probabilities of logits."""
    return outputs.sigmoid()


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
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
    return dict(zip(["loss", *metrics], (totals / len(y)).tolist()))


def fit(
    model,
    loss_fn,
    optimizer,
    x,
    y,
    metrics=None,
    batch_size=32,
    epochs=1,
    validation_split=0.0,
    validation_data=None,
    callbacks=(),
):
    """Train; the mean values of each epoch by name."""
    x, y = model.to_inputs(x), to_targets(y)
    if validation_data is not None:
        x_val, y_val = model.to_inputs(validation_data[0]), to_targets(validation_data[1])
    elif validation_split:
        n_train = int(len(y) * (1 - validation_split))
        x, x_val = [one[:n_train] for one in x], [one[n_train:] for one in x]
        y, y_val = y[:n_train], y[n_train:]
    history = {}
    if callbacks:
        model.stop_training = False
    for callback in callbacks:
        callback.model, callback.optimizer = model, optimizer
        callback.on_train_begin({})
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_split or validation_data is not None:
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
    logs = run_epoch(model, loss_fn, model.to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    batches = zip(*(one.split(batch_size) for one in model.to_inputs(x)))
    outputs = torch.cat([model(*(one.to(device) for one in batch)).cpu() for batch in batches])
    return model.to_outputs(outputs).numpy()


def train_on_batch(model, loss_fn, optimizer, x, y, metrics=None):
    """One step of the optimizer on one batch; its loss, and metrics if there are any."""
    model.train()
    outputs, targets = model(*(one.to(device) for one in model.to_inputs(x))), to_targets(y).to(device)
    loss = loss_fn(outputs, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    values = [metric(outputs, targets).float().mean().item() for metric in metrics.values()]
    return [loss.item(), *values] if metrics else loss.item()


class Callback:
    """Hooks that do nothing."""

    def on_train_begin(self, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass


class EarlyStopping(Callback):
    """Stop when the monitored value has not improved for `patience` epochs."""

    def __init__(self, monitor="val_loss", patience=0):
        self.monitor = monitor
        self.patience = patience

    def on_train_begin(self, logs=None):
        self.best, self.wait = math.inf, 0

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor not in logs:
            return
        value = logs[self.monitor]
        self.wait += 1
        if value < self.best:
            self.best, self.wait = value, 0
        elif self.wait >= self.patience and epoch > 0:
            self.model.stop_training = True


np.random.seed(2)
numbers = np.random.rand(80, 5)
words = np.random.randint(0, 30, size=(80, 4))
price = numbers.sum(axis=1) + words[:, 0] / 30.
dear = (price > price.mean()).astype(int)

# the branch for the words is an ordinary stack
text_branch = nn.Sequential(
    nn.Embedding(30, 6),
    nn.Flatten(),
).to(device)
text_branch.apply(init_weights)


class Model(nn.Module):
    def __init__(self, text_branch):
        super().__init__()
        self.dense = nn.Sequential(nn.Linear(5, 8), nn.ReLU())
        self.text_branch = text_branch
        self.output = nn.Linear(32, 1)

    def forward(self, number_input, word_input):
        merged = torch.cat([self.dense(number_input), self.text_branch(word_input)], dim=1)
        output = self.output(merged)
        return output


model = Model(text_branch).to(device)
model.dense[0].apply(init_weights)
model.output.apply(init_weights)
model.to_inputs, model.to_outputs = to_inputs, to_outputs
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
stop = EarlyStopping(monitor='val_loss', patience=1)
history = fit(model, loss_fn, optimizer, [numbers, words], price, epochs=3, batch_size=16, validation_split=0.25, callbacks=[stop], metrics={})
print('loss: %.4f' % evaluate(model, loss_fn, [numbers, words], price, metrics={}))
print('epochs:', len(history['loss']))
print(predict(model, [numbers[:3], words[:3]]))

# a deep model and a wide one, on data that are split by hand
deep = nn.Sequential(
    nn.Embedding(30, 4),
    nn.Flatten(),
    nn.Dropout(0.2),
).to(device)
deep.apply(init_weights)
wide = nn.Sequential(
    nn.Linear(5, 3),
).to(device)
wide.apply(init_weights)

train, test = slice(0, 60), slice(60, 80)


class WideAndDeep(nn.Module):
    def __init__(self, deep, wide):
        super().__init__()
        self.deep = deep
        self.wide = wide
        self.dense = nn.Sequential(nn.Linear(19, 6), nn.ReLU())
        self.answer = nn.Linear(6, 1)

    def forward(self, deep_input, wide_input):
        both = torch.cat([self.deep(deep_input), self.wide(wide_input)], dim=1)
        both = self.dense(both)
        answer = self.answer(both)
        return answer


wide_and_deep = WideAndDeep(deep, wide).to(device)
wide_and_deep.dense[0].apply(init_weights)
wide_and_deep.answer.apply(init_weights)
wide_and_deep.to_inputs, wide_and_deep.to_outputs = to_inputs_2, to_outputs_2
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.RMSprop(wide_and_deep.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
metrics = {"accuracy": binary_accuracy}
fit(wide_and_deep, loss_fn, optimizer, [words[train], numbers[train]], dear[train], epochs=2, batch_size=20,
    validation_data=([words[test], numbers[test]], dear[test]), metrics=metrics)
loss, accuracy = evaluate(wide_and_deep, loss_fn, [words[test], numbers[test]], dear[test], metrics=metrics)
print('loss: %.4f, accuracy: %.4f' % (loss, accuracy))
print(predict(wide_and_deep, [words[:2], numbers[:2]]))
batch = train_on_batch(wide_and_deep, loss_fn, optimizer, [words[:10], numbers[:10]], dear[:10], metrics=metrics)
print('batch: %.4f' % batch[0])

# the same encoder for two sentences
class Matcher(nn.Module):
    def __init__(self):
        super().__init__()
        self.vectors = nn.Embedding(30, 5)
        self.encoder = LSTM(5, 4)

    def forward(self, question_in, answer_in):
        question = self.encoder(self.vectors(question_in))
        reply = self.encoder(self.vectors(answer_in))
        likeness = (question * reply).sum(dim=1, keepdim=True)
        return likeness


matcher = Matcher().to(device)
matcher.apply(init_weights)
matcher.to_inputs = to_inputs_3
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(matcher.parameters(), lr=0.01)
turned = words[:, ::-1].copy()
fit(matcher, loss_fn, optimizer, [words, turned], dear, epochs=2, batch_size=16, metrics={})
print('match: %.4f' % evaluate(matcher, loss_fn, [words, turned], dear, metrics={}))

# one input beside them
plain = nn.Sequential(nn.Linear(5, 1)).to(device)
plain.apply(init_weights)
plain.to_inputs = to_inputs_4
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(plain.parameters(), lr=0.01)
fit(plain, loss_fn, optimizer, numbers, price, epochs=1, batch_size=16, validation_split=0.25, metrics={})
print('plain: %.4f' % evaluate(plain, loss_fn, numbers, price, metrics={}))
