"""Runs what is random in the layer cases in real Keras, many times: initial weights, and outputs in training.

Reads requests {"cases": [{"id", "input", "keras", "what"}], "file": path}, one JSON line each. Writes to the file a pickle of
{id: record}, and to file + ".json" what failed as {id: reason}; answers with a line.

A record of "start" holds draws of each weight; one of "training" the weights, an input, and outputs of it: each a draw.
"""

import hashlib
import json
import pickle
import sys

import numpy as np
import tensorflow as tf

STARTS = 8  # draws of the initial weights
DRAWS = 4000  # outputs in training
CALLS = 1500  # of these, where all samples of a batch get the same noise


def seed_of(case):
    return int(hashlib.sha256((case["keras"]).encode()).hexdigest()[:8], 16) % 2**31


def build(case):
    names = {"__name__": "case"}
    exec(compile(case["keras"], "case", "exec"), names)
    return names["model"]


def last_part(weight):
    return getattr(weight, "path", weight.name).split(":")[0].split("/")[-1]


def again(layer, shape):
    """A layer like this one, with weights of its own."""
    fresh = type(layer).from_config(layer.get_config())
    fresh.build(shape)
    return fresh


def start(case):
    tf.keras.utils.set_random_seed(seed_of(case))
    model = build(case)
    shapes = [layer.input_shape if hasattr(layer, "input_shape") else layer.input.shape for layer in model.layers]
    draws = [
        [np.array(weight) for layer, shape in zip(model.layers, shapes) for weight in again(layer, shape).weights]
        for _ in range(STARTS)
    ]
    return {
        "names": [last_part(weight) for weight in model.weights],
        "draws": [np.stack(values) for values in zip(*draws)],
    }


def make_input(shape, rng):
    if "<" in shape:
        at = shape.index("<")
        return rng.integers(0, shape[at + 1], shape[:at]).astype("int32")
    return rng.normal(size=shape).astype("float32")


def training(case):
    model = build(case)
    # TensorFlow has no seed here: with one, loops of equal length would draw equal numbers.
    rng = np.random.default_rng(seed_of(case))
    x = make_input(case["input"], rng)
    run = tf.function(lambda batch: model(batch, training=True))
    outputs = run(tf.convert_to_tensor(np.repeat(x[None], DRAWS, 0))).numpy()
    if shared := bool((outputs == outputs[:1]).all()):
        pair = tf.convert_to_tensor(np.repeat(x[None], 2, 0))
        outputs = np.stack([run(pair).numpy() for _ in range(CALLS)])
    return {
        "names": [last_part(weight) for weight in model.weights],
        "state": [np.array(weight) for weight in model.weights],
        "x": x,
        "shared": shared,
        "outputs": outputs.astype("float32"),
    }


def main():
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        records, failed = {}, {}
        for case in request["cases"]:
            try:
                records[case["id"]] = {"start": start, "training": training}[case["what"]](case)
            except Exception as error:  # noqa: BLE001 - whatever Keras says about a model is the answer
                failed[case["id"]] = f"{type(error).__name__}: {error}"[:400]
        with open(request["file"], "wb") as file:
            pickle.dump(records, file)
        with open(request["file"] + ".json", "w") as file:
            json.dump(failed, file)
        print("{}", file=answers, flush=True)


main()
