# Convolutional autoencoder: noisy digits in, clean digits out
import numpy as np
import matplotlib.pyplot as plt
import torch
from torch import nn
from torchvision import datasets

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def load_mnist(root="data"):
    """MNIST: uint8 images (N, 28, 28) and labels (N,), for training and for testing."""
    parts = [datasets.MNIST(root, train=train, download=True) for train in (True, False)]
    return [(part.data.numpy(), part.targets.numpy().astype("uint8")) for part in parts]


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, nn.Conv2d):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 1, 28, 28)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1, 28, 28)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None):
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
            totals += loss.detach() * len(batch)
    return {"loss": (totals / len(x)).item()}


def fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=1, validation_data=None):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    outputs = outputs.movedim(1, -1)
    return outputs.sigmoid().numpy()


(x_train, _), (x_test, _) = load_mnist()

x_train = x_train.astype('float32') / 255.
x_test = x_test.astype('float32') / 255.
x_train = np.reshape(x_train, (len(x_train), 28, 28, 1))
x_test = np.reshape(x_test, (len(x_test), 28, 28, 1))

noise_factor = 0.3
x_train_noisy = x_train + noise_factor * np.random.normal(loc=0.0, scale=1.0, size=x_train.shape)
x_test_noisy = x_test + noise_factor * np.random.normal(loc=0.0, scale=1.0, size=x_test.shape)

x_train_noisy = np.clip(x_train_noisy, 0., 1.)
x_test_noisy = np.clip(x_test_noisy, 0., 1.)

autoencoder = nn.Sequential(
    # encoder
    nn.Conv2d(1, 16, (3, 3), padding=1),
    nn.ReLU(),
    nn.MaxPool2d((2, 2)),
    nn.Conv2d(16, 8, (3, 3), padding=1),
    nn.ReLU(),
    nn.MaxPool2d((2, 2)),

    # decoder
    nn.Conv2d(8, 8, (3, 3), padding=1),
    nn.ReLU(),
    nn.Upsample(scale_factor=(2, 2)),
    nn.Conv2d(8, 16, (3, 3), padding=1),
    nn.ReLU(),
    nn.Upsample(scale_factor=(2, 2)),
    nn.Conv2d(16, 1, (3, 3), padding=1)
).to(device)
autoencoder.apply(init_weights)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(autoencoder.parameters(), eps=1e-7)

fit(autoencoder, loss_fn, optimizer, x_train_noisy, x_train,
    epochs=3,
    batch_size=64,
    validation_data=(x_test_noisy, x_test))

decoded_imgs = predict(autoencoder, x_test_noisy)
print(decoded_imgs.shape, 'mean error %.5f' % np.mean((decoded_imgs - x_test) ** 2))

n = 6  # how many digits we will display
plt.figure(figsize=(12, 4))
for i in range(n):
    # noisy digit
    ax = plt.subplot(2, n, i + 1)
    plt.imshow(x_test_noisy[i].reshape(28, 28))
    plt.gray()
    ax.get_xaxis().set_visible(False)

    # cleaned digit
    ax = plt.subplot(2, n, i + 1 + n)
    plt.imshow(decoded_imgs[i].reshape(28, 28))
    ax.get_yaxis().set_visible(False)
plt.show()
