import random

import files
import numpy as np
import pytest
import torch
from conftest import load
from files_cases import CALLS, SEEDS, downloads

recorded = load("files")


@pytest.mark.parametrize("options, expected", list(zip(CALLS, recorded["downloads"], strict=True)))
def test_get_file(options, expected, tmp_path):
    assert downloads(files.get_file, options, tmp_path / "case") == expected


@pytest.mark.parametrize("seed, expected", recorded["seeds"])
def test_set_random_seed(seed, expected):
    assert seed in SEEDS
    files.set_random_seed(seed)
    drawn = [
        random.random(),
        random.randint(0, 99),
        *np.random.rand(2).tolist(),
        *np.random.permutation(5).tolist(),
    ]
    assert drawn == expected


def test_set_random_seed_sets_pytorch_too():
    files.set_random_seed(3)
    first = torch.rand(3)
    files.set_random_seed(3)
    assert torch.equal(torch.rand(3), first)
