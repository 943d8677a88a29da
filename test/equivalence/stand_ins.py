"""Small stand-ins for the files that keras.datasets and torchvision.datasets download.

Both frameworks keep their own loading code: only the transport is replaced. A request for a known address gets a file of the right
format with a few hundred rows; the same rows whichever framework asks. Every class occurs, and there is something to learn.
"""

import gzip
import io
import json
import os
import pickle
import shutil
import struct
import tarfile
import zlib

import numpy as np

TRAIN, TEST = 256, 64  # rows of the image sets
CIFAR_TRAIN, CIFAR_TEST = 200, 40
REVIEWS_TRAIN, REVIEWS_TEST = 120, 60
NEWSWIRES, TOPICS = 300, 46
HOUSES = 130


def generator(name):
    return np.random.RandomState(zlib.crc32(name.encode()))


def labels(rng, rows, classes):
    return rng.permutation(np.arange(rows) % classes)


def noisy(rng, y, classes, share=0.15):
    """Some labels are wrong, so that no loss comes near zero, where only rounding would be compared."""
    wrong = rng.uniform(size=len(y)) < share
    return np.where(wrong, rng.permutation(y), y) % classes


def images(name, shape, classes, train, test):
    """A blurred pattern for each class under noise, uint8."""
    rng = generator(name)
    patterns = rng.uniform(0, 170, size=(classes, *shape))
    parts = []
    for rows in (train, test):
        y = labels(rng, rows, classes)
        x = np.clip(patterns[y] + rng.uniform(-60, 90, size=(rows, *shape)), 0, 255).astype("uint8")
        parts.append((x, noisy(rng, y, classes)))
    return parts


def digits(name):
    return images(name, (28, 28), 10, TRAIN, TEST)


def texts(name, rows, topics, vocabulary):
    """Word numbers with the frequencies of a language; every topic has favourite words."""
    rng = generator(name)
    y = labels(rng, rows, topics)
    x = np.empty(rows, dtype=object)
    for row in range(rows):
        words = np.minimum(rng.zipf(1.3, size=rng.randint(12, 90)), vocabulary)
        favourite = rng.uniform(size=len(words)) < 0.3
        words[favourite] = 30 + y[row] * 10 + rng.randint(0, 10, size=favourite.sum())
        x[row] = [int(word) for word in words]
    return x, noisy(rng, y, topics).astype("int64")


def save(path, write):
    """Complete or absent, also when two processes make the same file."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "wb") as file:
        write(file)
    os.replace(temporary, path)


def mnist_npz(file):
    (x_train, y_train), (x_test, y_test) = digits("mnist")
    np.savez(file, x_train=x_train, y_train=y_train.astype("uint8"), x_test=x_test, y_test=y_test.astype("uint8"))


def idx(name, part, kind):
    x, y = digits(name)[part == "test"]
    if kind == "images":
        return struct.pack(">IIII", 2051, len(x), 28, 28) + x.tobytes()
    return struct.pack(">II", 2049, len(y)) + y.astype("uint8").tobytes()


class Python2Pickler(pickle._Pickler):
    """The archives were written by Python 2: their strings are str or bytes as the reader asks."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_string(self, value):
        self.write(pickle.BINSTRING + struct.pack("<i", len(value)) + value)
        self.memoize(value)

    dispatch[bytes] = save_string


