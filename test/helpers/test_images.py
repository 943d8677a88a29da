"""Random changes of images against those of Keras from the same seed."""

import images
import numpy as np
import preprocessing
import pytest
from conftest import close, load

recorded = load("images")
X = np.array(recorded["x"], dtype="float32")


@pytest.fixture(autouse=True)
def functions(monkeypatch):
    """The functions for single images, which stand beside these in a script."""
    for name in ("load_img", "img_to_array", "array_to_img", "save_img"):
        monkeypatch.setattr(images, name, getattr(preprocessing, name), raising=False)


def transform(options, monkeypatch):
    monkeypatch.setattr(images, "ZOOM_PAIRS", isinstance(options.get("zoom_range"), list))
    return images.ImageTransform(**options)


@pytest.mark.parametrize("options, expected", recorded["changes"])
def test_changes(options, expected, monkeypatch):
    changed = transform(options, monkeypatch)
    np.random.seed(5)
    close([changed(x) for x in X], expected, 6e-4)  # recorded to three digits


@pytest.mark.parametrize("options, expected", recorded["measured"])
def test_measured(options, expected, monkeypatch):
    changed = transform(options, monkeypatch)
    changed.fit(X)
    close(next(images.ArrayImages(changed, X, shuffle=False)), expected, 1e-4)


@pytest.mark.parametrize("options, expected", recorded["orders"])
def test_order_of_batches(options, expected, monkeypatch):
    np.random.seed(9)
    batches = images.ArrayImages(
        transform({"validation_split": 0.4}, monkeypatch), X, np.arange(len(X)), **options
    )
    orders = [[next(batches)[1].tolist() for _ in range(5)], len(batches)]
    orders.append([batches[i][1].tolist() for i in range(len(batches))])
    batches.on_epoch_end()
    orders.append([batches[i][1].tolist() for i in reversed(range(len(batches)))])
    assert orders == expected
