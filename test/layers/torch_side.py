"""Runs the converted layer cases in real PyTorch, with Keras's weights and inputs, and compares.

Reads requests {"cases": [...], "file": path of keras_side.py's pickle}, one JSON line each; answers with {id: what differs}.
"""

import contextlib
import copy
import json
import pickle
import sys

import numpy as np
import torch

MODES = ("evaluation", "training")
TOLERANCE = 1e-5  # of the largest value, at least of 1
ROUNDINGS = 4  # other roundings that are tried where more than the tolerance lies between the frameworks
ROUNDING_FACTOR = 30  # of what they do may lie between the frameworks, which round each step in their own way


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


def places_row(array, sizes):
    axes = (len(sizes) - 2) // 2
    return np.moveaxis(array.reshape(*sizes[:axes], sizes[-1], *sizes[axes:-1]), axes, -1)


def places_map(array, sizes, strides):
    axes = (len(sizes) - 2) // 2
    weight = np.zeros(sizes, array.dtype)
    for place in np.ndindex(*sizes[:axes]):
        window = tuple(
            slice(at * step, at * step + size) for at, step, size in zip(place, strides, sizes[axes:-2])
        )
        weight[place] = array[(*window, slice(None), *place)]
    return weight


def arranged(entry, array):
    """The tensors of an entry of the weight map, as arrays."""
    if entry.get("rows"):
        order = np.moveaxis(np.arange(array.shape[0]).reshape(entry["rows"]), -1, 0).reshape(-1)
        array = array[order]
    if entry["form"] == "places":
        return [array.reshape(entry["sizes"])]
    if entry["form"] == "places-row":
        return [places_row(array, entry["sizes"])]
    if entry["form"] == "places-map":
        return [places_map(array, entry["sizes"], entry["strides"])]
    return FORMS[entry["form"]](array)


