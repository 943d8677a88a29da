# Movie reviews from folders, after the tutorial on text classification
import os
import re
import string

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from collections import Counter
import itertools
from pathlib import Path
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class TextVectorization:
    """Number the words of texts, the most frequent first."""

    def __init__(
        self,
        max_tokens=None,
        standardize="lower_and_strip_punctuation",
        ngrams=(),
        output_mode="int",
        output_sequence_length=None,
    ):
        self.max_tokens = max_tokens
        self.standardize = standardize
        self.ngrams = ngrams
        self.output_mode = output_mode
        self.output_sequence_length = output_sequence_length

    def words(self, text):
        """The words of a text; bytes, because only ASCII counts for cases and blanks."""
        text = text if isinstance(text, bytes) else text.encode()
        if callable(self.standardize):
            text = self.standardize(text.decode()).encode()
        if self.standardize == "lower_and_strip_punctuation" or self.standardize == "lower":
            text = text.lower()
        if self.standardize == "lower_and_strip_punctuation" or self.standardize == "strip_punctuation":
            text = text.translate(None, string.punctuation.encode())
        words = [word.decode() for word in text.split()]
        if self.ngrams:
            return [" ".join(words[i : i + n]) for n in self.ngrams for i in range(len(words) - n + 1)]
        return words

    def adapt(self, texts):
        """Take the words of texts as the vocabulary."""
        texts = [self.words(text) for text in np.asarray(texts, dtype=object).ravel()]
        counts = Counter(word for words in texts for word in words if word != "[UNK]")
        ranked = sorted(counts, key=lambda word: (counts[word], word), reverse=True)
        if self.max_tokens:
            ranked = ranked[: self.max_tokens - (2 if self.output_mode == "int" else 1)]
        self.set_vocabulary(ranked)

    def set_vocabulary(self, vocabulary):
        """Words by their number, after those for padding (with "int") and for unknown words."""
        special = ["", "[UNK]"] if self.output_mode == "int" else ["[UNK]"]
        vocabulary = [str(word) for word in vocabulary]
        words = vocabulary[len(special) :] if vocabulary[: len(special)] == special else vocabulary
        self.vocabulary = [*special, *words]
        self.index = {word: i for i, word in enumerate(self.vocabulary)}

    def get_vocabulary(self):
        return list(self.vocabulary)

    def vocabulary_size(self):
        return len(self.vocabulary)

    def __call__(self, texts):
        """The numbers of the words of each text, or how often each word is in it."""
        if isinstance(texts, (str, bytes)):
            return self([texts])[0]
        unknown = self.index["[UNK]"]
        texts = np.asarray(texts, dtype=object).ravel()
        rows = [[self.index.get(word, unknown) for word in self.words(text)] for text in texts]
        if self.output_mode == "int":
            if self.output_sequence_length is not None:
                width = self.output_sequence_length
            else:
                width = max(map(len, rows), default=0)
            numbers = np.zeros((len(rows), width), dtype="int64")
            for padded, row in zip(numbers, rows):
                padded[: len(row)] = row[:width]
            return numbers
        else:
            width = len(self.vocabulary)
            counts = np.zeros((len(rows), width), dtype="float32")
            for count, row in zip(counts, rows):
                for i in row:
                    count[i] += 1
            if self.output_mode == "multi_hot":
                return (counts > 0).astype("float32")
            else:
                return counts


class Lookup:
    """Number the values of a vocabulary, after a number for unknown ones, and 0 for mask_token if there is one."""

    def __init__(self, output_mode="int"):
        self.output_mode = output_mode
        self.special = ["[UNK]"] * 1

    def items(self, data):
        """The values of data one by one."""
        items = np.asarray(data, dtype=object).ravel().tolist()
        return [item.decode() if isinstance(item, bytes) else str(item) for item in items]

    def adapt(self, data):
        """Take the values of data as the vocabulary, the most frequent first."""
        counts = Counter(self.items(data))
        ranked = sorted(counts, key=lambda item: (counts[item], item), reverse=True)
        ranked = [item for item in ranked if item != None and item != "[UNK]"]
        self.set_vocabulary(ranked)

    def set_vocabulary(self, vocabulary):
        """Values by their number."""
        items = self.items(vocabulary)
        added = [] if items[: len(self.special)] == self.special else self.special
        self.vocabulary = [*added, *items]
        self.index = {item: i for i, item in enumerate(self.vocabulary) if i >= len(self.special)}

    def vocabulary_size(self):
        return len(self.vocabulary)

    def number(self, item):
        if item in self.index:
            return self.index[item]
        else:
            return len(self.special) - 1

    def __call__(self, data):
        """The number of each value, or rows of which are there or how often."""
        shape = np.shape(data)
        numbers = np.array([self.number(item) for item in self.items(data)], dtype="int64").reshape(shape)
        if self.output_mode == "int":
            return numbers
        numbers = np.atleast_1d(numbers)
        size = len(self.vocabulary)
        found = numbers[..., None] == np.arange(size)
        dtype = "float32"
        if self.output_mode == "one_hot":
            if numbers.shape[-1] == 1:
                found = found.squeeze(-2)
            return found.astype(dtype)
        return found.any(-2).astype(dtype)


