"""Runs what is random in the converted layer cases in real PyTorch, and compares its statistics with Keras's.

Reads requests {"cases": [...], "file": path of keras_statistics.py's pickle}, one JSON line each; answers with {id: what differs}.
What may differ by chance is told by the standard errors of both.
"""

import json
import pickle
import sys

import numpy as np
import torch
from torch_side import arranged, load, tensor_of

ERRORS = 6  # standard errors that two means may lie apart
CUT = 2.4  # largest values of distributions with bounds, in standard deviations: uniform 1.73, cut normal 2.27


def means_differ(label, ours, theirs):
    """Compares means over the first axis, for everything behind it: a text where they differ."""
    flat = [values.reshape(len(values), -1).astype("float64") for values in (ours, theirs)]
    return moments_differ(label, *((values.mean(0), values.var(0), len(values)) for values in flat))


def products_differ(label, ours, theirs):
    """Compares means of the products of every two values of a draw."""

    def moments(values):
        values = values.astype("float64")
        mean = values.T @ values / len(values)
        squares = values**2
        return mean.reshape(-1), (squares.T @ squares / len(values) - mean**2).clip(min=0).reshape(-1), len(values)

    return moments_differ(label, moments(ours), moments(theirs))


def moments_differ(label, ours, theirs):
    (mean, variance, count), (expected, their_variance, their_count) = ours, theirs
    apart = np.abs(mean - expected)
    error = np.sqrt(variance / count + their_variance / their_count)
    wrong = apart > ERRORS * error + 1e-5 * max(1.0, np.abs(expected).max())
    if wrong.any():
        at = np.argmax(np.where(wrong, apart, 0))
        return f"{label}: {mean[at]:.5g} in PyTorch, {expected[at]:.5g} in Keras ({at} of {len(wrong)})"
    return None


def distributions_differ(label, ours, theirs):
    """The two-sample test of Kolmogorov and Smirnov on flat samples."""
    ours, theirs = np.sort(ours), np.sort(theirs)
    every = np.concatenate([ours, theirs])
    noise = 1e-6 * max(1.0, np.abs(every).max())  # equal values are equal but for their rounding
    below = [np.searchsorted(values, every + noise, side="right") / len(values) for values in (ours, theirs)]
    largest = np.abs(below[0] - below[1]).max()
    bound = 3.2 * np.sqrt(1 / len(ours) + 1 / len(theirs))
    return f"{label}: the distributions are {largest:.3f} apart, {bound:.3f} may be" if largest > bound else None


def bounds_differ(label, ours, theirs):
    """Compares the largest values of distributions that are cut off."""
    std, largest, own = theirs.std(), np.abs(theirs - theirs.mean()).max(), np.abs(ours - theirs.mean()).max()
    if largest > CUT * std or len(theirs) < 300:
        return None
    slack = 3 / np.sqrt(len(theirs)) if largest > 2 * std else 30 / len(theirs)
    if abs(own - largest) > max(slack, 0.005) * largest:
        return f"{label}: values go {own:.5g} from the mean, {largest:.5g} in Keras"
    return None


def spectrum(draws):
    """Of each draw, as a matrix: the sum of its fourth powers of singular values."""
    matrices = draws.reshape(len(draws), draws.shape[1], -1).astype("float64")
    gram = matrices @ matrices.transpose(0, 2, 1)
    return (gram**2).sum((1, 2))


