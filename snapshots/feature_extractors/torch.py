"""What the layers of a small network make of its images, and features for another classifier."""
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


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(np.asarray(x), dtype=torch.float32).permute(0, 3, 1, 2)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32)


def to_outputs(outputs):
    """Probabilities of logits."""
    return outputs.softmax(-1)


def to_outputs_2(outputs):
    """Outputs as they are."""
    return outputs


def to_outputs_3(outputs):
    """Maps (N, C, ...) as (N, ..., C)."""
    return outputs.movedim(1, -1)


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


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return model.to_outputs(outputs).numpy()


np.random.seed(1)
x_train = np.random.rand(60, 10, 10, 2)
y_train = np.eye(3)[np.random.randint(0, 3, 60)]
x_test = np.random.rand(6, 10, 10, 2)

model = nn.Sequential(
    nn.Conv2d(2, 4, (3, 3)),
    nn.ReLU(),
    nn.MaxPool2d((2, 2)),
    nn.Conv2d(4, 6, (3, 3), padding=1),
    nn.ReLU(),
    Permute(0, 2, 3, 1),  # the flat order is Keras's
    nn.Flatten(),
    nn.Linear(96, 8),
    nn.ReLU(),
    nn.Dropout(0.5),
    nn.Linear(8, 3),
).to(device)
model.apply(init_weights)
model.to_outputs = to_outputs
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": categorical_accuracy}
fit(model, loss_fn, optimizer, x_train, y_train, epochs=2, batch_size=20, metrics=metrics)

# the features that the last layer sees
extractor = model[:9]
extractor.to_outputs = to_outputs_2
features = predict(extractor, x_test)
print('features:', features.shape, features.mean())

# maps of one layer
conv_model = model[:2]
conv_model.to_outputs = to_outputs_3
maps = predict(conv_model, x_test)
print('maps:', maps.shape, maps[0, 1, 2, 3])

# what every layer gives for one image
activation_model = [model[:end] for end in [2, 3, 4, 5, 7]]
for part in activation_model:
    part.to_outputs = to_outputs_3
activations = [predict(part, x_test[:1]) for part in activation_model]
for activation in activations:
    print(activation.shape, activation.sum())
first_layer_activation = activations[0]
print(first_layer_activation[0, :, :, 2].max())

# by a function of the backend
get_3rd_layer_output = model[:5]
get_3rd_layer_output.to_outputs = to_outputs_3
layer_output = predict(get_3rd_layer_output, x_test)
print('third:', layer_output.shape, layer_output.std())

# without its head
body = model[:10]
body.to_outputs = to_outputs_2
print('body:', predict(body, x_test).shape)
print('accuracy:', (predict(model, x_test).argmax(-1) == 1).mean())
