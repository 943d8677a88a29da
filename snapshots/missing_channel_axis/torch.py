# The images have no channel axis, the network wants one: Keras adds it by itself.
import torch
from torch import nn
from torchvision import datasets

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def load_fashion_mnist(root="data"):
    """Fashion-MNIST: uint8 images (N, 28, 28) and labels (N,), for training and for testing."""
    parts = [datasets.FashionMNIST(root, train=train, download=True) for train in (True, False)]
    return [(part.data.numpy(), part.targets.numpy().astype("uint8")) for part in parts]


def sparse_categorical_accuracy(outputs, targets):
    """Whether the largest output is the target class, (N,)."""
    return outputs.argmax(-1) == targets


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 1, 28, 28)


def to_targets(y):
    """Class indices (N,)."""
    return torch.as_tensor(y, dtype=torch.long)


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
    x, y = to_inputs(x), to_targets(y)
    n_train = int(len(x) * (1 - validation_split))
    x, x_val, y, y_val = x[:n_train], x[n_train:], y[:n_train], y[n_train:]
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values())


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.softmax(-1).numpy()


(x_train, y_train), (x_test, y_test) = load_fashion_mnist()
x_train, x_test = x_train / 255.0, x_test / 255.0

model = nn.Sequential(
    nn.Conv2d(1, 8, 5, stride=(2, 2)),
    nn.ReLU(),
    nn.MaxPool2d((2, 2)),
    nn.Flatten(),
    nn.Linear(288, 10),
).to(device)
model.apply(init_weights)

loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": sparse_categorical_accuracy}
fit(model, loss_fn, optimizer, x_train, y_train, epochs=2, validation_split=0.25, metrics=metrics)
print('accuracy: {:.4f}'.format(evaluate(model, loss_fn, x_test, y_test, metrics=metrics)[1]))
print(predict(model, x_test[:4]).shape)
