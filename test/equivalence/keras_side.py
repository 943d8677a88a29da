"""Runs original scripts in real Keras and writes down what they did.

A job is a script; its record (a pickle) holds the models with their layers and weights before and after, the losses and metrics of every
epoch, the printed text and the numbers that its names hold at the end. Nothing is random: dropout is off, rows are not shuffled.
"""

import functools
import inspect
import os
import pickle
import random
import sys

import numpy as np

import old_keras
import programs
import stand_ins

os.environ.update(
    TF_ENABLE_ONEDNN_OPTS="0", CUDA_VISIBLE_DEVICES="", TF_CPP_MIN_LOG_LEVEL="3", KERAS_BACKEND="tensorflow"
)

ROWS = 32  # of the first batch, for the comparison of the first outputs
IMAGES = (
    "RandomFlip",
    "RandomRotation",
    "RandomZoom",
    "RandomTranslation",
    "RandomBrightness",
    "RandomContrast",
    "RandomCrop",
    "RandomHeight",
    "RandomWidth",
)
ADAPTED = ("Normalization", "TextVectorization", "StringLookup", "IntegerLookup", "Discretization")
DRAWN = 0.3  # also in torch_side.py
DROPOUTS = (
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
)


class Recorder:
    def __init__(self, keras, version):
        self.keras, self.version = keras, version
        self.models, self.fits, self.evaluations, self.steps = [], [], [], []
        self.depth = 0

    # ---- models

    def layers(self, model):
        """The layers that have weights, in order, nested models opened, with the maps that were flattened or restored around them."""
        described, flattened, since_flatten = [], None, []

        def visit(layer):
            nonlocal flattened, since_flatten
            if hasattr(layer, "layers") and isinstance(layer.layers, (list, tuple)):
                for inner in layer.layers:
                    visit(inner)
                return
            kind = type(layer).__name__
            if kind == "Flatten":
                shape = shape_of(layer, "input")
                if shape and getattr(layer, "data_format", None) == "channels_first":
                    shape = (shape[0], *shape[2:], shape[1])  # it moves the channels to the end first
                flattened, since_flatten = (
                    (shape[1:] if shape and len(shape) > 2 and None not in shape[1:] else None),
                    [],
                )
            elif kind == "Reshape":
                shape = shape_of(layer, "output")
                for entry in since_flatten:
                    entry["restored"] = shape[1:] if shape and len(shape) > 2 else None
                since_flatten = []
            rates = [getattr(layer, "rate", 0)] if kind in DROPOUTS else []
            cell = getattr(layer, "layer", layer)  # inside Bidirectional, TimeDistributed
            rates += [
                rate
                for rate in (getattr(cell, "dropout", 0), getattr(cell, "recurrent_dropout", 0))
                if isinstance(rate, float)
            ]
            entry = {
                "kind": kind if cell is layer else f"{kind}:{type(cell).__name__}",
                "name": layer.name,
                "rates": [rate for rate in rates if rate],
                "names": [],
                "weights": [],
                "flattened": flattened,
                "restored": None,
            }
            # What is taken from data is compared by the outputs; Keras 3 counts the seeds of dropout among weights.
            if kind not in ADAPTED and len(layer.weights) == len(layer.get_weights()):
                entry["names"] = [weight.name.split("/")[-1].split(":")[0] for weight in layer.weights]
                entry["weights"] = [np.array(weight) for weight in layer.get_weights()]
            described.append(entry)
            if kind == "Dense":
                flattened, since_flatten = None, [entry]
            elif kind in ("BatchNormalization", "LayerNormalization", "PReLU"):
                since_flatten.append(entry)

        visit(model)
        return [entry for entry in described if entry["weights"] or entry["rates"]]

    def register(self, model, x):
        """A model at its first use. Weights that Keras starts at 0 or 1 are moved a little, so that a mix-up of them shows."""
        known = {one for entry in self.models for one in ids_of(entry["model"])}
        if not model.built and x is not None:
            model.predict_on_batch(first(x, 1))
        if ids_of(model) <= known:
            return
        rng = stand_ins.generator(f"model {len(self.models)}")
        for layer in (
            model._flatten_layers(include_self=False, recursive=True)
            if self.version < 3
            else model._flatten_layers(include_self=False)
        ):
            inner = getattr(layer, "layer", None) is not None or hasattr(layer, "cell")
            if hasattr(layer, "layers") or inner or type(layer).__name__ in ADAPTED:
                continue
            weights = [
                move(rng, weight.name, np.array(value)) for weight, value in zip(layer.weights, layer.get_weights())
            ]
            if len(weights) == len(layer.weights):
                layer.set_weights(weights)
        entry = {
            "model": model,
            "name": model.name,
            "layers": self.layers(model),
            "output": None,
            "activation": last_activation(model),
        }
        self.models.append(entry)
        if x is not None:
            stateful = [layer for layer in model.layers if getattr(layer, "stateful", False)]
            fixed = model.input_shape[0] if stateful else None
            output = model.predict_on_batch(first(x, fixed or ROWS))
            entry["output"] = None if isinstance(output, (list, tuple, dict)) else np.array(output)
            for layer in stateful:
                (layer.reset_states if hasattr(layer, "reset_states") else layer.reset_state)()

    def before_step(self, model):
        """The weights before every training step: the other side follows them, so that rounding errors do not add up."""
        # A model made of known ones has no entry of its own: those are its parts.
        own = [index for index, entry in enumerate(self.models) if entry["model"] is model]
        held = ids_of(model)
        parts = own or [
            index
            for index, entry in enumerate(self.models)
            if ids_of(entry["model"]) <= held
        ]
        if parts:
            arrays = {index: [layer["weights"] for layer in self.layers(self.models[index]["model"]) if layer["weights"]] for index in parts}
            self.steps.append(arrays)

    # ---- calls of the script

    def outermost(self, owner, name, around):
        """Replaces a method; only calls that come from outside Keras go through `around`."""
        real = getattr(owner, name)

        @functools.wraps(real)
        def method(model, *args, **kwargs):
            if self.depth:
                return real(model, *args, **kwargs)
            self.depth += 1
            try:
                return around(functools.partial(real, model), model, *args, **kwargs)
            finally:
                self.depth -= 1

        setattr(owner, name, method)

    def fit(self, real, model, x=None, *args, **kwargs):
        self.register(model, rows_of(x))
        recorder = self
        event = {"batches": [], "verbose": 1}

        class Watch(self.keras.callbacks.Callback):
            def on_train_begin(self, logs=None):
                event["verbose"] = self.params.get("verbose", 1)

            def on_epoch_begin(self, epoch, logs=None):
                event["batches"].append(0)
                self.steps = len(recorder.steps)

            def on_train_batch_begin(self, batch, logs=None):
                recorder.before_step(model)

            def on_train_batch_end(self, batch, logs=None):
                event["batches"][-1] += 1
                self.steps = len(recorder.steps)

            def on_epoch_end(self, epoch, logs=None):
                # Of a data set of unknown length, a step is begun that finds no batch.
                del recorder.steps[self.steps :]

        callbacks = kwargs.pop("callbacks", None) or []
        callbacks = list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
        history = real(x, *args, **{**kwargs, "shuffle": False, "callbacks": [*callbacks, Watch()]})
        lasts = len(history.epoch)  # a History that is given again has what earlier calls gave, too
        event["history"] = {
            name: [float(np.mean(value)) for value in column[-lasts:]] for name, column in history.history.items()
        }
        event["penalty"] = bool(model.losses)
        self.fits.append(event)
        return history

    def train_on_batch(self, real, model, x, *args, **kwargs):
        self.register(model, rows_of(x))
        self.before_step(model)
        result = real(x, *args, **kwargs)
        loss = result["loss"] if isinstance(result, dict) else np.ravel(result)[0]
        self.fits.append(
            {"batches": [1], "verbose": 0, "history": {"loss": [float(loss)]}, "penalty": bool(model.losses)}
        )
        return result

    def evaluate(self, real, model, x=None, *args, **kwargs):
        self.register(model, rows_of(x))
        result = real(x, *args, **kwargs)
        verbose = kwargs.get("verbose", args[2] if len(args) > 2 else 1)
        values = result if isinstance(result, (list, dict)) else [result]
        pairs = dict(zip(model.metrics_names, values)) if isinstance(values, list) else values
        self.evaluations.append({"verbose": verbose, "values": {name: float(np.mean(value)) for name, value in pairs.items()}})
        return result

    def first_use(self, real, model, x=None, *args, **kwargs):
        if rows_of(x) is not None:
            self.register(model, rows_of(x))
        return real(x, *args, **kwargs)

    def install(self):
        model = self.keras.Model
        around = {
            "fit": self.fit,
            "fit_generator": self.fit,
            "train_on_batch": self.train_on_batch,
            "evaluate": self.evaluate,
            "evaluate_generator": self.evaluate,
            "test_on_batch": self.first_use,
            "predict": self.first_use,
            "predict_generator": self.first_use,
            "predict_on_batch": self.first_use,
            "__call__": self.first_use,
        }
        for name, function in around.items():
            if hasattr(model, name):
                self.outermost(model, name, function)

    def record(self):
        models = []
        for entry in self.models:
            model = entry.pop("model")
            models.append({**entry, "final": self.layers(model)})
        return {"models": models, "fits": self.fits, "steps": self.steps, "evaluations": self.evaluations}


