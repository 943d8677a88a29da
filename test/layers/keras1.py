"""Layers that only Keras 1 has, with its own weights, for the Keras of today.

What they compute, how their weights start, and in which order they are kept is that of Keras 1.2.2 on TensorFlow, with
the channels last.
"""

import math

import tensorflow as tf
import tf_keras
from tf_keras import activations, initializers


NAMES = (
    "MaxoutDense Highway SReLU ParametricSoftplus AtrousConvolution1D AtrousConvolution2D Deconvolution2D"
).split()


class Fans:
    """An initializer of Keras 1: a distribution, and fans counted as there."""

    def __init__(self, name, order="th"):
        self.name = name
        self.order = order

    def fans(self, shape):
        if len(shape) == 2:
            return shape
        if len(shape) in (4, 5) and self.order == "th":
            field = math.prod(shape[2:])
            return shape[1] * field, shape[0] * field
        if len(shape) in (4, 5):
            field = math.prod(shape[:2])
            return shape[-2] * field, shape[-1] * field
        return (math.sqrt(math.prod(shape)),) * 2

    def __call__(self, shape, dtype=None, **_):
        fan_in, fan_out = self.fans(tuple(shape))
        kind, _, distribution = self.name.partition("_")
        fan = {"glorot": (fan_in + fan_out) / 2, "he": fan_in / 2, "lecun": fan_in}[kind]
        if distribution == "uniform":
            bound = math.sqrt(3 / fan)
            return tf.random.uniform(shape, -bound, bound, dtype)
        return tf.random.normal(shape, 0, math.sqrt(1 / fan), dtype)


class Orthogonal:
    """Keras 1 scales it by 1.1, and takes an array for a matrix with as many rows as its first axis is long."""

    def __call__(self, shape, dtype=None, **_):
        return tf.reshape(initializers.Orthogonal(1.1)((shape[0], math.prod(shape[1:])), dtype), shape)


def initializer(name, order="th"):
    if name == "orthogonal":
        return Orthogonal()
    if name.split("_")[0] in ("glorot", "he", "lecun"):
        return Fans(name, order)
    if name == "uniform":
        return lambda shape, dtype=None, **_: tf.random.uniform(shape, -0.05, 0.05, dtype)
    if name == "normal":
        return lambda shape, dtype=None, **_: tf.random.normal(shape, 0, 0.05, dtype)
    return initializers.get({"zero": "zeros", "one": "ones"}.get(name, name))


class Old(tf_keras.layers.Layer):
    """A layer that can be made again, as the statistics of its start need."""

    POSITIONAL = ()

    def __init__(self, *args, **config):
        config = {**dict(zip(self.POSITIONAL, args)), **config}
        self.config = {key: value for key, value in config.items() if key not in ("input_dim", "input_shape")}
        shape = (config["input_dim"],) if config.get("input_dim") else config.get("input_shape")
        super().__init__(**({"input_shape": shape} if shape else {}))
        self.penalty = tf_keras.regularizers.get(config.get("W_regularizer"))

    def get_config(self):
        return self.config

    @classmethod
    def from_config(cls, config):
        return cls(**config)


class MaxoutDense(Old):
    POSITIONAL = ("output_dim", "nb_feature")

    def build(self, shape):
        config = self.config
        pieces, units = config.get("nb_feature", 4), config["output_dim"]
        start = initializer(config.get("init", "glorot_uniform"))
        self.kernel = self.add_weight("kernel", (pieces, shape[1], units), initializer=start, regularizer=self.penalty)
        self.bias = self.add_weight("bias", (pieces, units)) if config.get("bias", True) else None
        if self.bias is not None:
            self.bias.assign(tf.zeros_like(self.bias))

    def call(self, x):
        outputs = tf.tensordot(x, self.kernel, [[1], [1]])
        return tf.reduce_max(outputs if self.bias is None else outputs + self.bias, axis=1)


class Highway(Old):
    def build(self, shape):
        size = shape[1]
        start = initializer(self.config.get("init", "glorot_uniform"))
        self.kernel = self.add_weight("W", (size, size), initializer=start, regularizer=self.penalty)
        self.kernel_carry = self.add_weight("W_carry", (size, size), initializer=start)
        self.has_bias = self.config.get("bias", True)
        if self.has_bias:
            self.bias = self.add_weight("b", (size,), initializer="zeros")
            self.bias_carry = self.add_weight("b_carry", (size,), initializer="ones")

    def call(self, x):
        carry, outputs = x @ self.kernel_carry, x @ self.kernel
        if self.has_bias:
            carry, outputs = carry + self.bias_carry, outputs + self.bias
        transform = tf.sigmoid(carry)
        return activations.get(self.config.get("activation"))(outputs) * transform + (1 - transform) * x


