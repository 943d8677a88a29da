"""Runs the converted layer cases in real PyTorch, with Keras's weights and inputs, and compares.

Reads requests {"cases": [...], "file": path of keras_side.py's pickle}, one JSON line each; answers with {id: what differs}.
"""

import contextlib
import json
import pickle
import sys

import numpy as np
import torch

TOLERANCE = 1e-5  # of the largest value, at least of 1; requests may have another


def to_gates(array):
    """Keras has z, r, h; nn.GRU has r, z, n."""
    update, reset, new = np.split(array, 3, axis=-1)
    return np.concatenate([reset, update, new], axis=-1)


def same(array):
    return [array]


def transpose(array):
    return [array.T]


def kernel(array):
    return [array.transpose(array.ndim - 1, array.ndim - 2, *range(array.ndim - 2))]


def deconvolution(array):
    return [array.transpose(array.ndim - 2, array.ndim - 1, *range(array.ndim - 2))]


def depthwise(array):
    spatial = range(array.ndim - 2)
    moved = array.transpose(array.ndim - 2, array.ndim - 1, *spatial)
    return [moved.reshape(-1, 1, *array.shape[:-2])]


def gru_kernel(array):
    return [to_gates(array).T]


def gru_bias(array):
    return list(to_gates(array)) if array.ndim == 2 else [to_gates(array)]


def cudnn_lstm_kernel(array):
    gates = np.split(array, 4, axis=-1)
    return [np.concatenate([gate.reshape(gate.shape[::-1]) for gate in gates])]


def cudnn_gru_kernel(array):
    update, reset, new = np.split(array, 3, axis=-1)
    return [np.concatenate([gate.reshape(gate.shape[::-1]) for gate in (reset, update, new)])]


def cudnn_lstm_bias(array):
    return np.split(array, 2)


def cudnn_gru_bias(array):
    return [to_gates(half) for half in np.split(array, 2)]


def channel_map(array):
    return [np.moveaxis(array, -1, 0)]


def flat(array):
    return [array.reshape(-1)]


FORMS = {
    "same": same,
    "transpose": transpose,
    "kernel": kernel,
    "deconvolution": deconvolution,
    "depthwise": depthwise,
    "gru-kernel": gru_kernel,
    "gru-bias": gru_bias,
    "cudnn-lstm-kernel": cudnn_lstm_kernel,
    "cudnn-gru-kernel": cudnn_gru_kernel,
    "cudnn-lstm-bias": cudnn_lstm_bias,
    "cudnn-gru-bias": cudnn_gru_bias,
    "map": channel_map,
    "flat": flat,
}


def arranged(entry, array):
    """The tensors of an entry of the weight map, as arrays."""
    if entry.get("rows"):
        order = np.moveaxis(np.arange(array.shape[0]).reshape(entry["rows"]), -1, 0).reshape(-1)
        array = array[order]
    return [array.reshape(entry["sizes"])] if entry["form"] == "places" else FORMS[entry["form"]](array)


tolerance = TOLERANCE


def difference(label, ours, theirs, scale=None):
    """A text where the arrays differ by more than float noise; None where they are equal."""
    if ours.shape != theirs.shape:
        return f"{label}: shape {tuple(ours.shape)} in PyTorch, {tuple(theirs.shape)} in Keras"
    if theirs.size == 0:
        return None
    if not np.array_equal(np.isnan(ours), np.isnan(theirs)):
        return f"{label}: not the same are NaN"
    largest = np.nanmax(np.abs(theirs)) if scale is None else scale
    worst = np.nanmax(np.abs(ours.astype("float64") - theirs))
    if worst > tolerance * max(1.0, largest):
        return f"{label}: differs by {worst:.2e} (largest value {largest:.2e})"
    return None


def tensor_of(module, name):
    *path, last = name.split(".")
    for part in path:
        module = getattr(module, part)
    return getattr(module, last)


def load(model, case, arrays):
    with torch.no_grad():
        for entry, array in zip(case["weights"], arrays):
            for text, value in zip(entry.get("source") or [], arranged(entry, array)):
                given = eval(text, {"torch": torch, "array": array})  # as `weights=[array]` has it
                if not np.array_equal(given.numpy(), value):
                    raise ValueError(f"{text} is not {entry['torch']}")
            for name, value in zip(entry["torch"], arranged(entry, array)):
                tensor = tensor_of(model[entry["module"]], name)
                if tuple(tensor.shape) != value.shape:
                    raise ValueError(f"{name} is {tuple(tensor.shape)} in PyTorch, {value.shape} from Keras")
                tensor.copy_(torch.from_numpy(np.ascontiguousarray(value)))


