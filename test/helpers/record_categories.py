"""Writes fixtures/categories.json: what Keras 2 and 3 make of categories."""

import json
import random
from pathlib import Path

import keras
import numpy as np
import tf_keras

random.seed(5)
WORDS = ["a", "b", "", "été", "日本", "[UNK]", "10", "9", "b c"]
TEXTS = [random.choice(WORDS) for _ in range(40)]
NUMBERS = [random.choice([0, 1, 5, -1, 7, 12, -3]) for _ in range(40)]
GIVEN = [["a", "zz", ""], ["b", "b", "10"]]
GIVEN_NUMBERS = [[5, 99, 0], [-3, 7, -7]]
VALUES = np.random.RandomState(0).gamma(2.0, 3.0, (150, 2)).astype("float32").tolist()

LOOKUPS = [
    {},
    {"mask_token": "m"},
    {"max_tokens": 4},
    {"max_tokens": 12, "pad_to_max_tokens": True, "output_mode": "multi_hot"},
    {"output_mode": "count", "mask_token": "m"},
    {"output_mode": "count", "num_oov_indices": 1, "max_tokens": 5},
    {"vocabulary": True},
    {"vocabulary": True, "invert": True},
    {"vocabulary": True, "output_mode": "multi_hot", "mask_token": "m"},
    {"vocabulary": True, "output_mode": "tf_idf", "idf_weights": [0.5, 2.0, 1.5]},
    {"num_oov_indices": 3},
    {"output_mode": "tf_idf"},
]
BINS = [{"num_bins": n, "epsilon": epsilon} for n in (2, 3, 7) for epsilon in (0.01, 0.1, 0.2)]


def options_of(options, texts):
    given = dict(options)
    if "mask_token" in given:
        given["mask_token"] = "" if texts else 0
    if "vocabulary" in given:
        given["vocabulary"] = ["b", "a", "10"] if texts else [7, 5, 12]
    return given


def plain(values):
    if isinstance(values, (list, tuple)):
        return [plain(value) for value in values]
    return values.decode() if isinstance(values, bytes) else getattr(values, "item", lambda: values)()


def record_lookup(layers, options, texts):
    given = options_of(options, texts)
    layer = (layers.StringLookup if texts else layers.IntegerLookup)(**given)
    if "vocabulary" not in options:
        layer.adapt(np.array(TEXTS if texts else NUMBERS).reshape(-1, 1))
    data = [[0, 1, 2], [3, 9, -1]] if given.get("invert") else GIVEN if texts else GIVEN_NUMBERS
    vocabulary = [plain(value) for value in layer.get_vocabulary()]
    return [given, vocabulary, plain(layer(np.array(data)).numpy().tolist())]


def record_bins(layers, options):
    layer = layers.Discretization(**options)
    layer.adapt(np.array(VALUES, dtype="float32"))
    return [options, [float(one) for one in layer.bin_boundaries]]


if __name__ == "__main__":
    recorded = {"texts": TEXTS, "numbers": NUMBERS, "given": [GIVEN, GIVEN_NUMBERS], "values": VALUES}
    for version, layers in ((2, tf_keras.layers), (3, keras.layers)):
        recorded[f"lookups{version}"] = [
            [texts, *record_lookup(layers, options, texts)]
            for options in LOOKUPS
            for texts in (True, False)
            if not (texts and options.get("num_oov_indices") == 3)
            if not (version == 2 and options == {"output_mode": "tf_idf"})
        ]
        recorded[f"bins{version}"] = [record_bins(layers, options) for options in BINS]
    (Path(__file__).parent / "fixtures" / "categories.json").write_text(json.dumps(recorded) + "\n")
