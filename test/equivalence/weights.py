"""Keras arrays as the tensors of a PyTorch model, layer by layer in the order of both models.

Keras keeps channels last: a kernel that follows Flatten has its rows in height, width, channel order, nn.Flatten's output is in channel,
height, width order. Both readings are a `Layout`; the first outputs tell which of them a converted model means.
"""

import dataclasses

import numpy as np
import torch
from torch import nn


class Mismatch(Exception):
    """The two models have not the same layers."""


@dataclasses.dataclass(frozen=True)
class Layout:
    flattened: bool  # rows after Flatten are in PyTorch's order
    restored: bool  # columns before Reshape are in PyTorch's order
    gates: bool  # a hand-written GRU has nn.GRU's order of gates


LAYOUTS = [
    Layout(flattened, restored, gates)
    for gates in (True, False)
    for restored in (False, True)
    for flattened in (True, False)
]


def kernel(array):
    """(k..., in, out) as (out, in, k...); the same for transposed convolutions, which are (k..., out, in)."""
    return array.transpose(array.ndim - 1, array.ndim - 2, *range(array.ndim - 2))


def channels_first(array, shape):
    """Entries along the first axis from the order of a map (..., C) to that of (C, ...)."""
    order = np.arange(int(np.prod(shape))).reshape(shape)
    return array[np.moveaxis(order, -1, 0).reshape(-1)]


def gates_of_torch(array):
    """Keras has z, r, h; nn.GRU has r, z, n."""
    update, reset, new = np.split(array, 3, axis=-1)
    return np.concatenate([reset, update, new], axis=-1)


def leaves(model):
    """The modules with tensors of their own, in order; a shared one once."""
    seen, found = set(), []
    for name, module in model.named_modules():
        own = {key: tensor for key, tensor in module._parameters.items() if tensor is not None}
        own.update(
            {
                key: tensor
                for key, tensor in module._buffers.items()
                if tensor is not None
                and tensor.is_floating_point()
                and key not in module._non_persistent_buffers_set
            }
        )
        own = {key: tensor for key, tensor in own.items() if id(tensor) not in seen}
        # What it takes from data is its own on both sides, not given from one to the other.
        if type(module).__name__ == "Normalization":
            continue
        seen.update(map(id, own.values()))
        if own:
            found.append((name or type(module).__name__, module, own))
    return found


