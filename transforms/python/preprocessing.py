"""Labels and sequences as arrays."""

import numpy as np


def to_categorical(y, num_classes=None):
    """Class indices (n,) or (n, 1) as one-hot rows (n, classes), float32."""
    y = np.asarray(y, dtype="int64")
    if y.ndim > 1 and y.shape[-1] == 1:
        y = y.reshape(y.shape[:-1])
    return np.eye(num_classes or y.max() + 1, dtype="float32")[y]


def pad_sequences(sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0):
    """Lists of numbers as one array (n, maxlen): cut and filled at the front, or with "post" at the end."""
    sequences = list(sequences)
    if maxlen is None:
        maxlen = max(map(len, sequences))
    shape = np.asarray(next((s for s in sequences if len(s)), [0])).shape[1:]
    padded = np.full((len(sequences), maxlen, *shape), value, dtype=dtype)
    for row, sequence in zip(padded, sequences):
        kept = sequence[-maxlen:] if truncating == "pre" else sequence[:maxlen]
        if len(kept):
            start = maxlen - len(kept) if padding == "pre" else 0
            row[start : start + len(kept)] = np.asarray(kept, dtype=dtype)
    return padded


def normalize(x, axis=-1, order=2):
    """Vectors along an axis divided by their norm."""
    norm = np.atleast_1d(np.linalg.norm(x, order, axis))
    norm[norm == 0] = 1
    return x / np.expand_dims(norm, axis)