def shape_of(layer, side):
    try:
        tensor = getattr(layer, side)
        return tuple(tensor.shape)
    except (AttributeError, ValueError):
        return None


def rows_of(x):
    """The input as one array, where it is one; of several inputs a list of arrays."""
    if isinstance(x, list) and x and all(isinstance(one, np.ndarray) and one.ndim for one in x):
        return x if len(x) > 1 else x[0]
    for convert in ("to_numpy", "numpy"):  # of pandas, of TensorFlow outside graphs
        x = getattr(x, convert)() if hasattr(x, convert) else x
    return x if isinstance(x, np.ndarray) else None


def first(x, rows):
    return [one[:rows] for one in x] if isinstance(x, list) else x[:rows]


def ids_of(model):
    """Its variables; the tables of layers for texts, which Keras makes anew each time that one asks, are none."""
    return {id(weight) for weight in model.weights if hasattr(weight, "name")}


def move(rng, name, value):
    if any(part in name for part in ("variance",)):
        return value * np.exp(0.2 * rng.normal(size=value.shape)).astype(value.dtype)
    if any(part in name for part in ("bias", "beta", "gamma", "mean")):
        return value + 0.05 * rng.normal(size=value.shape).astype(value.dtype)
    return value


def last_activation(model):
    layer = model
    while getattr(layer, "layers", None):
        layer = layer.layers[-1]
    if type(layer).__name__ == "TimeDistributed":
        layer = layer.layer
    if type(layer).__name__ == "Softmax":
        return "softmax"
    return getattr(getattr(layer, "activation", None), "__name__", None)


