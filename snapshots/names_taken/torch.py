"""A script whose own names are the ones a converter likes to use."""
import numpy as np
import torch
import torch as torch_torch
from torch import nn

torch_device = torch_torch.device("cuda" if torch_torch.cuda.is_available() else "cpu")


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(np.asarray(y), dtype=torch.long).reshape(-1)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch_torch.randperm(len(x)) if training else torch_torch.arange(len(x))
    totals = 0
    with torch_torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            outputs, targets = model(x[batch].to(torch_device)), y[batch].to(torch_device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch_torch.stack([loss * len(batch), *sums]).detach()
    return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))


def torch_fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_data=None):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def torch_evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


@torch_torch.no_grad()
def torch_predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch_torch.cat([model(batch.to(torch_device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.softmax(-1).numpy()


np.random.seed(42)


def load(n):
    features = np.random.rand(n, 6).astype("float32")
    labels = (features.sum(axis=1) > 3.0).astype("int32")
    return features, labels


datasets = {"train": load(120), "test": load(40)}
device = "laptop"

net = nn.Sequential(
    nn.Linear(6, 16),
    nn.Tanh(),
    nn.Linear(16, 2),
).to(torch_device)
net.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
torch_optimizer = torch.optim.Adam(net.parameters(), lr=0.01, eps=1e-7)
metrics = {"accuracy": sparse_categorical_accuracy}

features, labels = datasets["train"]
fit = torch_fit(net, loss_fn, torch_optimizer, features, labels, epochs=4, batch_size=16, validation_data=datasets["test"], metrics=metrics)
loss, accuracy = torch_evaluate(net, loss_fn, *datasets["test"], metrics=metrics)
print("on my", device, "loss %.4f" % loss, "accuracy %.4f" % accuracy)


def predict(rows):
    return torch_predict(net, rows).argmax(axis=-1)


print("predicted:", predict(datasets["test"][0][:8]))
print("history:", [round(value, 4) for value in fit["val_loss"]])

# names that come after their first use
model = "mlp-16"
optimizer = "adam"
evaluate = {model: accuracy}
torch = nn = F = None
print(evaluate, optimizer)
