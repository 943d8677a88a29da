"""Data sets: of images in folders, and of what a function makes of another."""

import itertools
import os
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset

ONE_HOT_LABELS = False  # labels are one-hot rows
UNLABELED = False  # some images have no labels
TEXT_SAMPLES = False  # some parts of samples are texts
GRAYSCALE = False  # images have one channel
ARRAYS_ALONE = False  # some loop goes through a data set of one array
ARRAYS_TOGETHER = False  # some through several
SAMPLES_ALONE = False  # some generator gives one array a sample
SAMPLES_TOGETHER = False  # some several
BINARY_LABELS = False  # labels are 0. and 1., (N, 1)
BOTH_SUBSETS = False  # some data sets are made in pairs, for training and for validation


class ImageFiles(Dataset):
    """Images (H, W, channels) from files, with their labels."""

    def __init__(self, samples, image_size):
        self.samples = samples
        self.image_size = image_size

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        if UNLABELED:
            path, *labels = self.samples[index]
        else:
            path, label = self.samples[index]
        if GRAYSCALE:
            gray = (
                np.array(Image.open(path).convert("RGB")) @ [9797, 19234, 3737] >> 15
            )  # as TensorFlow reads colours
            image = torch.tensor(gray, dtype=torch.float32)[..., None]
        else:
            image = torch.tensor(np.array(Image.open(path).convert("RGB")), dtype=torch.float32)
        image = F.interpolate(image.permute(2, 0, 1)[None], self.image_size, mode="bilinear")[0]
        if UNLABELED:
            return image.permute(1, 2, 0), *labels
        else:
            return image.permute(1, 2, 0), label


def files_in_folders(
    directory,
    formats,
    class_names=None,
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    label_mode="int",
):
    """Paths of files, one folder a class, with their labels; and the names of the classes."""
    folders = [entry.name for entry in os.scandir(directory) if entry.is_dir()]
    folders = sorted(name for name in folders if not name.startswith("."))
    if label_mode is None:
        folders = [""]
    if class_names is None:
        class_names = folders
    samples = []
    for name in folders:
        label = class_names.index(name)
        if ONE_HOT_LABELS:
            label = torch.eye(len(class_names))[label]
        elif BINARY_LABELS:
            label = torch.tensor([float(label)])
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
        if BOTH_SUBSETS:
            print(f"Using {n_train} files for training.")
            print(f"Using {len(samples) - n_train} files for validation.")
        else:
            samples = samples[:n_train] if subset == "training" else samples[n_train:]
            print(f"Using {len(samples)} files for {subset}.")
    return samples, class_names


def both_subsets(dataset, validation_split, batch_size, shuffle, class_names):
    """Batches for training, and batches for validation, which keep their order."""
    n_train = len(dataset) - int(validation_split * len(dataset))
    training = DataLoader(Subset(dataset, range(n_train)), batch_size, shuffle)
    validation = DataLoader(Subset(dataset, range(n_train, len(dataset))), batch_size)
    training.class_names = validation.class_names = class_names
    return training, validation


def image_dataset_from_directory(
    directory,
    class_names=None,
    batch_size=32,
    image_size=(256, 256),
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    label_mode="int",
):
    """Batches of images from folders, one folder a class, with their labels."""
    formats = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
    samples, names = files_in_folders(
        directory, formats, class_names, shuffle, seed, validation_split, subset, label_mode
    )
    if BOTH_SUBSETS and subset is not None:
        images = ImageFiles(samples, image_size)
        return both_subsets(images, validation_split, batch_size, shuffle, names)
    batches = DataLoader(ImageFiles(samples, image_size), batch_size, shuffle)
    batches.class_names = names
    return batches


def text_dataset_from_directory(
    directory,
    class_names=None,
    batch_size=32,
    max_length=None,
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    label_mode="int",
):
    """Batches of texts from folders, one folder a class, with their labels."""
    samples, names = files_in_folders(
        directory, ".txt", class_names, shuffle, seed, validation_split, subset, label_mode
    )
    texts = [(Path(path).read_bytes(), *label) for path, *label in samples]
    if max_length is not None:
        texts = [(text[:max_length], *label) for text, *label in texts]
    if BOTH_SUBSETS and subset is not None:
        return both_subsets(texts, validation_split, batch_size, shuffle, names)
    batches = DataLoader(texts, batch_size, shuffle)
    batches.class_names = names
    return batches


def shuffled_once(rows, seed=None):
    """The rows of a data set in another order, which stays."""
    if seed is None:
        return Subset(rows, torch.randperm(len(rows)).tolist())
    generator = torch.Generator().manual_seed(seed)
    return Subset(rows, torch.randperm(len(rows), generator=generator).tolist())


class ShuffledBatches:
    """Batches in another order every time."""

    def __init__(self, batches):
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        batches = list(self.batches)
        return (batches[index] for index in torch.randperm(len(batches)).tolist())


class MappedRows(Dataset):
    """Samples of a data set after a function."""

    def __init__(self, dataset, function):
        self.dataset, self.function = dataset, function

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        return self.function(*self.dataset[index])


class MappedStream(IterableDataset):
    """Samples after a function."""

    def __init__(self, samples, function):
        super().__init__()
        self.samples, self.function = samples, function

    def __iter__(self):
        return itertools.starmap(self.function, self.samples)


