"""Runs converted scripts in real PyTorch, from the weights that Keras started with, and writes down what they did.

It knows no name of a converted script: a model is a module with parameters that is called from outside any other module.
Nothing is random, as on the other side: dropout passes its input through, permutations keep the order.

Two differences of the frameworks are accepted in converted scripts, and taken out here so that the comparison can be exact about
everything else. Keras adds Adam's epsilon before the bias correction, PyTorch after it. Keras 3 always, and Keras 2 where no spatial axes
are left, keeps the biased variance of a batch in BatchNormalization's moving average; PyTorch keeps the unbiased one.
"""

import io
import os
import pickle
import sys
import urllib.request

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import nn
from torch.optim import optimizer as optimizers

import programs
import stand_ins
import weights

ROWS = 32
DRAWN = 0.3  # also in keras_side.py
MODAL = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._NormBase)  # what training mode means something to
NOISE = 1e-6  # of the model's largest gradient: below it Adam and RMSprop step by the sign of a rounding error


class Recorder:
    def __init__(self, original):
        self.original = original
        self.models, self.steps, self.updates = [], [], []
        self.depth, self.calls = 0, []
        self.gradients, self.stepped = {}, 0
        self.dropout = None  # the rates that the current call meets

    # ---- models

    def model_of(self, module):
        """The known model that this module is, is part of, or wraps; a new one where its parameters are new."""
        ids = {id(tensor) for tensor in module.parameters()} | {id(tensor) for tensor in module.buffers()}
        for model in sorted(self.models, key=lambda model: model["ids"] != ids):
            if ids & model["ids"] and (ids <= model["ids"] or not self.is_whole(model)):
                model["ids"] |= ids
                if ids - {id(t) for t in model["module"].parameters()} - {id(t) for t in model["module"].buffers()}:
                    model["module"] = module  # seen from inside first
                return model
        model = {
            "module": module,
            "ids": ids,
            "stepped": False,
            "layout": None,
            "forward": None,
            "rates": None,
            "error": None,
            "before": None,
        }
        if len(self.models) < len(self.original["models"]):
            model["original"] = self.original["models"][len(self.models)]
        else:
            model["error"] = "a model that the original does not use"
        self.models.append(model)
        return model

    def is_whole(self, model):
        """Whether all that the original's model has is in it: what has more than that is another model around it or beside it."""
        return len(self.models) < len(self.original["models"]) and not model["error"] and model["layout"] is not None

    def parts_of(self, module):
        """The known models that this module is made of, where it is made of several and nothing else."""
        ids = {id(tensor) for tensor in (*module.parameters(), *module.buffers())}
        parts = [model for model in self.models if model["ids"] <= ids]
        return parts if len(parts) > 1 and set.union(*(model["ids"] for model in parts)) == ids else []

    def prepare(self, model, call, args):
        """Until training starts: Keras's weights, and the first outputs beside Keras's."""
        if model["stepped"] or model["error"]:
            return
        module, original = model["module"], model["original"]
        try:
            if model["layout"] is not None and model["forward"] is not None and model["forward"]["error"] < 1e-5:
                self.load(model)
                return
            results = []
            for layout in weights.LAYOUTS:
                weights.Map(module, original["layers"], layout).load()
                results.append((self.first_error(model, call, args), layout))
                if results[-1][0]["error"] < 1e-5 or original["output"] is None:
                    break
            best, layout = min(results, key=lambda result: result[0]["error"])
            weights.Map(module, original["layers"], layout).load()
            model["held"] = held(module)
            if model["forward"] is None or best["error"] < model["forward"]["error"]:
                model["forward"], model["layout"] = best, layout
        except weights.Mismatch as mismatch:
            model["error"] = str(mismatch)

    def load(self, model):
        """Keras's weights, where the script has not set others since they were last there."""
        module = model["module"]
        before = model.get("held")
        if before is not None and not all(map(torch.equal, before, held(module))):
            return
        weights.Map(module, model["original"]["layers"], model["layout"]).load()
        model["held"] = held(module)

    def first_error(self, model, call, args):
        """The distance of the outputs for the first rows, with the last activation applied where only Keras has it in the model."""
        expected = model["original"]["output"]
        if expected is None or not args or not torch.is_tensor(args[0]):
            return {"error": float("inf"), "reading": "no common input"}
        parts = list(model["module"].modules())
        training = {id(part): part.training for part in parts}
        states = [(part, part.state) for part in parts if hasattr(part, "state")]
        for part, _ in states:
            part.state = None
        model["module"].eval()
        try:
            with torch.no_grad():
                rows = min(len(args[0]), ROWS, len(expected))
                output = call(*(one[:rows] if torch.is_tensor(one) else one for one in args))
        except (RuntimeError, IndexError) as problem:
            return {"error": float("inf"), "reading": str(problem)}
        finally:
            for part in parts:
                part.training = training[id(part)]
            for part, state in states:
                part.state = state
        if not torch.is_tensor(output):
            return {"error": float("inf"), "reading": f"the output is a {type(output).__name__}"}
        expected = expected[:rows].astype("float64")
        errors = [
            {"error": float("inf"), "reading": f"outputs of shape {tuple(output.shape)}, Keras's {expected.shape}"}
        ]
        for name, read in self.readings(output, model["original"]["activation"]):
            value = read.numpy().astype("float64")
            for order, array in (
                ("", value),
                (", channels last", np.moveaxis(value, 1, -1) if value.ndim > 2 else value),
            ):
                if array.shape != expected.shape and array.size == expected.size and 1 in expected.shape:
                    array = array.reshape(expected.shape)
                if array.shape == expected.shape:
                    error = np.max(np.abs(array - expected), initial=0.0) / max(
                        1.0, np.max(np.abs(expected), initial=0.0)
                    )
                    errors.append(
                        {"error": float(error) if np.isfinite(error) else float("inf"), "reading": name + order}
                    )
        return min(errors, key=lambda entry: entry["error"])

    @staticmethod
    def readings(output, activation):
        yield "as it is", output
        if activation == "softmax":
            yield "softmax of it", output.softmax(1 if output.dim() > 2 else -1)
            yield "softmax of its last axis", output.softmax(-1)
        if activation == "sigmoid":
            yield "sigmoid of it", output.sigmoid()

    def map(self, model, arrays=None):
        layers = [layer for layer in model["original"]["layers"] if layer["weights"]]
        if arrays is not None:
            layers = [{**layer, "weights": weights} for layer, weights in zip(layers, arrays)]
        return weights.Map(model["module"], layers, model["layout"])

    def follow(self, model):
        """Before a training step: the weights beside Keras's before the same step, then Keras's instead of them."""
        if (
            model["error"]
            or model["layout"] is None
            or self.stepped == model["before"]
            or self.stepped >= len(self.original["steps"])
        ):
            return
        arrays = self.original["steps"][self.stepped].get(self.models.index(model))
        if arrays is None:
            return
        expected = self.map(model, arrays)
        if model["before"] is not None:
            self.compare_update(model, expected)
        expected.load()
        model["before"], model["arrays"] = self.stepped, arrays

    def compare_update(self, model, expected):
        """What the last step made of the weights, in norms for each tensor."""
        before = self.map(model, model["arrays"])
        known = [
            self.gradients[id(tensors[0])] for tensors, _, _ in expected.entries if id(tensors[0]) in self.gradients
        ]
        largest = max((float(gradient.max()) for gradient in known if gradient.numel()), default=0.0)
        for (tensors, array, label), (_, start, _) in zip(expected.entries, before.entries):
            error = weights.current(tensors) - array
            gradient = self.gradients.get(id(tensors[0]))
            if gradient is not None:
                gradient = gradient.numpy()
                error = np.where((gradient > 0) & (gradient < NOISE * largest), 0.0, error)
            self.updates.append(
                {
                    "model": self.models.index(model),
                    "step": self.stepped,
                    "label": label,
                    "error": float(np.linalg.norm(error)),
                    "largest": float(np.max(np.abs(error), initial=0)),
                    "moved": float(np.linalg.norm(array.astype("float64") - start)),
                    "size": float(np.linalg.norm(array)),
                }
            )

    # ---- what PyTorch is asked to do

    def call(self, real, module, args, kwargs):
        if self.depth or not any(True for _ in module.parameters()) or not isinstance(module, nn.Module):
            return real(module, *args, **kwargs)
        self.depth += 1
        try:
            lazy = any(isinstance(tensor, nn.parameter.UninitializedTensorMixin) for tensor in module.parameters())
            parts = [] if lazy else self.parts_of(module)
            model = None if lazy else {"rates": None} if parts else self.model_of(module)
            if model is not None and not parts and model["module"] is module:
                self.prepare(model, lambda *inputs: real(module, *inputs), args)
            else:
                for one in parts or [model]:
                    if one is not None and not one["stepped"] and not one["error"] and one["layout"] is not None:
                        self.load(one)
            if model is not None and torch.is_grad_enabled():
                for one in parts or [model]:
                    self.follow(one)
            self.dropout = []
            output = real(module, *args, **kwargs)
            if model is not None:
                sensitive = any(
                    isinstance(part, MODAL) or is_random(part) for part in module.modules()
                )
                training = any(
                    part.training
                    for part in module.modules()
                    if isinstance(part, MODAL) or is_random(part)
                )
                rows = len(args[0]) if args and torch.is_tensor(args[0]) and args[0].dim() else 1
                self.calls.append(
                    {
                        "model": model,
                        "rows": rows,
                        "training": training,
                        "sensitive": sensitive,
                        "backward": False,
                        "rates": self.dropout,
                    }
                )
            return output
        finally:
            self.depth -= 1

    def backward(self, loss):
        call = next((call for call in reversed(self.calls) if not call["backward"]), None)
        self.steps.append({"loss": float(loss.detach()), "rows": call["rows"] if call else 0})
        if call:
            call["backward"] = True
            if call["model"]["rates"] is None:
                call["model"]["rates"] = call["rates"]

    def before_step(self, optimizer, args, kwargs):
        for group in optimizer.param_groups:
            if isinstance(optimizer, (torch.optim.Adam, torch.optim.AdamW)):
                states = [optimizer.state[tensor] for tensor in group["params"] if tensor.grad is not None]
                step = 1 + max((float(state["step"]) for state in states if "step" in state), default=0)
                group["epsilon of the script"] = group["eps"]
                group["eps"] = group["eps"] / (1 - group["betas"][1] ** step) ** 0.5
            for tensor in group["params"]:
                if tensor.grad is not None:
                    size = tensor.grad.detach().abs()
                    known = self.gradients.get(id(tensor))
                    self.gradients[id(tensor)] = size if known is None else torch.maximum(known, size)

    def after_step(self, optimizer, args, kwargs):
        stepped = {id(tensor) for group in optimizer.param_groups for tensor in group["params"]}
        for group in optimizer.param_groups:
            if "epsilon of the script" in group:
                group["eps"] = group.pop("epsilon of the script")
        self.steps[-1]["stepped"] = True
        self.stepped += 1
        for model in self.models:
            if model["ids"] & stepped:
                model["stepped"] = True

    def modes(self):
        """Calls in the wrong mode, where the mode means something: dropout and batch statistics belong to training alone."""
        for call in self.calls:
            asked = call["training"] and self.original["calls_in_training"]
            if call["sensitive"] and call["training"] != call["backward"] and not asked:
                return (
                    "a call in training mode that trains nothing"
                    if call["training"]
                    else "a training step in evaluation mode"
                )
        return None

    # ---- installation and result

    def install(self):
        recorder = self
        real_call, real_backward = nn.Module.__call__, torch.Tensor.backward

        def call(module, *args, **kwargs):
            return recorder.call(real_call, module, args, kwargs)

        def backward(tensor, *args, **kwargs):
            recorder.backward(tensor)
            return real_backward(tensor, *args, **kwargs)

        nn.Module.__call__ = call
        torch.Tensor.backward = backward
        optimizers.register_optimizer_step_pre_hook(self.before_step)
        optimizers.register_optimizer_step_post_hook(self.after_step)

    def record(self):
        models = []
        for model in self.models:
            if not model["error"] and model["layout"] is not None and model["before"] is not None:
                final = [layer["weights"] for layer in model["original"]["final"] if layer["weights"]]
                self.compare_update(model, self.map(model, final))
            models.append({key: model[key] for key in ("forward", "error", "rates")})
        return {"models": models, "steps": self.steps, "updates": self.updates, "modes": self.modes()}


