import torch
from torch import nn
from torchvision import datasets

# Helper libraries
import numpy as np
import matplotlib.pyplot as plt

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
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Sequences (N, T, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
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
    return outputs.numpy()



(train_images, train_labels), (test_images, test_labels) = load_fashion_mnist()

class_names = ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat',
               'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot']

print(train_images.shape, len(train_labels))

plt.figure(figsize=(10, 10))
for i in range(25):
    plt.subplot(5, 5, i + 1)
    plt.xticks([])
    plt.yticks([])
    plt.imshow(train_images[i], cmap=plt.cm.binary)
    plt.xlabel(class_names[train_labels[i]])
plt.show()

train_images = train_images / 255.0
test_images = test_images / 255.0

model = nn.Sequential(
    nn.Flatten(),
    nn.Linear(784, 128),
    nn.ReLU(),
    nn.Linear(128, 10)       # logits, no softmax here
).to(device)
model.apply(init_weights)

loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": sparse_categorical_accuracy}

fit(model, loss_fn, optimizer, train_images, train_labels, epochs=6, metrics=metrics)

test_loss, test_acc = evaluate(model, loss_fn, test_images, test_labels, metrics=metrics)

print('\nTest accuracy:', test_acc)

# attach a softmax layer to turn the logits into probabilities
probability_model = nn.Sequential(model, nn.Softmax(dim=1)).to(device)

predictions = predict(probability_model, test_images)
print(predictions[0])
print(class_names[np.argmax(predictions[0])], 'is really', class_names[test_labels[0]])

# and a single image
img = np.expand_dims(test_images[1], 0)
predictions_single = predict(probability_model, img)
print(np.argmax(predictions_single[0]))