class MappedBatches:
    """Batches after a function."""

    def __init__(self, batches, function):
        self.batches, self.function = batches, function

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        return itertools.starmap(self.function, self.batches)


class SomeBatches:
    """The batches from one number to another."""

    def __init__(self, batches, start=0, stop=None):
        self.batches = batches
        self.start = start
        self.stop = stop

    def __len__(self):
        return len(range(len(self.batches))[self.start : self.stop])

    def __iter__(self):
        return itertools.islice(self.batches, self.start, self.stop)


class Repeated:
    """Batches without an end."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        while True:
            yield from self.batches


class Runs(Dataset):
    """Runs of steps of a series, with the target of each."""

    def __init__(self, series, targets, starts, length, sampling_rate=1):
        self.series, self.targets = series, targets
        self.starts, self.length = starts, length
        self.sampling_rate = sampling_rate

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, index):
        start = self.starts[index]
        run = self.series[start : start + self.length * self.sampling_rate : self.sampling_rate]
        return (run,) if self.targets is None else (run, self.targets[start])


def timeseries_dataset_from_array(
    data,
    targets,
    sequence_length,
    sequence_stride=1,
    sampling_rate=1,
    batch_size=128,
    shuffle=False,
    seed=None,
    start_index=None,
    end_index=None,
):
    """Batches of runs of steps of a series, with their targets."""
    series = torch.as_tensor(np.asarray(data[start_index:end_index]))
    n_runs = len(series) - (sequence_length - 1) * sampling_rate
    if targets is not None:
        n_runs = min(n_runs, len(targets))
        targets = torch.as_tensor(np.asarray(targets[start_index:end_index]))
    starts = np.arange(0, n_runs, sequence_stride)
    if shuffle:
        np.random.RandomState(np.random.randint(1e6) if seed is None else seed).shuffle(starts)
    rows = Runs(series, targets, starts, sequence_length, sampling_rate)
    return DataLoader(rows, batch_size, shuffle)


class RepeatedBatches:
    """Batches several times over."""

    def __init__(self, batches, times):
        self.batches, self.times = batches, times

    def __len__(self):
        return len(self.batches) * self.times

    def __iter__(self):
        for _ in range(self.times):
            yield from self.batches


class RepeatedRows(IterableDataset):
    """Rows of a data set again and again."""

    def __init__(self, rows, times=None, shuffle=False):
        super().__init__()
        self.rows = rows
        self.times = times
        self.shuffle = shuffle

    def __iter__(self):
        for _ in itertools.count() if self.times is None else range(self.times):
            for index in torch.randperm(len(self.rows)).tolist() if self.shuffle else range(len(self.rows)):
                yield self.rows[index]


class GeneratedSamples(IterableDataset):
    """What a generator function gives, as tensors."""

    def __init__(self, function, dtypes):
        super().__init__()
        self.function, self.dtypes = function, dtypes

    def __iter__(self):
        for sample in self.function():
            if SAMPLES_ALONE and SAMPLES_TOGETHER:
                parts = sample if len(self.dtypes) > 1 else (sample,)
                yield tuple(
                    torch.as_tensor(np.asarray(part), dtype=kind) for part, kind in zip(parts, self.dtypes)
                )
            elif SAMPLES_ALONE:
                yield (torch.as_tensor(np.asarray(sample), dtype=self.dtypes[0]),)
            else:
                yield tuple(
                    torch.as_tensor(np.asarray(part), dtype=kind) for part, kind in zip(sample, self.dtypes)
                )


class RepeatedStream(IterableDataset):
    """Samples again and again."""

    def __init__(self, samples, times=None):
        super().__init__()
        self.samples = samples
        self.times = times

    def __iter__(self):
        for _ in itertools.count() if self.times is None else range(self.times):
            yield from self.samples


class ShuffledStream(IterableDataset):
    """Samples in another order, as many at a time as a buffer holds."""

    def __init__(self, samples, buffer_size):
        super().__init__()
        self.samples, self.buffer_size = samples, buffer_size

    def __iter__(self):
        samples = iter(self.samples)
        while buffer := list(itertools.islice(samples, self.buffer_size)):
            for index in torch.randperm(len(buffer)).tolist():
                yield buffer[index]


class ZippedRows(Dataset):
    """Rows of several data sets side by side."""

    def __init__(self, *columns):
        self.columns = columns

    def __len__(self):
        return min(map(len, self.columns))

    def __getitem__(self, index):
        return tuple(part for rows in self.columns for part in rows[index])


class Windows(Dataset):
    """Runs of rows, of one size."""

    def __init__(self, rows, size, shift=1):
        self.rows, self.size = rows, size
        self.starts = range(0, len(rows) - size + 1, shift)

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, index):
        start = self.starts[index]
        return self.rows[start : start + self.size]


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
        if TEXT_SAMPLES:
            yield as_array(parts[0]) if len(parts) == 1 else tuple(map(as_array, parts))
        elif ARRAYS_ALONE and ARRAYS_TOGETHER:
            yield parts[0].numpy() if len(parts) == 1 else tuple(part.numpy() for part in parts)
        elif ARRAYS_ALONE:
            yield parts[0].numpy()
        else:
            yield tuple(part.numpy() for part in parts)
