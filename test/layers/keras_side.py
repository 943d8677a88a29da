"""Runs the layer cases in real Keras.

Reads requests {"cases": [{"id", "input", "keras", "version", "random"}], "file": path}, one JSON line each. Writes to the file a
pickle of {id: record}, and to file + ".json" what failed as {id: reason}; answers with a line.

Cases with "draws" get the same uniform numbers in training as PyTorch does.

A record holds the input, the weights, and the outputs and gradients of sum(output * factors), in evaluation and in training.
"""

import contextlib
import hashlib
import json
import pickle
import sys

import numpy as np
import tensorflow as tf

BATCH = 3


def make_input(shape, rng):
    if "<" in shape:
        at = shape.index("<")
        return rng.integers(0, shape[at + 1], (BATCH, *shape[:at])).astype("int32")
    return rng.normal(size=(BATCH, *shape)).astype("float32")


def move(model, rng):
    """Weights off their starting values, where a mix-up would not show; statistics stay positive."""
    for weight in model.weights:
        values = np.array(weight)
        if not np.issubdtype(values.dtype, np.floating):
            continue
        noise = rng.normal(size=values.shape) * 0.3
        weight.assign((values + (np.abs(noise) if "variance" in weight.name else noise)).astype(values.dtype))


def numbers(gradient):
    return None if gradient is None else np.array(tf.convert_to_tensor(gradient))


def uniform(rng, shape, low=0, high=None, dtype=tf.float32):
    """Numbers from low to high, of the stream that PyTorch's side draws from too."""
    high = 1 if high is None else high
    drawn = rng.random([int(size) for size in shape])
    if tf.as_dtype(dtype).is_integer:
        return tf.cast(np.floor(drawn * 1e6), dtype)
    return tf.cast(low + (high - low) * drawn.astype("float32"), dtype)


@contextlib.contextmanager
def given_draws():
    """Let everything that Keras's image layers draw come from one stream of numbers."""
    import keras
    import tf_keras
    from tensorflow.python.ops import image_ops_impl

    rng = np.random.default_rng(11)
    stateless = image_ops_impl.stateless_random_ops
    random_generator = tf_keras.src.backend.RandomGenerator
    keras_random = keras.src.backend.random

    def of_tf_keras(self, shape, minval=0.0, maxval=None, dtype=tf.float32, nonce=None):
        return uniform(rng, shape, minval, maxval, dtype or tf.float32)

    def of_keras(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
        return uniform(rng, shape, minval, maxval)

    def of_tensorflow(shape, seed, minval=0, maxval=None, dtype=tf.float32, name=None, alg=None):
        drawn = uniform(rng, shape, minval, maxval)
        # It flips above a half, PyTorch's side below.
        return 1 - drawn if (minval, maxval) == (0, 1) else drawn

    replaced = [
        (random_generator, "random_uniform", of_tf_keras),
        (keras_random, "uniform", of_keras),
        (stateless, "stateless_random_uniform", of_tensorflow),
    ]
    kept = [getattr(owner, name) for owner, name, _ in replaced]
    for owner, name, function in replaced:
        setattr(owner, name, function)
    try:
        yield
    finally:
        for (owner, name, _), function in zip(replaced, kept):
            setattr(owner, name, function)


def run_with_draws(model, x, rng):
    """What comes out in training; the gradients of TensorFlow's transformations of images are approximations."""
    state = [np.array(weight) for weight in model.weights]
    with given_draws():
        y = np.array(model(tf.convert_to_tensor(x), training=True))
    return {
        "state": state,
        "y": y,
        "factors": rng.normal(size=y.shape).astype("float32"),
        "input_gradient": None,
        "gradients": [None] * len(state),
        "after": [np.array(weight) for weight in model.weights],
    }


def run_once(model, x, rng, training):
    record = {"state": [np.array(weight) for weight in model.weights]}
    trained = list(model.trainable_weights)
    values = [getattr(weight, "value", weight) for weight in trained]
    values = [value() if callable(value) else value for value in values]
    variables = values if all(isinstance(value, tf.Variable) for value in values) else trained
    tensor = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        if x.dtype == np.float32:
            tape.watch(tensor)
        y = model(tensor, training=training)
        factors = rng.normal(size=y.shape).astype("float32")
        total = tf.reduce_sum(tf.cast(y, "float32") * factors)
    wanted = [*variables, tensor] if x.dtype == np.float32 else variables
    gradients = tape.gradient(total, wanted)
    record["y"], record["factors"] = np.array(y), factors
    record["input_gradient"] = numbers(gradients[len(variables)]) if x.dtype == np.float32 else None
    by_id = {id(weight): numbers(gradient) for weight, gradient in zip(trained, gradients)}
    record["gradients"] = [by_id.get(id(weight)) for weight in model.weights]
    record["after"] = [np.array(weight) for weight in model.weights]
    return record


def run(case):
    tf.random.set_seed(7)
    rng = np.random.default_rng(int(hashlib.sha256(case["keras"].encode()).hexdigest()[:8], 16))
    names = {"__name__": "case"}
    exec(compile(case["keras"], "case", "exec"), names)
    model = names["model"]
    x = make_input(case["input"], rng)
    model(tf.convert_to_tensor(x))
    start = [np.array(weight) for weight in model.weights]
    move(model, rng)
    record = {
        "x": x,
        "start": start,
        "names": [
            getattr(weight, "path", weight.name).split(":")[0].split("/")[-1] for weight in model.weights
        ],
        "evaluation": run_once(model, x, rng, False),
    }
    if case.get("draws"):
        record["training"] = run_with_draws(model, x, rng)
    elif not case["random"]:
        record["training"] = run_once(model, x, rng, True)
    return record


def main():
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        records, failed = {}, {}
        for case in request["cases"]:
            try:
                records[case["id"]] = run(case)
            except Exception as error:  # noqa: BLE001 - whatever Keras says about a model is the answer
                failed[case["id"]] = f"{type(error).__name__}: {error}"[:400]
        with open(request["file"], "wb") as file:
            pickle.dump(records, file)
        with open(request["file"] + ".json", "w") as file:
            json.dump(failed, file)
        print("{}", file=answers, flush=True)


main()
