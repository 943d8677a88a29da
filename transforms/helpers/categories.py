"""Layers that turn categories into numbers and rows of ones: modules, and a plain class over arrays."""

from collections import Counter

import numpy as np
import torch
from torch import nn

BINS_ADAPT = True  # the script calls adapt of Discretization
BINS_BATCHED = False  # ... which goes by batches of 32, as in Keras 2
CATEGORIES_TRANSFORM = True  # the script calls such modules on data itself
LOOKUP_ADAPT = True  # the script calls adapt of Lookup
LOOKUP_IDF = True  # some output_mode is "tf_idf"
LOOKUP_ROWS = True  # some output_mode is another than "int"
LOOKUP_COUNTS = True  # some is "count" or "tf_idf"
LOOKUP_INVERT = True  # some goes from numbers to values
LOOKUP_TEXTS = True  # some values are texts
LOOKUP_NUMBERS = True  # some are integers
LOOKUP_UNKNOWNS = True  # some have more than one number for unknown values
LOOKUP_VOCABULARY = True  # the script calls get_vocabulary
LOOKUP_SIZE = True  # the script calls vocabulary_size
DOUBLE_BINS = False  # arrays of float64 are compared as such, as in Keras 2
WHOLE_ROWS = False  # rows of ones are integers, and one value alone is a row too, as in Keras 3


class CategoryEncoding(nn.Module):
    """Indices (..., k) as rows (..., num_tokens): which are there, or how often; each by itself with "one_hot"."""

    def __init__(self, num_tokens, output_mode="multi_hot"):
        super().__init__()
        self.num_tokens = num_tokens
        self.output_mode = output_mode

    def forward(self, x):
        found = x.long().unsqueeze(-1) == torch.arange(self.num_tokens, device=x.device)
        if self.output_mode == "one_hot":
            alone = x.shape[-1] == 1 and (x.dim() > 1 or not WHOLE_ROWS)
            return (found.squeeze(-2) if alone else found).float()
        elif self.output_mode == "count":
            return found.sum(-2).float()
        else:
            return found.any(-2).float()

    if CATEGORIES_TRANSFORM:

        def transform(self, data):
            """The same of data outside of a model, as an array."""
            data = torch.as_tensor(np.atleast_1d(data))
            return self.forward(data).numpy()


class Discretization(nn.Module):
    """Number the bins that values are in: from a boundary on, up to the next."""

    def __init__(self, boundaries=(), num_bins=0, epsilon=0.01, output_mode="int"):
        super().__init__()
        self.num_bins = num_bins
        self.epsilon = epsilon
        self.output_mode = output_mode
        boundaries = torch.as_tensor(boundaries, dtype=torch.float32)
        self.register_buffer("boundaries", boundaries, persistent=False)

    def forward(self, x):
        bins = torch.bucketize(x.float(), self.boundaries, right=True)
        if self.output_mode == "int":
            return bins
        else:
            return CategoryEncoding(len(self.boundaries) + 1, self.output_mode)(bins)

    if CATEGORIES_TRANSFORM:

        def transform(self, data):
            """The bins of data outside of a model, as an array."""
            data = data if DOUBLE_BINS and isinstance(data, np.ndarray) else np.asarray(data, dtype="float32")
            bins = np.digitize(data, self.boundaries.cpu().numpy())
            if self.output_mode == "int":
                return bins
            else:
                return CategoryEncoding(len(self.boundaries) + 1, self.output_mode).transform(bins)

    if BINS_ADAPT:

        def adapt(self, data):
            """Take boundaries between bins of about equally many values."""
            data = np.asarray(data, dtype="float32")
            if BINS_BATCHED:
                summary = np.empty((2, 0), dtype="float32")
                for start in range(0, len(data), 32):
                    values = np.sort(data[start : start + 32], axis=None)
                    skipped = int(np.float32(values.size) / np.float32(1 / self.epsilon))
                    values = values[skipped :: max(skipped, 1)]
                    weights = np.full_like(values, max(skipped, 1))
                    summary = np.concatenate([np.stack([values, weights]), summary], axis=1)
                    summary = self.compress(summary[:, np.argsort(summary[0], kind="stable")], self.epsilon)
            else:
                values = np.sort(data, axis=None)
                step = max(values.size / (1 / self.epsilon), 1)
                values = values[int(step - 1) :: int(step)]
                summary = self.compress(np.stack([values, np.ones_like(values) * step]), self.epsilon)
            boundaries = self.compress(summary, 1 / self.num_bins)[0, :-1]
            self.boundaries = torch.as_tensor(boundaries, device=self.boundaries.device)

        def compress(self, summary, epsilon):
            """Values and their weights in rows, as fewer of about the same distribution."""
            if summary.shape[1] * epsilon < 1:
                return summary
            parts = epsilon + np.arange(0, 1, epsilon)
            weights = summary[1].cumsum()
            shares = weights / weights[-1]
            values, weights = np.interp(parts, shares, summary[0]), np.interp(parts, shares, weights)
            return np.stack([values, np.diff(weights, prepend=0)]).astype("float32")