def no_dropout(keras):
    """Layers keep their rates, for the record, and pass their input through."""
    for name in DROPOUTS:
        if hasattr(keras.layers, name):
            getattr(keras.layers, name).call = lambda self, inputs, training=None: inputs


def given_draws(keras, version):
    """What layers of images draw is always the same part of its range, DRAWN, as on the other side."""
    import tensorflow as tf
    from tensorflow.python.ops import image_ops_impl

    def drawn(shape, low, high, dtype=tf.float32):
        if tf.as_dtype(dtype or tf.float32).is_integer:
            return tf.fill(tf.convert_to_tensor(shape, tf.int32), tf.cast(int(DRAWN * 1e6), dtype))
        return tf.fill(tf.convert_to_tensor(shape, tf.int32), low + (high - low) * DRAWN)

    def of_tensorflow(shape, seed, minval=0, maxval=None, dtype=tf.float32, name=None, alg=None):
        flips = (minval, maxval) == (0, 1)  # above a half, PyTorch's side below
        return 1 - drawn(shape, 0.0, 1.0) if flips else drawn(shape, minval, maxval)

    image_ops_impl.stateless_random_ops.stateless_random_uniform = of_tensorflow
    for name in IMAGES:
        kind = getattr(keras.layers, name, None)
        if kind is None:
            continue
        if version < 3:
            generator = keras.src.backend.RandomGenerator
            real = generator.random_uniform

            def of_tf_keras(self, shape, minval=0.0, maxval=None, dtype=None, nonce=None, real=real):
                ours = getattr(self, "of_images", False)
                return drawn(shape, minval, maxval, dtype) if ours else real(self, shape, minval, maxval, dtype, nonce)

            def __init__(self, *args, real=kind.__init__, **kwargs):
                real(self, *args, **kwargs)
                self._random_generator.of_images = True

            generator.random_uniform = of_tf_keras
            kind.__init__ = __init__
        else:
            uniform = keras.src.backend.random

            def transformation(self, *args, real=kind.get_random_transformation, **kwargs):
                kept, uniform.uniform = uniform.uniform, lambda shape, minval=0.0, maxval=1.0, **_: drawn(shape, minval, maxval)
                try:
                    return real(self, *args, **kwargs)
                finally:
                    uniform.uniform = kept

            kind.get_random_transformation = transformation