def weight_differs(label, ours, theirs, turned=False):
    """:param turned: each gate is a part of an orthogonal matrix in both, but not by the same axis."""
    if ours.shape != theirs.shape:
        return f"{label}: shape {ours.shape[1:]} in PyTorch, {theirs.shape[1:]} in Keras"
    fixed = (theirs == theirs[:1]).all(0)
    if fixed.any() and not np.allclose(ours[:, fixed], theirs[:, fixed], atol=1e-6):
        return f"{label}: starts at {np.unique(ours[:, fixed])[:4]} in PyTorch, at {np.unique(theirs[:, fixed])[:4]} in Keras"
    if fixed.all():
        return None
    # Where a forget gate starts 1 higher, its values are no others than those of the gates beside it.
    higher = np.where(theirs.std(0) < 0.3, np.round(theirs.mean(0)), 0) if ours.ndim == 2 else 0
    own, their = ((values - higher)[:, ~fixed].reshape(-1) for values in (ours, theirs))
    return (
        means_differ(f"mean of {label}", own, their)
        or means_differ(f"variance of {label}", (own - their.mean()) ** 2, (their - their.mean()) ** 2)
        or distributions_differ(label, own, their)
        or bounds_differ(label, own, their)
        or (means_differ(f"singular values of {label}", spectrum(ours), spectrum(theirs)) if ours.ndim > 2 and not turned else None)
    )


def run(case):
    names = {"__name__": "case"}
    exec(case["code"], names)
    return names["model"].cpu()


def start(case, record):
    torch.manual_seed(7)
    count = len(record["draws"][0]) if record["draws"] else 0
    models = [run(case) for _ in range(count)]
    for entry, draws in zip(case["weights"], record["draws"]):
        form = entry["form"]
        theirs = [np.stack(values) for values in zip(*(arranged(entry, values) for values in draws))]
        own = [
            np.stack([tensor_of(model[entry["module"]], name).detach().numpy() for model in models])
            for name in entry["torch"]
        ]
        if form == "cudnn-lstm-bias":  # it is one of the two that has the ones
            own, theirs = [sum(own)], [sum(theirs)]
        for name, ours, expected in zip(entry["torch"], own, theirs):
            if problem := weight_differs(name, ours, expected, turned=form.startswith("cudnn")):
                return problem
    return None


def outputs_of(model, case, record):
    x = torch.from_numpy(record["x"])
    x = x if x.is_floating_point() else x.long()
    x = x.movedim(-1, 0) if case["inputLayout"] == "first" and x.dim() > 1 else x

    def call(count):
        y = model(x.expand(count, *x.shape)).numpy()
        return np.moveaxis(y, 1, -1) if case["outputLayout"] == "first" and y.ndim > 2 else y

    count = len(record["outputs"])
    return np.stack([call(2) for _ in range(count)]) if record["shared"] else call(count)


def training(case, record):
    torch.manual_seed(7)
    model = run(case)
    load(model, case, record["state"])
    model.train()
    with torch.no_grad():
        ours = outputs_of(model, case, record)
    theirs = record["outputs"]
    if ours.shape != theirs.shape:
        return f"outputs {ours.shape[1:]} in PyTorch, {theirs.shape[1:]} in Keras"
    ours, theirs = (values.reshape(len(values), -1) for values in (ours, theirs))
    zeros = [(values == 0).astype("float32") for values in (ours, theirs)]
    every = (distributions_differ(f"value {i}", ours[:, i], theirs[:, i]) for i in range(ours.shape[1]))
    return (
        means_differ("fraction of zeros", *zeros)
        or products_differ("fraction of two that are zero", *zeros)
        or means_differ("mean", ours, theirs)
        or products_differ("product of two", ours, theirs)
        or next(filter(None, every), None)
    )


def compare(case, record):
    expected = [entry["keras"] for entry in case["weights"]]
    if expected != record["names"]:
        return f"the weight map has {expected}, Keras has {record['names']}"
    case["code"] = compile(case["torch"], "case", "exec")
    return {"start": start, "training": training}[case["what"]](case, record)


def main():
    torch.set_num_threads(1)
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        with open(request["file"], "rb") as file:
            records = pickle.load(file)
        found = {}
        for case in request["cases"]:
            if case["id"] not in records:
                continue
            try:
                problem = compare(case, records[case["id"]])
            except Exception as error:  # noqa: BLE001 - whatever PyTorch says about a model is the answer
                problem = f"{type(error).__name__}: {error}"[:400]
            if problem:
                found[case["id"]] = problem
        print(json.dumps(found), file=answers, flush=True)


main()