def cifar_tar(file, classes):
    (x_train, y_train), (x_test, y_test) = images(f"cifar{classes}", (32, 32, 3), classes, CIFAR_TRAIN, CIFAR_TEST)
    flat_train, flat_test = (x.transpose(0, 3, 1, 2).reshape(len(x), -1) for x in (x_train, x_test))
    with tarfile.open(fileobj=file, mode="w:gz") as archive:

        def put(name, value):
            buffer = io.BytesIO()
            Python2Pickler(buffer, protocol=2).dump(value)
            blob = buffer.getvalue()
            entry = tarfile.TarInfo(name)
            entry.size = len(blob)
            archive.addfile(entry, io.BytesIO(blob))

        if classes == 10:
            for part in range(5):
                rows = slice(part * CIFAR_TRAIN // 5, (part + 1) * CIFAR_TRAIN // 5)
                put(
                    f"cifar-10-batches-py/data_batch_{part + 1}",
                    {b"data": flat_train[rows], b"labels": y_train[rows].tolist()},
                )
            put("cifar-10-batches-py/test_batch", {b"data": flat_test, b"labels": y_test.tolist()})
            put("cifar-10-batches-py/batches.meta", {b"label_names": [b"class %d" % i for i in range(10)]})
        else:
            for name, x, y in (("train", flat_train, y_train), ("test", flat_test, y_test)):
                put(
                    f"cifar-100-python/{name}",
                    {b"data": x, b"fine_labels": y.tolist(), b"coarse_labels": (y % 20).tolist()},
                )
            put("cifar-100-python/meta", {b"fine_label_names": [b"class %d" % i for i in range(100)]})


def imdb_npz(file):
    x, y = texts("imdb", REVIEWS_TRAIN + REVIEWS_TEST, 2, 20000)
    np.savez(
        file, x_train=x[:REVIEWS_TRAIN], y_train=y[:REVIEWS_TRAIN], x_test=x[REVIEWS_TRAIN:], y_test=y[REVIEWS_TRAIN:]
    )


def reuters_npz(file):
    """The loader shuffles with a fixed seed before it splits: the rows are laid out so that both parts then have every topic."""
    x, y = texts("reuters", NEWSWIRES, TOPICS, 15000)
    order = np.arange(NEWSWIRES)
    np.random.RandomState(113).shuffle(order)
    last = int(NEWSWIRES * 0.8)
    for row, start in ((order[0], 0), (order[last], last)):
        highest = order[start:][np.argmax(y[order[start:]])]
        x[[row, highest]], y[[row, highest]] = x[[highest, row]], y[[highest, row]]
    np.savez(file, x=x, y=y)


def boston_npz(file):
    rng = generator("boston")
    x = np.abs(rng.normal(size=(HOUSES, 13))) * rng.uniform(0.5, 20, size=13)
    y = 22 + (x / x.std(axis=0)) @ rng.uniform(-1.5, 2, size=13) + rng.normal(size=HOUSES)
    np.savez(file, x=x, y=np.round(y, 1))


def word_index(file):
    file.write(json.dumps({f"word{i}": i for i in range(1, 20001)}).encode())


NAMED = {
    "mnist.npz": mnist_npz,
    "cifar-10-python.tar.gz": lambda file: cifar_tar(file, 10),
    "cifar-100-python.tar.gz": lambda file: cifar_tar(file, 100),
    "imdb.npz": imdb_npz,
    "imdb_word_index.json": word_index,
    "reuters.npz": reuters_npz,
    "reuters_word_index.json": word_index,
    "boston_housing.npz": boston_npz,
}
PARTS = {"train": "train", "t10k": "test"}


class NotStored(OSError):
    """The scripts have no network: an address without a stand-in is an error."""


def stand_in(address, folder):
    """The path of the file that stands for a public address."""
    name = os.path.basename(str(address).split("?")[0])
    if name in NAMED:
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            save(path, NAMED[name])
        return path
    if name.endswith("-ubyte.gz"):
        # keras keeps Fashion-MNIST beside its own archives, torchvision under a name that says so
        fashion = "fashion" in str(address) or "tf-keras-datasets" in str(address)
        source = "fashion_mnist" if fashion else "mnist"
        part, kind = name.split("-")[:2]
        path = os.path.join(folder, f"{source}-{name}")
        if not os.path.exists(path):
            save(path, lambda file: file.write(gzip.compress(idx(source, PARTS[part], kind))))
        return path
    raise NotStored(f"no stand-in for {address}")


def copy_stand_in(address, path, folder):
    shutil.copyfile(stand_in(address, folder), path)
