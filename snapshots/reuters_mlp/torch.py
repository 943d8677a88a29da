# Single-label, multi-class classification of newswires
from pathlib import Path
import torch
from torch import nn
import numpy as np
import matplotlib.pyplot as plt

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def download(name, sha256=None, root="data"):
    """The path of a file of Keras's data sets, fetched once."""
    path = Path(root, name)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        url = f"https://storage.googleapis.com/tensorflow/tf-keras-datasets/{name}"
        torch.hub.download_url_to_file(url, str(path), hash_prefix=sha256)
    return path


def cut_words(parts, num_words, start_char=1, oov_char=2, index_from=3):
    """Texts as ranks of words from `index_from` on; ranks of `num_words` and more are `oov_char`."""
    start = [] if start_char is None else [start_char]
    parts = [([start + [word + index_from for word in text] for text in x], y) for x, y in parts]
    limit = num_words or max(max(text) for x, _ in parts for text in x)
    if oov_char is None:
        cut = [[[word for word in text if 0 <= word < limit] for text in x] for x, _ in parts]
    else:
        cut = [
            [[word if 0 <= word < limit else oov_char for word in text] for text in x]
            for x, _ in parts
        ]
    return [(np.array(x, dtype=object), y) for x, (_, y) in zip(cut, parts)]


def load_reuters(num_words=None, test_split=0.2, seed=113, start_char=1, oov_char=2, index_from=3):
    """Reuters newswires: lists of word ranks (N,) and 46 topics (N,), for training and for testing."""
    path = download("reuters.npz", "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916")
    with np.load(path, allow_pickle=True) as file:
        order = np.random.RandomState(seed).permutation(len(file["y"]))
        parts = [(file["x"][order], file["y"][order])]
    [(x, y)] = cut_words(parts, num_words, start_char, oov_char, index_from)
    n_train = int(len(x) * (1 - test_split))
    return (x[:n_train], y[:n_train]), (x[n_train:], y[n_train:])


def to_categorical(y):
    """Class indices (n,) or (n, 1) as one-hot rows (n, classes)."""
    y = np.asarray(y, dtype="int64")
    if y.ndim > 1 and y.shape[-1] == 1:
        y = y.reshape(y.shape[:-1])
    return np.eye(y.max() + 1, dtype="float32")[y]


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


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_data=None):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


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


(train_data, train_labels), (test_data, test_labels) = load_reuters(num_words=2000)


def vectorize_sequences(sequences, dimension=2000):
    results = np.zeros((len(sequences), dimension))
    for i, sequence in enumerate(sequences):
        results[i, sequence] = 1.
    return results


# Our vectorized training data
x_train = vectorize_sequences(train_data)
# Our vectorized test data
x_test = vectorize_sequences(test_data)

one_hot_train_labels = to_categorical(train_labels)
one_hot_test_labels = to_categorical(test_labels)

model = nn.Sequential(
    nn.Linear(2000, 64),
    nn.ReLU(),
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Linear(64, 46),
).to(device)
model.apply(init_weights)

loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
metrics = {"accuracy": categorical_accuracy}

# set apart some samples for validation
x_val = x_train[:50]
partial_x_train = x_train[50:]

y_val = one_hot_train_labels[:50]
partial_y_train = one_hot_train_labels[50:]

history = fit(model, loss_fn, optimizer, partial_x_train,
              partial_y_train,
              epochs=9,
              batch_size=64,
              validation_data=(x_val, y_val), metrics=metrics)

loss = history['loss']
val_loss = history['val_loss']

epochs = range(1, len(loss) + 1)

plt.plot(epochs, loss, 'bo', label='Training loss')
plt.plot(epochs, val_loss, 'b', label='Validation loss')
plt.title('Training and validation loss')
plt.xlabel('Epochs')
plt.ylabel('Loss')
plt.legend()
plt.show()

plt.clf()   # clear figure

acc = history['accuracy']
val_acc = history['val_accuracy']

plt.plot(epochs, acc, 'bo', label='Training acc')
plt.plot(epochs, val_acc, 'b', label='Validation acc')
plt.legend()
plt.show()

results = evaluate(model, loss_fn, x_test, one_hot_test_labels, metrics=metrics)
print(results)

predictions = predict(model, x_test)
print(predictions[0].shape)
print(np.sum(predictions[0]))
print(np.argmax(predictions[0]))
