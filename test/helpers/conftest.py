"""The helpers stand in transforms/helpers and import nothing of each other; fixtures hold what Keras did."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "transforms" / "helpers"))
torch.set_num_threads(1)


def load(name):
    """A fixture by name."""
    return json.loads((HERE / "fixtures" / f"{name}.json").read_text())


def close(actual, expected, tolerance=1e-5):
    """Compares numbers, arrays or tensors with recorded ones, to a tolerance relative and absolute."""
    actual, expected = (x.detach() if isinstance(x, torch.Tensor) else x for x in (actual, expected))
    np.testing.assert_allclose(np.asarray(actual), np.asarray(expected), rtol=tolerance, atol=tolerance)


@pytest.fixture
def switch(monkeypatch):
    """Sets switches of a helper module for one test."""
    import training

    def set_switches(module=training, **values):
        for name, value in values.items():
            assert isinstance(getattr(module, name), bool)
            monkeypatch.setattr(module, name, value)

    return set_switches
