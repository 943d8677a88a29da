import metrics as functions
import pytest
import torch
from conftest import close, load
from metrics_cases import METRICS, data

recorded = load("metrics")
CASES = [(version, name) for version, values in recorded.items() for name in values]


def value(name, outputs, targets):
    """What the helper gives of a case: one number, or one a sample."""
    function, options = METRICS[name][2:]
    outputs, targets = torch.from_numpy(outputs.copy()), torch.from_numpy(targets.copy())
    if isinstance(function, tuple):
        function, of_outputs, *of_targets = function
        outputs = of_outputs(outputs)
        targets = of_targets[0](targets) if of_targets else targets
    elif not isinstance(function, str):
        return function.func(getattr(functions, function.args[0]), outputs, targets, **options)
    value = getattr(functions, function)(outputs, targets, **options).float()
    return value if options.get("each") else value.mean()


@pytest.mark.parametrize("version, name", CASES)
def test_metrics_of_epochs(version, name):
    """The whole at once gives what Keras gathers over batches."""
    for label, (targets, outputs) in data(METRICS[name][0]).items():
        close(value(name, outputs, targets), recorded[version][name][label], 2e-6)