class Shaped(Old):
    """A layer with weights of the shape of a sample, or of 1 along the axes that share them."""

    def build(self, shape):
        shared = self.config.get("shared_axes") or []
        shape = [1 if axis in shared else size for axis, size in enumerate(shape)][1:]
        for name, start in self.starts().items():
            setattr(self, name, self.add_weight(name, shape, initializer=start))


class SReLU(Shaped):
    DEFAULTS = {"t_left": "zero", "a_left": "glorot_uniform", "t_right": "glorot_uniform", "a_right": "one"}

    def starts(self):
        return {
            name: initializer(self.config.get(f"{name}_init", default)) for name, default in self.DEFAULTS.items()
        }

    def call(self, x):
        right = self.t_left + tf.abs(self.t_right)
        rise = tf.clip_by_value(tf.nn.relu(x - self.t_left), 0.0, right - self.t_left)
        fall = self.a_left * tf.nn.relu(self.t_left - x)
        return self.t_left + rise - fall + tf.nn.relu(x - right) * self.a_right


class ParametricSoftplus(Shaped):
    def starts(self):
        defaults = {"alpha": 0.2, "beta": 5.0}
        return {
            f"{name}s": initializers.Constant(self.config.get(f"{name}_init", default))
            for name, default in defaults.items()
        }

    def call(self, x):
        return tf.nn.softplus(self.betas * x) * self.alphas


def of_image(start):
    """Kernels of sequences are kept as those of images of one column."""
    return lambda shape, dtype=None, **_: tf.squeeze(start((shape[0], 1, *shape[1:]), dtype), 1)


class Convolution(Old):
    """A layer with a kernel for images; sequences are images of one column."""

    POSITIONAL = ("nb_filter", "nb_row", "nb_col")

    def build(self, shape):
        config = self.config
        size = (config["nb_row"], config["nb_col"]) if "nb_row" in config else (config["filter_length"],)
        kernel = (*size, shape[-1], config["nb_filter"])
        start = initializer(config.get("init", "glorot_uniform"), "tf" if len(size) > 1 else "th")
        if len(size) == 1:
            start = of_image(start)
        self.kernel = self.add_weight("kernel", kernel, initializer=start, regularizer=self.penalty)
        if config.get("bias", True):
            self.bias = self.add_weight("bias", (config["nb_filter"],), initializer="zeros")

    def call(self, x):
        y = self.convolve(x)
        return activations.get(self.config.get("activation"))(y + self.bias if self.config.get("bias", True) else y)


class AtrousConvolution2D(Convolution):
    def convolve(self, x):
        config = self.config
        rate, stride = config.get("atrous_rate", (1, 1)), config.get("subsample", (1, 1))
        padding = config.get("border_mode", "valid").upper()
        if tuple(rate) == (1, 1):
            return tf.nn.conv2d(x, self.kernel, stride, padding)
        return tf.nn.atrous_conv2d(x, self.kernel, rate[0], padding)


class AtrousConvolution1D(Convolution):
    POSITIONAL = ("nb_filter", "filter_length")

    def convolve(self, x):
        config = self.config
        rate, stride = config.get("atrous_rate", 1), config.get("subsample_length", 1)
        padding = config.get("border_mode", "valid").upper()
        x, kernel = x[:, :, None], self.kernel[:, None]
        y = tf.nn.atrous_conv2d(x, kernel, rate, padding) if rate > 1 else tf.nn.conv2d(x, kernel, (stride, 1), padding)
        return y[:, :, 0]


class Deconvolution2D(Convolution):
    POSITIONAL = ("nb_filter", "nb_row", "nb_col", "output_shape")

    def convolve(self, x):
        config = self.config
        shape = (tf.shape(x)[0], *config["output_shape"][1:])
        padding = config.get("border_mode", "valid").upper()
        kernel = tf.transpose(self.kernel, (0, 1, 3, 2))
        return tf.nn.conv2d_transpose(x, kernel, shape, config.get("subsample", (1, 1)), padding)


def by_gate(start, gates):
    """Each gate has a kernel of its own, which starts by itself."""
    return lambda shape, dtype=None, **_: tf.concat(
        [start((shape[0], shape[1] // gates), dtype) for _ in range(gates)], axis=1
    )


class Started(Old):
    """A layer of today whose kernels start as those of Keras 1."""

    POSITIONAL = ("kind",)
    GATES = {"LSTM": 4, "GRU": 3}

    def build(self, shape):
        config = dict(self.config)
        kind = config.pop("kind")
        names = {"init": "kernel_initializer", "inner_init": "recurrent_initializer"}
        for old, new in names.items():
            if old not in config:
                continue
            start = initializer(config.pop(old), "th" if kind == "Conv1D" else "tf")
            start = of_image(start) if kind == "Conv1D" else start
            config[new] = by_gate(start, self.GATES[kind]) if kind in self.GATES else start
        self.layer = getattr(tf_keras.layers, kind)(**config)
        self.layer.build(shape)

    def call(self, x):
        return self.layer(x)
