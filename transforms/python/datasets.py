"""The data sets that Keras ships, as the arrays that it gives."""

import json
from pathlib import Path

import numpy as np
import torch
from torchvision import datasets


def load_mnist(root="data"):
    """MNIST: uint8 images (N, 28, 28) and labels (N,), for training and for testing."""
    parts = [datasets.MNIST(root, train=train, download=True) for train in (True, False)]
    return [(part.data.numpy(), part.targets.numpy().astype("uint8")) for part in parts]


def load_fashion_mnist(root="data"):
    """Fashion-MNIST: uint8 images (N, 28, 28) and labels (N,), for training and for testing."""
    parts = [datasets.FashionMNIST(root, train=train, download=True) for train in (True, False)]
    return [(part.data.numpy(), part.targets.numpy().astype("uint8")) for part in parts]


def load_cifar10(root="data"):
    """CIFAR-10: uint8 images (N, 32, 32, 3) and labels (N, 1), for training and for testing."""
    parts = [datasets.CIFAR10(root, train=train, download=True) for train in (True, False)]
    return [(part.data, np.array(part.targets, dtype="uint8").reshape(-1, 1)) for part in parts]


def load_cifar100(root="data"):
    """CIFAR-100: uint8 images (N, 32, 32, 3) and fine labels (N, 1), for training and for testing."""
    parts = [datasets.CIFAR100(root, train=train, download=True) for train in (True, False)]
    return [(part.data, np.array(part.targets, dtype="int64").reshape(-1, 1)) for part in parts]


def download(name, sha256, root="data"):
    """The path of a file of Keras's data sets, fetched once; its hash is checked."""
    path = Path(root) / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        url = f"https://storage.googleapis.com/tensorflow/tf-keras-datasets/{name}"
        torch.hub.download_url_to_file(url, str(path), hash_prefix=sha256)
    return path


def cut_words(sequences, labels, num_words, skip_top, maxlen, start_char, oov_char, index_from):
    """Word ranks as Keras numbers them, without long sequences; rare words become `oov_char`."""
    start = [] if start_char is None else [start_char]
    sequences = [start + [word + index_from for word in sequence] for sequence in sequences]
    if maxlen:
        kept = [i for i, sequence in enumerate(sequences) if len(sequence) < maxlen]
        sequences, labels = [sequences[i] for i in kept], labels[kept]
    limit = num_words or max(map(max, sequences))
    if oov_char is None:
        cut = [[word for word in sequence if skip_top <= word < limit] for sequence in sequences]
    else:
        cut = [
            [word if skip_top <= word < limit else oov_char for word in sequence] for sequence in sequences
        ]
    array = np.empty(len(cut), dtype=object)
    array[:] = cut
    return array, labels


def load_imdb(num_words=None, skip_top=0, maxlen=None, seed=113, start_char=1, oov_char=2, index_from=3):
    """IMDB reviews: lists of word ranks (25000,) and labels (25000,), for training and for testing."""
    path = download("imdb.npz", "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f")
    parts, limit = [], num_words
    with np.load(path, allow_pickle=True) as data:
        rng = np.random.RandomState(seed)
        for part in ("train", "test"):
            order = np.arange(len(data[f"x_{part}"]))
            rng.shuffle(order)
            parts.append((data[f"x_{part}"][order], data[f"y_{part}"][order]))
    if not limit:
        limit = max(max(sequence) for x, _ in parts for sequence in x) + index_from
    return [cut_words(x, y, limit, skip_top, maxlen, start_char, oov_char, index_from) for x, y in parts]


def load_reuters(
    num_words=None, skip_top=0, maxlen=None, test_split=0.2, seed=113, start_char=1, oov_char=2, index_from=3
):
    """Reuters newswires: lists of word ranks (n,) and 46 topics (n,), for training and for testing."""
    path = download("reuters.npz", "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916")
    with np.load(path, allow_pickle=True) as data:
        x, y = data["x"], data["y"]
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    x, y = cut_words(x[order], y[order], num_words, skip_top, maxlen, start_char, oov_char, index_from)
    n_train = int(len(x) * (1 - test_split))
    return (x[:n_train], y[:n_train]), (x[n_train:], y[n_train:])


def load_boston_housing(test_split=0.2, seed=113):
    """Boston housing: features (n, 13) and prices (n,), float64, for training and for testing."""
    path = download("boston_housing.npz", "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5")
    with np.load(path) as data:
        x, y = data["x"], data["y"]
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    n_train = int(len(x) * (1 - test_split))
    train, test = order[:n_train], order[n_train:]
    return (x[train], y[train]), (x[test], y[test])


def imdb_word_index():
    """The rank of each word in the IMDB reviews."""
    path = download("imdb_word_index.json", "")
    return json.loads(path.read_text())


def reuters_word_index():
    """The rank of each word in the Reuters newswires."""
    path = download("reuters_word_index.json", "")
    return json.loads(path.read_text())