def held(module):
    return [parameter.detach().clone() for parameter in module.parameters()]


def keep_order():
    """Every permutation is the identity: DataLoader, RandomSampler and hand-written loops keep the rows as they are."""

    def randperm(n, *, out=None, generator=None, dtype=torch.int64, device=None, **_):
        return torch.arange(n, dtype=dtype, device=device)

    torch.randperm = randperm


def is_random(module):
    """Whether it is a layer that changes images at random."""
    return type(module).__name__.startswith("Random")


def given_draws():
    """What layers of images draw is always the same part of its range, as on Keras's side, and noise is none."""
    kept = torch.rand, torch.randint, torch.randn_like

    def rand(*shape, device=None):
        return torch.full(shape[0] if shape and not isinstance(shape[0], int) else shape, DRAWN, device=device)

    def before(module, args):
        if is_random(module):
            torch.rand, torch.randint = rand, lambda high, shape: torch.full(shape, int(DRAWN * 1e6) % high)
        if type(module).__name__.startswith("Gaussian"):
            torch.randn_like = torch.zeros_like

    def after(module, args, output):
        if is_random(module) or type(module).__name__.startswith("Gaussian"):
            torch.rand, torch.randint, torch.randn_like = kept

    nn.modules.module.register_module_forward_pre_hook(before)
    nn.modules.module.register_module_forward_hook(after)


