import json
import pickle

import datasets
import numpy as np
import pytest
import torch
from conftest import load

recorded = load("datasets")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Files of the layout of those that Keras downloads, in place of them."""
    x_train, y_train, x_test, y_test = recorded["imdb"]
    x_train, x_test = (np.array([*x, [1]], dtype=object)[:-1] for x in (x_train, x_test))
    np.savez(tmp_path / "imdb.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    np.savez(tmp_path / "reuters.npz", x=x_train, y=y_train)
    features, prices = recorded["boston"]
    for name in ("boston_housing", "california_housing"):
        np.savez(tmp_path / f"{name}.npz", x=features, y=prices)
    for name in ("imdb", "reuters"):
        (tmp_path / f"{name}_word_index.json").write_text(json.dumps({name: 1}))
    monkeypatch.setattr(datasets, "download", lambda name, sha256=None: tmp_path / name)
    return tmp_path


def lists(data):
    return [[x.tolist(), y.tolist()] for x, y in data]


@pytest.mark.parametrize("options, imdb, reuters", recorded["words"])
def test_words(options, imdb, reuters, files):
    assert lists(datasets.load_imdb(**options)) == imdb
    assert lists(datasets.load_reuters(**options, test_split=0.3)) == reuters


def test_housing(files):
    assert lists(datasets.load_boston_housing()) == recorded["loaded"]
    assert lists(datasets.load_california_housing()) == recorded["loaded"]


def test_word_index(files):
    assert datasets.imdb_word_index() == {"imdb": 1}
    assert datasets.reuters_word_index() == {"reuters": 1}


def test_download_fetches_once(tmp_path, monkeypatch):
    calls = []

    def fetch(url, path, hash_prefix=None):
        calls.append((url, hash_prefix))
        torch.save(0, path)

    monkeypatch.setattr(torch.hub, "download_url_to_file", fetch)
    for _ in range(2):
        assert datasets.download("a.npz", "abc", tmp_path / "new") == tmp_path / "new" / "a.npz"
    assert calls == [("https://storage.googleapis.com/tensorflow/tf-keras-datasets/a.npz", "abc")]


class Images:
    """Looks like a data set of torchvision."""

    def __init__(self, root, train, download):
        assert download
        self.n = 3 if train else 2
        grey, colour = np.zeros((self.n, 28, 28), "uint8"), np.zeros((self.n, 32, 32, 3), "uint8")
        self.data, self.targets = (
            (torch.from_numpy(grey), torch.arange(self.n)) if self.grey else (colour, [*range(self.n)])
        )


def test_images(tmp_path, monkeypatch):
    for name, grey in (("MNIST", True), ("FashionMNIST", True), ("CIFAR10", False), ("CIFAR100", False)):
        monkeypatch.setattr(datasets.datasets, name, type(name, (Images,), {"grey": grey}))
    for load_images in (datasets.load_mnist, datasets.load_fashion_mnist):
        (x, y), (x_test, _) = load_images()
        assert (x.shape, x.dtype, y.shape, y.dtype, len(x_test)) == ((3, 28, 28), "uint8", (3,), "uint8", 2)
    for load_images, dtype in ((datasets.load_cifar10, "uint8"), (datasets.load_cifar100, "int64")):
        (x, y), (x_test, _) = load_images()
        assert (x.shape, x.dtype, y.shape, y.dtype, len(x_test)) == (
            (3, 32, 32, 3),
            "uint8",
            (3, 1),
            dtype,
            2,
        )
    (tmp_path / "cifar-100-python").mkdir()
    for name, labels in (("train", [7, 8, 9]), ("test", [5, 6])):
        (tmp_path / "cifar-100-python" / name).write_bytes(pickle.dumps({"coarse_labels": labels}))
    (_, y), (_, y_test) = datasets.load_cifar100_coarse(tmp_path)
    assert (y.tolist(), y_test.tolist()) == ([[7], [8], [9]], [[5], [6]])
    monkeypatch.setattr(datasets, "CHANNELS_FIRST_IMAGES", True)
    assert datasets.load_cifar10()[0][0].shape == (3, 3, 32, 32)
