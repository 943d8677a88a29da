"""Optimizers as configurations name them: by strings, by classes in a table, by keyword arguments in a dict."""
import numpy as np
from functools import partial
import torch
import torch.nn.functional as F
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def truncated_normal_(weight, mode):
    """Keras's normal initializers, cut off at two standard deviations: "glorot", "he" or "lecun"."""
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(weight)
    variance = {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[mode]
    std = variance**0.5 / 0.87962566103423978
    nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)


def clip_norms(optimizer, limit):
    """Clip the norm of each gradient before each step of the optimizer."""

    def clip(optimizer, args, kwargs):
        for parameter in optimizer.param_groups[0]["params"]:
            nn.utils.clip_grad_norm_(parameter, limit)

    optimizer.register_step_pre_hook(clip)


def tuned(parameters, make, factor=None, clip=None, limit=None):
    """An optimizer whose learning rate changes with its steps, or whose gradients are clipped."""
    optimizer = make(parameters)
    if factor is not None:
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        optimizer.register_step_post_hook(lambda *_: scheduler.step())
    if clip is not None:
        clip(optimizer, limit)
    return optimizer


def mean_squared_error(outputs, targets):
    """Mean squared error of each sample, (N,)."""
    return (outputs - targets).square().flatten(1).mean(1)


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
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 1)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None, shuffle=True):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training and shuffle else torch.arange(len(x))
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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, shuffle=True):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics, shuffle=shuffle)
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


rng = np.random.RandomState(7)
x = rng.rand(96, 5).astype("float32")
y = (np.sin(x[:, 0] * 3) + x[:, 1] * x[:, 2]).astype("float32")

CLASSES = {"sgd": torch.optim.SGD, "adam": partial(torch.optim.Adam, eps=1e-7), "rmsprop": partial(torch.optim.RMSprop, alpha=0.9, eps=1e-7), "adagrad": partial(torch.optim.Adagrad, initial_accumulator_value=0.1, eps=1e-7)}
NAMES = {"fast": "adam", "slow": "sgd"}
momentum = dict(lr=0.05, momentum=0.9, nesterov=True)


def create_model():
    model = nn.Sequential(
        nn.Linear(5, 8),
        nn.Tanh(),
        nn.Linear(8, 1),
    ).to(device)
    model.apply(init_weights)
    truncated_normal_(model[0].weight, "he")
    return model


def train(title, model):
    fit(model, model.loss_fn, model.optimizer, x, y, epochs=3, batch_size=20, shuffle=False, metrics=model.metrics)
    print("%-20s %.5f" % (title, evaluate(model, model.loss_fn, x, y, metrics=model.metrics)))


def with_class(name, rate):
    model = create_model()
    model.loss_fn = F.mse_loss
    model.optimizer = CLASSES[name](model.parameters(), lr=rate)
    model.metrics = {}
    return model


def make_optimizer(name, rate):
    if name == "clipped":
        return partial(tuned, make=partial(torch.optim.SGD, lr=rate, momentum=0.9), clip=clip_norms, limit=0.5)
    elif name == "falling":
        return partial(tuned, make=partial(torch.optim.Adam, lr=rate, eps=1e-7), factor=lambda step: 1 / (1 + 0.05 * step))
    return {"adam": partial(torch.optim.Adam, eps=1e-7), "rmsprop": partial(torch.optim.RMSprop, lr=0.001, alpha=0.9, eps=1e-7)}[name]


for name in ("sgd", "rmsprop"):
    train("class " + name, with_class(name, 0.05))

for name in ["SGD", "Adam", "RMSprop"]:
    model = create_model()
    model.loss_fn = F.mse_loss
    model.optimizer = {
        "SGD": partial(torch.optim.SGD, lr=0.02),
        "Adam": partial(torch.optim.Adam, lr=0.02, eps=1e-7),
        "RMSprop": partial(torch.optim.RMSprop, lr=0.02, alpha=0.9, eps=1e-7),
    }[name](model.parameters())
    model.metrics = {}
    train("attribute " + name, model)

for speed in NAMES:
    model = create_model()
    model.loss_fn = F.mse_loss
    model.optimizer = {
        "adam": torch.optim.Adam(model.parameters(), eps=1e-7),
        "sgd": torch.optim.SGD(model.parameters(), lr=0.01),
    }[NAMES[speed]]
    model.metrics = {}
    train(speed, model)

for name in ["clipped", "falling", "adam", "rmsprop"]:
    model = create_model()
    model.loss_fn = F.mse_loss
    model.optimizer = make_optimizer(name, 0.1)(model.parameters())
    model.metrics = {}
    train("function " + name, model)

model = create_model()
model.loss_fn = F.mse_loss
model.optimizer = torch.optim.SGD(model.parameters(), lr=momentum["lr"], momentum=momentum["momentum"], nesterov=momentum["nesterov"])
model.metrics = {}
train("momentum", model)

model = create_model()
model.loss_fn = F.l1_loss
model.optimizer = torch.optim.Adam(model.parameters(), lr=0.02, betas=(0.8, 0.999), eps=1e-7)
model.metrics = {"mse": mean_squared_error}
fit(model, model.loss_fn, model.optimizer, x, y, epochs=2, batch_size=20, shuffle=False, metrics=model.metrics)
print("configuration", evaluate(model, model.loss_fn, x, y, metrics=model.metrics))

model = create_model()
model.loss_fn = F.mse_loss
model.optimizer = torch.optim.Adagrad(model.parameters(), lr=0.1, initial_accumulator_value=0.1, eps=1e-7)
model.metrics = {}
train("configuration", model)