def parameters_not_held(model, case):
    held = {id(tensor_of(model[entry["module"]], name)) for entry in case["weights"] for name in entry["torch"]}
    return [
        name for name, parameter in model.named_parameters() if parameter.requires_grad and id(parameter) not in held
    ]


@contextlib.contextmanager
def given_draws():
    """Let random numbers come from the stream that Keras's side draws from too."""
    rng = np.random.default_rng(11)
    kept = torch.rand, torch.randint

    def rand(*shape, device=None):
        shape = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        return torch.from_numpy(np.asarray(rng.random(shape), "float32"))

    def randint(high, shape):
        return torch.from_numpy(np.asarray(np.floor(rng.random(shape) * 1e6) % high, "int64"))

    torch.rand, torch.randint = rand, randint
    try:
        yield
    finally:
        torch.rand, torch.randint = kept


def compare_run(model, case, record, training):
    label = "training" if training else "evaluation"
    load(model, case, record["state"])
    model.zero_grad()
    model.train(training)
    x = torch.from_numpy(record["x"])
    if x.is_floating_point():
        x.requires_grad_()
    fed = x if x.is_floating_point() else x.long()
    turned = "turned" in case  # the converted model has the channels first, Keras's has not
    if turned:
        fed = fed.movedim(-1, 1)
    drawn = training and "draws" in case
    with given_draws() if drawn else contextlib.nullcontext():
        y = model(fed.movedim(-1, 1) if case["inputLayout"] == "first" and fed.dim() > 2 else fed)
    if case["outputLayout"] == "first" and y.dim() > 2:
        y = y.movedim(1, -1)
    shape = tuple(y.shape)
    if turned and y.dim() > 2:
        y = y.movedim(1, -1)
    yield difference(f"output in {label}", y.detach().numpy(), record["y"])
    if case["output"] is None or len(case["output"]) != y.dim() - 1:
        yield f"inferred shape {case['output']}, but the output is {shape}"
    elif any(size is not None and size != real for size, real in zip(case["output"], shape[1:])):
        yield f"inferred shape {case['output']}, but the output is {shape}"
    if tuple(y.shape) != record["factors"].shape:
        return
    total = (y * torch.from_numpy(record["factors"])).sum()
    if not total.requires_grad or drawn or case.get("ties"):
        return
    total.backward()
    if record["input_gradient"] is not None and x.grad is not None:
        yield difference(f"gradient of the input in {label}", x.grad.numpy(), record["input_gradient"])
    for entry, gradient, after in zip(case["weights"], record["gradients"], record["after"]):
        for position, name in enumerate(entry["torch"]):
            tensor = tensor_of(model[entry["module"]], name)
            if gradient is not None:
                ours = np.zeros(tensor.shape, "float32") if tensor.grad is None else tensor.grad.numpy()
                yield difference(f"gradient of {name} in {label}", ours, arranged(entry, gradient)[position])
            elif isinstance(tensor, torch.nn.Parameter) and tensor.requires_grad and tensor.grad is not None:
                if tensor.grad.abs().max() > 1e-6:
                    yield f"{name} gets a gradient, in Keras it gets none"
            yield difference(
                f"{name} after {label}", tensor.detach().numpy(), arranged(entry, after)[position]
            )


def compare(case, record):
    names = {"__name__": "case"}
    torch.manual_seed(7)
    exec(compile(case["torch"], "case", "exec"), names)
    model = names["model"].cpu()
    expected = [entry["keras"] for entry in case["weights"]]
    if expected != record["names"]:
        return f"the weight map has {expected}, Keras has {record['names']}"
    if more := parameters_not_held(model, case):
        return f"trained parameters that Keras has not: {more}"
    for mode in ("evaluation", "training"):
        if mode not in record:
            continue
        for problem in compare_run(model, case, {**record[mode], "x": record["x"]}, mode == "training"):
            if problem:
                return problem
    return None


def main():
    global tolerance
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        tolerance = request.get("tolerance", TOLERANCE)
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


if __name__ == "__main__":
    main()
