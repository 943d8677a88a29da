import numpy as np
import pytest
import torch
import weights
from torch import nn


def model():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(2, 3, (4, 5)),
        nn.BatchNorm2d(3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(12, 7),
        nn.Embedding(9, 4),
    )


def test_arrays_have_the_shapes_that_keras_gives_them():
    shapes = [array.shape for array in weights.get_weights(model())]
    assert shapes == [(4, 5, 2, 3), (3,), (3,), (3,), (3,), (3,), (12, 7), (7,), (9, 4)]


def test_a_recurrent_layer_has_one_bias():
    shapes = [array.shape for array in weights.get_weights(nn.LSTM(3, 5, batch_first=True))]
    assert shapes == [(3, 20), (5, 20), (20,)]


def test_what_is_read_is_a_copy_and_can_be_set_again():
    one, other = model(), nn.Sequential(*model())
    before = weights.get_weights(one)
    weights.set_weights(one, [array + 1 for array in before])
    after = weights.get_weights(one)
    assert all(np.array_equal(a + 1, b) for a, b in zip(before, after, strict=True))
    weights.set_weights(other, after)
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values()))


def test_arrays_of_other_shapes_are_refused():
    layer = nn.Linear(3, 3)
    with pytest.raises(ValueError):
        weights.set_weights(layer, [np.zeros((3, 3))])
    with pytest.raises(ValueError):
        weights.set_weights(layer, [np.zeros(3), np.zeros((3, 3))])