def no_recurrent_dropout(mixin):
    for name in ("get_dropout_mask_for_cell", "get_recurrent_dropout_mask_for_cell"):
        if hasattr(mixin, name):
            setattr(mixin, name, lambda self, inputs, training, count=1: [1.0] * count)
    for name in ("get_dropout_mask", "get_recurrent_dropout_mask"):
        if hasattr(mixin, name):
            setattr(mixin, name, lambda self, inputs: 1.0)


def own_random_numbers():
    """Keras draws the seeds of its layers from Python's generator: not from the one that the script uses."""
    generator = random.Random(20)
    for name, module in list(sys.modules.items()):
        # set_random_seed, in the two modules left out, is for both
        if name.split(".")[0] in ("keras", "tf_keras") and name.split(".")[-1] not in ("rng_utils", "tf_utils"):
            for key, value in list(vars(module).items()):
                if value is random:
                    setattr(module, key, generator)


def small_cifar(module):
    """The loader of CIFAR-10 counts on full archives: its numbers become those of the stand-ins."""
    names = module.load_data.__globals__
    source = inspect.getsource(module.load_data)
    source = (
        source[source.index("def load_data") :]
        .replace("50000", str(stand_ins.CIFAR_TRAIN))
        .replace("10000", str(stand_ins.CIFAR_TRAIN // 5))
    )
    exec(compile(source, names["__file__"], "exec"), names)
    module.load_data = names["load_data"]


def local_downloads(module, transport, checksum, folder):
    """Keras's own get_file, over the stand-ins: their checksums are other ones."""
    setattr(module, transport, lambda address, path, *_, **__: stand_ins.copy_stand_in(address, path, folder))
    setattr(module, checksum, lambda *_, **__: True)


def job(request):
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    version, folder = request["version"], request["folder"]
    own_random_numbers()
    if version < 3:
        import tf_keras as keras
        from tf_keras.src.layers.rnn.dropout_rnn_cell_mixin import DropoutRNNCellMixin
        from tf_keras.src.utils import data_utils

        local_downloads(data_utils, "urlretrieve", "validate_file", request["data"])
        no_recurrent_dropout(DropoutRNNCellMixin)
        old_keras.install(keras, tf, first=version == 1)
    else:
        import keras
        from keras.src.backend import config
        from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell
        from keras.src.utils import file_utils

        config._KERAS_DIR = os.path.join(folder, ".keras")
        local_downloads(file_utils, "urlretrieve", "validate_file", request["data"])
        no_recurrent_dropout(DropoutRNNCell)
    small_cifar(keras.datasets.cifar10)
    no_dropout(keras)
    given_draws(keras, version)
    tf.data.Dataset.shuffle = lambda self, *_, **__: self
    tf.random.set_seed(20)
    recorder = Recorder(keras, version)
    recorder.install()
    with open(request["script"], encoding="utf-8") as file:
        source = file.read()
    own = programs.functions_of(source)
    output, namespace, error = programs.run(request["script"], own)
    record = {
        **recorder.record(),
        "error": error,
        "printed": "".join(output.script),
        "values": programs.values_of(namespace),
        "functions": own,
        "calls_in_training": programs.calls_in_training(source),
    }
    with open(request["record"], "wb") as file:
        pickle.dump(record, file)


if __name__ == "__main__":
    # imported once, before the forks; no operation runs here, because threads do not survive a fork
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import keras  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import pandas  # noqa: F401
    import sklearn.model_selection  # noqa: F401
    import sklearn.preprocessing  # noqa: F401
    import tensorflow  # noqa: F401
    import tf_keras  # noqa: F401

    sys.path.pop(0)
    programs.serve(job)