def no_dropout(recorder):
    def passes(x, p=0.5, training=True, inplace=False):
        if training and recorder.dropout is not None and p:
            recorder.dropout.append(p)
        return x

    for name in ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"):
        setattr(F, name, passes)
    torch.dropout = lambda x, p, train: passes(x, p, train)
    torch.dropout_ = torch.dropout


class Response(io.BytesIO):
    """What urlopen returns, as far as downloads look at it."""

    def __init__(self, address, folder):
        with open(stand_ins.stand_in(address, folder), "rb") as file:
            super().__init__(file.read())
        self.url, self.length, self.status = address, len(self.getbuffer()), 200
        self.headers = {"Content-Length": str(self.length)}

    def info(self):
        return self.headers


def biased_batch_norm(version):
    real = F.batch_norm

    def batch_norm(x, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
        before = None if running_var is None else running_var.clone()
        output = real(x, running_mean, running_var, weight, bias, training, momentum, eps)
        if training and before is not None and (version == 3 or x.dim() < 4):
            with torch.no_grad():
                axes = [axis for axis in range(x.dim()) if axis != 1]
                running_var.data.copy_(before.lerp(x.var(axes, correction=0), momentum))
        return output

    F.batch_norm = batch_norm


def local_downloads(folder):
    """torchvision, torch.hub and urllib get the stand-ins; torchvision's checksums are other ones."""
    utils = torchvision.datasets.utils
    for module in (utils, torchvision.datasets.mnist, torchvision.datasets.cifar):
        module.check_integrity = lambda path, md5=None: os.path.isfile(path)

    def retrieve(address, path=None, *_, **__):
        path = path or os.path.basename(str(address))
        stand_ins.copy_stand_in(address, path, folder)
        return path, None

    urllib.request.urlretrieve = retrieve
    urllib.request.urlopen = lambda address, *_, **__: Response(getattr(address, "full_url", address), folder)
    torch.hub.download_url_to_file = lambda address, path, *_, **__: stand_ins.copy_stand_in(address, path, folder)


def job(request):
    with open(request["original"], "rb") as file:
        original = pickle.load(file)
    torch.set_num_threads(1)
    torch.manual_seed(20)
    recorder = Recorder(original)
    keep_order()
    no_dropout(recorder)
    given_draws()
    biased_batch_norm(request["version"])
    local_downloads(request["data"])
    recorder.install()
    output, namespace, error = programs.run(request["script"], original["functions"])
    record = {
        **recorder.record(),
        "error": error,
        "printed": "".join(output.script),
        "progress": "".join(output.added),
        "values": programs.values_of(namespace),
    }
    with open(request["record"], "wb") as file:
        pickle.dump(record, file)


if __name__ == "__main__":
    # imported once, before the forks
    import matplotlib.pyplot  # noqa: F401
    import pandas  # noqa: F401
    import sklearn.model_selection  # noqa: F401
    import sklearn.preprocessing  # noqa: F401
    import torch.utils.data  # noqa: F401

    sys.path.pop(0)
    programs.serve(job)
