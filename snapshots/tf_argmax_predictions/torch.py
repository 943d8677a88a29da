import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


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
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.softmax(-1).numpy()


np.random.seed(7)

# Three noisy rings in the plane
angle = np.random.uniform(0, 2 * np.pi, size=(240,))
labels = np.random.randint(0, 3, size=(240,))
radius = labels + 1 + np.random.normal(0, 0.1, size=(240,))
features = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)

x_train = features[:180].astype("float32")
y_train = (labels[:180][..., None] == np.arange(3)).astype("float32")
x_test, y_test = features[180:], labels[180:]

model = nn.Sequential(
    nn.Linear(2, 32),
    nn.ReLU(),
    nn.Linear(32, 3),
).to(device)
model.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": categorical_accuracy}
fit(model, loss_fn, optimizer, x_train, y_train, epochs=5, batch_size=30, metrics=metrics)

# The class of each point, and how sure the model is of it
predictions = np.argmax(predict(model, x_test), axis=1)
probabilities = predict(model, x_test)
best = np.max(probabilities, axis=1)
correct = np.equal(predictions, y_test)
accuracy = np.mean(correct.astype("float32"))
print('accuracy: %.4f' % accuracy)
print('first classes:', predictions[:5])
print('mean certainty: {:.3f}'.format(float(np.mean(best))))

class_names = ['inner', 'middle', 'outer']
one = np.expand_dims(x_test[0], axis=0)
print('the first point is', class_names[np.argmax(np.squeeze(predict(model, one)), axis=0)])