def difference(label, ours, theirs, noise=None):
    """A text where the arrays differ by more than float noise; None where they are equal.

    What rounding alone can do to this very array, where it is known, is allowed on top of the tolerance.
    """
    if ours.shape != theirs.shape:
        return f"{label}: shape {tuple(ours.shape)} in PyTorch, {tuple(theirs.shape)} in Keras"
    if theirs.size == 0:
        return None
    if not np.array_equal(np.isnan(ours), np.isnan(theirs)):
        return f"{label}: not the same are NaN"
    largest = np.max(np.abs(theirs[np.isfinite(theirs)]), initial=0)
    apart = worst(ours, theirs)
    if apart > TOLERANCE * max(1.0, largest) + (noise or 0):
        told = "" if noise is None else f", rounding does {noise:.2e}"
        return f"{label}: differs by {apart:.2e} (largest value {largest:.2e}{told})"
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
    held = {
        id(tensor_of(model[entry["module"]], name)) for entry in case["weights"] for name in entry["torch"]
    }
    return [
        name
        for name, parameter in model.named_parameters()
        if parameter.requires_grad and id(parameter) not in held
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


def noise_of(case, record, plain):
    """By label how far rounding may move it: what other roundings of all numbers, and twice as many digits, do."""
    others = [
        outcome(rounding(build(case), seed), case, record, nudging(seed))[0] for seed in range(ROUNDINGS)
    ]
    with contextlib.suppress(RuntimeError, TypeError):  # a module may ask for 32 bits
        others.append(outcome(build(case).double(), case, record, double)[0])
    return {
        label: ROUNDING_FACTOR * max(worst(other[label], array) for other in others if label in other)
        for label, array in plain.items()
    }


def worst(ours, theirs):
    """The largest difference; without bound where only one of two is a number."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(ours.astype("float64") - theirs)
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    return np.max(np.where(same, 0, np.where(np.isnan(apart), np.inf, apart)), initial=0)


def rounding(model, seed):
    """The model with what each layer gives rounded in another way."""
    generator = torch.Generator().manual_seed(seed)

    def nudge(module, inputs, outputs):
        if isinstance(outputs, torch.Tensor) and outputs.dtype == torch.float32:
            signs = torch.randint(-1, 2, outputs.shape, generator=generator)
            return outputs * (1 + torch.finfo(torch.float32).eps * signs)
        return outputs

    for module in model:
        module.register_forward_hook(nudge)
    return model


def nudging(seed):
    """Moves each float of an array to one of its neighbours, or leaves it where it is."""
    rng = np.random.default_rng(seed)

    def nudge(array):
        if array.dtype != np.float32:
            return array
        return np.nextafter(array, array + rng.integers(-1, 2, array.shape).astype("float32"))

    return nudge


def double(array):
    return array.astype("float64") if array.dtype == np.float32 else array


def outcome(model, case, record, change=None):
    """The arrays of all passes by label, and what is wrong with them whatever they hold."""
    found, told = {}, []
    for mode in MODES:
        if mode not in record:
            continue
        given = {**record[mode], "x": record["x"]}
        if change:
            given |= {"x": change(given["x"]), "state": [change(array) for array in given["state"]]}
        own, wrong = run(model, case, given, mode)
        found |= own
        told += wrong
    return found, told


def run(model, case, record, label):
    """The arrays of one pass by label, and what is wrong with them whatever they hold."""
    training = label == "training"
    found, told = {}, []
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
    found[f"output in {label}"] = y.detach().numpy()
    if case["output"] is None or len(case["output"]) != y.dim() - 1:
        told.append(f"inferred shape {case['output']}, but the output is {shape}")
    elif any(size is not None and size != real for size, real in zip(case["output"], shape[1:])):
        told.append(f"inferred shape {case['output']}, but the output is {shape}")
    if tuple(y.shape) != record["factors"].shape:
        return found, told
    total = (y * torch.from_numpy(record["factors"]).to(y.dtype)).sum()
    if not total.requires_grad or drawn or "ties" in case:
        return found, told
    total.backward()
    if record["input_gradient"] is not None and x.grad is not None:
        found[f"gradient of the input in {label}"] = x.grad.numpy()
    for entry, gradient in zip(case["weights"], record["gradients"]):
        for name in entry["torch"]:
            tensor = tensor_of(model[entry["module"]], name)
            place = f"{entry['module']}.{name}"
            if gradient is not None:
                ours = np.zeros(tensor.shape, "float32") if tensor.grad is None else tensor.grad.numpy()
                found[f"gradient of {place} in {label}"] = ours.copy()
            elif isinstance(tensor, torch.nn.Parameter) and tensor.requires_grad and tensor.grad is not None:
                if tensor.grad.abs().max() > 1e-6:
                    told.append(f"{place} gets a gradient, in Keras it gets none")
            found[f"{place} after {label}"] = tensor.detach().numpy().copy()
    return found, told


def expected(case, record, label):
    """What Keras has for the labels of `run`."""
    yield f"output in {label}", record["y"]
    yield f"gradient of the input in {label}", record["input_gradient"]
    for entry, gradient, after in zip(case["weights"], record["gradients"], record["after"]):
        for position, name in enumerate(entry["torch"]):
            place = f"{entry['module']}.{name}"
            if gradient is not None:
                yield f"gradient of {place} in {label}", arranged(entry, gradient)[position]
            yield f"{place} after {label}", arranged(entry, after)[position]


def build(case):
    names = {"__name__": "case"}
    torch.manual_seed(7)
    exec(compile(case["torch"], "case", "exec"), names)
    return names["model"].cpu()


def compare(case, record, noisy):
    model = build(case)
    names = [entry["keras"] for entry in case["weights"]]
    if names != record["names"]:
        return f"the weight map has {names}, Keras has {record['names']}"
    if more := parameters_not_held(model, case):
        return f"trained parameters that Keras has not: {more}"
    ours, told = outcome(model, case, record)
    theirs = {
        label: array
        for mode in MODES
        if mode in record
        for label, array in expected(case, record[mode], mode)
    }
    shared = [label for label in ours if label in theirs]
    texts = {label: text for label in shared if (text := difference(label, ours[label], theirs[label]))}
    if texts and noisy:
        noise = noise_of(case, record, ours)
        texts = {
            label: text
            for label in texts
            if (text := difference(label, ours[label], theirs[label], noise[label]))
        }
    return next(iter([*texts.values(), *told]), None)


def compare_start(case, record):
    """Initial weights that are the same each time."""
    model = build(case)
    for entry, array in zip(case["weights"], record["start"]):
        for name, theirs in zip(entry["torch"], arranged(entry, array)):
            ours = tensor_of(model[entry["module"]], name).detach().numpy()
            if text := difference(f"{entry['module']}.{name} at the start", ours, theirs):
                return text
    return None


def main():
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
                record = records[case["id"]]
                start = request.get("start", False)
                problem = compare_start(case, record) if start else compare(case, record, request["noisy"])
            except Exception as error:  # noqa: BLE001 - whatever PyTorch says about a model is the answer
                problem = f"{type(error).__name__}: {error}"[:400]
            if problem:
                found[case["id"]] = problem
        print(json.dumps(found), file=answers, flush=True)


if __name__ == "__main__":
    main()
