"""The data sets that Keras ships, as the arrays that it gives: ((x, y) to train with, (x, y) to test with)."""

import json
import pickle
from pathlib import Path

import numpy as np
import torch
from torchvision import datasets

CHANNELS_FIRST_IMAGES = False  # Keras gives colour images as (N, 3, 32, 32)


def load_mnist(root="data"):
    """MNIST: uint8 images (N, 28, 28) and labels (N,), for training and for testing."""
    parts = [datasets.MNIST(root, train=train, download=True) for train in (True, False)]
    return [(part.data.numpy(), part.targets.numpy().astype("uint8")) for part in parts]


def load_fashion_mnist(root="data"):
    """Fashion-MNIST: uint8 images (N, 28, 28) and labels (N,), for training and for testing."""
    parts = [datasets.FashionMNIST(root, train=train, download=True) for train in (True, False)]
    return [(part.data.numpy(), part.targets.numpy().astype("uint8")) for part in parts]


def load_cifar10(root="data"):
    """CIFAR-10: uint8 images and labels (N, 1), for training and for testing."""
    parts = [datasets.CIFAR10(root, train=train, download=True) for train in (True, False)]
    if CHANNELS_FIRST_IMAGES:
        return [(part.data.transpose(0, 3, 1, 2), np.array(part.targets, "uint8")[:, None]) for part in parts]
    else:
        return [(part.data, np.array(part.targets, "uint8")[:, None]) for part in parts]


def load_cifar100(root="data"):
    """CIFAR-100: uint8 images and int64 labels (N, 1), for training and for testing."""
    parts = [datasets.CIFAR100(root, train=train, download=True) for train in (True, False)]
    if CHANNELS_FIRST_IMAGES:
        return [(part.data.transpose(0, 3, 1, 2), np.array(part.targets)[:, None]) for part in parts]
    else:
        return [(part.data, np.array(part.targets)[:, None]) for part in parts]


def load_cifar100_coarse(root="data"):
    """CIFAR-100: uint8 images and int64 labels (N, 1) of the 20 superclasses, for training and for testing."""
    parts = []
    for (x, _), name in zip(load_cifar100(root), ("train", "test")):
        labels = pickle.loads(Path(root, "cifar-100-python", name).read_bytes(), encoding="latin1")
        parts.append((x, np.array(labels["coarse_labels"])[:, None]))
    return parts


def download(name, sha256=None, root="data"):
    """The path of a file of Keras's data sets, fetched once."""
    path = Path(root, name)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        url = f"https://storage.googleapis.com/tensorflow/tf-keras-datasets/{name}"
        torch.hub.download_url_to_file(url, str(path), hash_prefix=sha256)
    return path


def cut_words(parts, num_words, skip_top=0, maxlen=None, start_char=1, oov_char=2, index_from=3):
    """Texts as ranks of words from `index_from` on; ranks of `num_words` and more are `oov_char`."""
    start = [] if start_char is None else [start_char]
    parts = [([start + [word + index_from for word in text] for text in x], y) for x, y in parts]
    if maxlen:
        kept = [[i for i, text in enumerate(x) if len(text) < maxlen] for x, _ in parts]
        parts = [([x[i] for i in rows], y[rows]) for (x, y), rows in zip(parts, kept)]
    limit = num_words or max(max(text) for x, _ in parts for text in x)
    if oov_char is None:
        cut = [[[word for word in text if skip_top <= word < limit] for text in x] for x, _ in parts]
    else:
        cut = [
            [[word if skip_top <= word < limit else oov_char for word in text] for text in x]
            for x, _ in parts
        ]
    return [(np.array(x, dtype=object), y) for x, (_, y) in zip(cut, parts)]


def load_imdb(num_words=None, skip_top=0, maxlen=None, seed=113, start_char=1, oov_char=2, index_from=3):
    """IMDB reviews: lists of word ranks (N,) and labels (N,), for training and for testing."""
    path = download("imdb.npz", "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f")
    rng, parts = np.random.RandomState(seed), []
    with np.load(path, allow_pickle=True) as file:
        for x, y in (("x_train", "y_train"), ("x_test", "y_test")):
            order = rng.permutation(len(file[y]))
            parts.append((file[x][order], file[y][order]))
    return cut_words(parts, num_words, skip_top, maxlen, start_char, oov_char, index_from)


def load_reuters(
    num_words=None, skip_top=0, maxlen=None, test_split=0.2, seed=113, start_char=1, oov_char=2, index_from=3
):
    """Reuters newswires: lists of word ranks (N,) and 46 topics (N,), for training and for testing."""
    path = download("reuters.npz", "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916")
    with np.load(path, allow_pickle=True) as file:
        order = np.random.RandomState(seed).permutation(len(file["y"]))
        parts = [(file["x"][order], file["y"][order])]
    [(x, y)] = cut_words(parts, num_words, skip_top, maxlen, start_char, oov_char, index_from)
    n_train = int(len(x) * (1 - test_split))
    return (x[:n_train], y[:n_train]), (x[n_train:], y[n_train:])


def load_boston_housing(test_split=0.2, seed=113):
    """Boston housing: features (N, 13) and prices (N,), float64, for training and for testing."""
    path = download("boston_housing.npz", "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5")
    with np.load(path) as file:
        order = np.random.RandomState(seed).permutation(len(file["y"]))
        x, y = file["x"][order], file["y"][order]
    n_train = int(len(x) * (1 - test_split))
    return (x[:n_train], y[:n_train]), (x[n_train:], y[n_train:])


def load_california_housing(test_split=0.2, seed=113):
    """California housing: features (N, 8) and prices (N,), float32, for training and for testing."""
    path = download(
        "california_housing.npz", "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"
    )
    with np.load(path) as file:
        order = np.random.RandomState(seed).permutation(len(file["y"]))
        x, y = file["x"][order], file["y"][order]
    n_train = int(len(x) * (1 - test_split))
    return (x[:n_train], y[:n_train]), (x[n_train:], y[n_train:])


def imdb_word_index():
    """The rank of each word in the IMDB reviews, from 1."""
    return json.loads(download("imdb_word_index.json").read_text())


def reuters_word_index():
    """The rank of each word in the Reuters newswires, from 1."""
    return json.loads(download("reuters_word_index.json").read_text())
