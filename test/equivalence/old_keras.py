"""Old spellings on top of tf_keras: what Keras 1 called its arguments, where its modules were, how its optimizers behaved."""

import importlib
import pathlib
import sys
import types

import numpy as np

import old_merging
import sklearn_wrappers

OLD_LAYER_MODULES = (
    "core convolutional pooling recurrent embeddings normalization noise wrappers merge local "
    "advanced_activations convolutional_recurrent cudnn_recurrent"
).split()
OPTIMIZERS = "SGD RMSprop Adagrad Adadelta Adam Adamax Nadam Ftrl".split()
PREFIXES = ("keras", "tensorflow.keras", "tensorflow.python.keras")

# Keras 1 name of an argument -> today's
ARGUMENTS = {
    "output_dim": "units",
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    "border_mode": "padding",
    "subsample": "strides",
    "subsample_length": "strides",
    "atrous_rate": "dilation_rate",
    "pool_length": "pool_size",
    "stride": "strides",
    "bias": "use_bias",
    "init": "kernel_initializer",
    "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation",
    "W_regularizer": "kernel_regularizer",
    "U_regularizer": "recurrent_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "U_constraint": "recurrent_constraint",
    "b_constraint": "bias_constraint",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
    "p": "rate",
    "sigma": "stddev",
    "dim_ordering": "data_format",
}
ORDERINGS = {"tf": "channels_last", "th": "channels_first"}


def of_today(kind, weights):
    """Weights as Keras 1 keeps them, in the order of later versions: one array for all gates (i, f, c, o; z, r, h)."""
    if kind == "Conv1D":
        return [np.squeeze(weights[0], 1), *weights[1:]]
    gates = {"LSTM": ("i", "c", "f", "o"), "GRU": ("z", "r", "h")}.get(kind)
    if gates is None:
        return weights
    own = {gate: weights[3 * at : 3 * at + 3] for at, gate in enumerate(gates)}
    later = ("i", "f", "c", "o") if kind == "LSTM" else gates
    return [np.concatenate([own[gate][part] for gate in later], axis=-1) for part in range(3)]


def keras1_layer(layer):
    """The layer under its Keras 1 signature."""
    embedding = layer.__name__ == "Embedding"

    class Old(layer):
        def __init__(self, *args, **kwargs):
            if "nb_row" in kwargs:
                kwargs["kernel_size"] = (kwargs.pop("nb_row"), kwargs.pop("nb_col"))
            if layer.__name__ == "Conv2D" and len(args) >= 3:
                args = (args[0], (args[1], args[2]))
            for old, new in ARGUMENTS.items():
                if old in kwargs and not (embedding and old == "output_dim"):
                    kwargs[("embeddings_initializer" if old == "init" else new) if embedding else new] = kwargs.pop(old)
            if kwargs.get("data_format") in ORDERINGS:
                kwargs["data_format"] = ORDERINGS[kwargs["data_format"]]
            if kwargs.get("weights") is not None:
                kwargs["weights"] = of_today(layer.__name__, kwargs["weights"])
            super().__init__(*args, **kwargs)

    Old.__name__ = Old.__qualname__ = layer.__name__
    return Old


def module(name, *sources, **names):
    made = types.ModuleType(name)
    made.__path__ = []
    for source in sources:
        made.__dict__.update({key: value for key, value in vars(source).items() if not key.startswith("__")})
    made.__dict__.update(names)
    return made


def legacy_optimizers(keras):
    """The optimizers that scripts before Keras 3 were written for: epsilon outside the root, `lr` and `decay` applied."""
    legacy = keras.optimizers.legacy
    for name in OPTIMIZERS:
        setattr(keras.optimizers, name, getattr(legacy, name))

    def get(identifier, **_):
        if isinstance(identifier, str):
            return next(getattr(legacy, name) for name in OPTIMIZERS if name.lower() == identifier.lower())()
        return identifier

    keras.optimizers.get = get
    importlib.import_module("tf_keras.src.optimizers").get = get


