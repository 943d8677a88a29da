"""Categories as numbers, against Keras 2 and 3."""

import categories
import numpy as np
import pytest
from conftest import close, load

recorded = load("categories")
CASES = [(version, *case) for version in (2, 3) for case in recorded[f"lookups{version}"]]
BINS = [(version, *case) for version in (2, 3) for case in recorded[f"bins{version}"]]


def plain(values):
    if isinstance(values, list):
        return [plain(value) for value in values]
    return values.decode() if isinstance(values, bytes) else values


@pytest.mark.parametrize("version, texts, options, vocabulary, expected", CASES)
def test_lookup(version, texts, options, vocabulary, expected, monkeypatch):
    monkeypatch.setattr(categories, "WHOLE_ROWS", version == 3)
    layer = categories.Lookup(**options, **({} if texts else {"oov_token": -1}))
    if "vocabulary" not in options:
        layer.adapt(np.array(recorded["texts" if texts else "numbers"]).reshape(-1, 1))
    # With rows of ones, masked values have no number.
    assert layer.get_vocabulary() == vocabulary
    data = [[0, 1, 2], [3, 9, -1]] if options.get("invert") else recorded["given"][0 if texts else 1]
    made = plain(np.array(layer(np.array(data))).tolist())
    if options.get("invert"):
        assert made == expected
    else:
        close(np.array(made), expected, 1e-6)


@pytest.mark.parametrize("version, options, expected", BINS)
def test_bins(version, options, expected, monkeypatch):
    monkeypatch.setattr(categories, "BINS_BATCHED", version == 2)
    layer = categories.Discretization(**options)
    layer.adapt(np.array(recorded["values"], dtype="float32"))
    close(layer.boundaries, expected, 1e-6)