class Map:
    """Entries (tensors, array, label): an array is the sum of its tensors (two biases of an LSTM are one of Keras's)."""

    def __init__(self, model, layers, layout):
        self.entries, self.layout, self.leaves, self.position = [], layout, leaves(model), 0
        self.layers = [layer for layer in layers if layer["weights"]]
        for layer in self.layers:
            self.layer(layer)
        if self.position < len(self.leaves):
            name, module, own = self.leaves[self.position]
            if any(isinstance(tensor, nn.Parameter) for tensor in own.values()):
                raise Mismatch(f"PyTorch has {name} ({type(module).__name__}) that Keras has not")

    def next(self, layer):
        if self.position == len(self.leaves):
            raise Mismatch(f"PyTorch has nothing for Keras's {layer['name']} ({layer['kind']})")
        self.position += 1
        return self.leaves[self.position - 1]

    def put(self, label, array, *tensors):
        if tuple(tensors[0].shape) != array.shape:
            raise Mismatch(f"{label}: {tuple(tensors[0].shape)} in PyTorch, {array.shape} in Keras")
        self.entries.append((tensors, np.ascontiguousarray(array), label))

    def layer(self, layer):
        arrays = dict(zip(layer["names"], layer["weights"]))
        kind = layer["kind"].split(":")[-1]
        name, module, own = self.next(layer)
        if layer["kind"].startswith("Bidirectional"):
            half = len(layer["weights"]) // 2
            halves = [
                dict(zip(layer["names"][part], layer["weights"][part])) for part in (slice(half), slice(half, None))
            ]
            if isinstance(module, nn.RNNBase) and not module.bidirectional:
                # One module a direction.
                self.recurrent(name, kind, own, halves[0], "_l0")
                name, module, own = self.next(layer)
                self.recurrent(name, kind, own, halves[1], "_l0")
            elif isinstance(module, nn.RNNBase):
                self.recurrent(name, kind, own, halves[0], "_l0")
                self.recurrent(name, kind, own, halves[1], "_l0_reverse")
            else:
                self.position -= 1
                for part in halves:
                    self.by_shape({**layer, "kind": kind}, list(part.values()))
        elif kind in ("LSTM", "GRU", "SimpleRNN") and isinstance(module, nn.RNNBase):
            self.recurrent(name, kind, own, arrays, "_l0")
        elif kind in ("LSTM", "GRU", "SimpleRNN") and isinstance(module, nn.RNNCellBase):
            self.recurrent(name, kind, own, arrays, "")
        elif kind == "Dense" and isinstance(module, nn.Linear):
            self.dense(name, own, arrays["kernel"], arrays.get("bias"), layer)
        elif kind in ("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose") and "weight" in own:
            self.put(f"{name}.weight", kernel(arrays["kernel"]), own["weight"])
            self.bias(name, own, arrays.get("bias"))
        elif kind == "DepthwiseConv2D" and "weight" in own:
            self.depthwise(name, own, arrays["depthwise_kernel"])
            self.bias(name, own, arrays.get("bias"))
        elif kind == "SeparableConv2D" and "weight" in own:
            self.depthwise(name, own, arrays["depthwise_kernel"])
            name, module, own = self.next(layer)
            self.put(f"{name}.weight", kernel(arrays["pointwise_kernel"]), own["weight"])
            self.bias(name, own, arrays.get("bias"))
        elif kind == "Deconvolution2D" and "weight" in own:
            self.put(f"{name}.weight", arrays["kernel"].transpose(2, 3, 0, 1), own["weight"])
            self.bias(name, own, arrays.get("bias"))
        elif kind == "AtrousConvolution2D" and "weight" in own:
            self.put(f"{name}.weight", kernel(arrays["kernel"]), own["weight"])
            self.bias(name, own, arrays.get("bias"))
        elif kind == "Highway" and isinstance(module, nn.Linear):
            self.put(f"{name}.weight", arrays["W"].T, own["weight"])
            self.bias(name, own, arrays.get("b"))
            name, module, own = self.next(layer)
            self.put(f"{name}.weight", arrays["W_carry"].T, own["weight"])
            self.bias(name, own, arrays.get("b_carry"))
        elif kind in ("SReLU", "ParametricSoftplus"):
            for (key, tensor), array in zip(own.items(), layer["weights"]):
                self.put(f"{name}.{key}", np.moveaxis(array, -1, 0) if array.ndim == 3 else array, tensor)
        elif kind in ("BatchNormalization", "LayerNormalization"):
            pairs = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
            for theirs, ours in pairs.items():
                if theirs in own:
                    neutral = np.full(tuple(own[theirs].shape), float(theirs in ("weight", "running_var")), "float32")
                    self.put(
                        f"{name}.{theirs}", self.vector(arrays[ours], layer) if ours in arrays else neutral, own[theirs]
                    )
                elif ours in arrays:
                    raise Mismatch(f"{name} has no {theirs}")
        elif kind == "Embedding" and "weight" in own:
            self.put(f"{name}.weight", arrays["embeddings"], own["weight"])
        elif kind.startswith("LocallyConnected") and "weight" in own:
            # Windows and channels are one axis in Keras, places another.
            self.put(f"{name}.weight", arrays["kernel"].reshape(own["weight"].shape), own["weight"])
            self.bias(name, own, np.moveaxis(arrays["bias"], -1, 0) if "bias" in arrays else None)
        elif kind == "RNN" and isinstance(module, nn.RNNBase):
            starts = [at for at, weight in enumerate(layer["names"]) if weight == "kernel"]
            for start, end in zip(starts, [*starts[1:], len(layer["names"])]):
                if start:
                    name, module, own = self.next(layer)
                cell = dict(zip(layer["names"][start:end], layer["weights"][start:end]))
                self.recurrent(name, "GRU" if isinstance(module, nn.GRU) else "", own, cell, "_l0")
        elif kind == "PReLU" and "weight" in own and own["weight"].dim() == 1:
            self.put(f"{name}.weight", arrays["alpha"].reshape(-1), own["weight"])
        else:
            self.position -= 1
            self.by_shape(layer, layer["weights"])

    def vector(self, array, layer):
        for shape, wanted in ((layer["flattened"], self.layout.flattened), (layer["restored"], self.layout.restored)):
            if wanted and shape and int(np.prod(shape)) == len(array):
                return channels_first(array, shape)
        return array

    def dense(self, name, own, weight, bias, layer):
        if self.layout.flattened and layer["flattened"] and int(np.prod(layer["flattened"])) == len(weight):
            weight = channels_first(weight, layer["flattened"])
        if self.layout.restored and layer["restored"] and int(np.prod(layer["restored"])) == weight.shape[1]:
            weight = channels_first(weight.T, layer["restored"]).T
            bias = None if bias is None else channels_first(bias, layer["restored"])
        self.put(f"{name}.weight", weight.T, own["weight"])
        self.bias(name, own, bias)

    def bias(self, name, own, array):
        if ("bias" in own) != (array is not None):
            raise Mismatch(
                f"{name} has {'a' if 'bias' in own else 'no'} bias, Keras {'none' if array is None else 'one'}"
            )
        if array is not None:
            self.put(f"{name}.bias", array, own["bias"])

    def depthwise(self, name, own, array):
        self.put(f"{name}.weight", array.transpose(2, 3, 0, 1).reshape(-1, 1, *array.shape[:2]), own["weight"])

    def recurrent(self, name, kind, own, arrays, suffix):
        order = gates_of_torch if kind == "GRU" else lambda array: array
        self.put(f"{name}.weight_ih{suffix}", order(arrays["kernel"]).T, own[f"weight_ih{suffix}"])
        self.put(f"{name}.weight_hh{suffix}", order(arrays["recurrent_kernel"]).T, own[f"weight_hh{suffix}"])
        biases = [own[key] for key in (f"bias_ih{suffix}", f"bias_hh{suffix}") if key in own]
        if bool(biases) != ("bias" in arrays):
            raise Mismatch(f"{name}: biases differ")
        if biases and arrays["bias"].ndim == 2:
            for key, row in zip(("bias_ih", "bias_hh"), order(arrays["bias"])):
                self.put(f"{name}.{key}{suffix}", row, own[f"{key}{suffix}"])
        elif biases:
            self.put(f"{name}.bias_ih{suffix} + bias_hh{suffix}", order(arrays["bias"]), *biases)

    def by_shape(self, layer, arrays):
        """A module of the script's own: its tensors in their order take the first array that fits, turned if it must be."""
        rest = list(arrays)
        if layer["kind"].endswith("GRU") and self.layout.gates:
            rest = [gates_of_torch(array) for array in rest]
        while rest:
            name, module, own = self.next(layer)
            for key, tensor in own.items():
                shape = tuple(tensor.shape)
                for index, array in enumerate(rest):
                    fits = [
                        turned
                        for turned in (kernel(array) if array.ndim > 1 else array, array)
                        if turned.shape == shape
                    ]
                    if fits:
                        self.put(f"{name}.{key}", fits[0], tensor)
                        rest.pop(index)
                        break
                else:
                    raise Mismatch(
                        f"{name}.{key} {shape} fits none of {layer['name']}'s {[array.shape for array in rest]}"
                    )

    def load(self):
        with torch.no_grad():
            for tensors, array, _ in self.entries:
                tensors[0].copy_(torch.as_tensor(array))
                for tensor in tensors[1:]:
                    tensor.zero_()


def current(tensors):
    return sum(tensor.detach().cpu().numpy().astype("float64") for tensor in tensors)