def files_in_folders(
    directory, formats, shuffle=True, seed=None, validation_split=None, subset=None, label_mode="int"
):
    """Paths of files, one folder a class, with their labels; and the names of the classes."""
    folders = [entry.name for entry in os.scandir(directory) if entry.is_dir()]
    folders = sorted(name for name in folders if not name.startswith("."))
    if label_mode is None:
        folders = [""]
    class_names = folders
    samples = []
    for name in folders:
        label = class_names.index(name)
        for folder, _, files in sorted(os.walk(os.path.join(directory, name))):
            files = [file for file in sorted(files) if file.lower().endswith(formats)]
            if label_mode is not None:
                samples += [(os.path.join(folder, file), label) for file in files]
            else:
                samples += [(os.path.join(folder, file),) for file in files]
    if label_mode is not None:
        print(f"Found {len(samples)} files belonging to {len(folders)} classes.")
    else:
        print(f"Found {len(samples)} files.")
    if seed is None:
        seed = np.random.randint(1e6)
    if shuffle:
        np.random.RandomState(seed).shuffle(samples)
    if subset is not None:
        n_train = len(samples) - int(validation_split * len(samples))
        samples = samples[:n_train] if subset == "training" else samples[n_train:]
        print(f"Using {len(samples)} files for {subset}.")
    return samples, class_names


def text_dataset_from_directory(
    directory, batch_size=32, shuffle=True, seed=None, validation_split=None, subset=None, label_mode="int"
):
    """Batches of texts from folders, one folder a class, with their labels."""
    samples, names = files_in_folders(directory, ".txt", shuffle, seed, validation_split, subset, label_mode)
    texts = [(Path(path).read_bytes(), *label) for path, *label in samples]
    batches = DataLoader(texts, batch_size, shuffle)
    batches.class_names = names
    return batches


class MappedRows(Dataset):
    """Samples of a data set after a function."""

    def __init__(self, dataset, function):
        self.dataset, self.function = dataset, function

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        return self.function(*self.dataset[index])


class MappedBatches:
    """Batches after a function."""

    def __init__(self, batches, function):
        self.batches, self.function = batches, function

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        return itertools.starmap(self.function, self.batches)


def as_array(part):
    """A part of samples as an array, texts as bytes."""
    if isinstance(part, (list, tuple)):
        return np.array([as_array(text) for text in part], dtype=object)
    elif isinstance(part, str):
        return part.encode()
    else:
        return part.numpy() if isinstance(part, torch.Tensor) else part


def as_arrays(dataset, count=None):
    """The batches or rows of a data set as NumPy arrays."""
    for parts in itertools.islice(dataset, count):
        yield as_array(parts[0]) if len(parts) == 1 else tuple(map(as_array, parts))


class GlobalAveragePool(nn.Module):
    """Mean over axes."""

    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return x.mean(self.dim)