class Lookup:
    """Number the values of a vocabulary, after a number for unknown ones, and 0 for mask_token if there is one."""

    def __init__(
        self,
        vocabulary=None,
        max_tokens=None,
        num_oov_indices=1,
        mask_token=None,
        oov_token="[UNK]",
        output_mode="int",
        pad_to_max_tokens=False,
        invert=False,
        idf_weights=None,
    ):
        self.max_tokens = max_tokens
        self.num_oov_indices = num_oov_indices
        self.mask_token = mask_token
        self.oov_token = oov_token
        self.output_mode = output_mode
        self.pad_to_max_tokens = pad_to_max_tokens
        self.invert = invert
        self.special = [oov_token] * num_oov_indices
        if mask_token is not None and output_mode == "int":
            self.special = [mask_token, *self.special]
        if vocabulary is not None:
            self.set_vocabulary(vocabulary)
        if LOOKUP_IDF and idf_weights is not None:
            idf = np.asarray(idf_weights, dtype="float32")
            added = len(self.vocabulary) - len(idf)
            self.idf = np.concatenate([np.full(added, idf.mean(), dtype="float32"), idf])

    def items(self, data):
        """The values of data one by one."""
        if LOOKUP_TEXTS and (not LOOKUP_NUMBERS or isinstance(self.oov_token, str)):
            items = np.asarray(data, dtype=object).ravel().tolist()
            return [item.decode() if isinstance(item, bytes) else str(item) for item in items]
        else:
            return np.asarray(data).astype("int64").ravel().tolist()

    if LOOKUP_ADAPT:

        def adapt(self, data):
            """Take the values of data as the vocabulary, the most frequent first."""
            counts = Counter(self.items(data))
            ranked = sorted(counts, key=lambda item: (counts[item], item), reverse=True)
            ranked = [item for item in ranked if item != self.mask_token and item != self.oov_token]
            if self.max_tokens:
                ranked = ranked[: self.max_tokens - len(self.special)]
            self.set_vocabulary(ranked)
            if LOOKUP_IDF and self.output_mode == "tf_idf":
                rows = [set(self.items(row)) for row in np.asarray(data, dtype=object)]
                found = Counter(item for row in rows for item in row)
                idf = [np.log(1 + len(rows) / (1 + found[item])) for item in ranked]
                mean = np.mean(idf)
                self.idf = np.array([*[mean] * len(self.special), *idf], dtype="float32")

    def set_vocabulary(self, vocabulary):
        """Values by their number."""
        items = self.items(vocabulary)
        added = [] if items[: len(self.special)] == self.special else self.special
        self.vocabulary = [*added, *items]
        self.index = {item: i for i, item in enumerate(self.vocabulary) if i >= len(self.special)}
        if self.mask_token is not None:
            self.index[self.mask_token] = 0 if self.output_mode == "int" else -1

    if LOOKUP_VOCABULARY:

        def get_vocabulary(self, include_special_tokens=True):
            return list(self.vocabulary) if include_special_tokens else self.vocabulary[len(self.special) :]

    if LOOKUP_SIZE:

        def vocabulary_size(self):
            return len(self.vocabulary)

    def number(self, item):
        if item in self.index or self.num_oov_indices == 0:
            return self.index[item]
        elif LOOKUP_UNKNOWNS and self.num_oov_indices > 1:
            return len(self.special) - self.num_oov_indices + item % self.num_oov_indices
        else:
            return len(self.special) - 1

    def __call__(self, data):
        """The number of each value, or rows of which are there or how often."""
        shape = np.shape(data)
        if LOOKUP_INVERT and self.invert:
            known = dict(enumerate(self.vocabulary))
            items = [known.get(i, self.oov_token) for i in np.ravel(data).tolist()]
            if isinstance(self.oov_token, str):
                items = [item.encode() for item in items]
            return np.array(items).reshape(shape)
        numbers = np.array([self.number(item) for item in self.items(data)], dtype="int64").reshape(shape)
        if not LOOKUP_ROWS or self.output_mode == "int":
            return numbers
        numbers = np.atleast_1d(numbers)
        size = self.max_tokens if self.pad_to_max_tokens else len(self.vocabulary)
        found = numbers[..., None] == np.arange(size)
        dtype = "int64" if WHOLE_ROWS else "float32"
        if self.output_mode == "one_hot":
            if numbers.shape[-1] == 1 and not (WHOLE_ROWS and numbers.ndim == 1):
                found = found.squeeze(-2)
            return found.astype(dtype)
        if LOOKUP_COUNTS and self.output_mode != "multi_hot":
            counts = found.sum(-2)
            if LOOKUP_IDF and self.output_mode == "tf_idf":
                counts = counts.astype("float32")
                counts[..., : len(self.idf)] *= self.idf
                return counts
            return counts.astype(dtype)
        return found.any(-2).astype(dtype)
