"""Small colour images with the channels first, as for GPUs."""
import numpy as np
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, C, H, W) as the model reads them."""
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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_data=None):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    if validation_data is not None:
        x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        if validation_data is not None:
            val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


def evaluate(model, loss_fn, x, y, metrics=None, batch_size=32):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, to_inputs(x), to_targets(y), batch_size, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.numpy()



img_channels, img_rows, img_cols = 3, 11, 8
num_classes = 4

rng = np.random.RandomState(0)
x_train = rng.randint(0, 256, size=(60, img_channels, img_rows, img_cols)).astype('float32') / 255
y_train = np.eye(num_classes)[rng.randint(0, num_classes, size=60)]
x_test = rng.randint(0, 256, size=(20, img_channels, img_rows, img_cols)).astype('float32') / 255
y_test = np.eye(num_classes)[rng.randint(0, num_classes, size=20)]

input_shape = (img_channels, img_rows, img_cols)
channel_axis = 1

model = nn.Sequential(
    nn.ZeroPad2d((0, 1, 1, 1)),  # "same" with a stride pads the end
    nn.Conv2d(3, 8, (3, 3), stride=(2, 2)),
    nn.BatchNorm2d(8, eps=1e-3, momentum=0.01),
    nn.ReLU(),
    nn.ZeroPad2d((1, 1, 0, 0)),
    nn.Conv2d(8, 6, (3, 2), padding="same"),
    nn.ReLU(),
    nn.MaxPool2d((2, 2)),
    nn.Dropout(0.25),
    nn.Flatten(),
    nn.Linear(54, 16),
    nn.ReLU(),
    nn.Linear(16, num_classes),
).to(device)
model.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
metrics = {"accuracy": categorical_accuracy}
fit(model, loss_fn, optimizer, x_train, y_train, batch_size=20, epochs=2, validation_data=(x_test, y_test), metrics=metrics)
score = evaluate(model, loss_fn, x_test, y_test, metrics=metrics)
print('Test loss:', score[0])

# An encoder and decoder, whose outputs have the channels first too.
decoder = nn.Sequential(
    nn.AvgPool2d((1, 2)),
    nn.Conv2d(3, 4, 3, padding=1),
    nn.ReLU(),
    nn.Upsample(scale_factor=(1, 2)),
    nn.Conv2d(4, img_channels, 3, padding=1),
    nn.Sigmoid(),
).to(device)
decoder.apply(init_weights)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(decoder.parameters(), lr=0.01)
fit(decoder, loss_fn, optimizer, x_train, x_train, batch_size=20, epochs=2, metrics={})
restored = predict(decoder, x_test)
print(restored.shape, restored[:, 0].mean())