def threshold_accuracy(outputs, targets):
    """How often a probability lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0.5) == targets).flatten(1).float().mean(1)


def accuracy_above(outputs, targets, threshold):
    """How often a probability lies on the side of a threshold that its 0 or 1 target says, (N,)."""
    return ((outputs > threshold) == targets).flatten(1).float().mean(1)


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


def to_inputs(x):
    """Indices as the model reads them."""
    return torch.as_tensor(x, dtype=torch.long)


def to_inputs_2(x):
    """Texts as the model reads them."""
    return torch.as_tensor(vectorize_layer(x), dtype=torch.long)


def to_inputs_3(x):
    """Samples (N, C) as the model reads them."""
    return torch.as_tensor(x, dtype=torch.float32)


def to_inputs_4(x):
    """Texts as the model reads them."""
    return torch.as_tensor(of_table(x), dtype=torch.long)


def to_inputs_5(x):
    """Texts as the model reads them."""
    return torch.as_tensor(genres(x), dtype=torch.float32)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)


def to_targets_2(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)


def array_batches(*arrays, batch_size=32, shuffle=False):
    """Rows of arrays in batches."""
    rows = list(zip(*arrays))
    return DataLoader(rows, batch_size, shuffle, collate_fn=lambda rows: list(map(np.array, zip(*rows))))


def run_epoch(model, loss_fn, batches, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    totals = 0
    seen = 0
    with torch.set_grad_enabled(training):
        for batch in batches:
            outputs, targets = model(model.to_inputs(batch[0]).to(device)), model.to_targets(batch[1]).to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(targets), *sums]).detach()
            seen += len(targets)
    return dict(zip(["loss", *metrics], (totals / seen).tolist()))


def fit(model, loss_fn, optimizer, batches, metrics=None, epochs=1, validation_data=None, verbose=1):
    """Train; the mean values of each epoch by name."""
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, batches, optimizer, metrics)
        if validation_data is not None:
            val_logs = run_epoch(model, loss_fn, validation_data, metrics=metrics)
            logs.update({"val_" + name: value for name, value in val_logs.items()})
        if verbose:
            values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
            print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, batches, metrics=None):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, batches, metrics=metrics)
    return list(logs.values()) if metrics else logs["loss"]


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in model.to_inputs(x).split(batch_size)])
    return outputs.sigmoid().numpy()


dataset_dir = "data"
train_dir = os.path.join(dataset_dir, "train")
batch_size = 4
seed = 42

raw_train_ds = text_dataset_from_directory(
    train_dir,
    batch_size=batch_size,
    validation_split=0.2,
    subset="training",
    seed=seed)

for text_batch, label_batch in as_arrays(raw_train_ds, 1):
    for i in range(3):
        print("Review", text_batch[i])
        print("Label", label_batch[i])

print("Label 0 corresponds to", raw_train_ds.class_names[0])
print("Label 1 corresponds to", raw_train_ds.class_names[1])

raw_val_ds = text_dataset_from_directory(train_dir, batch_size=batch_size, validation_split=0.2,
                                         subset="validation", seed=seed)
raw_test_ds = text_dataset_from_directory(
    os.path.join(dataset_dir, "test"), batch_size=batch_size, shuffle=False)


def custom_standardization(input_data):
    lowercase = input_data.encode().lower().decode()
    stripped_html = re.sub('<br />', ' ', lowercase)
    return re.sub('[%s]' % re.escape(string.punctuation), '', stripped_html)


max_features = 50
sequence_length = 12

vectorize_layer = TextVectorization(max_tokens=max_features, standardize=custom_standardization, output_sequence_length=sequence_length)

# Make a text-only dataset (without labels), then call adapt
train_text = MappedBatches(raw_train_ds, lambda x, y: (x,))
vectorize_layer.adapt([text for (batch,) in train_text for text in batch])


def vectorize_text(text, label):
    text = np.expand_dims(text, -1)
    return vectorize_layer(text), label


# retrieve a batch (of 4 reviews and labels) from the dataset
text_batch, label_batch = next(as_arrays(raw_train_ds))
first_review, first_label = text_batch[0], label_batch[0]
print("Review", first_review.decode("utf-8"))
print("Label", raw_train_ds.class_names[first_label])
print("Vectorized review", np.array(vectorize_text(first_review, first_label)[0]))

print("7 ---> ", vectorize_layer.get_vocabulary()[7])
print('Vocabulary size: {}'.format(len(vectorize_layer.get_vocabulary())))

train_ds = MappedBatches(raw_train_ds, vectorize_text)
val_ds = MappedBatches(raw_val_ds, vectorize_text)
test_ds = MappedBatches(raw_test_ds, vectorize_text)


embedding_dim = 8

model = nn.Sequential(
    nn.Embedding(max_features + 1, embedding_dim),
    nn.Dropout(0.2),
    GlobalAveragePool(dim=1),
    nn.Dropout(0.2),
    nn.Linear(8, 1)).to(device)
model.apply(init_weights)
model.to_inputs, model.to_targets = to_inputs, to_targets

print(model)

model.loss_fn = F.binary_cross_entropy_with_logits
model.optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
model.metrics = {"binary_accuracy": lambda outputs, targets: accuracy_above(outputs, targets, threshold=0.0)}

epochs = 3
history = fit(model, model.loss_fn, model.optimizer,
    train_ds,
    validation_data=val_ds,
    epochs=epochs, metrics=model.metrics)

loss, accuracy = evaluate(model, model.loss_fn, test_ds, metrics=model.metrics)
print("Loss: ", loss)
print("Accuracy: ", accuracy)

history_dict = history
acc = history_dict['binary_accuracy']
val_acc = history_dict['val_binary_accuracy']
plt.plot(range(1, len(acc) + 1), acc, 'bo', label='Training acc')
plt.plot(range(1, len(acc) + 1), val_acc, 'b', label='Validation acc')
plt.title('Training and validation accuracy')
plt.legend()

export_model = nn.Sequential(
    model
).to(device)
export_model.to_inputs, export_model.to_targets = to_inputs_2, to_targets_2

export_model.loss_fn = F.binary_cross_entropy_with_logits
export_model.optimizer = torch.optim.Adam(export_model.parameters(), eps=1e-7)
export_model.metrics = {"accuracy": binary_accuracy}

# Test it with `raw_test_ds`, which yields raw strings
loss, accuracy = evaluate(export_model, export_model.loss_fn, raw_test_ds, metrics=export_model.metrics)
print(accuracy)

examples = [
    "The movie was great!",
    "The film was okay.",
    "The story was terrible..."
]
print(predict(export_model, np.array(examples)))

# Bags of pairs of words, and texts of lists
binary_layer = TextVectorization(max_tokens=60, ngrams=(1, 2), output_mode="multi_hot")
binary_layer.adapt([one for text, label in raw_train_ds for one in text])
binary_model = nn.Sequential(nn.Linear(60, 4), nn.ReLU(), nn.Linear(4, 1)).to(device)
binary_model.apply(init_weights)
binary_model.to_inputs, binary_model.to_targets = to_inputs_3, to_targets_2
binary_model.loss_fn = F.binary_cross_entropy_with_logits
binary_model.optimizer = torch.optim.Adam(binary_model.parameters(), eps=1e-7)
binary_model.metrics = {"accuracy": threshold_accuracy}
pairs = MappedBatches(raw_train_ds, lambda text, label: (binary_layer(text), label))
fit(binary_model, binary_model.loss_fn, binary_model.optimizer, pairs, epochs=2, verbose=0, metrics=binary_model.metrics)

texts = ["a great film", "not fun at all", "I loved it", "a waste of time", "great", "terrible story"]
dataset = list(zip(texts, [1, 0, 1, 0, 1, 0]))
for text, label in as_arrays(dataset, 2):
    print(text, label)
rows = DataLoader(MappedRows(dataset, lambda text, label: (vectorize_layer(text), label)), batch_size=3)
print(evaluate(model, model.loss_fn, rows, metrics=model.metrics))
plain = TextVectorization(max_tokens=20)
plain.adapt([text for (batch,) in DataLoader(list(zip(texts)), batch_size=4) for text in batch])
print(' '.join(plain.get_vocabulary()), plain(np.array([text.encode() for text in ["great story"]], dtype=object)))

# Reviews of a table
table = pd.DataFrame({"review": texts * 4, "genre": ["drama", "comedy", "horror"] * 8, "label": [1, 0, 1, 0, 1, 0] * 4})
table_ds = DataLoader(list(zip(table["review"].to_numpy(), table["label"].to_numpy())), batch_size=6)
of_table = TextVectorization(max_tokens=25, output_sequence_length=5)
of_table.adapt([text for review, label in table_ds for text in review])
from_table = nn.Sequential(nn.Embedding(25, 4), GlobalAveragePool(dim=1), nn.Linear(4, 1)).to(device)
from_table.apply(init_weights)
from_table.to_inputs, from_table.to_targets = to_inputs_4, to_targets
from_table.loss_fn = F.binary_cross_entropy_with_logits
from_table.optimizer = torch.optim.SGD(from_table.parameters(), lr=0.01)
from_table.metrics = {"accuracy": threshold_accuracy}
fit(from_table, from_table.loss_fn, from_table.optimizer, table_ds, epochs=2, validation_data=array_batches(np.array(texts), np.array([1, 0, 1, 0, 1, 0])), verbose=0, metrics=from_table.metrics)
print(evaluate(from_table, from_table.loss_fn, array_batches(table["review"].to_numpy(), table["label"]), metrics=from_table.metrics))
genres = Lookup(output_mode="one_hot")
genres.adapt(table["genre"].to_numpy())
by_genre = nn.Sequential(nn.Linear(genres.vocabulary_size(), 1)).to(device)
by_genre.apply(init_weights)
by_genre.to_inputs, by_genre.to_targets = to_inputs_5, to_targets
by_genre.loss_fn = F.mse_loss
by_genre.optimizer = torch.optim.SGD(by_genre.parameters(), lr=0.01)
fit(by_genre, by_genre.loss_fn, by_genre.optimizer, array_batches(table[["genre"]].to_numpy(), table["label"].to_numpy(), shuffle=True), epochs=2, verbose=0, metrics={})
