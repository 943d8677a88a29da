from functools import partial

import losses as loss_functions
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from conftest import close, load

recorded = load("losses")["losses"]

FUNCTIONS = {
    "smoothed": partial(F.cross_entropy, label_smoothing=0.1),
    "binary_smoothed": lambda p, y, **reduction: F.binary_cross_entropy_with_logits(
        p, y * 0.9 + 0.05, **reduction
    ),
    "binary_focal_balanced": partial(loss_functions.binary_focal_loss, alpha=0.3, gamma=1.5, balanced=True),
    "poisson": partial(F.poisson_nll_loss, log_input=False, eps=1e-7),
    "huber": partial(F.huber_loss, delta=1.5),
}


@pytest.mark.parametrize("case", recorded, ids=lambda case: case["name"])
def test_losses(case, switch):
    """The mean, its gradient, and the losses one by one."""
    name = case["name"]
    function = FUNCTIONS.get(name) or getattr(loss_functions, name)
    outputs = torch.tensor(case["outputs"], requires_grad=True)
    targets = torch.tensor(case["targets"])
    if "sparse" in name:
        targets = targets.long()
    switch(loss_functions, WEIGHTS=False, ADDS_EPSILON=case["keras"] == 2)
    loss = function(outputs, targets)
    close(loss, case["mean"])
    loss.backward()
    close(outputs.grad, case["gradient"])
    switch(loss_functions, WEIGHTS=True)
    own = getattr(function, "func", function).__module__ == "losses"
    each = function(outputs, targets, **({} if own else {"reduction": "none"}))
    close(each.reshape(len(targets), -1).mean(1), case["values"])


@pytest.mark.parametrize("case", load("losses")["batch_losses"], ids=lambda case: case["name"])
def test_losses_of_batches(case):
    """One number of all that a batch holds, and its gradient."""
    outputs = torch.tensor(case["outputs"], dtype=torch.float32, requires_grad=True)
    targets = torch.tensor(case["targets"], dtype=torch.float32)
    options = {"axes" if name == "axis" else name: value for name, value in case["options"].items()}
    loss = getattr(loss_functions, case["name"])(outputs, targets, **options)
    close(loss, case["value"])
    loss.backward()
    close(outputs.grad, case["gradient"])


def test_losses_of_sequences_and_maps(switch):
    """Classes stand last in sequences and second in maps; the mean is over all places."""
    switch(loss_functions, WEIGHTS=False)
    outputs = torch.rand(4, 5, 3)
    indices = torch.randint(0, 3, (4, 5))
    targets = F.one_hot(indices, 3).float()
    flat, rows, labels = outputs.flatten(0, 1), targets.flatten(0, 1), indices.flatten()
    for sequence, sparse_sequence, one_hot, sparse in (
        (
            loss_functions.sequence_cross_entropy,
            loss_functions.sparse_sequence_cross_entropy,
            F.cross_entropy,
            F.cross_entropy,
        ),
        (
            loss_functions.clipped_cross_entropy,
            loss_functions.clipped_sparse_sequence_cross_entropy,
            loss_functions.clipped_cross_entropy,
            loss_functions.clipped_sparse_cross_entropy,
        ),
    ):
        close(sequence(outputs, targets), one_hot(flat, rows))
        close(sparse_sequence(outputs, indices), sparse(flat, labels))
    maps = loss_functions.clipped_map_cross_entropy(outputs.mT, targets.mT)
    close(maps, loss_functions.clipped_cross_entropy(flat, rows))
    switch(loss_functions, WEIGHTS=True)
    for function, wanted in (
        (loss_functions.sequence_cross_entropy, targets),
        (loss_functions.sparse_sequence_cross_entropy, indices),
        (loss_functions.clipped_sparse_sequence_cross_entropy, indices),
    ):
        each = function(outputs, wanted)
        assert each.shape == (4, 5)
        switch(loss_functions, WEIGHTS=False)
        close(each.mean(), function(outputs, wanted))
        switch(loss_functions, WEIGHTS=True)


def test_one_sample_and_dead_outputs():
    """A row of zeros is no distribution: Keras's loss is not a number either."""
    zero = loss_functions.clipped_cross_entropy(torch.zeros(1, 3), torch.eye(3)[:1])
    assert np.isnan(zero.item())