def channels_first_on_cpus():
    """TensorFlow has kernels for channels-first maps on GPUs only: here the map is turned for them, and back."""
    v2 = importlib.import_module("tensorflow.compat.v2")
    nn, older = v2.nn, v2.compat.v1.nn

    def turned(function, sizes):
        def run(x, *args, data_format=None, **kwargs):
            if not (data_format or "").startswith("NC"):
                return function(x, *args, data_format=data_format, **kwargs)
            last = [0, *range(2, len(x.shape)), 1]
            for name in sizes:
                kwargs[name] = [kwargs[name][axis] for axis in last]
            y = function(v2.transpose(x, last), *args, data_format=f"N{data_format[2:]}C", **kwargs)
            return v2.transpose(y, [0, len(last) - 1, *range(1, len(last) - 1)])

        return run

    nn.convolution = turned(nn.convolution, ())
    older.max_pool = turned(older.max_pool, ("ksize", "strides"))
    nn.avg_pool = turned(nn.avg_pool, ("ksize", "strides"))


def install(keras, tf, first=False):
    """Every address at which Keras has stood leads to tf_keras; with `first`, under the names of Keras 1."""
    channels_first_on_cpus()
    legacy_optimizers(keras)
    layers = keras.layers
    if first:
        sys.path.append(str(pathlib.Path(__file__).parent.parent / "layers"))
        of_keras1 = importlib.import_module("keras1")
    layers.Convolution1D, layers.Convolution2D = layers.Conv1D, layers.Conv2D
    if first:
        for name, layer in list(vars(layers).items()):
            if (
                isinstance(layer, type)
                and issubclass(layer, layers.Layer)
                and name not in ("Layer", "InputLayer", "Wrapper")
            ):
                setattr(layers, name, keras1_layer(layer))
        old_merging.install(keras)
        for name in of_keras1.NAMES:
            setattr(layers, name, getattr(of_keras1, name))
    backend = keras.backend
    backend.image_dim_ordering = lambda: "tf" if backend.image_data_format() == "channels_last" else "th"
    backend.set_image_dim_ordering = lambda ordering: backend.set_image_data_format(ORDERINGS[ordering])
    np_utils = module("np_utils", to_categorical=keras.utils.to_categorical, normalize=keras.utils.normalize)
    keras.utils.np_utils = np_utils
    keras.objectives = keras.losses
    subs = {
        name: value
        for name, value in vars(keras).items()
        if isinstance(value, types.ModuleType) and not name.startswith("_")
    }
    for parent in ("datasets", "preprocessing", "applications", "optimizers"):
        for name, value in vars(subs[parent]).items():
            if isinstance(value, types.ModuleType) and not name.startswith("_"):
                subs[f"{parent}.{name}"] = value
    subs.update({f"layers.{name}": layers for name in OLD_LAYER_MODULES})
    keras.wrappers = module("wrappers", scikit_learn=sklearn_wrappers.of(keras, first))
    subs.update({"wrappers": keras.wrappers, "wrappers.scikit_learn": keras.wrappers.scikit_learn})
    subs.update({"utils.np_utils": np_utils, "utils.vis_utils": keras.utils, "utils.generic_utils": keras.utils})
    for name in [name for name in sys.modules if name == "keras" or name.startswith("keras.")]:
        del sys.modules[name]
    for prefix in PREFIXES:
        sys.modules[prefix] = keras
        sys.modules.update({f"{prefix}.{name}": value for name, value in subs.items()})
    tf.keras = keras
    importlib.import_module("tensorflow.python").keras = keras

    if first:
        real = keras.Model.fit

        def fit(self, *args, nb_epoch=None, **kwargs):
            return real(self, *args, **(kwargs if nb_epoch is None else {**kwargs, "epochs": nb_epoch}))

        keras.Model.fit = fit
